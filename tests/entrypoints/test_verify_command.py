"""``chalkline verify``: a file or an address, a key, and what is wrong, without a database and without settings."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest

from tests.commands import run_command
from tests.domain.ledger.logs import KEY, ORIGIN, THIEF, Log, kept_of, written
from tests.ledger.witness import OwnWitness

LOG = Log.of(300)
PINNED = ("--key", str(KEY))
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("CHALKLINE_")}


def verify(*words: object, stdin: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    # No database is there that could be opened.
    environment = ENVIRONMENT | {"CHALKLINE_DATABASE_URL": "sqlite:////nowhere/at/all.db"} | settings
    return run_command("verify", *words, environment=environment, stdin=stdin)


def said(ran: subprocess.CompletedProcess[bytes], code: int) -> str:
    assert ran.returncode == code, (ran.stdout, ran.stderr)
    return (ran.stdout + ran.stderr).decode()


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(LOG.receipt(5, summary="Who knows"), indent=2))
    return file


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "entries.ndjson"
    file.write_bytes(b"".join(written(LOG.lines())))
    return file


def test_a_receipt_is_verified_with_the_ledgers_key(receipt: Path) -> None:
    told = said(verify(receipt, *PINNED), 0)
    assert f"Entry 5 (decision id-5 of 2026-11-30T09:30:00.123456Z) is in the ledger {ORIGIN} of 300 entries." in told
    assert "Not sealed, and vouched for by nothing: /summary." in told
    assert said(verify("-", stdin=receipt.read_bytes(), CHALKLINE_LEDGER_PUBLIC_KEY=str(KEY)), 0) == told


def test_a_receipt_alone_proves_nothing_and_it_says_so(receipt: Path) -> None:
    told = said(verify(receipt), 2)
    assert "Entry 5" in told
    assert "No key was given, so this proves nothing yet" in told
    assert json.loads(verify(receipt, "--json").stdout)["ok"] is False


def test_a_forged_receipt_is_found_out_with_a_key_and_without_one(tmp_path: Path) -> None:
    forged = Log.of(9)
    forged.acts[5] = kept_of(5, forged.acts[5].record | {"team": "SMB"})
    forged.seal_again(THIEF)
    file = tmp_path / "receipt.json"
    file.write_bytes(orjson.dumps(forged.receipt(5)))
    assert "not signed with the key that was given" in said(verify(file, *PINNED), 1)
    assert "proves nothing" in said(verify(file), 2)
    file.write_bytes(orjson.dumps(forged.receipt(5, team="LARGE")))
    assert "What is told of /team of entry 5 is not what was sealed." in said(verify(file), 1)


def test_what_was_redacted_is_said(tmp_path: Path) -> None:
    log = Log.of(3)
    del log.acts[1].salts["/actor"]
    file = tmp_path / "receipt.json"
    file.write_bytes(orjson.dumps(log.receipt(1)))
    assert "Redacted, or not shown: /actor." in said(verify(file, *PINNED), 0)


def test_an_export_is_verified_and_the_first_bad_entry_is_named(export: Path) -> None:
    told = said(verify(export, *PINNED), 0)
    assert told == f"300 entries, from number 0 on, are in the ledger {ORIGIN} of 300 entries.\n"
    lines = LOG.lines()
    lines[123]["record"]["team"] = lines[200]["record"]["team"] = "LARGE"
    export.write_bytes(b"".join(written(lines)))
    assert said(verify(export, *PINNED), 1) == "What is told of /team of entry 123 is not what was sealed.\n"
    told = json.loads(verify(export, *PINNED, "--json").stdout)
    assert (told["ok"], told["fault"], told["number"], told["pointer"]) == (False, "record_differs", 123, "/team")


def test_an_export_without_a_key_is_not_even_read(export: Path) -> None:
    assert "public key" in said(verify(export), 2)


def test_an_export_is_compared_with_a_checkpoint_beside_it_and_with_one_that_was_kept(
    export: Path, tmp_path: Path
) -> None:
    kept, newer = tmp_path / "kept", tmp_path / "newer"
    kept.write_text(LOG.checkpoint(100).signed(LOG.signer))
    newer.write_text(Log.of(301).note)
    said(verify(export, *PINNED, "--since", kept), 0)
    export.write_bytes(b"".join(written(LOG.lines()[:-1])))
    assert "The tail is missing, from entry 300 on" in said(verify(export, *PINNED), 1)
    assert "from entry 300 on: the checkpoint has 301" in said(verify(export, *PINNED, "--checkpoint", newer), 1)


def test_a_receipt_that_was_kept_shows_a_ledger_that_was_rewritten(receipt: Path, tmp_path: Path) -> None:
    rewritten = Log.of(310)
    rewritten.acts[5] = kept_of(5, rewritten.acts[5].record | {"team": "LARGE"})
    rewritten.seal_again()
    export = tmp_path / "entries.ndjson"
    export.write_bytes(b"".join(written(rewritten.lines())))
    said(verify(export, *PINNED), 0)
    assert "something is wrong with entries 0 to 299" in said(verify(export, *PINNED, "--since", receipt), 1)
    receipt.write_text("{}")
    assert "not written as one: it is one that was kept" in said(verify(export, *PINNED, "--since", receipt), 1)


@pytest.mark.parametrize("words", [["/nowhere/at/all.json", *PINNED], [".", *PINNED], ["-", "--key", "no key"]])
def test_what_cannot_be_read_is_a_wrong_use(words: list[str]) -> None:
    told = said(verify(*words), 2)
    assert "Traceback" not in told


def test_what_is_neither_a_receipt_nor_an_export_is_said_to_be_neither(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content in (b"", b"\x00\xff", b"[]", b"{" * 1_000_000):
        file.write_bytes(content)
        assert "not written as it should be" in said(verify(file, *PINNED), 1)


def cosigned(note: str, witness: OwnWitness) -> str:
    return note + witness.line(note.rpartition("\n\n")[0] + "\n").decode()


def test_who_of_the_known_witnesses_cosigned_is_told_and_who_did_not(tmp_path: Path) -> None:
    one, other = OwnWitness(str(KEY)), OwnWitness(str(KEY), name="witness.example/w2", seed=bytes(32))
    log = Log.of(9)
    log.note = cosigned(log.note, one)
    file = tmp_path / "receipt.json"
    file.write_bytes(orjson.dumps(log.receipt(5)))
    says = f"The checkpoint of 9 entries is cosigned by {one.name}, at 2026-01-05 08:00:00 UTC."
    assert says not in said(verify(file, *PINNED), 0)
    assert says in said(verify(file, *PINNED, "--key", one.key), 0)
    told = said(verify(file, *PINNED, "--key", one.key, "--key", other.key), 0)
    assert told.splitlines()[-2:] == [says, f"Not cosigned by {other.name}."]
    told = json.loads(verify(file, *PINNED, "--key", one.key, "--key", other.key, "--json").stdout)
    assert told["cosigned"] == [{"witness": one.name, "size": 9, "at": "2026-01-05T08:00:00Z"}]
    assert told["not_cosigned"] == [other.name]


def test_a_witness_does_not_stand_in_for_the_log_and_a_wrong_cosignature_is_found_out(tmp_path: Path) -> None:
    one, log = OwnWitness(str(KEY)), Log.of(9)
    file = tmp_path / "receipt.json"
    log.note = cosigned(log.note, one)
    file.write_bytes(orjson.dumps(log.receipt(5)))
    assert "not signed with the key that was given" in said(verify(file, "--key", one.key), 1)
    log.note = Log.of(9).note + one.line("another text\n").decode()
    file.write_bytes(orjson.dumps(log.receipt(5)))
    assert "was changed after it was signed" in said(verify(file, *PINNED, "--key", one.key), 1)


def test_a_kept_checkpoint_that_a_witness_cosigned_is_told_of_an_export(export: Path, tmp_path: Path) -> None:
    one, kept = OwnWitness(str(KEY)), tmp_path / "kept"
    kept.write_text(cosigned(LOG.checkpoint(100).signed(LOG.signer), one))
    told = said(verify(export, *PINNED, "--key", one.key, "--since", kept), 0)
    assert told.splitlines()[-1].startswith(f"The checkpoint of 100 entries is cosigned by {one.name}")


@contextmanager
def served(log: Log, wanted_key: str = "") -> Iterator[tuple[str, list[str]]]:
    """A log over HTTP, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            allowed = not wanted_key or self.headers.get("Authorization") == f"Bearer {wanted_key}"
            found = log.get(self.path.removeprefix("/v1/audit/")) if self.path.startswith("/v1/audit/") else None
            busy = asked.count(self.path) == 1 and "entries" in self.path
            status = 503 if busy else 401 if not allowed else 404 if found is None else 200
            self.send_response(status)
            self.send_header("Content-Length", str(len(found or b"") if status == 200 else 0))
            if busy:
                self.send_header("Retry-After", "0")
            self.end_headers()
            if status == 200:
                self.wfile.write(found or b"")

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as it is inherited
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_service_is_verified_and_its_checkpoint_kept_for_the_next_time(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    log = Log.of(270)
    with served(log, "an-api-key") as (url, asked):
        told = said(verify(url, *PINNED, "--keep", kept, CHALKLINE_KEY="an-api-key"), 0)
        assert told == f"All of the ledger {ORIGIN} of 270 entries is as it was sealed.\n"
        assert asked[0] == "/v1/audit/checkpoint"
        assert kept.read_text() == log.note
        log.grow([kept_of(number) for number in range(270, 300)])
        words = (f"{url}/v1/audit/", *PINNED, "--since", kept, "--keep", kept)
        said(verify(*words, CHALKLINE_KEY="an-api-key"), 0)
        assert kept.read_text() == log.note
        assert list(tmp_path.iterdir()) == [kept]
        assert "API key with the scope audit" in said(verify(url, *PINNED), 2)


def test_a_service_whose_database_was_tampered_with_is_found_out_and_nothing_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text(LOG.note)
    log = Log.of(300)
    log.acts[7].record["team"] = "LARGE"
    with served(log) as (url, asked):
        assert said(verify(url, *PINNED), 1) == "What is told of /team of entry 7 is not what was sealed.\n"
        said(verify(url, *PINNED, "--no-records"), 0)
        log.acts[7] = kept_of(7, log.acts[7].record)
        assert "The tree has another hash for entry 7" in said(verify(url, *PINNED), 1)
        log.seal_again()
        said(verify(url, *PINNED), 0)
        del asked[:]
        told = said(verify(url, *PINNED, "--since", kept, "--keep", tmp_path / "new"), 1)
        assert "The log was rewritten after a checkpoint was kept" in told
        assert not (tmp_path / "new").exists()


def test_a_service_that_does_not_answer_is_no_bad_ledger(tmp_path: Path) -> None:
    with served(LOG) as (url, _):
        assert "there is nothing" in said(verify(f"{url}/other", *PINNED), 2)
    assert "Nobody took the connection" in said(verify(url, *PINNED), 2)
    assert "public key" in said(verify(url), 2)
    assert not list(tmp_path.iterdir())


def test_the_public_key_in_the_environment_is_no_setting_that_is_missed(export: Path) -> None:
    told = run_command("doctor", environment=ENVIRONMENT | {"CHALKLINE_LEDGER_PUBLIC_KEY": str(KEY)})
    assert b"LEDGER_PUBLIC_KEY" not in told.stderr
    assert said(verify(export, CHALKLINE_LEDGER_PUBLIC_KEY=f"{THIEF.key} {KEY}"), 0)
