"""A table in JSON: one document, or newline-delimited JSON, of requests in the API's shape or of flat objects."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from service.crm.facts_by_name import PLAIN_NAMES
from service.domain.rows import Row
from service.entrypoints.common.strict_json import Place, keys_given_twice
from service.entrypoints.common.tables.rows_in import JsonRows, flat_cells
from service.entrypoints.common.tables.sources import UnusableInputError


@dataclass(frozen=True, slots=True)
class JsonTable:
    """The rows of a table in JSON, what their numbers count, and whether they are flat objects."""

    rows: Iterator[Row]
    row_noun: str
    is_flat: bool

    def column_at(self, pointer: str) -> str:
        """The name of what stands at a pointer into a request."""
        return PLAIN_NAMES.get(tuple(pointer.split("/")[1:]), pointer) if self.is_flat else pointer


def read_json(text: io.BufferedReader, reader: JsonRows) -> JsonTable:
    """One document; or, where a line is one by itself and another follows, one a line.

    Raises:
        UnusableInputError: it is neither.
    """
    taken = _take(text, rows=2)
    filled = [line for line in taken if line.strip()]
    if len(filled) > 1 and _is_json(filled[0]):
        return _of_lines(taken, text, reader)
    whole = b"".join((*taken, text.read()))
    if not whole.strip():
        raise UnusableInputError("The input is empty")
    try:
        items = _items(orjson.loads(whole))
    except orjson.JSONDecodeError as error:
        lines = whole.splitlines()
        if any(line.startswith(b"{") and _is_json(line) for line in lines):
            return _of_lines(lines, (), reader)
        raise UnusableInputError(f"The input is not JSON: {error}") from error
    rows = reader.of_items(items, _twice_by_item(whole))
    return JsonTable(rows, "item", any(map(flat_cells, items[:1])))


def read_json_lines(text: io.BufferedReader, reader: JsonRows) -> JsonTable:
    """Newline-delimited JSON."""
    return _of_lines(_take(text, rows=1), text, reader)


def _of_lines(taken: list[bytes], others: Iterable[bytes], reader: JsonRows) -> JsonTable:
    first = [orjson.loads(line) for line in taken if line.strip() and _is_json(line)]
    rows = reader.of_lines(chain(taken, others))
    return JsonTable(rows, "line", any(map(flat_cells, first)))


def _take(text: io.BufferedReader, *, rows: int) -> list[bytes]:
    """The first lines of a text, up to so many that have something in them."""
    taken: list[bytes] = []
    while rows and (line := text.readline()):
        taken.append(line)
        rows -= bool(line.strip())
    return taken


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _twice_by_item(text: bytes) -> dict[int, list[Place]]:
    """What stands twice in each item, by the item's number."""
    twice: dict[int, list[Place]] = {}
    for place in keys_given_twice(text):
        match place:
            case ("items",):
                raise UnusableInputError("The input has items more than once")
            case (int(index), *inside) | ("items", int(index), *inside):
                twice.setdefault(index + 1, []).append(tuple(inside))
            case _:
                twice.setdefault(1, []).append(place)
    return twice


def _items(document: Any) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    match document:
        case list():
            return document
        case {"items": list() as items, **others} if not others:
            return items
        case dict() if "account" in document or flat_cells(document):
            return [document]
        case _:
            raise UnusableInputError('The JSON is neither a request, nor a list of requests, nor {"items": [...]}')
