"""The client among the examples asks a running service, once however often it has to ask, and page by page."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.api import Api, serving
from tests.databases import SqliteDatabases
from tests.servers import REPOSITORY

CLIENT = REPOSITORY / "examples" / "client.py"
REQUEST = (REPOSITORY / "examples" / "request.json").read_bytes()


def run(url: str, key: str, *words: str, told: bytes = b"") -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, CLIENT, *words],
        input=told,
        capture_output=True,
        check=False,
        env={"CHALKLINE_URL": url, "CHALKLINE_KEY": key},
    )
    return subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def key_of(api: Api) -> str:
    return str(api.http.headers["Authorization"]).removeprefix("Bearer ")


@pytest.fixture
def api(sqlite_databases: SqliteDatabases) -> Iterator[Api]:
    with sqlite_databases.fresh() as url, serving(url) as api:
        yield api


def test_it_classifies_and_lists_every_page(api: Api) -> None:
    ran = run(api.url, key_of(api), "classify", told=REQUEST)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.rstrip().endswith("(final)")
    for number in range(501):
        api.classify(id=f"mine-{number}", df=60, owner_id="sample-user")

    book = run(api.url, key_of(api), "book", "sample-user")

    assert {line.split()[0] for line in book.stdout.splitlines()} == {f"mine-{number}" for number in range(501)}


def test_it_says_what_was_refused_by_its_field(api: Api) -> None:
    ran = run(api.url, key_of(api), "classify", told=b'{"account": {"id": "x", "region": 7}}')

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "/account/region" in ran.stderr
    assert run(api.url, key_of(api), "nonsense").returncode == 2


@pytest.fixture
def busy() -> Iterator[tuple[str, list[str]]]:
    """A service that is busy twice before it answers, and the keys that it was asked with."""
    keys: list[str] = []

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(str(self.headers["Idempotency-Key"]))
            self.rfile.read(int(self.headers["Content-Length"]))
            body: dict[str, Any] = {"summary": "Decided", "status": "final"}
            self.send_response(201 if len(keys) > 2 else 503)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", keys
        server.shutdown()


def test_it_asks_again_with_the_same_key_while_the_service_is_busy(busy: tuple[str, list[str]]) -> None:
    url, keys = busy

    ran = run(url, "chalk_sample", "classify", told=REQUEST)

    assert (ran.returncode, ran.stdout) == (0, "Decided (final)\n")
    assert len(keys) == 3
    assert len(set(keys)) == 1
