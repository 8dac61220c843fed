"""Leads: by when an SDR reaches out to one, how, and when the account executive may (LEAD-1 to LEAD-3)."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from service.domain.calendar import day_of, days_from
from service.domain.clauses import Choice, Flag, Outcome, Quantity
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Step, Trail
from service.domain.sales_citations import AE_MAY_STEP_IN, EMAIL_SEQUENCE, PHONE_FIRST, WITHIN_AN_HOUR

WITHIN = timedelta(hours=1)
"""How much time goes by between the assignment of an MQL and the first touch."""
DAYS_ALONE = 14
"""After so many days of the organisation without a touch the account executive may reach out."""
_SECOND = timedelta(seconds=1)
_END = datetime.max.replace(tzinfo=UTC)


class LeadKind(StrEnum):
    """How a lead came: all but an inquiry are MQLs."""

    TRIAL_REQUEST = "trial_request"
    CONTACT_REQUEST = "contact_request"
    OTHER_MQL = "other_mql"
    INQUIRY = "inquiry"


class Channel(StrEnum):
    """How somebody reaches out."""

    PHONE = "phone"
    EMAIL = "email"
    OTHER = "other"


class LeadSequence(StrEnum):
    """By which sequence an MQL gets its email."""

    TRIAL_AND_CONTACT_REQUESTS = "trial_and_contact_requests"
    OTHER_MQLS = "other_mqls"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedLead:
    """A lead as it was assigned to an SDR. ``has_phone`` is None where that is not known; no number is ever kept."""

    id: str
    kind: LeadKind
    assigned_at: datetime
    sdr: str
    has_phone: bool | None = None
    account_id: str | None = None

    @property
    def due_at(self) -> datetime | None:
        """The last instant at which the SDR reaches out in time; None for an inquiry, which has no such hour."""
        if self.kind is LeadKind.INQUIRY:
            return None
        return self.assigned_at + WITHIN if self.assigned_at <= _END - WITHIN else _END


LEAD_JSON = TypeAdapter(AssignedLead)
"""A lead as the record of its assignment has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadResponse:
    """How a lead stands. What is None is not known yet, or is nothing that is asked of its kind.

    ``in_time`` is whether the first touch came within the hour; ``ae_on`` the first day on which the account executive
    may reach out, as long as no touch came before.
    """

    due_at: datetime | None
    first_channel: Channel | None
    sequence: LeadSequence | None
    in_time: Outcome
    overdue: bool
    ae_on: date | None
    ae_may_step_in: bool
    explanation: tuple[ExplainedClause, ...]


_kind = Choice("kind")
_MQL = Step(
    "LEAD-1", "mql", "It is an MQL, to be reached within the hour", ~_kind.is_in(LeadKind.INQUIRY), WITHIN_AN_HOUR
)
_IN_TIME = Step(
    "LEAD-1",
    "hour",
    "Not more than an hour has gone by without a touch",
    Quantity("seconds_without_touch") <= WITHIN // _SECOND,
    WITHIN_AN_HOUR,
)
_BY_PHONE = Step("LEAD-2", "phone", "There is a phone number", Flag("has_phone").holds, PHONE_FIRST)
_BY_REQUEST = Step(
    "LEAD-2",
    "sequence",
    "It asked for a trial or for contact",
    _kind.is_in(LeadKind.TRIAL_REQUEST, LeadKind.CONTACT_REQUEST),
    EMAIL_SEQUENCE,
)
_LEFT_ALONE = Step(
    "LEAD-3",
    "fourteen days",
    "Fourteen days have gone by without a touch",
    Quantity("days_without_touch") > DAYS_ALONE,
    AE_MAY_STEP_IN,
)
_STEPS = {step.key: step for step in (_MQL, _IN_TIME, _BY_PHONE, _BY_REQUEST, _LEFT_ALONE)}


def respond_to(lead: AssignedLead, first_touch_at: datetime | None, now: datetime, zone: tzinfo) -> LeadResponse:
    """How a lead stands at an instant, by the first touch of its SDR since it was assigned; ``zone`` tells the days.

    A touch after the fourteen days does not take back that the account executive may reach out.
    """
    waited_until = now if first_touch_at is None else first_touch_at
    seconds = max(0, math.ceil((waited_until - lead.assigned_at) / _SECOND))
    assigned_on = day_of(lead.assigned_at, zone)
    values: dict[str, Any] = {
        "kind": lead.kind,
        "has_phone": lead.has_phone,
        "seconds_without_touch": seconds,
        "days_without_touch": max(0, (day_of(waited_until, zone) - assigned_on).days),
    }
    trail: Trail = []
    is_mql = _MQL.ask(values, trail)
    within = _IN_TIME.ask(values, trail) if is_mql else None
    by_phone = _BY_PHONE.ask(values, trail)
    by_request = _BY_REQUEST.ask(values, trail) if is_mql else None
    alone = _LEFT_ALONE.ask(values, trail) is True
    return LeadResponse(
        due_at=lead.due_at,
        first_channel=None if by_phone is None else Channel.PHONE if by_phone else Channel.EMAIL,
        sequence=_sequence(by_request),
        in_time=None if within and first_touch_at is None else within,
        overdue=first_touch_at is None and within is False,
        ae_on=days_from(assigned_on, DAYS_ALONE + 1) if first_touch_at is None or alone else None,
        ae_may_step_in=alone,
        explanation=tuple(explain_trail(trail, _STEPS, values)),
    )


def _sequence(by_request: Outcome) -> LeadSequence | None:
    if by_request is None:
        return None
    return LeadSequence.TRIAL_AND_CONTACT_REQUESTS if by_request else LeadSequence.OTHER_MQLS
