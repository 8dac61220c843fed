"""What goes along with the facts of a table while an engine decides them, and comes back to what was decided."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.columns import NAME
from service.bulk.facts import ROW
from service.bulk.rows import Layout
from service.domain.rows import Row, StatedRow

FindRow: TypeAlias = Callable[[int], Row | None]
"""Reads the row of a number by itself."""


class Alongside:
    """The columns that no clause reads, as long as the facts of their rows are being decided.

    They are put here as the facts are fed, in their order, and each row is asked for once.
    """

    def __init__(self, layout: Layout) -> None:
        self._columns = along_columns(layout)
        self._waiting: deque[tuple[pa.Table, FindRow]] = deque()
        self._found: list[FindRow] = []

    def put(self, along: pa.Table, find: FindRow) -> None:
        """Keep what goes along with some rows, each of which can be found."""
        self._waiting.append((along, find))

    def of(self, rows: pa.ChunkedArray) -> pa.Table:
        """What goes along with the rows of these numbers, which were put here next, in the order of the numbers."""
        parts = [self._columns.empty_table()]
        self._found = []
        wanted = len(rows)
        while wanted:
            along, find = self._waiting.popleft()
            if len(along) > wanted:
                self._waiting.appendleft((along[wanted:], find))
            parts.append(along[:wanted])
            self._found.append(find)
            wanted -= len(parts[-1])
        along = pa.concat_tables(parts)
        return along if along[ROW].equals(rows) else along.take(pc.index_in(rows, along[ROW].combine_chunks()))

    def row(self, number: int) -> Row | None:
        """One of the rows that were asked for last."""
        return next((row for find in self._found if (row := find(number)) is not None), None)


def along_columns(layout: Layout) -> pa.Schema:
    """The columns that go along: row, name, and those that are kept, by their places: any name may be in the table."""
    kept = (field.with_name(f"kept {place}") for place, field in enumerate(layout.kept))
    return pa.schema([(ROW, pa.int64()), (NAME, pa.string()), *kept])


def along_with(rows: Sequence[StatedRow], layout: Layout) -> pa.Table:
    """What goes along with rows that were read by themselves."""
    cells = [(row.number, row.facts.account.name, *map(_storable, row.kept)) for row in rows]
    columns = list(zip(*cells, strict=True)) or [()] * (2 + len(layout.kept))
    schema = along_columns(layout)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def along_with_block(numbers: pa.Array, names: pa.Array | None, kept: Sequence[pa.Array], layout: Layout) -> pa.Table:
    """The same of rows that were read together."""
    if names is None:
        trimmed = pa.nulls(len(numbers), pa.string())
    else:
        trimmed = pc.utf8_trim_whitespace(names)
        trimmed = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    return pa.table([numbers, trimmed, *kept], schema=along_columns(layout))


def _storable(value: object) -> object:
    """A value as it was, but for bytes that are no text, which become escapes."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
