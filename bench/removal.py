"""Old deliveries removed, as the worker does: ``python -m bench.removal --deliveries 300000``.

A database has so many deliveries, an attempt of each; the older half is to be removed. Before it lie a tenth as many
that were made earlier and settled late, as those of a subscriber that was disabled for long. Prints how long a look
takes, for which nobody waits, and how long the commits keep SQLite's writer, or rows of PostgreSQL.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, text

from bench.machine import describe
from service import wiring
from service.domain.identifiers import uuid7
from service.domain.subscriptions import DeliveryStatus
from service.store.delivery.removal import remove_settled, settled_before
from service.store.engine import connect_engine
from service.store.tables.events import DeliveryAttemptRow, DeliveryRow
from tests.databases import SqliteDatabases, postgres_databases

_CHUNK, _FOUND, _AT_ONCE = 5_000, 500, 50
_STEP = timedelta(seconds=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--deliveries", type=int, default=300_000)
    parser.add_argument("--removed", type=int, default=20_000)
    asked = parser.parse_args()
    print(describe())
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
            databases = stack.enter_context(postgres_databases()) if kind == "postgresql" else SqliteDatabases(folder)
            engine = connect_engine(stack.enter_context(databases.fresh()))
            stack.callback(engine.dispose)
            _remove(engine, kind, asked.deliveries, asked.removed)


def _remove(engine: Engine, kind: str, count: int, most: int) -> None:
    began = wiring.now() - count * _STEP
    before = began + count // 2 * _STEP
    _fill(engine, count, began, wiring.now())
    looks, commits, removed = [], [], 0
    while removed < most:
        at = time.perf_counter()
        found = settled_before(engine, before, _FOUND)
        looks.append(time.perf_counter() - at)
        if not found:
            break
        for first in range(0, len(found), _AT_ONCE):
            at = time.perf_counter()
            removed += remove_settled(engine, found[first : first + _AT_ONCE], before)
            commits.append(time.perf_counter() - at)
    told = [
        f"{name} {1000 * median(of):.1f} ms, at most {1000 * max(of):.1f} ms" for name, of in _named(looks, commits)
    ]
    print(f"{kind:12}{removed} of {count + count // 10} removed: {'; '.join(told)}", flush=True)


def _named(looks: list[float], commits: list[float]) -> Iterator[tuple[str, list[float]]]:
    yield f"a look for {_FOUND}", looks
    yield f"a commit of {_AT_ONCE}", commits


def _fill(engine: Engine, count: int, began: datetime, now: datetime) -> None:
    late = count // 10
    rows = (
        _delivery(number, began + (number - late) * _STEP, now if number < late else None)
        for number in range(count + late)
    )
    with engine.begin() as connection:
        chunk: list[dict[str, Any]] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == _CHUNK:
                _insert(connection, chunk)
                chunk = []
        _insert(connection, chunk)
        connection.execute(text("ANALYZE"))


def _insert(connection: Any, chunk: list[dict[str, Any]]) -> None:  # noqa: ANN401 - a connection
    if chunk:
        connection.execute(insert(DeliveryRow), chunk)
        connection.execute(insert(DeliveryAttemptRow), [_attempt(row) for row in chunk])


def _delivery(number: int, at: datetime, settled_at: datetime | None) -> dict[str, Any]:
    return {
        "id": uuid7(at, 3 * number),
        "subscriber_id": UUID(int=number % 3),
        "decision_id": uuid7(at, 3 * number + 1),
        "account_id": f"acc-{number % 100_000}",
        "status": DeliveryStatus.GIVEN_UP if number % 1_000 == 0 else DeliveryStatus.DELIVERED,
        "attempts": 1,
        "failures": 0,
        "next_at": None,
        "created_at": at,
        "settled_at": settled_at or at,
    }


def _attempt(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "delivery_id": row["id"],
        "at": row["created_at"],
        "outcome": "accepted",
        "http_status": 204,
        "detail": None,
        "took": 0.1,
    }


if __name__ == "__main__":
    main()
