"""The facts that rows state, as JSON, in columns: what is recorded with a decision, byte for byte.

A text of a column becomes its piece of JSON once, written by Pydantic as it writes the facts of one account. Pieces
that follow others begin with their comma.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel
from pydantic_core import to_json

from service.bulk.cells import ReadColumn
from service.bulk.rows import Layout, TextColumn
from service.domain.facts import Account, EmployeeCount, SizeCleanup
from service.domain.terms import Motion, Source

Place: TypeAlias = tuple[str, ...]
Pieces: TypeAlias = pa.Array | str
"""A piece of JSON for each row, or one for all of them."""
_VISIBLE = r"[\pL\pN\pM\pP\pS]"
_TRIMMED = rf"^{_VISIBLE}(?:.*{_VISIBLE})?$"
_WRONG, _RIGHT = ',"wholly_wrong":true', ',"wholly_wrong":false'


def tells_the_order_of_counts(layout: Layout) -> bool:
    """Whether the order of the columns alone tells in which order a row states its counts.

    It does not where the columns of two sources mingle: then it depends on which of the cells are filled.
    """
    sources = [column.place[1] for column in layout.columns if column.place[0] == "employee_counts"]
    met = [source for place, source in enumerate(sources) if place == 0 or sources[place - 1] != source]
    return len(met) == len(set(met))


class StatedJson:
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
            elif name == "size_cleanup" and (parts := list(_parts(SizeCleanup, place, pieces))):
                inner = _without_comma(_joined(*parts))
                yield pc.if_else(pc.equal(inner, ""), "", _joined(f',"{name}":{{', inner, "}"))

    def _count(self, source: str, pieces: dict[Place, Pieces]) -> pa.Array | None:
        """The count of a source, where a row states anything of it. One with a gap is wholly wrong."""
        place = ("employee_counts", source)
        stated = dict(zip(_names_of(EmployeeCount, place, pieces), _parts(EmployeeCount, place, pieces), strict=True))
        if source == Source.THIRD_PARTY or not stated:
            return None
        gap = stated.get("gap")
        wrong: Pieces = _RIGHT if gap is None else pc.if_else(pc.equal(gap, ""), _RIGHT, _WRONG)
        parts = [wrong if name == "wholly_wrong" else stated.get(name) for name in EmployeeCount.model_fields]
        whole = _joined(f',{{"source":"{source}"', *(part for part in parts if part is not None), "}")
        return pc.if_else(pc.equal(_joined(*stated.values()), ""), "", whole)


def _names_of(model: type[BaseModel], place: Place, pieces: dict[Place, Pieces]) -> list[str]:
    return [name for name in model.model_fields if (*place, name) in pieces]


def _parts(model: type[BaseModel], place: Place, pieces: dict[Place, Pieces]) -> Iterator[Pieces]:
    return (pieces[(*place, name)] for name in _names_of(model, place, pieces))


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
