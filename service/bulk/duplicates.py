"""Accounts that stand in several rows of a table: found before any row counts, in eight bytes an id."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.bulk.facts import ACCOUNT_ID
from service.bulk.reading import ColumnReader
from service.bulk.rows import Piece, Table, Texts
from service.domain.rows import Fault, RejectedRow, Row, StatedRow

_MOST_ROWS: Final = 500_000
_TOGETHER: Final = 10_000
_HASHED_TOGETHER: Final = 100_000
_HASHES: Final = "SELECT hash(id) AS hashed FROM ids"
_Identities = tuple[pa.Array, pa.Array, pa.Array]
"""The ids of some rows, their numbers, and what they say of when they changed."""


class TooManyDuplicatesError(ValueError):
    """So many rows are of accounts that stand in several that the ids must stand in another column."""

    def __init__(self) -> None:
        super().__init__(f"More than {_MOST_ROWS:,} rows are of accounts that stand in several: is it the right id?")


class Appearance(NamedTuple):
    """A row in which an account stands, and what it says of when it changed."""

    number: int
    account_id: str
    stamp: str


class SeenIds:
    """The ids of rows that went by, and whether one of them may have done so twice.

    ``failed`` is what kept the table from being read to its end.
    """

    def __init__(self) -> None:
        self.failed: Exception | None = None
        self._connection = duckdb.connect()
        self._hashes: list[NDArray[np.uint64]] = []
        self._waiting: list[pa.Array] = []

    def watched(self, table: Table) -> Table:
        """The table as it is, whose ids are seen as its pieces go by."""
        return replace(table, pieces=self._watched(replace(table, pieces=self._heard(table.pieces))))

    def add(self, ids: pa.Array) -> None:
        """See some more. A query costs more than the ids of a piece, so those of several go into one."""
        self._waiting.append(ids)
        if sum(map(len, self._waiting)) >= _HASHED_TOGETHER:
            self._hash()

    def twice(self) -> NDArray[np.uint64]:
        """The hashes that came twice: of one id that did, or of two that share theirs. What was seen is forgotten."""
        self._hash()
        # Joined one by one, each let go of: all at once they would be there twice.
        hashes = np.empty(sum(map(len, self._hashes)), np.uint64)
        end = len(hashes)
        while self._hashes:
            some = self._hashes.pop()
            hashes[end - len(some) : end] = some
            end -= len(some)
        hashes.sort()
        return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])

    def _hash(self) -> None:
        ids, self._waiting = pa.chunked_array(self._waiting, pa.string()), []
        self._hashes.append(_hashes(self._connection, ids))

    def _heard(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        try:
            yield from pieces
        except Exception as error:
            self.failed = error
            raise

    def _watched(self, table: Table) -> Iterator[Piece]:
        place = next((place for place, column in enumerate(table.layout.columns) if column.fact == ACCOUNT_ID), None)
        of_id = None if place is None else ColumnReader(table.layout.columns[place], pa.string())
        alone: list[str | None] = []
        for piece in table.pieces:
            if not isinstance(piece, Texts):
                alone.append(_account_id(piece))
            elif place is not None and of_id is not None:
                self.add(_ids_in(piece.columns[place], of_id).drop_null())
            if len(alone) >= _TOGETHER:
                self.add(pa.array(alone, pa.string()).drop_null())
                alone = []
            yield piece
        self.add(pa.array(alone, pa.string()).drop_null())


def find_duplicates(identities: Callable[[], Table]) -> list[list[Appearance]]:
    """The rows of each account that stands in several, in their order.

    ``identities`` opens the table from its beginning, with a layout of the id and of what says when a row changed, or
    of the id alone.

    Raises:
        TooManyDuplicatesError: there are more than half a million of such rows.
    """
    seen = SeenIds()
    for ids, _, _ in _identities(identities()):
        seen.add(ids)
    twice = seen.twice()
    with duckdb.connect() as connection:
        return _appearances(connection, identities, twice) if len(twice) else []


def without_others(table: Table, fates: Mapping[int, Fault | None]) -> Table:
    """The table without the rows that another one of their account leads; those with a fault are rejected by it."""
    numbers = np.sort(np.fromiter(fates, np.int64, len(fates)))
    return replace(table, pieces=_pieces(table.pieces, fates, numbers)) if fates else table


def rows_without_others(rows: Iterator[Row], fates: Mapping[int, Fault | None]) -> Iterator[Row]:
    """The same of rows that are read one by one."""
    return (kept for row in rows if (kept := _kept(row, fates)) is not None)


def _appearances(
    connection: duckdb.DuckDBPyConnection, identities: Callable[[], Table], twice: NDArray[np.uint64]
) -> list[list[Appearance]]:
    by_account: dict[str, list[Appearance]] = {}
    found = 0
    for ids, numbers, stamps in _identities(identities()):
        # Another id may have the same hash: which accounts stand in several rows their ids say.
        here = pa.array(np.flatnonzero(np.isin(_hashes(connection, ids), twice)))
        found += len(here)
        if found > _MOST_ROWS:
            raise TooManyDuplicatesError
        some = (each.take(here).to_pylist() for each in (numbers, ids, stamps))
        for row in map(Appearance._make, zip(*some, strict=True)):
            by_account.setdefault(row.account_id, []).append(row)
    return [sorted(rows) for rows in by_account.values() if len(rows) > 1]


def _identities(table: Table) -> Iterator[_Identities]:
    of_id = ColumnReader(table.layout.columns[0], pa.string()) if table.layout.columns else None
    alone: list[Row] = []
    for piece in table.pieces:
        if isinstance(piece, Texts) and of_id is not None:
            yield _of_texts(piece, of_id)
        elif not isinstance(piece, Texts):
            alone.append(piece)
        if len(alone) >= _TOGETHER:
            yield _of_rows(alone)
            alone = []
    yield _of_rows(alone)


def _ids_in(texts: pa.Array, of_id: ColumnReader) -> pa.Array:
    read = of_id.read(texts)
    ids = texts if read.values is None else read.values
    if read.sound is None:
        return ids
    # Those with blanks around them, which are read by themselves, are ids like any other.
    odd = pc.invert(read.sound)
    said = [of_id.value_of(text) for text in texts.filter(odd).to_pylist()]
    return pc.replace_with_mask(ids, odd, pa.array(said, pa.string()))


def _of_texts(texts: Texts, of_id: ColumnReader) -> _Identities:
    ids = _ids_in(texts.columns[0], of_id)
    stamps = texts.columns[1].cast(pa.string()) if texts.columns[1:] else pa.nulls(len(texts.numbers), pa.string())
    known = pc.is_valid(ids)
    if pc.all(known).as_py():
        return ids, texts.numbers, stamps
    return ids.filter(known), texts.numbers.filter(known), stamps.filter(known)


def _of_rows(rows: list[Row]) -> _Identities:
    found = [(_account_id(row), row.number, row.stamp) for row in rows]
    known = [each for each in found if each[0] is not None]
    ids, numbers, stamps = zip(*known, strict=True) if known else ((), (), ())
    return pa.array(ids, pa.string()), pa.array(numbers, pa.int64()), pa.array(stamps, pa.string())


def _account_id(row: Row) -> str | None:
    return row.account_id if isinstance(row, RejectedRow) else row.facts.account.id


def _hashes(connection: duckdb.DuckDBPyConnection, ids: pa.Array | pa.ChunkedArray) -> NDArray[np.uint64]:
    connection.register("ids", pa.table({"id": ids}))
    return connection.execute(_HASHES).fetchnumpy()["hashed"].astype(np.uint64, copy=False)


def _pieces(pieces: Iterator[Piece], fates: Mapping[int, Fault | None], numbers: NDArray[np.int64]) -> Iterator[Piece]:
    for piece in pieces:
        if not isinstance(piece, Texts):
            yield from rows_without_others(iter((piece,)), fates)
            continue
        here = np.isin(piece.numbers.to_numpy(), numbers)
        if here.any():
            yield from rows_without_others(piece.rows(np.flatnonzero(here).tolist()), fates)
            yield piece.only(~here)
        else:
            yield piece


def _kept(row: Row, fates: Mapping[int, Fault | None]) -> Row | None:
    if row.number not in fates:
        return row
    fault = fates[row.number]
    if fault is None:
        return None
    if isinstance(row, StatedRow):
        account = row.facts.account
        return RejectedRow(
            number=row.number, account_id=account.id, name=account.name, faults=(fault,), cells=row.cells
        )
    return replace(row, faults=(*row.faults, fault))
