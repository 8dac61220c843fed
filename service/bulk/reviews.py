"""Which rows of a table open a review, as DuckDB finds them while it decides."""

from collections.abc import Iterator
from functools import partial, reduce
from operator import or_

import ibis.expr.types as ir
import pyarrow as pa

from service.bulk.engines.duckdb import DuckDbEngine
from service.bulk.program import where
from service.domain.policy import Policy
from service.domain.program import Program
from service.domain.terms import NoticeCode

OPENS_REVIEW = "opens a review"
"""The column that says so: true or false."""


class ReviewingEngine:
    """DuckDB, which says of each row that it decides whether it opens a review."""

    def __init__(self) -> None:
        self._engine = DuckDbEngine()

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """See ``Engine``."""
        return self._engine.decide(policy, facts, {OPENS_REVIEW: partial(_opens_review, policy.program)})

    def close(self) -> None:
        """See ``Engine``."""
        self._engine.close()


def _opens_review(program: Program, table: ir.Table) -> ir.BooleanValue:
    posted = [notify.given for notify in program.actions if notify.code is NoticeCode.POST_TO_CHATTER]
    return reduce(or_, (where(table, given) for given in posted))
