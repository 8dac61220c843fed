"""The story of an account: what happened to it, who said so, and what had changed, as pages print it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from service.domain.decision import RecordedDecision
from service.domain.origins import Origin, OriginKind
from service.domain.sentences import summary
from service.entrypoints.console.pages import query, segment
from service.entrypoints.console.times import When, at_instant, on_day
from service.entrypoints.console.words import (
    KINDS,
    STATUSES,
    Pill,
    fact_words,
    team_words,
    value_of_fact,
    without_codes,
)
from service.usecases.changes import FactChange

_OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""An identifier that we gave: an event of which no more than the sender's is known has its own."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A fact that is otherwise than before, and who told so."""

    fact: str
    before: str
    after: str
    teller: str
    teller_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """Something that happened. ``path`` is that of the decision."""

    path: str
    title: str
    moved: str
    summary: str
    status: Pill
    rule: str
    at: When
    effective: When
    actor: str
    source: str
    stands: bool
    changes: Sequence[ChangeView]


def tell(entries: Iterable[tuple[RecordedDecision, Sequence[FactChange]]], zone: tzinfo) -> list[EntryView]:
    """What happened, in the order in which it is given."""
    return [_entry(recorded, changes, zone) for recorded, changes in entries]


def changes_told(changes: Iterable[FactChange]) -> list[ChangeView]:
    """What changed, and who told so."""
    return [
        ChangeView(
            fact_words(each.fact),
            value_of_fact(each.fact, each.before),
            value_of_fact(each.fact, each.after),
            teller_words(each.told_by),
            teller_path(each.told_by),
        )
        for each in changes
    ]


def _entry(recorded: RecordedDecision, changes: Sequence[FactChange], zone: tzinfo) -> EntryView:
    decision = recorded.decision
    moved = f"{team_words(recorded.team_before)} to {team_words(decision.team)}" if recorded.moved else ""
    return EntryView(
        path=f"/console/decisions/{segment(recorded.id)}",
        title=KINDS[recorded.kind],
        moved=moved,
        summary=without_codes(summary(decision, decision.policy), decision.missing_facts),
        status=STATUSES[decision.status],
        rule=decision.rule,
        at=at_instant(recorded.recorded_at, zone),
        effective=on_day(decision.effective_on),
        actor=recorded.actor,
        source=recorded.source,
        stands=recorded.stands,
        changes=changes_told(changes),
    )


def teller_words(by: Origin | None) -> str:
    """Who told a fact; nothing where that is not known."""
    if by is None:
        return ""
    named = {OriginKind.EVENT: "event", OriginKind.KEY: "key", OriginKind.DECISION: "decision"}.get(by.kind, "file")
    return f"{named} {by.id}" if by.line is None else f"{named} {by.id}, line {by.line}"


def teller_path(by: Origin | None) -> str:
    """The page of who told a fact: of a key what it asked for. A file has none, nor an event that is not on record."""
    match by:
        case Origin(kind=OriginKind.KEY, id=name):
            return query("/console/decisions", actor=name)
        case Origin(kind=OriginKind.DECISION, id=decision_id):
            return f"/console/decisions/{segment(decision_id)}"
        case Origin(kind=OriginKind.EVENT, id=event_id) if _OURS.fullmatch(event_id):
            return f"/console/events/{event_id}"
        case _:
            return ""
