"""The ledger: ``python -m bench.ledger --database both``.

What it costs who records: a service is asked for classifications in turns, with a worker beside it that seals and with
none, and the answers a second are compared, in the median of the rounds; and how far the ledger is behind at the end
of a round. Then how many entries a second are sealed of a table of ``--large`` decisions, and what sealing a hundred
more and proving one cost there, against a ledger of ``--small``, asked in turns.
"""

import argparse
import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from unittest.mock import patch

from sqlalchemy import Engine, text

from bench.audit import filled_url, fresh_url
from bench.machine import describe, median
from bench.servers import load, server
from service import wiring
from service.domain.ledger.notes import NoteSigner
from service.store.database import Readable
from service.store.engine import connect_engine
from service.store.ledger import queue
from service.store.ledger.queue import unsealed_rows
from service.store.ledger.reading import find_checkpoint, prove
from service.usecases import seal as usecase
from service.usecases.ledger_key import KeyPlace
from service.usecases.seal import Sealer

_SIGNER = NoteSigner(name="chalkline.example/bench", seed=bytes(32))
_ACCOUNTS_A_ROUND = 10_000_000
_AT_A_TIME = 100
_WANTED_RATE, _WANTED_COST = 0.95, 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=50)
    asked = parser.parse_args()
    print(describe())
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        if asked.rounds:
            with ExitStack() as stack:
                _rate(kind, fresh_url(stack, kind), asked.seconds, asked.rounds)
        if asked.times:
            with ExitStack() as stack:
                _cost(kind, *(_sealed(stack, kind, size, asked.times) for size in (asked.small, asked.large)))


def _rate(kind: str, url: str, seconds: float, rounds: int) -> None:
    """What recording loses to sealing."""
    engine = connect_engine(url)
    ratios, behind = [], []
    with server(url, module="service", settings={"CHALKLINE_WORKER": "false"}) as running:

        def answered(first: int) -> float:
            asked = {"seconds": seconds, "connections": 32, "first": first, "core": None}
            report = load(running.port, "/v1/classifications", **asked)  # type: ignore[arg-type]
            return float(report["statuses"].get("201", 0) / report["seconds"])

        answered(0)
        for turn in range(1, 2 * rounds, 2):
            without = answered(turn * _ACCOUNTS_A_ROUND)
            with worker(url):
                wait_for(engine)
                beside = answered((turn + 1) * _ACCOUNTS_A_ROUND)
                behind.append(wait_for(engine))
            ratios.append(beside / without)
            print(
                f"{kind}: alone {without:6.0f}/s   beside sealing {beside:6.0f}/s   {beside / without:.2f}", flush=True
            )
    engine.dispose()
    print(f"{kind}: ratio in the median {median(ratios):.2f}, wanted at least {_WANTED_RATE}")
    print(f"{kind}: the ledger had caught up {max(behind):.1f} s after a round, in the longest of them")


@contextmanager
def worker(url: str) -> Iterator[None]:
    """A worker on a database, which seals with the benchmarks' key."""
    settings = {"CHALKLINE_DATABASE_URL": url, "CHALKLINE_LEDGER_KEY": _SIGNER.secret}
    command = [sys.executable, "-m", "service", "worker"]
    with subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own module
        try:
            yield
        finally:
            process.terminate()


def wait_for(engine: Engine) -> float:
    """How many seconds it takes until nothing waits to be sealed."""
    began = time.perf_counter()
    while unsealed_rows(engine).count:
        time.sleep(0.05)
    return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class _Ledger:
    """A ledger of so many entries, and some more that are queued."""

    database: Readable
    sealer: Sealer
    subjects: list[str]


def _sealed(stack: ExitStack, kind: str, size: int, times: int) -> _Ledger:
    url = filled_url(stack, kind, size + times * _AT_A_TIME, 20)
    database = Readable(connect_engine(url))
    stack.callback(database.engine.dispose)
    sealer = Sealer(
        database=database,
        place=KeyPlace(lines=_SIGNER.secret),
        now=wiring.now,
        random=secrets.token_bytes,
        publish=lambda _: None,
        published=lambda: None,
        announce=lambda *_: None,
    )
    began = time.perf_counter()
    while find_checkpoint(database.engine).size < size:
        sealer.step()
    took = time.perf_counter() - began
    print(f"{kind}: {size:,} entries sealed in {took:.1f} s, {size / took:,.0f} a second", flush=True)
    with database.engine.connect() as connection:
        chosen = "SELECT subject FROM ledger_entries WHERE number % :each = 0"
        subjects = list(connection.scalars(text(chosen), {"each": max(1, size // 1_000)}))
    return _Ledger(database, sealer, subjects)


def _cost(kind: str, small: _Ledger, large: _Ledger) -> None:
    """What sealing and proving cost in a large ledger, against a small one."""
    chance = random.Random(1)

    def append(ledger: _Ledger) -> None:
        ledger.sealer.step()

    def proof(ledger: _Ledger) -> None:
        prove(ledger.database.engine, "decision", chance.choice(ledger.subjects))

    with patch.object(usecase, "AT_ONCE", _AT_A_TIME), patch.dict(queue.MORE, {kind: 1}):
        for name, do, times in (("sealing a hundred", append, 40), ("a proof", proof, 400)):
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(times):
                for ledger, took in zip((small, large), taken, strict=True):
                    took.append(_timed(do, ledger))
            low, high = map(median, taken)
            print(f"{kind}: {name}: {low * 1000:.2f} ms and {high * 1000:.2f} ms, {high / low:.2f} times")
    print(f"{kind}: wanted at most {_WANTED_COST} times")


def _timed(do: Callable[[_Ledger], None], ledger: _Ledger) -> float:
    began = time.perf_counter()
    do(ledger)
    return time.perf_counter() - began


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
