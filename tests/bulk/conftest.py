from collections.abc import Iterator
from functools import cache

import ibis
import ibis.expr.types as ir
import pytest

from service.bulk.decisions import More, decisions
from service.bulk.engines.open import Engine, open_engine
from service.domain.policy import Policy
from tests.bulk.engines import NAMES, opened


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    yield from opened(request.param, request)


@pytest.fixture(scope="module")
def duckdb() -> Iterator[Engine]:
    """DuckDB, for many small files: it puts a policy into SQL once, which takes longer than to decide such a file."""
    asked: dict[Policy, ir.Table] = {}

    def once(facts: ir.Table, policy: Policy, *, more: More, trail: bool) -> ir.Table:
        if more:
            return decisions(facts, policy, more=more, trail=trail)
        if policy not in asked:
            asked[policy] = decisions(facts, policy)
        return asked[policy]

    engine = open_engine("duckdb")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("service.bulk.engines.duckdb.decisions", once)
        patched.setattr(ibis, "to_sql", cache(ibis.to_sql))
        yield engine
    engine.close()
