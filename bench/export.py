"""Memory while exporting: ``python -m bench.export --database both``.

Fills a database with 100 thousand and another with 1 million decisions, has a server of each export everything as
NDJSON, and prints the server's largest resident memory before and after: it is to stay flat.

``python -m bench.export --at-once 60`` asks for so many at once, reads those that are answered slowly, and prints the
largest memory and the longest that a page of decisions took meanwhile.
"""

import argparse
import http.client
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

from bench.filling import fill
from bench.machine import describe
from bench.servers import KEY, Server, server
from tests.databases import SqliteDatabases, postgres_databases

_PIECE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--at-once", type=int, default=0, help="ask for so many at once, of the small database")
    asked = parser.parse_args()
    print(describe())
    if asked.at_once:
        for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
            _at_once(kind, asked.small, asked.at_once)
        return
    print(f"{'':12}{'decisions':>12}{'MB':>9}{'lines/s':>10}{'peak before, MiB':>18}{'peak after, MiB':>17}")
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        for rows in (asked.small, asked.large):
            _export(kind, rows)


def _served(stack: ExitStack, kind: str, rows: int) -> Server:
    """A server over a database of so many decisions."""
    if kind == "sqlite":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
        url = stack.enter_context(SqliteDatabases(folder).fresh())
    else:
        url = stack.enter_context(stack.enter_context(postgres_databases()).fresh())
    fill(url, rows)
    return stack.enter_context(server(url, module="service"))


def _at_once(kind: str, rows: int, exports: int) -> None:
    with ExitStack() as stack:
        running = _served(stack, kind, rows)
        with ThreadPoolExecutor(exports) as readers:
            reading = [readers.submit(_read_slowly, running) for _ in range(exports)]
            pages = []
            while not all(each.done() for each in reading):
                began = time.perf_counter()
                with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
                    connection.request("GET", "/v1/decisions?limit=50", headers={"Authorization": f"Bearer {KEY}"})
                    connection.getresponse().read()
                pages.append(time.perf_counter() - began)
        answered = Counter(each.result() for each in reading)
        print(
            f"{kind:12}{rows:9,} decisions, {exports} at once: {dict(answered)}; peak {_peak(running):.0f} MiB; "
            f"{len(pages)} pages meanwhile, the longest {1000 * max(pages):.0f} ms",
            flush=True,
        )


def _read_slowly(running: Server) -> int:
    """The status of an export of which a little is read at a time, for ten seconds."""
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
        headers = {"Authorization": f"Bearer {KEY}", "Accept": "application/x-ndjson"}
        connection.request("GET", "/v1/decisions", headers=headers)
        answer = connection.getresponse()
        until = time.perf_counter() + 10
        while answer.status == http.HTTPStatus.OK and time.perf_counter() < until and answer.read(_PIECE // 4):
            time.sleep(0.2)
        return answer.status


def _export(kind: str, rows: int) -> None:
    with ExitStack() as stack:
        running = _served(stack, kind, rows)
        before = _peak(running)
        began = time.perf_counter()
        lines, size = _drain(running)
        took = time.perf_counter() - began
        if lines != rows:
            print(f"{lines:,} lines came instead of {rows:,}")
        print(
            f"{kind:12}{rows:12,}{size / 1e6:9.0f}{lines / took:10.0f}{before:18.0f}{_peak(running):17.0f}", flush=True
        )


def _drain(running: Server) -> tuple[int, int]:
    """Read an export to its end, keeping nothing: how many lines, how many bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=600)
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "application/x-ndjson"}
    connection.request("GET", "/v1/decisions", headers=headers)
    answer = connection.getresponse()
    lines = size = 0
    while piece := answer.read(_PIECE):
        lines += piece.count(b"\n")
        size += len(piece)
    connection.close()
    return lines, size


def _peak(running: Server) -> float:
    """The largest resident memory so far, in MiB."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
