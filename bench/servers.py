"""Server processes for benchmarks: started, waited for, loaded, stopped."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from service import wiring
from service.settings import Settings

KEY = "benchmark-key-of-this-machine-alone"
_ROOT = Path(__file__).resolve().parents[1]
_SECONDS_TO_START = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers on a port of 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int


@contextmanager
def server(
    database_url: str,
    *,
    module: str = "bench.variants",
    core: int | None = None,
    asked: bool = True,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """A server process over a migrated database, ready to answer; pinned to a core where one is given.

    Where it is not ``asked``, it has answered no request so far.
    """
    _make_key(database_url)
    port = _free_port()
    arguments = [str(port)] if module == "bench.variants" else ["serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", module, *arguments],
        cwd=_ROOT,
        env=os.environ | {"CHALKLINE_DATABASE_URL": database_url, "CHALKLINE_BOOTSTRAP_KEY": KEY} | dict(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        _wait_until_ready(process, port, asked=asked)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(30)


def load(port: int, path: str, *, seconds: float, connections: int, first: int, core: int | None) -> dict[str, Any]:
    """What the load generator reports of one round."""
    asked = {"port": port, "path": path, "key": KEY, "seconds": seconds, "connections": connections, "first": first}
    if core is not None:
        asked["core"] = core
    arguments = [f"--{name}={value}" for name, value in asked.items()]
    said = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.load", *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 60,
    ).stdout
    report: dict[str, Any] = orjson.loads(said)
    return report


def cpu_seconds(process: int) -> float:
    """The processor time that a process has used, by its own clock (clock_getcpuclockid(3)): /proc counts in 10 ms."""
    return time.clock_gettime((~process << 3) | 2)


def _make_key(database_url: str) -> None:
    opened = wiring.database(Settings(database_url=database_url), CollectorRegistry())
    wiring.key_office(opened).bootstrap(KEY)
    opened.engine.dispose()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, *, asked: bool) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            with (
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
                if asked
                else socket.create_connection(("127.0.0.1", port), timeout=5)
            ):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"The server on port {port} did not become ready (exit code {process.poll()})")
