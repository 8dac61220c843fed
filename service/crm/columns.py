"""A table's header, understood: which column states which fact, and which state none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from service.crm import readings
from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES, NamedFact, Place
from service.crm.payloads import printable, quoted
from service.crm.record_mapping import RecordMapping
from service.domain.rows import REJECTED

JSON = "json"
"""The one column behind those of ``REJECTED`` where the rows were JSON."""
_OF_REJECTED = frozenset(name for names in REJECTED for name in names)
_MOST_NAMES = 1_000
_NEAR = 0.8


class UnusableTableError(ValueError):
    """A table that no row can be read from. The message is a sentence for the person who made it."""


class UnknownColumnsError(ValueError):
    """A table with columns that are not known, where none may be. The message is a sentence for its maker."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column in use: its position in the row from 0, its name as the file has it, and the fact that it states."""

    index: int
    name: str
    fact: NamedFact
    mapping: RecordMapping

    @property
    def counts(self) -> bool:
        """Whether it states a number."""
        return self.fact.read in (readings.count, readings.whole_number)

    def read(self, text: str) -> object:
        """What a text of the column says: a value, or ``NotOurs``.

        Raises:
            BadValueError: it cannot be read as the fact.
        """
        return self.mapping.read(self.fact, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns:
    """The columns of one table. ``unknown`` and ``not_used`` are names as the file has them, in its order.

    ``names`` are all of them. ``again``: its rows were rejected, and were written to be mended (``REJECTED``).
    ``kept`` are the positions of those that go along with what is decided. ``stamp`` is where the column stands that
    says when a row changed, where that is asked.
    """

    names: tuple[str, ...] = ()
    again: bool = False
    kept: tuple[int, ...] = ()
    width: int = 0
    used: tuple[Column, ...] = ()
    unknown: tuple[str, ...] = ()
    not_used: tuple[str, ...] = ()
    stamp: int | None = None

    @property
    def kept_names(self) -> tuple[str, ...]:
        """The names of those that go along."""
        return tuple(self.names[index] for index in self.kept)

    @property
    def as_json(self) -> bool:
        """Whether these rows are of JSON, and no column states a fact."""
        return self.again and self.names[2:] == (JSON,)

    def name_at(self, place: Place) -> str:
        """The column that states the fact at a place of the request; its plain name where no column does."""
        names = (column.name for column in self.used if column.fact.place == place)
        plain = (fact.name for fact in FACTS_BY_NAME.values() if fact.place == place)
        return next(names, None) or next(plain, ".".join(place))

    def name_at_pointer(self, pointer: str) -> str:
        """The same, for a pointer into a request."""
        return self.name_at(tuple(pointer.split("/")[1:]))


@dataclass(slots=True)
class NotedColumns:
    """What is made of the columns of a table, as far as it is read: each row of JSON may bring others.

    ``understood`` has the fact that each states, where it states one. ``unknown`` has for each the name that may have
    been meant, or None; a ``strict`` table may have none of these. ``not_met`` are members of rows of JSON that were to
    go along, and that no row has had.
    """

    mapping: RecordMapping
    strict: bool = False
    not_met: set[str] = field(default_factory=set)
    understood: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str | None] = field(default_factory=dict)
    not_used: dict[str, None] = field(default_factory=dict)

    def add(self, columns: TableColumns) -> None:
        """Note the columns of a header, or of a row that has its own.

        Raises:
            UnknownColumnsError: one is unknown, and none may be.
        """
        self.understood.update((column.name, PLAIN_NAMES[column.fact.place]) for column in columns.used)
        self.not_used.update(dict.fromkeys(columns.not_used[: _MOST_NAMES - len(self.not_used)]))
        for name in columns.unknown:
            if name not in self.unknown and len(self.unknown) < _MOST_NAMES:
                self.unknown[name] = _near(name, columns, self.mapping)
        if self.strict and self.unknown:
            told = "; ".join(unknown_words(name, near) for name, near in self.unknown.items())
            raise UnknownColumnsError(f"No column may be unknown (--strict), and these are: {told}")


def unknown_words(name: str, near: str | None) -> str:
    """An unknown column, and the one that may have been meant."""
    return name if near is None else f"{name}: did you mean {near}?"


def _near(name: str, columns: TableColumns, mapping: RecordMapping) -> str | None:
    """The known name that is nearest, of a fact that no column of the table states."""
    stated = {column.fact.place for column in columns.used}
    known = {
        spelling.casefold(): spelling
        for spelling, fact in {**mapping.columns, **FACTS_BY_NAME}.items()
        if fact.place not in stated
    }
    found = get_close_matches(name.casefold(), known, n=1, cutoff=_NEAR)
    return known[found[0]] if found else None


def understand_header(header: Sequence[str], mapping: RecordMapping, keep: Sequence[str] = ()) -> TableColumns:
    """Match the names of a header with facts: exactly as the mapping has them, else in whatever case.

    Every fact has its plain name beside those of the mapping. ``keep`` names columns that are to go along.

    Raises:
        UnusableTableError: a name stands twice, no column states the account's id, or there is none of those to keep.
    """
    names = _names(header)
    _refuse_duplicates(names)
    facts = _facts_of(names, mapping)
    used = _used(names, facts, mapping)
    again = tuple(map(str.casefold, names[:2])) in REJECTED
    if again and names[2:] == [JSON]:
        return TableColumns(names=tuple(names), again=True, width=len(names))
    if not any(column.fact.place == ID_PLACE for column in used):
        found = ", ".join(quoted(name) for name in names if name)
        raise UnusableTableError(f'No column states the account\'s id: name one "id" or "Id". The columns are {found}')

    in_use = {column.index for column in used} | ({0, 1} if again else set())
    return TableColumns(
        names=tuple(names),
        again=again,
        kept=tuple(dict.fromkeys(_position(name, names) for name in keep)),
        width=len(names),
        used=used,
        unknown=tuple(
            printable(name) or f"column {index + 1}, which has no name"
            for index, name in enumerate(names)
            if index not in facts
        ),
        not_used=tuple(printable(names[index]) for index in facts if index not in in_use),
    )


def _position(name: str, names: list[str]) -> int:
    """Where a column of a name stands, in whatever case."""
    in_any_case = {each.casefold(): index for index, each in enumerate(names)}
    wanted = name.strip().casefold()
    if wanted not in in_any_case:
        near = get_close_matches(wanted, in_any_case, n=1, cutoff=_NEAR)
        meant = f"; did you mean {quoted(names[in_any_case[near[0]]])}?" if near else ""
        raise UnusableTableError(f"There is no column {quoted(name)} to keep{meant}")
    return in_any_case[wanted]


def known_columns(header: Sequence[str], mapping: RecordMapping) -> int:
    """How many names of a header are known: what tells the right delimiter from a wrong one."""
    return len(_facts_of([name.strip() for name in header], mapping))


def columns_of_counts(header: Sequence[str], mapping: RecordMapping) -> frozenset[str]:
    """The names of a header whose columns state numbers."""
    facts = _facts_of([name.strip() for name in header], mapping)
    read = (readings.count, readings.whole_number)
    return frozenset(header[index] for index, fact in facts.items() if fact is not None and fact.read in read)


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


def _facts_of(names: Sequence[str], mapping: RecordMapping) -> dict[int, NamedFact | None]:
    """The facts of the names that are known, by their position; None for one that is known to state none."""
    exact: Mapping[str, NamedFact | None] = {
        **dict.fromkeys(_OF_REJECTED),
        **dict.fromkeys(mapping.not_used),
        **mapping.columns,
        **FACTS_BY_NAME,
    }
    # The plain names come last, and so win: "ID" is an id like any other, while "Id" is Salesforce's.
    in_any_case = {spelling.casefold(): fact for spelling, fact in exact.items()}
    # A label has blanks where a name has none: "Max Family Employees".
    in_any_case |= {spelling.replace("_", " "): fact for spelling, fact in FACTS_BY_NAME.items()}
    return {
        index: exact[name] if name in exact else in_any_case[name.casefold()]
        for index, name in enumerate(names)
        if name in exact or name.casefold() in in_any_case
    }


def _used(names: list[str], facts: Mapping[int, NamedFact | None], mapping: RecordMapping) -> tuple[Column, ...]:
    order = {name: position for position, name in enumerate((*FACTS_BY_NAME, *mapping.columns))}
    columns = [
        Column(index, printable(names[index]), fact, mapping) for index, fact in facts.items() if fact is not None
    ]
    by_precedence = sorted(columns, key=lambda column: order.get(column.name, len(order)), reverse=True)
    stating = {column.fact.place: column for column in by_precedence}
    return tuple(sorted(stating.values(), key=lambda column: column.index))
