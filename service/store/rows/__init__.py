"""Rows of the database to values, and back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, get_args
from uuid import UUID

from pydantic import TypeAdapter
from sqlmodel import SQLModel

from service.store.batch import Writes

Row: TypeAlias = tuple[Any, ...]


class _IsDataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Value = TypeVar("Value", bound=_IsDataclass)


@dataclass(frozen=True, slots=True)
class Insert:
    """The values of new rows, in the order of the columns; ``conflict`` says what becomes of one that is there.

    Or on what else it hangs whether any is added, which begins with AND.
    """

    table: type[SQLModel]
    values: Callable[[Writes], Iterable[Row]]
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """The new values of columns, each followed by the ``id`` of its row."""

    table: type[SQLModel]
    columns: tuple[str, ...]
    values: Callable[[Writes], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Decoders:
    """How the forms are read in which a database keeps identifiers, instants and days."""

    identifier: Callable[[Any], UUID]
    instant: Callable[[Any], datetime]
    day: Callable[[Any], date]


def decode_row(table: type[SQLModel], row: Iterable[Any], decoders: Decoders) -> Any:  # noqa: ANN401 - its row to all who read it
    """The row of a table, from the values of its columns as a database's own driver gives them."""
    values = dict(zip(table.model_fields, row, strict=True))
    for name, decode in _decoded(table, decoders):
        if values[name] is not None:
            values[name] = decode(values[name])
    return SimpleNamespace(**values)  # making a row of the table takes longer than all the rest of the reading


@cache
def _decoded(table: type[SQLModel], decoders: Decoders) -> list[tuple[str, Callable[[Any], Any]]]:
    """The columns that a driver gives in forms of its own, with how each is read."""
    by_kind = {UUID: decoders.identifier, datetime: decoders.instant, date: decoders.day}
    kinds = {name: {field.annotation, *get_args(field.annotation)} for name, field in table.model_fields.items()}
    return [(name, decode) for name, of in kinds.items() for kind, decode in by_kind.items() if kind in of]


def value_of(kind: type[Value], row: object, /, **own: object) -> Value:
    """The value of a row: what its columns say under the names of the value's fields, but for its ``own``."""
    names = [field.name for field in fields(kind) if field.name not in own and hasattr(row, field.name)]
    value: Value = _adapter(kind).validate_python({name: getattr(row, name) for name in names} | own)
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a class of values
    return TypeAdapter(kind)
