"""DuckDB, embedded: the tables stream through one query, several of its threads at once."""

from collections.abc import Iterator

import duckdb
import ibis
import pyarrow as pa

from service.bulk.decisions import NOTHING_MORE, More, decisions
from service.bulk.facts import FACTS
from service.domain.policy import Policy

_ROWS = 32_768


class DuckDbEngine:
    """One connection to a database in memory, which holds no more than the rows under way."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:")
        # Where it takes a person to be watching, it would draw one in the middle of what is answered.
        self._connection.execute("SET enable_progress_bar = false")

    def decide(self, policy: Policy, facts: Iterator[pa.Table], more: More = NOTHING_MORE) -> Iterator[pa.Table]:
        """See ``Engine``. ``more`` columns come along, as ``decisions`` has them."""
        fed = _Fed(facts)
        self._connection.register("facts", pa.RecordBatchReader.from_batches(FACTS, fed.batches()))
        table = ibis.table(ibis.Schema.from_pyarrow(FACTS), name="facts")
        query = ibis.to_sql(decisions(table, policy, more=more, trail=bool(more)), "duckdb", pretty=False)
        try:
            for batch in self._connection.sql(query).to_arrow_reader(_ROWS):
                yield pa.Table.from_batches([batch])
        except duckdb.Error as error:
            raise fed.error or error from None
        if fed.error is not None:
            raise fed.error

    def close(self) -> None:
        """See ``Engine``."""
        self._connection.close()


class _Fed:
    """What is fed to DuckDB. It would tell of an error there only by its text, so the error is kept."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self.error: BaseException | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for table in self._tables:
                yield from table.combine_chunks().to_batches()
        except BaseException as error:
            self.error = error
            raise


def make_engine(_asked: str) -> DuckDbEngine:
    """The engine."""
    return DuckDbEngine()
