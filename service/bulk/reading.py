"""Rows of text to rows of facts, many at once; the few that are out of the ordinary are read one by one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.alongside import Alongside, along_with, along_with_block
from service.bulk.columns import NAME
from service.bulk.facts import ACCOUNT_ID, FACTS, ROW, table_of
from service.bulk.rows import UNSOUND, Layout, Piece, ReadCell, TextColumn, Texts
from service.domain import vocabulary
from service.domain.rows import Remark, Row, StatedRow
from service.domain.terms import Motion

GAP = "_gap"
_WAITING = 5_000
_REMEMBERED = 100_000
_STATED_BY = {
    vocabulary.family_count.name: vocabulary.max_family_employees.name,
    **{vocabulary.count_of(source).name: vocabulary.employees_of(source).name for source in vocabulary.PRIMARY_SOURCES},
}
"""The columns of files, by the facts that they state where these have names of their own."""


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column of a block, read: ``values``, None where no clause reads them, and which are ``sound``, None for all.

    ``cells`` are what its different texts say, ``indices`` which of them each row has, and ``remarks`` what is to be
    remarked of some, each with its place among the cells. Where all texts were read at once there are none of these.
    """

    values: pa.Array | None
    sound: pa.Array | None
    remarks: tuple[tuple[Remark, int], ...] = ()
    cells: Sequence[ReadCell] = ()
    indices: pa.Array | None = None


class ColumnReader:
    """Reads one column, block after block. A text that was met before is remembered, and not read again."""

    def __init__(self, column: TextColumn, kind: pa.DataType | None) -> None:
        self._column = column
        self._kind = kind
        self._known: dict[str, ReadCell] = {}

    def read(self, texts: pa.Array) -> ReadColumn:
        """Read the texts of a block. An empty text, or one of blanks, states nothing."""
        if self._column.read_many is not None:
            values, sound = self._column.read_many(texts)
            return ReadColumn(values, None if pc.all(sound).as_py() else sound)
        coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
        known, learnt = self._known.get, self._learnt
        cells = [known(text) or learnt(text) for text in coded.dictionary.to_pylist()]
        values = (
            None if self._kind is None else pa.array([cell.value for cell in cells], self._kind).take(coded.indices)
        )
        sound = None
        if not all(cell.sound for cell in cells):
            sound = pa.array([cell.sound for cell in cells]).take(coded.indices)
        return ReadColumn(values, sound, tuple(self._remarks(coded, cells)), cells, coded.indices)

    def value_of(self, text: str | None) -> Any:  # noqa: ANN401 - whatever facts are
        """What one text says, in whatever blanks; None where it says nothing, or what is refused."""
        return None if text is None else self._read(text.strip()).value

    def _learnt(self, text: str) -> ReadCell:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        cell = self._known[text] = self._read(text.strip())
        return cell

    def _read(self, text: str) -> ReadCell:
        if not text:
            return ReadCell()
        try:
            return self._column.read(text)
        except ValueError:
            return UNSOUND

    def _remarks(self, coded: pa.DictionaryArray, cells: list[ReadCell]) -> Iterator[tuple[Remark, int]]:
        for place, cell in enumerate(cells):
            if cell.remark is not None:
                text = coded.dictionary[place].as_py().strip()
                yield Remark(field=self._column.name, value=text, reason=cell.remark), place


@dataclass(frozen=True, slots=True)
class Block:
    """Rows as they were read: the facts that clauses read, what goes along, and the columns of the file.

    ``odd`` are the rows that are to be read by themselves, whose facts mean nothing here; None where none are.
    """

    facts: pa.Table
    along: pa.Table
    columns: list[ReadColumn]
    odd: pa.Array | None


class BlockReader:
    """Reads many rows of one file at once."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        kinds = {_STATED_BY.get(field.name, field.name): field.type for field in FACTS}
        kinds |= {f"{source}{GAP}": pa.string() for source in vocabulary.PRIMARY_SOURCES} | {NAME: pa.string()}
        self._readers = [ColumnReader(column, kinds.get(column.fact)) for column in layout.columns]

    def read(self, texts: Texts) -> Block:
        """The facts of some rows of text."""
        columns = [reader.read(column) for reader, column in zip(self._readers, texts.columns, strict=True)]
        stated = {
            column.fact: each.values
            for column, each in zip(self._layout.columns, columns, strict=True)
            if each.values is not None
        }
        facts = _stated(stated, texts.numbers)
        along = along_with_block(texts.numbers, stated.get(NAME), texts.kept, self._layout)
        return Block(facts, along, columns, _odd(facts, columns))


def find_remarks(block: Block, texts: Texts, odd: pa.Array | None) -> Iterator[tuple[Remark, int, int]]:
    """What is to be remarked of the rows that are not read by themselves: the first row of each, and how many."""
    for column in block.columns:
        for remark, place in column.remarks:
            here = pc.equal(column.indices, place)
            # A row that is read by itself makes its own remarks.
            numbers = texts.numbers.filter(here if odd is None else pc.and_not(here, odd))
            if len(numbers):
                yield remark, numbers[0].as_py(), len(numbers)


class FactsReader:
    """Reads the pieces of one file.

    ``one`` is given each row that is read by itself, and gives it back where its facts are to go with the others.
    ``remarked`` is given each remark on the others, with the row where it is due first, and in how many. What goes
    along with the facts is put into ``along`` before they are given.
    """

    def __init__(
        self,
        layout: Layout,
        one: Callable[[Row], StatedRow | None],
        remarked: Callable[[Remark, int, int], None],
        along: Alongside,
    ) -> None:
        self._layout = layout
        self._one = one
        self._remarked = remarked
        self._along = along
        self._waiting: list[StatedRow] = []
        self._blocks = BlockReader(layout)

    def facts(self, pieces: Iterator[Piece]) -> Iterator[pa.Table]:
        """The facts of all rows that state some, nearly in their order."""
        for piece in pieces:
            if isinstance(piece, Texts):
                yield self._of_block(piece)
            else:
                self._take(piece)
                if len(self._waiting) >= _WAITING:
                    yield self._waited()
        if self._waiting:
            yield self._waited()

    def _take(self, row: Row) -> None:
        taken = self._one(row)
        if taken is not None:
            self._waiting.append(taken)

    def _waited(self) -> pa.Table:
        rows, self._waiting = self._waiting, []
        self._along.put(along_with(rows, self._layout), {row.number: row for row in rows}.get)
        return table_of((row.number, row.facts) for row in rows)

    def _of_block(self, texts: Texts) -> pa.Table:
        block = self._blocks.read(texts)
        for remark, first, times in find_remarks(block, texts, block.odd):
            self._remarked(remark, first, times)
        facts, along = block.facts, block.along
        if block.odd is not None:
            for row in texts.rows(pc.indices_nonzero(block.odd).to_pylist()):
                self._take(row)
            ordinary = pc.invert(block.odd)
            facts, along = facts.filter(ordinary), along.filter(ordinary)
        rows, self._waiting = self._waiting, []
        alone = {row.number: row for row in rows}
        if rows:
            facts = pa.concat_tables([facts, table_of((row.number, row.facts) for row in rows)]).sort_by(ROW)
            along = pa.concat_tables([along, along_with(rows, self._layout)]).sort_by(ROW)
        find = texts.finder()
        self._along.put(along, lambda number: alone.get(number) or find(number))
        return facts


def _stated(columns: dict[str, pa.Array], rows: pa.Array) -> pa.Table:
    """The table of facts that columns of a file state. A gap says that the number beside it is wholly wrong."""
    stated: dict[str, Any] = {
        field.name: columns.get(_STATED_BY.get(field.name, field.name), pa.nulls(len(rows), field.type))
        for field in FACTS
    }
    stated[ROW] = rows
    stated["motion"] = pc.fill_null(stated["motion"], Motion.EXISTING.value)
    for name in FACTS.names:
        if vocabulary.NOTHING_STATED.get(name) is False:
            stated[name] = pa.repeat(pa.scalar(value=False), len(rows))
    for source in vocabulary.PRIMARY_SOURCES:
        gap = columns.get(f"{source}{GAP}", pa.nulls(len(rows)))
        stated[vocabulary.marked(source).name] = pc.is_valid(gap)
    return pa.table(stated, schema=FACTS)


def _odd(table: pa.Table, read: list[ReadColumn]) -> pa.Array | None:
    """The rows that are to be read by themselves; None where there are none."""
    contradict = pc.and_kleene(table["customer"], table["first_order_available"])
    odd = pc.or_(pc.fill_null(contradict, False), pc.is_null(table[ACCOUNT_ID]))  # noqa: FBT003 - Arrow's signature
    for each in read:
        if each.sound is not None:
            odd = pc.or_(odd, pc.invert(each.sound))
    odd = odd.combine_chunks() if isinstance(odd, pa.ChunkedArray) else odd
    return odd if pc.any(odd).as_py() else None
