"""Polars, embedded, or any backend that Ibis connects to by an address: each table is sent along with the query."""

from collections.abc import Iterator

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from service.bulk.decisions import decisions
from service.bulk.engines.open import UnusableEngineError
from service.bulk.facts import ROW
from service.domain.policy import Policy


class IbisEngine:
    """One connection to a backend."""

    def __init__(self, connection: BaseBackend) -> None:
        self._connection = connection

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """See ``Engine``."""
        for table in facts:
            yield self._connection.to_pyarrow(decisions(ibis.memtable(table), policy)).sort_by(ROW)

    def close(self) -> None:
        """See ``Engine``."""
        self._connection.disconnect()


def make_engine(asked: str) -> IbisEngine:
    """The engine over Polars, or over the backend of an address.

    Raises:
        UnusableEngineError: Ibis knows no such backend, what it needs is not installed, or it cannot be reached.
    """
    if asked == "polars":
        return IbisEngine(ibis.polars.connect())
    try:
        return IbisEngine(ibis.connect(asked))
    except Exception as error:  # every backend has errors of its own
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableEngineError(f"There is no such engine, or it cannot be had here: {said}") from error
