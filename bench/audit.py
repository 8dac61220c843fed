"""Audit queries at 10 thousand and at 1 million decisions: ``python -m bench.audit --database both``.

Fills a database of each size, then asks both in turn through ``service.store.decisions``, a page of 50 at a time (51
rows, as the API does), so that a busy machine slows both alike. Prints p50 and p99 at both sizes; the ratio of the p99
is to stay within 1.5.
"""

import argparse
import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Engine

from bench.filling import AUDITOR, DECISIONS_AN_ACCOUNT, UNTIL, YEAR, account_of, fill
from bench.machine import describe
from service.domain.identifiers import first_uuid7
from service.store.decisions import decision_as_of, page_of_decisions, standing_decision
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from tests.databases import SqliteDatabases, postgres_databases

PAGE = 51
_WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled database."""

    engine: Engine
    rows: int
    accounts: int


Query: TypeAlias = Callable[[Filled, random.Random], object]


def asked_for(wanted: dict[str, Any]) -> DecisionFilter:
    """A filter, of which what may be one of several is one."""
    single = ("account_id", "actor", "recorded_since", "recorded_until")
    stated: dict[str, Any] = {name: value if name in single else (value,) for name, value in wanted.items()}
    return DecisionFilter(**stated)


def _page(**wanted: Any) -> Query:  # noqa: ANN401 - as the filter takes it
    return lambda filled, _: page_of_decisions(filled.engine, asked_for(wanted), limit=PAGE)


def _deep(**wanted: Any) -> Query:  # noqa: ANN401 - as above
    return lambda filled, chance: page_of_decisions(
        filled.engine, asked_for(wanted), limit=PAGE, before=first_uuid7(_moment(chance))
    )


def _of_days(days: int, **wanted: Any) -> Query:  # noqa: ANN401 - as above
    def ask(filled: Filled, chance: random.Random) -> object:
        until = UNTIL - (YEAR - timedelta(days=days)) * chance.uniform(0.01, 0.99)
        bounds = asked_for(wanted | {"recorded_since": until - timedelta(days=days), "recorded_until": until})
        return page_of_decisions(filled.engine, bounds, limit=PAGE)

    return ask


def _account(filled: Filled, chance: random.Random) -> object:
    wanted = DecisionFilter(account_id=account_of(chance.randrange(filled.accounts)))
    return page_of_decisions(filled.engine, wanted, limit=PAGE)


def _standing(filled: Filled, chance: random.Random) -> object:
    return standing_decision(filled.engine, account_of(chance.randrange(filled.accounts)))


def _standing_then(filled: Filled, chance: random.Random) -> object:
    return decision_as_of(filled.engine, account_of(chance.randrange(filled.accounts)), _moment(chance))


def _moment(chance: random.Random) -> datetime:
    return UNTIL - YEAR * chance.uniform(0.01, 0.9)


QUERIES: dict[str, Query] = {
    "by account": _account,
    "standing now": _standing,
    "standing then": _standing_then,
    "newest page": _page(),
    "status final": _page(status="final"),
    "status pending_review": _page(status="pending_review"),
    "kind review": _page(kind="review"),
    "segment LARGE": _page(segment="LARGE"),
    "team MMKAFO": _page(team="MMKAFO"),
    "rule ROUTE-1": _page(rule="ROUTE-1"),
    "actor of 60 decisions": _page(actor=AUDITOR),
    "actor of none": _page(actor="nobody"),
    "source webhook": _page(source="webhook"),
    "policy fy23": _page(policy="fy23"),
    "status + team": _page(status="provisional", team="MM_TERRITORY"),
    "status + team, none": _page(status="provisional", team="SMB"),
    "segment + actor": _page(segment="LARGE", actor="crm-backfill"),
    "kind + team + source": _page(kind="classification", team="SMB", source="cli"),
    "a month": _of_days(30),
    "half a year + status": _of_days(182, status="pending_review"),
    "a month + actor of 60 decisions": _of_days(30, actor=AUDITOR),
    "deep cursor": _deep(),
    "deep cursor + team": _deep(team="SMB"),
    "deep cursor + actor of 60": _deep(actor=AUDITOR),
}


def main() -> None:
    compare(__doc__, QUERIES)


def compare(description: str | None, queries: dict[str, Query], an_account: int = DECISIONS_AN_ACCOUNT) -> None:
    """Ask databases of two sizes, as the command line has it, and print how long each query takes of each."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=300, help="how often each query is asked of each database")
    asked = parser.parse_args()
    print(describe())
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        with ExitStack() as stack:
            small, large = (_filled(stack, kind, rows, an_account) for rows in (asked.small, asked.large))
            gc.collect()
            gc.freeze()  # as the service does, so that no query is charged for walking through what never goes
            _measure(queries, small, large, asked.times)


def filled_url(stack: ExitStack, kind: str, rows: int, an_account: int) -> str:
    """A database of so many decisions, for as long as the stack is open."""
    url = fresh_url(stack, kind)
    fill(url, rows, an_account)
    return url


def fresh_url(stack: ExitStack, kind: str) -> str:
    """An empty database, for as long as the stack is open."""
    if kind == "sqlite":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
        return stack.enter_context(SqliteDatabases(folder).fresh())
    return stack.enter_context(stack.enter_context(postgres_databases()).fresh())


def _filled(stack: ExitStack, kind: str, rows: int, an_account: int) -> Filled:
    url = fresh_url(stack, kind)
    began = time.perf_counter()
    accounts = fill(url, rows, an_account)
    print(f"{kind}: {rows:,} decisions of {accounts:,} accounts in {time.perf_counter() - began:.0f} s")
    engine = connect_engine(url)
    stack.callback(engine.dispose)
    return Filled(engine, rows, accounts)


def _measure(queries: dict[str, Query], small: Filled, large: Filled, times: int) -> None:
    print(f"{'ms':30}{small.rows:>12,} p50{'p99':>8}{large.rows:>14,} p50{'p99':>8}{'ratio of p99':>15}")
    for name, query in queries.items():
        chance = random.Random(name)
        taken: dict[int, list[float]] = {small.rows: [], large.rows: []}
        for turn in range(times + _WARM_UP):
            for filled in (small, large):
                began = time.perf_counter()
                query(filled, chance)
                if turn >= _WARM_UP:
                    taken[filled.rows].append(1000 * (time.perf_counter() - began))
        (p50, p99), (large_p50, large_p99) = (_percentiles(taken[filled.rows]) for filled in (small, large))
        print(f"{name:30}{p50:16.2f}{p99:8.2f}{large_p50:18.2f}{large_p99:8.2f}{large_p99 / p99:15.2f}", flush=True)


def _percentiles(times: list[float]) -> Iterator[float]:
    ordered = sorted(times)
    yield ordered[len(ordered) // 2]
    yield ordered[len(ordered) * 99 // 100]


if __name__ == "__main__":
    main()
