"""Why a decision came out as it did, what is open, what would change it, and what to do: as pages print it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.domain.decide import as_classification
from service.domain.decision import Decision, RecordedDecision, Status
from service.domain.errors import UnroutableAccountError
from service.domain.policy import Policy, UnknownRevision
from service.domain.reviews import chatter_text, recommendation_of
from service.domain.sentences import Notice, notices, summary
from service.domain.size_walk import size_walk
from service.domain.terms import Team
from service.entrypoints.console.clauses import RuleView, Told
from service.entrypoints.console.words import (
    STATUSES,
    Pill,
    fact_words,
    finder_of,
    team_words,
    with_names,
    without_codes,
)
from service.entrypoints.views.what_if import CounterfactualBody, WhatIfBody, render_what_if

_MOST_CHANGES = 6
_NOT_TOLD = UUID(int=0)
"""No page tells the identifier of a decision beside what would change it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that would send the account elsewhere, who can find that out, and where it would go."""

    text: str
    finder: str
    to: str
    status: Pill | None


@dataclass(frozen=True, slots=True)
class Open:
    """A fact that is not known and matters, and who can find it out."""

    fact: str
    finder: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """What must be done, or may be, with the rule that it rests on."""

    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """All of it. Without ``is_known``, the revision is not on record here, and nothing but the outcome can be said."""

    is_known: bool
    summary: str
    owner: str
    has_team: bool
    status: Pill
    deciding: Sequence[RuleView] = ()
    every: Sequence[RuleView] = ()
    size: Sequence[tuple[str, bool]] = ()
    missing: Sequence[Open] = ()
    settling: Sequence[str] = ()
    found_out: Sequence[Change] = ()
    given: Sequence[Change] = ()
    actions: Sequence[ToDo] = ()
    advice: Sequence[ToDo] = ()
    post: str = ""


def reasons_of(recorded: RecordedDecision) -> Reasons:
    """What is to be said of a recorded decision."""
    return reasons_for(recorded.decision)


def reasons_for(decision: Decision) -> Reasons:
    """What is to be said of a decision, recorded or not."""
    policy = decision.policy
    advice, actions = notices(decision, policy)
    outcome: Mapping[str, Any] = {
        "summary": without_codes(summary(decision, policy), decision.missing_facts),
        "owner": team_words(decision.team),
        "has_team": decision.team is not None,
        "status": STATUSES[decision.status],
        "actions": _to_do(actions, decision),
        "advice": _to_do(advice, decision),
        "post": chatter_text(decision, recommendation_of(decision)[1]) if decision.needs_review else "",
    }
    if isinstance(policy, UnknownRevision):
        return Reasons(is_known=False, **outcome)
    told, classified = Told(decision, policy), _classified(decision, policy)
    return Reasons(
        is_known=True,
        deciding=told.deciding(),
        every=told.every(),
        size=[] if classified is None else sorted(size_walk(classified, policy), key=lambda told: told[1]),
        missing=[Open(fact_words(fact), finder_of(fact)) for fact in decision.missing_facts],
        **({} if classified is None else _what_if(classified, policy)),
        **outcome,
    )


def _classified(decision: Decision, policy: Policy) -> Decision | None:
    """The classification that goes with a decision; None where no rule covers its facts apart from what it is about."""
    try:
        return as_classification(decision, policy)
    except UnroutableAccountError:
        return None


def _what_if(decision: Decision, policy: Policy) -> dict[str, Any]:
    found = render_what_if(_NOT_TOLD, decision, policy)
    return {
        "settling": _settling(found) if decision.status is not Status.FINAL else (),
        "found_out": _changes(found["found_out"]),
        "given": _changes(found["given"]),
    }


def _settling(found: WhatIfBody) -> list[str]:
    facts = {fact for facts in found["settled_by"] for fact in facts}
    return [_sentence(with_names(without_codes(each, facts))) for each in found["settling"]]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _changes(found: Iterable[CounterfactualBody]) -> list[Change]:
    return [
        Change(
            text=_sentence(with_names(each["text"])),
            finder=" and ".join(dict.fromkeys(finder_of(change["fact"]) for change in each["changes"])),
            to=_to(each["team"], each["status"]),
            status=None if each["status"] is None else STATUSES[each["status"]],
        )
        for each in list(found)[:_MOST_CHANGES]
    ]


def _to(team: Team | None, status: Status | None) -> str:
    if team is not None:
        return team_words(team)
    return "No rule covers it" if status is None else "A review by the VP"


def _to_do(found: Iterable[Notice], decision: Decision) -> list[ToDo]:
    return [ToDo(without_codes(each.text, decision.missing_facts), each.rule) for each in found]
