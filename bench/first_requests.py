"""First requests of every kind, and how long each delays health checks that are sent at a steady rate.

``python -m bench.first_requests --rounds 3 --rate 1000``. Each kind is asked of a service that has answered health
checks alone. A check waits from the instant that it is due, whether or not it could be sent then. The figures are the
longest waits, in ms: of the second before the request, and from the request until a while after its answer. The median
of the rounds counts; what the machine does beside shows in the figure before. Exits with 1 where a kind takes more than
is wanted.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson
import uvloop

from bench.filling import fill
from bench.machine import describe, median
from bench.payloads import classification
from bench.servers import KEY, server
from service.store.decisions import page_of_decisions
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from tests.databases import SqliteDatabases

WANTED = 50
_CONNECTIONS = 16
_BEFORE, _AFTER = 2.0, 0.3
_NOBODY = "0198c0de-0000-7000-a000-000000000001"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request."""

    title: str
    method: str
    path: str
    body: bytes | None = None

    @property
    def message(self) -> bytes:
        """The request as it is sent."""
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
        if self.body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode() + b"\r\n" + (self.body or b"")


DRAFT = Kind(
    "a draft",
    "POST",
    "/v1/policies/drafts",
    b'{"policy_id": "fy23", "parameters": {"first_order_min_employees": 600}, "effective_from": "2022-08-01",'
    b' "reason": "To be measured."}',
)


def kinds(decision: UUID, account: str, draft: str) -> list[Kind]:
    """Every kind: what is refused, what is shown, what is recorded, and each way of asking."""
    one = orjson.dumps(classification(1))
    many = orjson.dumps({"items": [classification(number) for number in range(100)]})
    return [
        Kind("a query string", "GET", "/v1/decisions?limit=1"),
        Kind("an unknown parameter", "GET", "/healthz?verbose=1"),
        Kind("no such path", "GET", "/nowhere"),
        Kind("no such method", "PUT", "/v1/decisions"),
        Kind("/openapi.json", "GET", "/openapi.json"),
        Kind("/docs", "GET", "/docs"),
        Kind("/readyz", "GET", "/readyz"),
        Kind("/metrics", "GET", "/metrics"),
        Kind("a body that is not JSON", "POST", "/v1/classifications", b"{"),
        Kind("a body with a bad field", "POST", "/v1/classifications", b'{"account": {"id": ""}}'),
        Kind("a dry run", "POST", "/v1/classifications?dry_run=true", one),
        Kind("a classification", "POST", "/v1/classifications", one),
        Kind("a batch of 100", "POST", "/v1/classifications/batch", many),
        Kind("a decision", "GET", f"/v1/decisions/{decision}"),
        Kind("a replay", "GET", f"/v1/decisions/{decision}/replay"),
        Kind("a what-if", "GET", f"/v1/decisions/{decision}/what-if"),
        Kind("an account", "GET", f"/v1/accounts/{account}"),
        Kind("a history", "GET", f"/v1/accounts/{account}/history?limit=5"),
        Kind("reviews", "GET", "/v1/reviews?status=open"),
        Kind("handoffs", "GET", "/v1/handoffs?overdue=true"),
        Kind("no such handoff", "GET", f"/v1/handoffs/{_NOBODY}"),
        Kind("events", "GET", "/v1/events?limit=1"),
        Kind("policies", "GET", "/v1/policies"),
        Kind("a policy", "GET", "/v1/policies/fy23"),
        Kind("a policy linted", "GET", "/v1/policies/fy23/lint"),
        Kind("revisions compared", "GET", "/v1/policies/fy23/comparison?before=1"),
        Kind("a draft compared", "GET", f"/v1/policies/drafts/{draft}/comparison"),
        Kind("a backtest", "GET", f"/v1/policies/drafts/{draft}/backtest"),
        DRAFT,
        Kind("subscribers", "GET", "/v1/subscribers"),
    ]


class Checks:
    """Health checks at a steady rate, over connections that stay open."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.waits: list[tuple[float, float]] = []
        self.enough = False
        self._due: asyncio.Queue[float] = asyncio.Queue()

    async def run(self, port: int) -> None:
        """Go on until it is enough, and every check that was due has been answered."""
        sending = [asyncio.create_task(self._send(port)) for _ in range(_CONNECTIONS)]
        due = time.perf_counter()
        try:
            while not self.enough:
                while due <= time.perf_counter():
                    self._due.put_nowait(due)
                    due += 1 / self.rate
                await asyncio.sleep(0.0005)
            await self._due.join()
        finally:
            for each in sending:
                each.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _send(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                due = await self._due.get()
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                await _answer(reader)
                self.waits.append((due, (time.perf_counter() - due) * 1000))
                self._due.task_done()
        finally:
            writer.close()

    def worst(self, begin: float, end: float) -> float:
        """The longest wait of those due in a span of time."""
        return max(took for due, took in self.waits if begin <= due < end)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)


async def _drafted(port: int) -> str:
    """The identifier of a new draft."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(DRAFT.message)
    _, body = await _answer(reader)
    writer.close()
    return str(orjson.loads(body)["id"])


async def _ask(kind: Kind, port: int, rate: int) -> tuple[int, float, float, float]:
    """The status, how long the answer took, and the longest waits of checks before and since."""
    checks = Checks(rate)
    checking = asyncio.create_task(checks.run(port))
    await asyncio.sleep(_BEFORE)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = time.perf_counter()
    writer.write(kind.message)
    status, _ = await _answer(reader)
    answered = time.perf_counter()
    await asyncio.sleep(_AFTER)
    writer.close()
    checks.enough = True
    await checking
    before = checks.worst(asked - 1, asked)
    return status, (answered - asked) * 1000, before, checks.worst(asked, answered + _AFTER / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=int, default=1000, help="how many health checks a second")
    parser.add_argument("--only", default="", help="kinds whose title holds this")
    asked = parser.parse_args()

    print(describe())
    print(f"{'first request':<28}{'status':>7}{'took':>9}{'before':>9}{'since':>9}   ms; longest waits of checks")
    over = []
    with tempfile.TemporaryDirectory() as folder, SqliteDatabases(Path(folder)).fresh() as url:
        fill(url, 200)
        (newest,) = page_of_decisions(connect_engine(url), DecisionFilter(), limit=1)
        with server(url, module="service") as started:
            draft = uvloop.run(_drafted(started.port))
        for kind in kinds(newest.id, newest.account_id, draft):
            if asked.only not in kind.title:
                continue
            rounds = []
            for _ in range(asked.rounds):
                with server(url, module="service", asked=False) as started:
                    rounds.append(uvloop.run(_ask(kind, started.port, asked.rate)))
            status, took, before, since = (median(values) for values in zip(*rounds, strict=True))
            print(f"{kind.title:<28}{status:>7.0f}{took:>9.1f}{before:>9.1f}{since:>9.1f}", flush=True)
            if since > WANTED:
                over.append(kind.title)
    print(f"wanted: at most {WANTED} ms; more: {', '.join(over) or 'none'}")
    sys.exit(bool(over))


if __name__ == "__main__":
    main()
