"""Puts a policy into SQL once for each question of DuckDB: it takes up to a second, and comes to the same."""

from functools import cache
from unittest.mock import MagicMock, patch

import ibis
import ibis.expr.types as ir

from service.bulk.decisions import More, decisions
from service.bulk.engines import duckdb
from service.bulk.reviews import ReviewingEngine
from service.bulk.verdicts import Verdicts
from service.domain.policy import Policy


def put_into_sql_once() -> None:
    """From here on, in this process and those that are forked from it."""
    asked: dict[tuple[str, tuple[str, ...]], ir.Table] = {}

    def once(facts: ir.Table, policy: Policy, *, more: More, trail: bool) -> ir.Table:
        question = policy.digest, tuple(more)
        if question not in asked:
            asked[question] = decisions(facts, policy, more=more, trail=trail)
        return asked[question]

    patch.object(duckdb, "decisions", once).start()
    patch.object(ibis, "to_sql", cache(ibis.to_sql)).start()


def ask_everything(policy: Policy) -> None:
    """Put every question about a policy into SQL, which no database is asked: its threads would not outlive a fork."""
    with patch("duckdb.connect", MagicMock()):
        for engine in (duckdb.DuckDbEngine(), ReviewingEngine()):
            assert not list(engine.decide(policy, iter(())))
        assert not list(Verdicts(policy, policy.effective_from).judge(()))
