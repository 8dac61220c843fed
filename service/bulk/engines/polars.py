"""Polars, embedded: one table after the other."""

from collections.abc import Iterator

import ibis
import pyarrow as pa

from service.bulk.decisions import decisions
from service.bulk.facts import ROW
from service.domain.policy import Policy


class PolarsEngine:
    """One Polars context."""

    def __init__(self) -> None:
        self._connection = ibis.polars.connect()

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """See ``Engine``."""
        for table in facts:
            held = self._connection.create_table("facts", table, overwrite=True)
            yield decisions(held, policy).to_pyarrow().sort_by(ROW)

    def close(self) -> None:
        """See ``Engine``."""
        self._connection.disconnect()


def make_engine(_asked: str) -> PolarsEngine:
    """The engine."""
    return PolarsEngine()
