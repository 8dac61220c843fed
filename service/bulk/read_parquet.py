"""A Parquet file, block by block: its columns as text, to be read as those of any other table."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from service.bulk.rows import Layout, Texts
from service.domain.rows import Row

_ROWS = 16_384


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
    first = 1
    for batch in file.iter_batches(batch_size=_ROWS, columns=names):
        columns = [_as_text(batch.column(name), name) for name in names]
        yield Texts(
            columns, pa.arange(first, first + batch.num_rows), partial(_read_row, columns, layout, first, read_cells)
        )
        first += batch.num_rows


def _read_row(
    columns: list[pa.Array], layout: Layout, first: int, read_cells: Callable[[int, Sequence[str]], Row], place: int
) -> Row:
    cells = [""] * layout.width
    for column, values in zip(layout.columns, columns, strict=True):
        cells[column.index] = values[place].as_py()
    return read_cells(first + place, cells)


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
