"""A backlog of one subscriber, drained by several workers: ``python -m bench.backlog --deliveries 100000 --workers 2``.

Fills a database with decisions, all of which are to be handed out and sent to one subscriber, who accepts each at once,
and times the workers from the first message to the last. Every decision must have come, and the first receipts of each
account in the order of its decisions; exits with 1 where they did not, or fewer a second came than are wanted. Workers
are started before the filling is handed out, and what they take to start does not count but as processor time, which
is theirs alone and not the database's.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast
from uuid import UUID

import orjson
from sqlalchemy import text

from bench.filling import fill
from bench.machine import describe
from bench.servers import cpu_seconds
from service import wiring
from service.delivery.addresses import Allowance
from service.domain.subscriptions import Interest
from service.store.database import Database, open_database
from service.store.delivery.deliveries import backlog
from service.store.once import Answer
from service.store.recording import Asked
from service.usecases.subscribe import SubscriberOffice
from tests.databases import SqliteDatabases, postgres_databases

_ROOT = Path(__file__).resolve().parents[1]
_WANTED = 300
_NETWORKS = ("127.0.0.0/8",)
_SETTINGS = {
    "CHALKLINE_DELIVERY_ALLOWED_NETWORKS": orjson.dumps(_NETWORKS).decode(),
    "CHALKLINE_DELIVERY_ALLOW_HTTP": "true",
    "CHALKLINE_LOG_LEVEL": "warning",
}
_QUEUE = text("INSERT INTO outbox (decision_id, account_id) SELECT id, account_id FROM decisions")


class Receiver(asyncio.Protocol):
    """Accepts whatever it is sent, and keeps the decisions of each account as they came for the first time."""

    received: dict[str, list[str]]
    seen: set[str]
    times: list[float]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        self._transport, self._got = cast("asyncio.Transport", transport), bytearray()

    def data_received(self, data: bytes) -> None:
        """Answer each message once it is whole."""
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._got[:end]).lower()
            length = int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            if len(self._got) < end + 4 + length:
                return
            self._take(bytes(self._got[end + 4 : end + 4 + length]))
            del self._got[: end + 4 + length]
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    def _take(self, body: bytes) -> None:
        told = orjson.loads(body)["data"]
        if told["id"] not in self.seen:
            self.seen.add(told["id"])
            self.received.setdefault(told["account_id"], []).append(told["id"])
        self.times.append(asyncio.get_running_loop().time())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    print(describe())
    rates = []
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
            databases = stack.enter_context(postgres_databases()) if kind == "postgresql" else SqliteDatabases(folder)
            url = stack.enter_context(databases.fresh())
            fill(url, asked.deliveries)
            rates.append(asyncio.run(_drain(url, kind, asked)))
    sys.exit(min(rates) < _WANTED)


async def _drain(url: str, kind: str, asked: argparse.Namespace) -> float:
    Receiver.received, Receiver.seen, Receiver.times = {}, set(), []
    listening = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    opened = open_database(
        url, clock=wiring.now, random_bits=wiring.random_bits, observe=lambda *_: None, ahead=lambda _: None
    )
    with _workers(url, asked.workers) as workers:
        _subscribe(opened, listening.sockets[0].getsockname()[1])
        began = sum(map(cpu_seconds, workers))
        with opened.engine.begin() as connection:
            connection.execute(_QUEUE)
        while len(Receiver.seen) < asked.deliveries:  # noqa: ASYNC110 - the receiver counts, and wakes nobody
            await asyncio.sleep(0.2)
        while (left := await asyncio.to_thread(backlog, opened.engine)).pending or left.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        used = 1000 * (sum(map(cpu_seconds, workers)) - began) / asked.deliveries
    opened.engine.dispose()
    took = Receiver.times[-1] - Receiver.times[0]
    rate: float = asked.deliveries / took
    twice = len(Receiver.times) - asked.deliveries
    disordered = [account for account, came in Receiver.received.items() if came != sorted(came, key=UUID)]
    told = f"{asked.deliveries} deliveries, {asked.workers} workers: {rate:.0f}/s, {twice} sent twice"
    print(f"{kind:12}{told}; {used:.1f} ms of processor time for each", flush=True)
    if disordered:
        sys.exit(f"Of {len(disordered)} accounts the decisions came in another order")
    return rate


def _subscribe(opened: Database, port: int) -> None:
    allowance = Allowance.of(_NETWORKS, http=True)
    office = SubscriberOffice(
        database=opened,
        now=wiring.now,
        new_id=wiring.new_id,
        secret=wiring.key_secret,
        allowance=allowance,
        salesforce_url=None,
    )
    office.subscribe(
        "receiver", f"http://127.0.0.1:{port}/in", Interest(), Asked("bench", "api", ""), None, lambda _: Answer(b"")
    )


@contextmanager
def _workers(url: str, count: int) -> Iterator[list[int]]:
    environment = os.environ | _SETTINGS | {"CHALKLINE_DATABASE_URL": url}
    command = [sys.executable, "-m", "service", "worker"]
    running = [subprocess.Popen(command, cwd=_ROOT, env=environment) for _ in range(count)]  # noqa: S603 - our own
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


if __name__ == "__main__":
    main()
