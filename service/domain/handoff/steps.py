"""The steps of a First Order handoff, each with who took it and when, and the form in which they are kept (HAND-6)."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

from pydantic_core import from_json, to_json

from service.domain.handoff.checklist import ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.evidence import Evidence
from service.domain.terms import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What every step has: the name of the key that took it, and the instant, with time zone."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked(_Taken):
    """An item was ticked, with its evidence."""

    kind: ClassVar[Literal["ticked"]] = "ticked"
    item: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(_Taken):
    """A ticked item was reopened."""

    kind: ClassVar[Literal["reopened"]] = "reopened"
    item: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(_Taken):
    """Who receives the account was put in question after the start (HAND-1)."""

    kind: ClassVar[Literal["escalated"]] = "escalated"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_Taken):
    """An escalation was answered: who receives the account, or that it stays with MMKAFO (HAND-1)."""

    kind: ClassVar[Literal["answered"]] = "answered"
    team: Team
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffReopened(_Taken):
    """A completed handoff was reopened, and with it the items that are to be done again (HAND-6)."""

    kind: ClassVar[Literal["handoff_reopened"]] = "handoff_reopened"
    items: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned(_Taken):
    """An open handoff was closed without having been completed (HAND-6)."""

    kind: ClassVar[Literal["abandoned"]] = "abandoned"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingReassigned(_Taken):
    """A billing issue on the initial order was re-assigned to the First Order AE (HAND-7)."""

    kind: ClassVar[Literal["billing_reassigned"]] = "billing_reassigned"
    reason: str


Step: TypeAlias = Ticked | Reopened | Escalated | Answered | HandoffReopened | Abandoned | BillingReassigned


def step_to_json(step: Step) -> str:
    """Write a step as JSON, from which ``step_from_json`` makes an equal one."""
    parts = {part.name: getattr(step, part.name) for part in fields(step)}
    return to_json({"kind": step.kind, **parts}, exclude_none=True).decode()


def step_from_json(text: str | bytes) -> Step:
    """Read a step that ``step_to_json`` wrote."""
    match from_json(text):
        case {"kind": "ticked", "item": item, "evidence": evidence, "by": by, "at": at}:
            parsed = parse_evidence(ITEMS_BY_NAME[item], to_json(evidence))
            return Ticked(item=item, evidence=parsed, by=by, at=datetime.fromisoformat(at))
        case {"kind": "reopened", "item": item, "reason": reason, "by": by, "at": at}:
            return Reopened(item=item, reason=reason, by=by, at=datetime.fromisoformat(at))
        case {"kind": "escalated", "reason": reason, "by": by, "at": at}:
            return Escalated(reason=reason, by=by, at=datetime.fromisoformat(at))
        case {"kind": "answered", "team": team, "reason": reason, "by": by, "at": at}:
            return Answered(team=Team(team), reason=reason, by=by, at=datetime.fromisoformat(at))
        case {"kind": "handoff_reopened", "items": [*items], "reason": reason, "by": by, "at": at}:
            return HandoffReopened(items=tuple(items), reason=reason, by=by, at=datetime.fromisoformat(at))
        case {"kind": "abandoned", "reason": reason, "by": by, "at": at}:
            return Abandoned(reason=reason, by=by, at=datetime.fromisoformat(at))
        case {"kind": "billing_reassigned", "reason": reason, "by": by, "at": at}:
            return BillingReassigned(reason=reason, by=by, at=datetime.fromisoformat(at))
    raise ValueError("Not a step of a handoff")
