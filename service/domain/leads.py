"""Leads: by when an SDR reaches out to one, how, and when the account executive may (LEAD-1 to LEAD-3)."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from service.domain.calendar import day_of, days_from
from service.domain.clauses import Outcome
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Trail
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_steps import by_key, lead_steps
from service.domain.terms import LeadKind

_SECOND = timedelta(seconds=1)
_END = datetime.max.replace(tzinfo=UTC)


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

    def due_at(self, bounds: SalesBounds) -> datetime | None:
        """The last instant at which the SDR reaches out in time; None for an inquiry, which has no such hour."""
        if self.kind is LeadKind.INQUIRY:
            return None
        within = timedelta(minutes=bounds.lead_minutes)
        return self.assigned_at + within if self.assigned_at <= _END - within else _END


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLead(AssignedLead):
    """A lead as a record holds it, with the revision in force on the day of its assignment, as it was published then.

    By that one it is held to its clocks for good; what was recorded before there were others names none, and so is
    held to the handbook.
    """

    policy_version: int = 1


LEAD_JSON = TypeAdapter(KeptLead)
"""A lead as the record of its assignment has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadResponse:
    """How a lead stands. What is None is not known yet, or is nothing that is asked of its kind.

    ``in_time`` is whether the first touch came in time; ``ae_on`` the first day on which the account executive
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


def respond_to(
    lead: AssignedLead, first_touch_at: datetime | None, now: datetime, zone: tzinfo, bounds: SalesBounds
) -> LeadResponse:
    """How a lead stands at an instant, by the first touch of its SDR since it was assigned; ``zone`` tells the days.

    A touch after the days alone does not take back that the account executive may reach out.
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
    steps = lead_steps(bounds)
    is_mql = steps.mql.ask(values, trail)
    within = steps.in_time.ask(values, trail) if is_mql else None
    by_phone = steps.by_phone.ask(values, trail)
    by_request = steps.by_request.ask(values, trail) if is_mql else None
    alone = steps.left_alone.ask(values, trail) is True
    return LeadResponse(
        due_at=lead.due_at(bounds),
        first_channel=None if by_phone is None else Channel.PHONE if by_phone else Channel.EMAIL,
        sequence=_sequence(by_request),
        in_time=None if within and first_touch_at is None else within,
        overdue=first_touch_at is None and within is False,
        ae_on=days_from(assigned_on, bounds.lead_days_alone + 1) if first_touch_at is None or alone else None,
        ae_may_step_in=alone,
        explanation=tuple(explain_trail(trail, by_key(steps), values)),
    )


def _sequence(by_request: Outcome) -> LeadSequence | None:
    if by_request is None:
        return None
    return LeadSequence.TRIAL_AND_CONTACT_REQUESTS if by_request else LeadSequence.OTHER_MQLS
