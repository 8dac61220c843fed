"""Columns of texts to columns of facts: each different text is read once, by the reading that reads one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.rows import UNSOUND, Cell, Remark, TextColumn

_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """The values of a column, where its texts are sound (None: everywhere), and what is to be remarked of them.

    A remark comes with the place of its text among the different ones. ``cells`` are what those say, and ``indices``
    which of them each row has; there are none where all were read at once.
    """

    values: pa.Array | None
    sound: pa.Array | None
    remarks: tuple[tuple[Remark, int], ...] = ()
    cells: Sequence[Cell] = ()
    indices: pa.Array | None = None


class CellReader:
    """Reads one column, block after block, and remembers what its texts say."""

    def __init__(self, column: TextColumn, kind: pa.DataType | None) -> None:
        self._column = column
        self._kind = kind
        self._known: dict[str, Cell] = {}

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

    def _learnt(self, text: str) -> Cell:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        cell = self._known[text] = self._read(text.strip())
        return cell

    def _read(self, text: str) -> Cell:
        if not text:
            return Cell()
        try:
            return self._column.read(text)
        except ValueError:
            return UNSOUND

    def _remarks(self, coded: pa.DictionaryArray, cells: list[Cell]) -> Iterator[tuple[Remark, int]]:
        for place, cell in enumerate(cells):
            if cell.remark is not None:
                yield Remark(self._column.name, coded.dictionary[place].as_py().strip(), cell.remark), place
