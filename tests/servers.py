"""The service as a process of its own, the way that its users run it."""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.commands import NOWHERE, Command

REPOSITORY = Path(__file__).parents[1]
BOOTSTRAP_KEY = "a-key-for-tests-alone"
_START_SECONDS = _END_SECONDS = 30


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(database: Path, environment: Mapping[str, str], output: Path = NOWHERE) -> Iterator[str]:
    """The address of a service that keeps its decisions in a SQLite file. ``output`` takes what it prints and logs."""
    url = f"http://127.0.0.1:{free_port()}"
    settings = {
        "CHALKLINE_DATABASE_URL": f"sqlite:///{database}",
        "CHALKLINE_PORT": url.rpartition(":")[2],
        "CHALKLINE_BOOTSTRAP_KEY": BOOTSTRAP_KEY,
    }
    process = Command("serve", environment={**os.environ, **settings, **environment}, stdout=output, stderr=output)
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.stop(_END_SECONDS)


def _wait_until_ready(url: str, process: Command) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("The service did not become ready")
