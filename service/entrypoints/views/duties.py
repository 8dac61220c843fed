"""The duties of an opportunity as they are answered (OPP-1 to OPP-5, OPP-8)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.duties.program import ReminderRule
from service.domain.duties.terms import DutyCode
from service.domain.found_duties import FoundDuty
from service.entrypoints.views.decisions import PolicyReference
from service.entrypoints.views.explanations import ClauseBody, ReminderBody, render_citation, render_clause
from service.usecases.find_duties import Duties


class DutyItemBody(TypedDict):
    """A part of a duty."""

    code: Annotated[str, Field(description="Its name in `evidence`, or the field that it is read from.")]
    title: Annotated[str, Field(description="What is wanted.")]
    met: Annotated[bool | None, Field(description="Whether it is done; null is unknown.")]


class DutyBody(TypedDict):
    """A duty of an opportunity."""

    rule: Annotated[str, Field(description="The rule, such as OPP-1.")]
    code: Annotated[DutyCode, Field(description="Which duty it is.")]
    applies: Annotated[bool | None, Field(description="Whether it applies; null is unknown.")]
    met: Annotated[bool | None, Field(description="Whether it is met; null is unknown, or not asked.")]
    missing_facts: Annotated[Sequence[str], Field(description="What would settle what is unknown.")]
    items: Annotated[Sequence[DutyItemBody], Field(description="Its parts; none where it does not apply.")]
    actions: Annotated[Sequence[ReminderBody], Field(description="What a person must do.")]
    advice: Annotated[Sequence[ReminderBody], Field(description="What may be thought of.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="The questions that were asked, in order.")]


class DutiesBody(TypedDict):
    """The duties of an opportunity on a day."""

    id: Annotated[UUID | None, Field(description="The record's identifier; null: not recorded.")]
    opportunity_id: Annotated[str | None, Field(description="The opportunity.")]
    account_id: Annotated[str | None, Field(description="Its account.")]
    on: Annotated[date, Field(description="The day.")]
    policy: Annotated[PolicyReference, Field(description="The policy revision that they were found under.")]
    facts: Annotated[Mapping[str, object], Field(description="What was stated; the segment maybe the account's.")]
    duties: Annotated[Sequence[DutyBody] | None, Field(description="The duties; null: found by another release.")]
    recorded_by: Annotated[str | None, Field(description="The key that recorded it.")]
    recorded_at: Annotated[datetime | None, Field(description="When it was recorded.")]


class DutiesPage(TypedDict):
    """An opportunity's timeline, newest first; the `Link` header leads to the next page."""

    items: Annotated[Sequence[DutiesBody], Field(description="What was recorded.")]


def render_duties(duties: Duties) -> DutiesBody:
    """The duties of an opportunity, recorded or not."""
    stated, record = duties.stated, duties.record
    return {
        "id": None if record is None else record.id,
        "opportunity_id": stated.opportunity.opportunity_id,
        "account_id": stated.opportunity.account_id,
        "on": stated.on,
        "policy": {"id": stated.policy_id, "version": stated.policy_version, "program": duties.program},
        "facts": stated.opportunity.model_dump(mode="json", exclude_none=True),
        "duties": None if duties.found is None else [_render_duty(found) for found in duties.found],
        "recorded_by": None if record is None else record.recorded_by,
        "recorded_at": None if record is None else record.recorded_at,
    }


def _render_duty(found: FoundDuty) -> DutyBody:
    rule = found.duty.applies.rule
    return {
        "rule": rule,
        "code": found.code,
        "applies": found.applies,
        "met": found.met,
        "missing_facts": found.missing_facts,
        "items": [{"code": item.code, "title": item.title, "met": item.met} for item in found.items],
        "actions": [_render_reminder(each, rule) for each in found.reminders if each.required],
        "advice": [_render_reminder(each, rule) for each in found.reminders if not each.required],
        "explanation": [render_clause(clause) for clause in found.explanation],
    }


def _render_reminder(reminder: ReminderRule, rule: str) -> ReminderBody:
    return {"code": reminder.code, "text": reminder.text, "rule": rule, "citation": render_citation(reminder.citation)}
