"""The fields of one kind of record: which fact each states, and what the CRM's own words mean for it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from service.crm import readings
from service.crm.dialect import PLAIN, Dialect
from service.crm.facts_by_name import NamedFact
from service.crm.payloads import quoted
from service.crm.readings import BadValueError, NotOurs


class UnusableMappingError(ValueError):
    """A mapping that cannot be meant. The message is a sentence for the person who wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMapping:
    """Fields, each with the one fact that it states: ``facts`` those of events, ``columns`` those of tables.

    A table may have another field in place of an event's: where it has several for a fact, the one named first counts.
    ``not_used`` are columns that are known and state nothing. ``values`` and ``not_ours`` are by the name of the fact;
    the CRM's values stand in them case-folded. A moment states the day that it falls on in the ``zone``. The cells of a
    table are written in the ``dialect``. ``known`` are short values that were read before, by field and text: the same
    ones come again and again.
    """

    facts: Mapping[str, NamedFact]
    columns: Mapping[str, NamedFact] = field(default_factory=dict)
    not_used: frozenset[str] = frozenset()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_ours: Mapping[str, frozenset[str]] = field(default_factory=dict)
    zone: tzinfo = UTC
    dialect: Dialect = PLAIN
    known: dict[tuple[str, str], Any] = field(init=False, compare=False, repr=False, default_factory=dict)

    def meaning(self, fact: NamedFact, text: str) -> str | NotOurs:
        """The text that a value of the CRM stands for; itself, where the mapping does not name it."""
        folded = text.casefold()
        if folded in self.not_ours.get(fact.name, ()):
            return NotOurs(f"is mapped as not ours, so {fact.place[-1]} is taken as unknown")
        return self.values.get(fact.name, {}).get(folded, text)

    def value(self, fact: NamedFact, meaning: str) -> object:
        """What a text means for a fact, after the CRM's own words.

        Raises:
            BadValueError: it cannot be read as the fact.
        """
        return readings.read_written(fact.read, meaning, self.zone, self.dialect)

    def has_words_for(self, fact: NamedFact) -> bool:
        """Whether some values of the fact stand for something else than they say."""
        return bool(self.values.get(fact.name) or self.not_ours.get(fact.name))

    def read(self, fact: NamedFact, text: str) -> object:
        """What the text of a cell says of a fact: a value, or ``NotOurs``.

        Raises:
            BadValueError: it cannot be read as the fact.
        """
        meaning = self.meaning(fact, text)
        if not isinstance(meaning, NotOurs):
            return self.value(fact, meaning)
        # What the fact's own reading does not know either, it explains by what it does know.
        unread = _read_or_none(fact, text)
        return unread if isinstance(unread, NotOurs) else meaning

    def read_or_none(self, fact: NamedFact, text: str) -> object | None:
        """What a text says of a fact by this mapping; None where it cannot be read."""
        try:
            return self.read(fact, text)
        except BadValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the mapping as it is written: by the names of facts their fields, and what values mean for them."""

    name: str
    fields: Mapping[str, tuple[str, ...]]
    not_used: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_ours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def build_mapping(section: Section, facts: Mapping[str, NamedFact], zone: tzinfo = UTC) -> RecordMapping:
    """The mapping that a section describes, of all the facts that it may name.

    Raises:
        UnusableMappingError: a fact does not exist or is stated twice, or a value means nothing for its fact.
    """
    wrong = next(_faults(section, facts), None)
    if wrong is not None:
        raise UnusableMappingError(wrong)
    return RecordMapping(
        facts={fields[0]: facts[name] for name, fields in section.fields.items()},
        columns={field: facts[name] for name, fields in section.fields.items() for field in fields},
        not_used=frozenset(section.not_used),
        values={
            name: {value.casefold(): text for value, text in texts.items()} for name, texts in section.values.items()
        },
        not_ours={name: frozenset(value.casefold() for value in values) for name, values in section.not_ours.items()},
        zone=zone,
    )


def _faults(section: Section, facts: Mapping[str, NamedFact]) -> Iterator[str]:
    stranger = next((name for name in section.fields if name not in facts), None)
    if stranger is not None:
        yield f"{section.name} names {quoted(stranger)}, which is no fact that it can state"
        return
    stranger = next((name for name in (*section.values, *section.not_ours) if name not in section.fields), None)
    if stranger is not None:
        yield f"Values of {quoted(stranger)} are mapped, which is no fact that {section.name} states"
        return
    places = Counter(facts[name].place for name in section.fields)
    fields = Counter(field for names in section.fields.values() for field in names)
    yield from (f"{section.name} states {'.'.join(place)} twice; keep one" for place in places if places[place] > 1)
    yield from (
        f"{section.name} has the field {quoted(field)} more than once; keep one"
        for field in fields
        if fields[field] > 1
    )
    yield from (
        f"{quoted(value)} of {name} stands twice, but for its case; keep one"
        for name, texts in section.values.items()
        for value, number in Counter(value.casefold() for value in texts).items()
        if number > 1
    )
    yield from (f"{section.name}.{name} names no field" for name, names in section.fields.items() if not names)
    yield from (
        f"{quoted(value)} of {name} is mapped to {quoted(text)}, which says nothing for it"
        for name, texts in section.values.items()
        for value, text in texts.items()
        if not _is_read(facts[name], text)
    )


def _is_read(fact: NamedFact, text: str) -> bool:
    value = _read_or_none(fact, text) if text.strip() else None
    return value is not None and not isinstance(value, NotOurs)


def _read_or_none(fact: NamedFact, text: str) -> object | None:
    try:
        return fact.read(text)
    except BadValueError:
        return None
