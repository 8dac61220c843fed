"""The facts that the fields of an event state, each read as the cell of a table is.

Over the wire a whole number may come as ``640.0`` or ``1.0E7``, and a moment as seconds or milliseconds from 1970.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as of_each
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from service.crm import readings
from service.crm.facts_by_name import ID_PLACE, PLAIN_NAMES, NamedFact
from service.crm.payloads import milliseconds_from, moment_of, printable, quoted
from service.crm.readings import BadValueError, NotOurs
from service.crm.record_mapping import RecordMapping
from service.domain.facts import Account, EmployeeCount, SizeCleanup, StatedCount
from service.domain.rows import Fault, Remark
from service.domain.terms import FAMILIAR_REGIONS, Source

JsonValue: TypeAlias = str | int | bool | None
_LONGEST_SHOWN: Final = 200
_SHORT, _MANY = 40, 20_000
_STATED_COUNT: Final[TypeAdapter[EmployeeCount]] = TypeAdapter(StatedCount)
_REGION: Final = ("account", "region")
USD: Final = "USD"
"""What amounts are in, where nothing says otherwise."""
_CURRENCY: Final = ("opportunity", "currency")
# Bounded in every part: written out, 1E999999 would fill the memory.
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
# A day without its hyphens has eight digits. What has more than 14 is no instant of before the year 5000.
_INSTANT = re.compile(r"[0-9]{9,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What one event states of one record, by plain names and in the form of JSON. None states that it is unknown.

    A fault states nothing, and its event is to be rejected; a field that cannot be read is none: its fact is unknown.
    ``fields`` are those that state something, each with the name of its fact; ``unused`` those that state nothing.
    """

    stated: Mapping[str, JsonValue]
    remarks: tuple[Remark, ...] = ()
    faults: tuple[Fault, ...] = ()
    unused: tuple[str, ...] = ()
    fields: Mapping[str, str] = of_each(default_factory=dict, compare=False)


NOTHING = Patch(stated={})
"""What an event without fields states."""


def facts_patch(fields: Mapping[str, object], mapping: RecordMapping, carried: Iterable[str] = ()) -> Patch:
    """The facts that fields state.

    A field that is there and empty, or cannot be read, states that its fact is unknown; one that is absent states
    nothing, unless it is among the ``carried``: those that the event would have brought, had they had a value. Which
    record it is of the event itself says, so its id is none of the facts.
    """
    stated: dict[str, JsonValue] = {}
    named: dict[str, str] = {}
    remarks: list[Remark] = []
    facts = mapping.facts
    for field, value in {**dict.fromkeys(carried), **fields}.items():
        fact = facts.get(field)
        if fact is None or fact.place == ID_PLACE:
            continue
        text, known = None, None
        try:
            text = wire_text(value)
            known = None if text is None else _read_once(field, fact, text, mapping)
        except BadValueError as error:
            # What was known before does not stay: the CRM says something else by now, whatever it is.
            remarks.append(Remark(field=field, value="", reason=f"{error}; {fact.place[-1]} is taken as unknown"))
        if isinstance(known, NotOurs):
            remarks.append(Remark(field=field, value=printable((text or "")[:_LONGEST_SHOWN]), reason=known.reason))
            known = None
        if fact.place == _REGION and known is not None and known not in FAMILIAR_REGIONS:
            reason = f"is none of {', '.join(FAMILIAR_REGIONS)}, and counts as outside them all"
            remarks.append(Remark(field=field, value=printable(str(known)[:_LONGEST_SHOWN]), reason=reason))
        if fact.place == _CURRENCY and known not in (None, USD):
            reason = "is not USD, so the amounts are taken as unknown"
            remarks.append(Remark(field=field, value=str(known), reason=reason))
        name = named[field] = PLAIN_NAMES.get(fact.place, fact.name)
        stated[name] = known
    return Patch(
        stated=stated,
        remarks=tuple(remarks),
        unused=tuple(printable(field[:_LONGEST_SHOWN]) for field in fields if field not in mapping.facts),
        fields=named,
    )


def _read_once(field: str, fact: NamedFact, text: str, mapping: RecordMapping) -> JsonValue | NotOurs:
    known: JsonValue | NotOurs = mapping.known.get((field, text))
    if known is None:
        known = _read(fact, text, mapping)
        if len(text) <= _SHORT and len(mapping.known) < _MANY:
            mapping.known[field, text] = known
    return known


def _read(fact: NamedFact, text: str, mapping: RecordMapping) -> JsonValue | NotOurs:
    meaning = mapping.meaning(fact, text)
    value = meaning if isinstance(meaning, NotOurs) else mapping.value(fact, fact_text(fact, meaning))
    match value:
        case NotOurs() | bool() | int():
            return value
        case StrEnum():
            return value.value
        case date():
            return value.isoformat()
        case _:
            _check(fact, text, value)
            return str(value)


def _check(fact: NamedFact, text: str, value: object) -> None:
    """Refuse what no request would be taken with: it would stand in the way of every later decision."""
    try:
        match fact.place:
            case ("account", "size_cleanup", field):
                SizeCleanup.model_validate({field: value})
            case ("account", field):
                Account.model_validate({"id": "any", field: value})
            case ("employee_counts", source, field):
                _STATED_COUNT.validate_python(
                    {"source": Source(source), "name": "any", "wholly_wrong": field == "gap", field: value}
                )
            case _:
                pass
    except ValidationError as error:
        fault = error.errors()[0]
        pattern = fault["type"] == "string_pattern_mismatch"
        said = "is not of the form that its fact has" if pattern else f"is refused: {printable(fault['msg'])}"
        raise BadValueError(f"{quoted(text)} {said}") from None


def wire_text(value: object) -> str | None:
    """A value of JSON or XML as text without blanks around it; None where there is nothing in it.

    Raises:
        BadValueError: it is an object or a list.
    """
    match value:
        case None:
            return None
        case str():
            return value.strip() or None
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return plain_number(repr(value))
        case _:
            raise BadValueError("holds several values where one is expected")


def fact_text(fact: NamedFact, text: str) -> str:
    """The text as the fact's reading takes it."""
    if fact.read is readings.day and _INSTANT.fullmatch(text):
        return moment_of(milliseconds_from(int(text))).isoformat()
    return text


def plain_number(text: str) -> str:
    """A number without exponent and trailing zeros behind the point; any other text, and a whole number, as it is."""
    if text.isdecimal() or not _NUMBER.fullmatch(text):
        return text
    plain = format(Decimal(text), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
