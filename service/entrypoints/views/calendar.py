"""The forecast calendar and close dates as they are answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.close_date import RULE, CloseDate, CloseDateConvention, Reminder
from service.domain.duties.policy import DutyPolicy
from service.domain.forecast_calendar import Entry, EntryCode
from service.domain.policies import Policies
from service.entrypoints.views.decisions import PolicyReference, render_reference
from service.entrypoints.views.explanations import (
    CitationBody,
    ClauseBody,
    ReminderBody,
    render_citation,
    render_clause,
)

CLOCK = "%H:%M"


class EntryBody(TypedDict):
    """What is on a day."""

    on: Annotated[date, Field(description="The day.")]
    at: Annotated[
        str | None,
        Field(
            pattern=r"^\d\d:\d\d$",
            description="The time of day by which it is done, wherever one is; null: the whole day.",
        ),
    ]
    code: Annotated[EntryCode, Field(description="What it is, for programs.")]
    rule: Annotated[str, Field(description="The rule that it rests on.")]
    text: Annotated[str, Field(description="What it is, for people.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]
    policy_version: Annotated[
        int | None, Field(description="The revision of fy23-duties that held that day; null: of no matter.")
    ]


class CalendarBody(TypedDict):
    """What is on some days."""

    items: Annotated[Sequence[EntryBody], Field(description="By day.")]


class CloseDateBody(TypedDict):
    """The close date that an opportunity has by the conventions, and why."""

    close_date: Annotated[date | None, Field(description="The close date; null: not known, for want of missing facts.")]
    rule: Annotated[str, Field(description="The rule.")]
    convention: Annotated[
        CloseDateConvention | None, Field(description="Which of the three close dates it is; null: not known.")
    ]
    stands: Annotated[
        bool | None, Field(description="Whether it may be left so at the time asked about; null: not known.")
    ]
    stands_until: Annotated[
        datetime | None,
        Field(description="Until when the first day of a month may stand; null: none is counted."),
    ]
    missing_facts: Annotated[Sequence[str], Field(description="The fields that would settle what is not known.")]
    policy: Annotated[PolicyReference, Field(description="The revision of the day that is asked about.")]
    actions: Annotated[Sequence[ReminderBody], Field(description="What a person must do.")]
    advice: Annotated[Sequence[ReminderBody], Field(description="What may be thought of.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="Clause by clause.")]


def render_calendar(found: Sequence[Entry], policies: Policies) -> CalendarBody:
    """What is on some days, by the policies that hold on them."""
    return {"items": [_render_entry(each, policies) for each in found]}


def _render_entry(entry: Entry, policies: Policies) -> EntryBody:
    return {
        "on": entry.on,
        "at": None if entry.at is None else entry.at.strftime(CLOCK),
        "code": entry.code,
        "rule": entry.rule,
        "text": entry.text,
        "citation": render_citation(entry.citation),
        "policy_version": None if entry.code is EntryCode.QUARTER_CHANGEOVER else policies.sales_on(entry.on).version,
    }


def render_close_date(found: CloseDate, policy: DutyPolicy) -> CloseDateBody:
    """A close date by the policy that it was found under, with why."""
    return {
        "close_date": found.close_date,
        "rule": RULE,
        "convention": found.convention,
        "stands": found.stands,
        "stands_until": found.stands_until,
        "missing_facts": found.missing_facts,
        "policy": render_reference(policy),
        "actions": [_render_reminder(each) for each in found.actions],
        "advice": [_render_reminder(each) for each in found.advice],
        "explanation": [render_clause(each) for each in found.explanation],
    }


def _render_reminder(reminder: Reminder) -> ReminderBody:
    citation = render_citation(reminder.citation)
    return {"code": reminder.code, "text": reminder.text, "rule": RULE, "citation": citation}
