"""A table to be recorded, block by block: rows that state facts and nothing else together, any other by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.facts import ACCOUNT_ID
from service.bulk.reading import Block, BlockReader, remarks_of
from service.bulk.rows import Entry, Layout, Piece, Remark, Stated, Texts
from service.bulk.stated_json import StatedJson, tells_the_order_of_counts

_TOGETHER_AT_MOST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Some rows of a table.

    ``facts`` are those of the rows that are recorded together, each of an account of its own, as clauses read them;
    ``json`` is all that each states. ``alone`` are the other rows. ``read_alone`` reads the row at a place of ``facts``
    by itself after all; what is to be remarked of it has been.
    """

    facts: pa.Table
    json: pa.Array
    alone: list[Entry]
    read_alone: Callable[[int], Stated]


class StatementReader:
    """Reads one file. ``on`` is the day of rows that name none; ``remarked`` as in ``FactsReader``."""

    def __init__(self, layout: Layout, on: date, remarked: Callable[[Remark, int, int], None]) -> None:
        self._layout = layout
        self._on = on
        self._remarked = remarked
        self._blocks = BlockReader(layout)
        self._json = StatedJson(layout)
        self._ordered = tells_the_order_of_counts(layout)

    def statements(self, pieces: Iterator[Piece]) -> Iterator[Statements | list[Entry]]:
        """The rows of all pieces, nearly in their order: a list of them where none are recorded together."""
        alone: list[Entry] = []
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

    def _read(self, texts: Texts, alone: list[Entry]) -> Statements:
        block = self._blocks.read(texts)
        json, untold = self._json.of(block.columns)
        odd = self._odd(block, untold)
        odd = _with_namesakes(block.facts[ACCOUNT_ID], odd, alone)
        for remark, first, times in remarks_of(block, texts, odd):
            self._remarked(remark, first, times)
        entries = map(texts.alone, pc.indices_nonzero(odd).to_pylist())
        alone += [entry for entry in entries if entry is not None]
        kept = pc.invert(odd)
        places = pc.indices_nonzero(kept)

        def read_alone(place: int) -> Stated:
            entry = texts.alone(places[place].as_py())
            if not isinstance(entry, Stated):
                raise TypeError("A row was read with the others that cannot be read by itself")
            return replace(entry, remarks=())

        return Statements(facts=block.facts.filter(kept), json=json.filter(kept), alone=alone, read_alone=read_alone)

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


def _with_namesakes(ids: pa.ChunkedArray, odd: pa.Array, alone: list[Entry]) -> pa.Array:
    """The odd rows, and all others of accounts that stand more than once: those are recorded in their order."""
    coded = pc.fill_null(ids.combine_chunks(), "").dictionary_encode()
    if len(coded.dictionary) == len(coded) and not alone:
        return odd
    counted = pc.value_counts(coded)
    several = counted.filter(pc.greater(counted.field("counts"), 1)).field("values").dictionary_decode()
    named = pa.array([entry.facts.account.id for entry in alone if isinstance(entry, Stated)], pa.string())
    twice = pc.is_in(coded.cast(pa.string()), pa.concat_arrays([several.cast(pa.string()), named]))
    return pc.or_(odd, twice)
