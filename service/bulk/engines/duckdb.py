"""DuckDB, embedded: the tables stream through one query, several of its threads at once."""

from collections import deque
from collections.abc import Iterator

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from service.bulk.decisions import NOTHING_MORE, More, decisions
from service.bulk.facts import FACTS, ROW
from service.domain.policy import Policy

_ROWS = 32_768
_PLACE = FACTS.get_field_index(ROW)


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
            yield from fed.in_order(self._connection.sql(query).to_arrow_reader(_ROWS))
        except duckdb.Error as error:
            raise fed.error or error from None
        if fed.error is not None:
            raise fed.error

    def close(self) -> None:
        """See ``Engine``."""
        self._connection.close()


class _Fed:
    """What is fed to DuckDB. It would tell of an error there only by its text, so the error is kept.

    It plans a longer list of values as a join, whose rows come as its threads are done with them. So they are numbered
    on the way in, and put in order on the way out.
    """

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._numbers: deque[pa.Array] = deque()
        self.error: BaseException | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        begin = 0
        try:
            for table in self._tables:
                places = pa.array(np.arange(begin, begin + len(table)))
                begin += len(table)
                self._numbers.append(table[ROW].combine_chunks())
                yield from table.set_column(_PLACE, FACTS.field(ROW), places).combine_chunks().to_batches()
        except BaseException as error:
            self.error = error
            raise

    def in_order(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
        """What comes out, in the order in which it was fed, with the numbers that the rows had."""
        begin, rest = 0, None
        for batch in batches:
            table = pa.Table.from_batches([batch])
            rest = table if rest is None else pa.concat_tables([rest, table])
            places = rest[ROW].to_numpy()
            if not np.array_equal(places, np.arange(begin, begin + len(places))):
                rest = rest.sort_by(ROW)
                places = rest[ROW].to_numpy()
            ready = int(np.count_nonzero(places == np.arange(begin, begin + len(places))))
            begin += ready
            if ready:
                yield rest[:ready].set_column(rest.column_names.index(ROW), FACTS.field(ROW), self._numbers_of(ready))
                rest = rest[ready:]

    def _numbers_of(self, rows: int) -> pa.ChunkedArray:
        """The numbers of the next rows that come out."""
        parts: list[pa.Array] = []
        while rows:
            numbers = self._numbers.popleft()
            if len(numbers) > rows:
                self._numbers.appendleft(numbers[rows:])
            parts.append(numbers[:rows])
            rows -= len(parts[-1])
        return pa.chunked_array(parts, pa.int64())


def make_engine(_asked: str) -> DuckDbEngine:
    """The engine."""
    return DuckDbEngine()
