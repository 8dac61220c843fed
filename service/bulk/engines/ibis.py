"""Polars, embedded, or any backend that Ibis connects to by an address: each table is sent along with the query."""

from functools import partial

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from service.bulk.decisions import decisions
from service.bulk.engines.open import TableByTable, UnusableEngineError
from service.domain.policy import Policy


def make_engine(asked: str) -> TableByTable:
    """The engine over Polars, or over the backend of an address.

    Raises:
        UnusableEngineError: Ibis knows no such backend, what it needs is not installed, or it cannot be reached.
    """
    connection = ibis.polars.connect() if asked == "polars" else _connected(asked)

    def decide_one(policy: Policy, table: pa.Table) -> pa.Table:
        # Polars would keep every table in memory that comes along with a query, up to its end.
        kept = asked == "polars"
        held = connection.create_table("facts", table, overwrite=True) if kept else ibis.memtable(table)
        return connection.to_pyarrow(decisions(held, policy))

    return TableByTable(connection, partial(partial, decide_one), connection.disconnect)


def _connected(asked: str) -> BaseBackend:
    try:
        return ibis.connect(asked)
    except Exception as error:  # every backend has errors of its own
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableEngineError(f"There is no such engine, or it cannot be had here: {said}") from error
