"""Leads and co-selling calls as they are answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.leads import Channel, LeadSequence
from service.domain.sales_records import SalesRecord
from service.domain.terms import LeadKind
from service.entrypoints.views.decisions import PolicyReference, render_reference
from service.entrypoints.views.explanations import ClauseBody, render_clause
from service.usecases.co_selling import CoSelling, asm_of
from service.usecases.leads import Lead


class LeadBody(TypedDict):
    """A lead as it was assigned last, and how it stands."""

    id: Annotated[str, Field(description="The lead.")]
    kind: Annotated[LeadKind, Field(description="How it came; all but an inquiry are MQLs.")]
    assigned_at: Annotated[datetime, Field(description="When it was assigned.")]
    sdr: Annotated[str, Field(description="To whom, as was said.")]
    has_phone: Annotated[bool | None, Field(description="There is a phone number.")]
    account_id: Annotated[str | None, Field(description="Its account.")]
    due_at: Annotated[datetime | None, Field(description="Until when the SDR reaches out; null: an inquiry.")]
    first_channel: Annotated[Channel | None, Field(description="How first; null is unknown.")]
    sequence: Annotated[LeadSequence | None, Field(description="By which sequence the email is; null: an inquiry.")]
    touched_at: Annotated[datetime | None, Field(description="The first touch since.")]
    in_time: Annotated[bool | None, Field(description="That was in time; null: open, or an inquiry.")]
    overdue: Annotated[bool, Field(description="It is past due without a touch.")]
    ae_may_step_in: Annotated[bool, Field(description="The AE may reach out now.")]
    ae_on: Annotated[date | None, Field(description="From when on; null: touched before.")]
    policy: Annotated[PolicyReference, Field(description="The revision of the day of its assignment.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="Why, clause by clause.")]
    recorded_by: Annotated[str, Field(description="The key that recorded the assignment.")]
    recorded_at: Annotated[datetime, Field(description="When it was recorded.")]


class LeadPage(TypedDict):
    """A page of leads; the `Link` header leads to the next."""

    items: Annotated[Sequence[LeadBody], Field(description="The leads, those recorded last first.")]


class CallBody(TypedDict):
    """A co-selling call."""

    id: Annotated[UUID, Field(description="The record.")]
    asm: Annotated[str, Field(description="The ASM: a person's id, or the name where nobody has it.")]
    account_id: Annotated[str, Field(description="The account.")]
    at: Annotated[datetime, Field(description="When it was.")]
    recorded_by: Annotated[str, Field(description="The key that logged it.")]
    recorded_at: Annotated[datetime, Field(description="When it was logged.")]


class CoSellingBody(TypedDict):
    """The co-selling calls of an ASM on some days, a week by the handbook."""

    asm: Annotated[str, Field(description="The ASM, as asked for.")]
    first: Annotated[date, Field(description="The first of the days.")]
    on: Annotated[date, Field(description="The last.")]
    count: Annotated[int, Field(description="How many calls there were.")]
    fewest: Annotated[int, Field(description="How many there have to be.")]
    met: Annotated[bool, Field(description="There were.")]
    aim: Annotated[Sequence[int], Field(description="How many are aimed at: from, to.")]
    aim_met: Annotated[bool, Field(description="There were so many.")]
    calls: Annotated[Sequence[CallBody], Field(description="The last 100 of them, newest first.")]
    policy: Annotated[PolicyReference, Field(description="The revision of the last day.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="Why, clause by clause.")]


def render_lead(found: Lead) -> LeadBody:
    """A lead as it stands."""
    lead, response = found.lead, found.response
    return {
        "id": lead.id,
        "kind": lead.kind,
        "assigned_at": lead.assigned_at,
        "sdr": lead.sdr,
        "has_phone": lead.has_phone,
        "account_id": lead.account_id,
        "due_at": response.due_at,
        "first_channel": response.first_channel,
        "sequence": response.sequence,
        "touched_at": found.touched_at,
        "in_time": response.in_time,
        "overdue": response.overdue,
        "ae_may_step_in": response.ae_may_step_in,
        "ae_on": response.ae_on,
        "policy": render_reference(found.policy),
        "explanation": [render_clause(each) for each in response.explanation],
        "recorded_by": found.record.recorded_by,
        "recorded_at": found.record.recorded_at,
    }


def render_call(record: SalesRecord) -> CallBody:
    """A co-selling call."""
    return {
        "id": record.id,
        "asm": asm_of(record),
        "account_id": record.subject,
        "at": record.happened_at or record.recorded_at,
        "recorded_by": record.recorded_by,
        "recorded_at": record.recorded_at,
    }


def render_co_selling(asm: str, found: CoSelling) -> CoSellingBody:
    """The calls of an ASM on some days, with how they are judged."""
    week = found.week
    return {
        "asm": asm,
        "first": week.first,
        "on": week.until,
        "count": week.count,
        "fewest": week.bounds.co_selling_fewest,
        "met": week.met,
        "aim": [week.bounds.co_selling_aim, week.bounds.co_selling_aim_most],
        "aim_met": week.aim_met,
        "calls": [render_call(each) for each in found.calls],
        "policy": render_reference(found.policy),
        "explanation": [render_clause(each) for each in week.explanation],
    }
