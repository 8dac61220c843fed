"""Which facts of an account changed from one decision to the next, and who told so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES, THIRD_PARTIES
from service.domain.account_ids import forms_of
from service.domain.decision import RecordedDecision
from service.domain.facts import Facts
from service.domain.origins import Origin, OriginKind
from service.domain.terms import Source
from service.store.database import Database
from service.store.decisions import find_decisions
from service.store.events import ids_of_events
from service.usecases.read_payload import EventSource, key_of
from service.usecases.standings import decisions_before

StatedValue: TypeAlias = str | int | bool | None
_FACTS = TypeAdapter(Facts)
_NAMES = {fact.place: PLAIN_NAMES[fact.place] for fact in FACTS_BY_NAME.values() if fact.place != ID_PLACE}
_VP = "vp_segment"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact by its plain name, as JSON has it, before and after; None is unknown, or of ``told_by`` not kept."""

    fact: str
    before: StatedValue
    after: StatedValue
    told_by: Origin | None


@dataclass(frozen=True, slots=True)
class Since:
    """The decision that an account stood on ``before`` another, and what is stated otherwise since."""

    before: RecordedDecision
    changes: tuple[FactChange, ...]


def changed_since(database: Database, recorded: RecordedDecision) -> Since | None:
    """What a decision has otherwise than the one that its account stood on before; None where it is the first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    before = decisions_before(database, [recorded]).get(recorded.id)
    return (
        None
        if before is None
        else Since(before, find_changes(database, recorded.account_id, [(before, recorded)])[recorded.id])
    )


def find_changes(
    database: Database, account_id: str, pairs: Iterable[tuple[RecordedDecision, RecordedDecision]]
) -> dict[UUID, tuple[FactChange, ...]]:
    """What each of some decisions of an account states otherwise than one before it, by the later one's identifier.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = {after.id: _changes(before, after) for before, after in pairs}
    told = {each.told_by for changes in found.values() for each in changes if each.told_by is not None}
    tellers = _tellers(database, account_id, told)

    def said_better(change: FactChange) -> FactChange:
        by = change.told_by
        return change if by is None else replace(change, told_by=tellers.get(by, by))

    return {decision_id: tuple(map(said_better, changes)) for decision_id, changes in found.items()}


def _changes(before: RecordedDecision, after: RecordedDecision) -> tuple[FactChange, ...]:
    """What is stated otherwise, in the order in which facts are told, the third parties and the VP's segment last."""
    facts, told_by = after.decision.facts, after.told_by
    was, now = stated_values(before.decision.facts), stated_values(facts)
    decided_by = None if facts.vp_decision is None else Origin(OriginKind.KEY, facts.vp_decision.decided_by)
    tellers = {_VP: decided_by}
    return tuple(
        FactChange(
            name,
            was.get(name),
            now.get(name),
            tellers[name] if name in tellers else None if told_by is None else told_by.told(name),
        )
        for name in dict.fromkeys((*_NAMES.values(), THIRD_PARTIES, _VP))
        if was.get(name) != now.get(name)
    )


def _tellers(database: Database, account_id: str, origins: Collection[Origin]) -> dict[Origin, Origin]:
    """What can be said better of some origins: the event itself by its identifier, and who told an earlier decision."""
    told_with = {UUID(each.id): each for each in origins if each.kind is OriginKind.DECISION}
    events = {
        key: each
        for each in origins
        if each.kind is OriginKind.EVENT
        for source in EventSource
        for about in forms_of(account_id)
        for key in (key_of(source, each.id, about), f"{source}:{each.id}:{about}")  # which earlier releases gave it
    }
    decisions = find_decisions(database.engine, told_with.keys())
    told = {each: decisions[decision_id].told_by for decision_id, each in told_with.items() if decision_id in decisions}
    better = {each: by.rest for each, by in told.items() if by is not None and by.rest is not None}
    found = ids_of_events(database.engine, events)
    return better | {events[key]: events[key]._replace(id=str(event_id)) for key, event_id in found.items()}


def stated_values(facts: Facts) -> dict[str, StatedValue]:
    """Every fact that is known, by its plain name. Third parties are told as one: each with its number."""
    request: dict[str, Any] = _FACTS.dump_python(facts, mode="json", exclude_none=True)
    counts = request.get("employee_counts", ())
    by_source = {count["source"]: count for count in counts if count["source"] != Source.THIRD_PARTY}
    values = {name: _at(request | {"employee_counts": by_source}, place) for place, name in _NAMES.items()}
    third_parties = [
        f"{count.get('name', 'unnamed')} {count.get('employees', 'without a number')}"
        for count in counts
        if count["source"] == Source.THIRD_PARTY
    ]
    values[THIRD_PARTIES] = "; ".join(third_parties) or None
    values[_VP] = _at(request, ("vp_decision", "segment"))
    return {name: value for name, value in values.items() if value is not None}


def _at(request: Mapping[str, Any], place: tuple[str, ...]) -> StatedValue:
    value: Any = request
    for step in place:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str | int | bool) else None


def facts_told(database: Database, recorded: RecordedDecision) -> list[FactChange]:
    """Every fact that a decision rests on, by its plain name, as it is after it, and who told it.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    facts, told = recorded.decision.facts, recorded.told_by
    known = stated_values(facts)
    tellers = {name: None if told is None else told.told(name) for name in known}
    if facts.vp_decision is not None:
        tellers[_VP] = Origin(OriginKind.KEY, facts.vp_decision.decided_by)
    better = _tellers(database, recorded.account_id, {each for each in tellers.values() if each is not None})
    return [
        FactChange(name, None, value, None if teller is None else better.get(teller, teller))
        for (name, value), teller in zip(known.items(), map(tellers.get, known), strict=True)
    ]
