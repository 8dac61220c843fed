"""A table to be recorded, block by block: which of its rows can be recorded together, and the facts of those as JSON.

Together go the rows that state facts and nothing else, each of an account that stands once in the block. Their JSON is
what is stored with a decision, byte for byte: a text of a column becomes its piece of JSON once, written by Pydantic as
it writes the facts of one account, and the pieces of a row are joined. A piece that follows another begins with its
comma.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel
from pydantic_core import to_json

from service.bulk.facts import ACCOUNT_ID
from service.bulk.reading import Block, BlockReader, ReadColumn, find_remarks
from service.bulk.rows import Layout, Piece, TextColumn, Texts
from service.domain.facts import Account, EmployeeCount, SizeCleanup
from service.domain.rows import Remark, Row, StatedRow
from service.domain.terms import Motion, Source

Place: TypeAlias = tuple[str, ...]
Pieces: TypeAlias = pa.Array | str
"""A piece of JSON for each row, or one for all of them."""
_TOGETHER_AT_MOST = 2_000
_VISIBLE = r"[\pL\pN\pM\pP\pS]"
_TRIMMED = rf"^{_VISIBLE}(?:.*{_VISIBLE})?$"
_WRONG, _RIGHT = ',"wholly_wrong":true', ',"wholly_wrong":false'


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The rows of a block, parted: those that can be recorded together, and those that are recorded one by one.

    Of the former, each of an account of its own, ``facts`` is the table that clauses read, ``along`` what goes along
    with it, ``json`` for each the text of all its facts, as it is stored, and ``owners`` the ids of the owners.
    ``alone`` are the latter. ``read_row`` reads the row at a place of ``facts`` as one of the latter after all, without
    the remarks, which have been made.
    """

    facts: pa.Table
    along: pa.Table
    json: pa.Array
    owners: pa.Array
    alone: list[Row]
    read_row: Callable[[int], StatedRow]


class StatementReader:
    """Reads one file. ``on`` is the day of rows that name none; ``remarked`` as in ``FactsReader``."""

    def __init__(self, layout: Layout, on: date, remarked: Callable[[Remark, int, int], None]) -> None:
        self._layout = layout
        self._on = on
        self._remarked = remarked
        self._blocks = BlockReader(layout)
        self._json = FactsJson(layout)
        self._ordered = tells_the_order_of_counts(layout)

    def statements(self, pieces: Iterator[Piece]) -> Iterator[Statements | list[Row]]:
        """The rows of all pieces, nearly in their order: a list of them where none are recorded together."""
        alone: list[Row] = []
        for piece in pieces:
            if isinstance(piece, Texts):
                yield self._read(piece, alone)
                alone = []
            else:
                alone.append(piece)
                if len(alone) == _TOGETHER_AT_MOST:
                    yield alone
                    alone = []
        if alone:
            yield alone

    def _read(self, texts: Texts, alone: list[Row]) -> Statements:
        block = self._blocks.read(texts)
        json, untold = self._json.of(block.columns)
        odd = self._odd(block, untold)
        odd = _with_namesakes(block.facts[ACCOUNT_ID], odd, alone)
        for remark, first, times in find_remarks(block, texts, odd):
            self._remarked(remark, first, times)
        alone += texts.rows(pc.indices_nonzero(odd).to_pylist())
        kept = pc.invert(odd)
        places = pc.indices_nonzero(kept)

        def read_row(place: int) -> StatedRow:
            row = texts.read_row(places[place].as_py())
            if not isinstance(row, StatedRow):
                raise TypeError("A row was read with the others that cannot be read by itself")
            return replace(row, remarks=())

        return Statements(
            facts=block.facts.filter(kept),
            along=block.along.filter(kept),
            json=json.filter(kept),
            owners=self._owners(block).filter(kept),
            alone=alone,
            read_row=read_row,
        )

    def _owners(self, block: Block) -> pa.Array:
        for column, read in zip(self._layout.columns, block.columns, strict=True):
            if column.place == ("account", "owner_id") and read.indices is not None:
                return pa.array([cell.value for cell in read.cells], pa.string()).take(read.indices)
        return pa.nulls(len(block.facts), pa.string())

    def _odd(self, block: Block, untold: pa.Array | None) -> pa.Array:
        """The rows that state something beside facts, or whose facts cannot be told with those of others."""
        odd = pa.array([not self._ordered]).take(pa.array([0] * len(block.facts), pa.int8()))
        for more in (block.odd, untold, *self._beside(block)):
            if more is not None:
                odd = pc.or_(odd, more)
        return odd

    def _beside(self, block: Block) -> Iterator[pa.Array]:
        for column, read in zip(self._layout.columns, block.columns, strict=True):
            if column.place[0] not in {"account", "employee_counts", "motion"} and read.indices is not None:
                usual = self._on if column.place == ("effective_on",) else None
                said = [cell.value is not None and cell.value != usual for cell in read.cells]
                yield pa.array(said, pa.bool_()).take(read.indices)


def _with_namesakes(ids: pa.ChunkedArray, odd: pa.Array, alone: list[Row]) -> pa.Array:
    """The odd rows, and all others of accounts that stand more than once: those are recorded in their order."""
    coded = pc.fill_null(ids.combine_chunks(), "").dictionary_encode()
    if len(coded.dictionary) == len(coded) and not alone:
        return odd
    counted = pc.value_counts(coded)
    several = counted.filter(pc.greater(counted.field("counts"), 1)).field("values").dictionary_decode()
    named = pa.array([row.facts.account.id for row in alone if isinstance(row, StatedRow)], pa.string())
    twice = pc.is_in(coded.cast(pa.string()), pa.concat_arrays([several.cast(pa.string()), named]))
    return pc.or_(odd, twice)


def tells_the_order_of_counts(layout: Layout) -> bool:
    """Whether the order of the columns alone tells in which order a row states its counts.

    It does not where the columns of two sources mingle: then it depends on which of the cells are filled.
    """
    sources = [column.place[1] for column in layout.columns if column.place[0] == "employee_counts"]
    met = [source for place, source in enumerate(sources) if place == 0 or sources[place - 1] != source]
    return len(met) == len(set(met))


class FactsJson:
    """Writes the JSON of the facts of one file's rows. Third parties' counts have no place in it."""

    def __init__(self, layout: Layout) -> None:
        self._columns = layout.columns
        self._sources = list(
            dict.fromkeys(column.place[1] for column in layout.columns if column.place[0] == "employee_counts")
        )

    def of(self, read: Sequence[ReadColumn]) -> tuple[pa.Array, pa.Array | None]:
        """The JSON of every row, and which rows are to be read by themselves (None: none) so that it is right."""
        pieces: dict[Place, Pieces] = {}
        odd: pa.Array | None = None
        for column, each in zip(self._columns, read, strict=True):
            if each.indices is not None:
                pieces[column.place] = _pieces(column, each)
            elif column.place == ("account", "name"):
                pieces[column.place] = _names(each.values)
                odd = pc.invert(pc.or_(pc.equal(each.values, ""), pc.match_substring_regex(each.values, _TRIMMED)))
            elif each.values is not None:
                pieces[column.place] = _told(column.place[-1], each.values)
        account = _without_comma(_joined(*self._account(pieces)))
        counts = [count for source in self._sources if (count := self._count(source, pieces)) is not None]
        listed = _without_comma(_joined(*counts)) if counts else ""
        motion = pieces.get(("motion",), "")
        if not isinstance(motion, str):
            motion = pc.if_else(pc.equal(motion, ""), f',"motion":"{Motion.EXISTING}"', motion)
        motion = motion or f',"motion":"{Motion.EXISTING}"'
        whole = _joined('{"account":{', account, '},"employee_counts":[', listed, "]", motion, "}")
        return whole, odd if odd is not None and pc.any(odd).as_py() else None

    def _account(self, pieces: dict[Place, Pieces]) -> Iterator[Pieces]:
        for name in Account.model_fields:
            place = ("account", name)
            if place in pieces:
                yield pieces[place]
            elif name == "size_cleanup" and (parts := _parts(SizeCleanup, place, pieces)):
                inner = _without_comma(_joined(*parts.values()))
                yield pc.if_else(pc.equal(inner, ""), "", _joined(f',"{name}":{{', inner, "}"))

    def _count(self, source: str, pieces: dict[Place, Pieces]) -> pa.Array | None:
        """The count of a source, where a row states anything of it. One with a gap is wholly wrong."""
        place = ("employee_counts", source)
        stated = _parts(EmployeeCount, place, pieces)
        if source == Source.THIRD_PARTY or not stated:
            return None
        gap = stated.get("gap")
        wrong: Pieces = _RIGHT if gap is None else pc.if_else(pc.equal(gap, ""), _RIGHT, _WRONG)
        parts = [wrong if name == "wholly_wrong" else stated.get(name) for name in EmployeeCount.model_fields]
        whole = _joined(f',{{"source":"{source}"', *(part for part in parts if part is not None), "}")
        return pc.if_else(pc.equal(_joined(*stated.values()), ""), "", whole)


def _parts(model: type[BaseModel], place: Place, pieces: dict[Place, Pieces]) -> dict[str, Pieces]:
    """The pieces of a part of the facts, by the names of its fields and in their order."""
    return {name: pieces[(*place, name)] for name in model.model_fields if (*place, name) in pieces}


def _pieces(column: TextColumn, read: ReadColumn) -> pa.Array:
    key = f',"{column.place[-1]}":'
    texts = ["" if cell.value is None else key + to_json(cell.value).decode() for cell in read.cells]
    return pa.array(texts, pa.string()).take(read.indices)


def _told(name: str, values: pa.Array) -> pa.Array:
    """The pieces of numbers, or of texts in which there is nothing to escape."""
    if pa.types.is_integer(values.type):
        return pc.fill_null(_joined(f',"{name}":', values.cast(pa.string())), "")
    return _joined(f',"{name}":"', values, '"')


def _names(names: pa.Array) -> pa.Array:
    """Control characters, which would have to be written otherwise, are in no name."""
    escaped = names
    for character in ("\\", '"'):
        if pc.any(pc.match_substring(escaped, character)).as_py():
            escaped = pc.replace_substring(escaped, character, f"\\{character}")
    return pc.if_else(pc.equal(names, ""), "", _joined(',"name":"', escaped, '"'))


def _joined(*pieces: Pieces) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "")


def _without_comma(pieces: pa.Array) -> pa.Array:
    return pc.ascii_ltrim(pieces, ",")
