"""A Parquet file, block by block: its columns as text, to be read as those of any other table."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from numpy.typing import NDArray

from service.bulk.rows import Layout, Piece, Texts
from service.bulk.text import UnreadableInputError
from service.domain.numbers import LARGEST_EXACT, Inexact
from service.domain.rows import Row, StatedRow

_ROWS = 16_384
_LARGEST_EXACT_OF_FEW_DIGITS = 2**24
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)


class UnusableParquetError(UnreadableInputError):
    """A Parquet file that cannot be read, at all or from some row on."""


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
) -> Iterator[Piece]:
    """The rows of a Parquet file, in its order; their numbers are their positions from 1.

    ``read_cells`` reads one of them by itself, from its number and the text of its cells.

    Raises:
        UnusableParquetError: a column that states a fact, or goes along, holds what is no text, or the file is damaged.
    """
    names = [file.schema_arrow.names[column.index] for column in layout.columns]
    along = [file.schema_arrow.names[index] for index in layout.kept_at]
    first = 1
    for batch in _batches(file, [*dict.fromkeys((*names, *along))]):
        columns, inexact = [], {}
        for column, name in zip(layout.columns, names, strict=True):
            values = batch.column(name)
            columns.append(_as_text(values, name, counts=column.counts))
            if not column.counts and pa.types.is_floating(values.type):
                inexact[column.index] = _is_inexact(values)
        kept = [_along(batch.column(name), name, field.type) for name, field in zip(along, layout.kept, strict=True)]
        read_row = partial(_read_row, columns, inexact, kept, layout, first, read_cells)
        texts = Texts(columns, pa.arange(first, first + batch.num_rows), read_row, kept)
        yield from texts.apart(np.logical_or.reduce([np.zeros(batch.num_rows, np.bool_), *inexact.values()]))
        first += batch.num_rows


def refuse_unreadable_kind(file: pyarrow.parquet.ParquetFile, index: int) -> None:
    """Look at a column that states a fact before any row is read.

    Raises:
        UnusableParquetError: it is of a kind that states none.
    """
    name, kind = file.schema_arrow.names[index], file.schema_arrow.types[index]
    if pa.types.is_nested(kind):
        raise _no_fact(name, kind)
    _refuse_unknown_zone(name, kind)


def kept_kind(file: pyarrow.parquet.ParquetFile, index: int) -> pa.DataType:
    """Of which kind a column is when it goes along.

    Raises:
        UnusableParquetError: it cannot go along, for it holds what no table for people can.
    """
    name, kind = file.schema_arrow.names[index], file.schema_arrow.types[index]
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    _refuse_unknown_zone(name, kind)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_nested(kind) or any(test(kind) for test in _BINARY):
        raise UnusableParquetError(f'The column "{name}" is of the kind {kind}, which cannot be kept')
    return kind


def read_parquet_cells(
    file: pyarrow.parquet.ParquetFile, counts: Container[int], numbers: Iterator[int]
) -> Iterator[list[str]]:
    """All cells of some rows, by their numbers, which rise; the file is read once more for them.

    ``counts`` are the columns, from 0, that state numbers.
    """
    end, number = 1, next(numbers, None)
    for batch in _batches(file, None):
        first, end = end, end + batch.num_rows
        wanted = []
        while number is not None and number < end:
            wanted.append(number - first)
            number = next(numbers, None)
        if wanted:
            rows = batch.take(pa.array(wanted, pa.int64()))
            cells = [_spelled(column, counts=index in counts) for index, column in enumerate(rows.columns)]
            yield from map(list, zip(*cells, strict=True))
        if number is None:
            return


def _spelled(values: pa.Array, *, counts: bool) -> list[str]:
    """Each value of a column as it is read, and as people write it where it states no fact."""
    kind = values.type
    if pa.types.is_timestamp(kind) and not _is_zone(kind):
        values = values.cast(pa.timestamp(kind.unit))
    try:
        return _as_text(values, "", counts=counts).to_pylist()  # type: ignore[no-any-return]  # its texts
    except UnusableParquetError:
        return [*map(_shown, values)]


def _shown(value: pa.Scalar) -> str:
    try:
        shown = value.as_py()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "surrogateescape")
    except (ValueError, OverflowError, LookupError):
        return f"{value.type} that cannot be shown"
    return "" if shown is None else str(shown)


def _read_row(
    columns: list[pa.Array],
    inexact: dict[int, NDArray[np.bool_]],
    kept: list[pa.Array],
    layout: Layout,
    first: int,
    read_cells: Callable[[int, Sequence[str]], Row],
    place: int,
) -> Row:
    cells = [""] * layout.width
    for column, values in zip(layout.columns, columns, strict=True):
        text = values[place].as_py()
        cells[column.index] = Inexact(text) if column.index in inexact and inexact[column.index][place] else text
    row = read_cells(first + place, cells)
    return replace(row, kept=tuple(each[place].as_py() for each in kept)) if isinstance(row, StatedRow) else row


def _batches(file: pyarrow.parquet.ParquetFile, columns: list[str] | None) -> Iterator[pa.RecordBatch]:
    try:
        yield from file.iter_batches(batch_size=_ROWS, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise UnusableParquetError(f"The input cannot be read as Parquet: {error}") from error


def _along(values: pa.Array, name: str, kind: pa.DataType) -> pa.Array:
    try:
        values = values.cast(kind)
        return _of_utf_8(values, name) if pa.types.is_string(kind) else values
    except pa.ArrowException as error:
        raise UnusableParquetError(f'The column "{name}" cannot be kept: {error}') from error


def _refuse_unknown_zone(name: str, kind: pa.DataType) -> None:
    if pa.types.is_timestamp(kind) and not _is_zone(kind):
        raise UnusableParquetError(f'The column "{name}" has moments of the time zone {kind.tz}, which is not known')


def _is_zone(kind: pa.TimestampType) -> bool:
    try:
        pa.array([0], pa.int64()).cast(kind).cast(pa.string())
    except pa.ArrowException:
        return False
    return True


def _of_utf_8(texts: pa.Array, name: str) -> pa.Array:
    """The texts, which a file may say to be UTF-8 without their being it."""
    try:
        return texts.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid as error:
        raise UnusableParquetError(f'The column "{name}" has bytes that are not UTF-8') from error


def _no_fact(name: str, kind: pa.DataType) -> UnusableParquetError:
    return UnusableParquetError(f'The column "{name}" is of the kind {kind}, which states no fact')


def _is_inexact(values: pa.FloatingPointArray) -> NDArray[np.bool_]:
    """Which of some numbers may be others, for their kind does not hold so many digits."""
    largest = LARGEST_EXACT if pa.types.is_float64(values.type) else _LARGEST_EXACT_OF_FEW_DIGITS
    found: NDArray[np.bool_] = np.abs(np.nan_to_num(values.to_numpy(zero_copy_only=False))) >= largest
    return found


def _as_text(values: pa.Array, name: str, *, counts: bool) -> pa.Array:
    texts = _written(values, name)
    if counts and not any(test(values.type) for test in (*_TEXTS, *_BINARY, pa.types.is_dictionary)):
        # As ``unmistakable`` has it.
        return pc.replace_substring_regex(texts, r"^(-?[0-9]{1,3}\.[0-9]{3})$", r"\10")
    return texts


def _written(values: pa.Array, name: str) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
    elif pa.types.is_floating(kind):
        # A column of whole numbers with gaps comes out of pandas as one of fractions.
        whole = pc.fill_null(pc.equal(values, pc.floor(values)), False)  # noqa: FBT003 - Arrow's signature
        in_range = pc.and_(whole, pc.less(pc.abs(values), float(LARGEST_EXACT)))
        numbers = pc.if_else(in_range, values, None).cast(pa.int64())
        known = pc.if_else(pc.is_nan(values), None, values)
        values = pc.coalesce(numbers.cast(pa.string()), known.cast(pa.string()))
    if any(test(values.type) for test in (*_TEXTS, *_BINARY)):
        return pc.fill_null(_of_utf_8(values, name), "")
    try:
        if pa.types.is_timestamp(kind):
            values = values.cast(pa.timestamp("us", kind.tz), safe=False)
        elif pa.types.is_decimal(kind):
            fractions = pc.replace_substring_regex(values.cast(pa.string()), r"(\.[0-9]*?)0+$", r"\1")
            values = pc.replace_substring_regex(fractions, r"\.$", "")
        return pc.fill_null(values.cast(pa.string()), "")
    except pa.ArrowException as error:
        raise _no_fact(name, kind) from error
