"""A Parquet file, block by block: its columns as text, to be read as those of any other table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from service.bulk.rows import Layout, Texts
from service.domain.rows import Row, StatedRow

_ROWS = 16_384
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)


class UnusableParquetError(ValueError):
    """A Parquet file that nothing can be read from. The message is a sentence for the person who made it."""


def open_parquet(source: Path | BinaryIO) -> pyarrow.parquet.ParquetFile:
    """Open a Parquet file.

    Raises:
        UnusableParquetError: it is none, or cannot be read.
    """
    try:
        return pyarrow.parquet.ParquetFile(source, memory_map=isinstance(source, Path))
    except (pa.ArrowException, OSError) as error:
        raise UnusableParquetError(f"The input cannot be read as Parquet: {error}") from error


def read_parquet_blocks(
    file: pyarrow.parquet.ParquetFile, layout: Layout, read_cells: Callable[[int, Sequence[str]], Row]
) -> Iterator[Texts]:
    """The rows of a Parquet file, in its order; their numbers are their positions from 1.

    ``read_cells`` reads one of them by itself, from its number and the text of its cells.

    Raises:
        UnusableParquetError: a column that states a fact holds neither text nor numbers, days or flags.
    """
    names = [file.schema_arrow.names[column.index] for column in layout.columns]
    along = [file.schema_arrow.names[index] for index in layout.kept_at]
    first = 1
    for batch in file.iter_batches(batch_size=_ROWS, columns=[*dict.fromkeys((*names, *along))]):
        columns = [_as_text(batch.column(name), name) for name in names]
        kept = [batch.column(name).cast(field.type) for name, field in zip(along, layout.kept, strict=True)]
        read_row = partial(_read_row, columns, kept, layout, first, read_cells)
        yield Texts(columns, pa.arange(first, first + batch.num_rows), read_row, kept)
        first += batch.num_rows


def kept_kind(file: pyarrow.parquet.ParquetFile, index: int) -> pa.DataType:
    """Of which kind a column is when it goes along.

    Raises:
        UnusableParquetError: it cannot go along, for it holds what no table for people can.
    """
    kind = file.schema_arrow.types[index]
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_nested(kind) or any(test(kind) for test in _BINARY):
        name = file.schema_arrow.names[index]
        raise UnusableParquetError(f'The column "{name}" is of the kind {kind}, which cannot be kept')
    return kind


def read_parquet_cells(file: pyarrow.parquet.ParquetFile, numbers: Iterator[int]) -> Iterator[list[str]]:
    """All cells of some rows, by their numbers, which rise; the file is read once more for them."""
    end, number = 1, next(numbers, None)
    for batch in file.iter_batches(batch_size=_ROWS):
        first, end = end, end + batch.num_rows
        wanted = []
        while number is not None and number < end:
            wanted.append(number - first)
            number = next(numbers, None)
        if wanted:
            rows = batch.take(pa.array(wanted, pa.int64()))
            yield from map(list, zip(*map(_spelled, rows.columns), strict=True))
        if number is None:
            return


def _spelled(values: pa.Array) -> list[str]:
    """Each value of a column as it is read, and as people write it where it states no fact."""
    try:
        return _as_text(values, "").to_pylist()  # type: ignore[no-any-return]  # its texts
    except UnusableParquetError:
        return ["" if value is None else str(value) for value in values.to_pylist()]


def _read_row(
    columns: list[pa.Array],
    kept: list[pa.Array],
    layout: Layout,
    first: int,
    read_cells: Callable[[int, Sequence[str]], Row],
    place: int,
) -> Row:
    cells = [""] * layout.width
    for column, values in zip(layout.columns, columns, strict=True):
        cells[column.index] = values[place].as_py()
    row = read_cells(first + place, cells)
    return replace(row, kept=tuple(each[place].as_py() for each in kept)) if isinstance(row, StatedRow) else row


def _as_text(values: pa.Array, name: str) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
    elif pa.types.is_floating(kind):
        # A column of whole numbers with gaps comes out of pandas as one of fractions.
        whole = pc.fill_null(pc.equal(values, pc.floor(values)), False)  # noqa: FBT003 - Arrow's signature
        in_range = pc.and_(whole, pc.less(pc.abs(values), 1e15))
        numbers = pc.if_else(in_range, values, None).cast(pa.int64())
        known = pc.if_else(pc.is_nan(values), None, values)
        values = pc.coalesce(numbers.cast(pa.string()), known.cast(pa.string()))
    elif pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", kind.tz), safe=False)
    try:
        return pc.fill_null(values.cast(pa.string()), "")
    except pa.ArrowException as error:
        raise UnusableParquetError(f'The column "{name}" is of the kind {kind}, which states no fact') from error
