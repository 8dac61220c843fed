"""A table's header, understood: which column states which fact, and which state none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, Place, StatedFact
from service.crm.mapping import FieldMapping
from service.crm.payloads import printable, quoted


class UnusableTableError(ValueError):
    """A table that no row can be read from. The message is a sentence for the person who made it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column in use: its position in the row from 0, its name as the file has it, and the fact that it states."""

    index: int
    name: str
    fact: StatedFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of one table. ``unknown`` and ``not_used`` are names as the file has them, in its order."""

    width: int
    used: tuple[Column, ...]
    unknown: tuple[str, ...]
    not_used: tuple[str, ...]
    names: Mapping[Place, str]

    def name_at(self, place: Place) -> str:
        """The column that states the fact at a place of the request; its plain name where no column does."""
        if place in self.names:
            return self.names[place]
        return next((fact.name for fact in FACTS_BY_NAME.values() if fact.place == place), ".".join(place))


def understand_header(header: Sequence[str], mapping: FieldMapping) -> Columns:
    """Match the names of a header with facts: exactly as the mapping has them, else in whatever case.

    Raises:
        UnusableTableError: a name stands twice, or no column states the account's id.
    """
    names = _names(header)
    _refuse_duplicates(names)
    known = [_known_as(name, mapping) for name in names]
    used = _used(names, known, mapping)
    if not any(column.fact.place == ID_PLACE for column in used):
        found = ", ".join(quoted(name) for name in names if name)
        raise UnusableTableError(f'No column states the account\'s id: name one "id" or "Id". The columns are {found}')

    in_use = {column.index for column in used}
    return Columns(
        width=len(names),
        used=used,
        unknown=tuple(
            printable(name) or f"column {index}, which has no name"
            for index, (name, as_known) in enumerate(zip(names, known, strict=True), start=1)
            if as_known is None
        ),
        not_used=tuple(
            printable(name)
            for index, (name, as_known) in enumerate(zip(names, known, strict=True))
            if as_known is not None and index not in in_use
        ),
        names={column.fact.place: column.name for column in used},
    )


def known_columns(header: Sequence[str], mapping: FieldMapping) -> int:
    """How many names of a header are known: what tells the right delimiter from a wrong one."""
    return sum(_known_as(name.strip(), mapping) is not None for name in header)


def _names(header: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    # Spreadsheets leave empty columns at the end.
    while names and not names[-1]:
        names.pop()
    return names


def _refuse_duplicates(names: list[str]) -> None:
    times = Counter(name.casefold() for name in names if name)
    twice = next((name for name in names if times[name.casefold()] > 1), None)
    if twice is not None:
        raise UnusableTableError(f"The column {quoted(twice)} stands more than once in the header; keep one")


_NO_FACT = ""


def _known_as(name: str, mapping: FieldMapping) -> str | None:
    """The plain name of a column's fact, ``_NO_FACT`` where it is known to state none, None where it is unknown."""
    exact = {**dict.fromkeys(mapping.not_used, _NO_FACT), **mapping.facts, **{fact: fact for fact in FACTS_BY_NAME}}
    if name in exact:
        return exact[name]
    # The plain names come last, and so win: "ID" is an id like any other, while "Id" is Salesforce's.
    return {spelling.casefold(): fact for spelling, fact in exact.items()}.get(name.casefold())


def _used(names: list[str], known: list[str | None], mapping: FieldMapping) -> tuple[Column, ...]:
    order = {name: position for position, name in enumerate((*FACTS_BY_NAME, *mapping.facts))}
    columns = [
        Column(index, printable(name), FACTS_BY_NAME[fact])
        for index, (name, fact) in enumerate(zip(names, known, strict=True))
        if fact
    ]
    by_precedence = sorted(columns, key=lambda column: order.get(column.name, len(order)), reverse=True)
    stating = {column.fact.place: column for column in by_precedence}
    return tuple(sorted(stating.values(), key=lambda column: column.index))
