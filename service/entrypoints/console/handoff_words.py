"""A handoff in words: where it stands, how it starts, its week, and its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from service.domain.handoff.checklist import ITEMS_BY_NAME, Side
from service.domain.handoff.evidence import ContactMode
from service.domain.handoff.state import Handoff, HandoffStatus
from service.domain.handoff.steps import (
    Abandoned,
    Answered,
    BillingReassigned,
    Escalated,
    HandoffReopened,
    Reopened,
    Step,
    Ticked,
)
from service.domain.terms import Team
from service.entrypoints.console.times import When, at_instant, on_day
from service.entrypoints.console.words import Pill, team_words

HANDOFF_STATUSES = {
    HandoffStatus.ESCALATED: Pill("pending", "Receiver in question"),
    HandoffStatus.OPEN: Pill("provisional", "Under way"),
    HandoffStatus.COMPLETED: Pill("final", "Handed over"),
    HandoffStatus.KEPT: Pill("final", "Kept by First Order"),
    HandoffStatus.ABANDONED: Pill("", "Abandoned"),
}
SIDES = {Side.FIRST_ORDER: "First Order side", Side.RECEIVING: "Receiving side"}
_STAYS = "It stays with Key Accounts First Order until every required item is ticked."
_WEEK = 7


def receiver_words(team: Team | None) -> str:
    """Who receives an account, as a label."""
    return "Not settled" if team is None else team_words(team)


def start_said(handoff: Handoff) -> str:
    """How a handoff starts: the same before it is recorded and after."""
    terms = handoff.terms
    how = "an email will do" if terms.mode is ContactMode.EMAIL else "it takes a call"
    when = f"{how}, and both are in touch with the customer by {on_day(terms.due_on).text}"
    if handoff.receiver is None:
        return f"Who receives it is asked of the First Order ASM, the Regional Director and the VP; {when}. {_STAYS}"
    return f"{team_words(handoff.receiver)} receives it; {when}. {_STAYS}"


def stands_in_words(handoff: Handoff, today: date) -> str:
    """Where a handoff stands."""
    terms, receiver = handoff.terms, receiver_words(handoff.receiver)
    match handoff.status:
        case HandoffStatus.COMPLETED:
            return f"{receiver} owns it: every required item is ticked."
        case HandoffStatus.KEPT:
            return "Key Accounts First Order keeps it, by the answer to the escalation."
        case HandoffStatus.ABANDONED:
            return "It was abandoned: the account stays where it is, and routing leads again."
        case HandoffStatus.ESCALATED:
            late = _late(handoff, today)
            return f"Who receives it is in question, and waits for an answer.{late}"
        case HandoffStatus.OPEN:
            left = len([each for each in handoff.required_items if each.name not in handoff.ticks])
            items = "One required item is" if left == 1 else f"{left} required items are"
            first = start_said(handoff) if not handoff.ticks and terms.receiver is handoff.receiver else ""
            return f"{first or f'{receiver} receives it.'} {items} left.{_late(handoff, today)}"


def _late(handoff: Handoff, today: date) -> str:
    return f" {late_words(handoff, today)}." if handoff.is_overdue(today) else ""


def late_words(handoff: Handoff, today: date) -> str:
    """How late a handoff is; nothing where it is not."""
    days = (today - handoff.terms.due_on).days
    return f"{days} day{'' if days == 1 else 's'} late" if handoff.is_overdue(today) else ""


def tick_said(handoff: Handoff, item: str) -> str:
    """What it does to tick an item."""
    left = [each.name for each in handoff.required_items if each.name not in handoff.ticks]
    if left == [item]:
        return f"The last required item: ticking it hands the account over to {receiver_words(handoff.receiver)}."
    others = len([each for each in left if each != item])
    return f"Then {others} required item{' is' if others == 1 else 's are'} left."


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the week that a handoff has: ``style`` says whether it has gone by, is today, or is to come."""

    when: When
    short: str
    style: str
    note: str


def week_of(handoff: Handoff, today: date) -> list[DayView]:
    """The days from the close to the last one in time."""
    terms = handoff.terms
    span = max((terms.due_on - terms.closed_on).days, 1)
    days = [terms.closed_on + timedelta(days=number) for number in range(min(span, _WEEK * 2) + 1)]
    return [_day(each, handoff, today) for each in days]


def _day(day: date, handoff: Handoff, today: date) -> DayView:
    terms = handoff.terms
    style = "today" if day == today else "gone" if day < today else "ahead"
    notes = [
        text
        for text, on in (("closed", terms.closed_on), ("due", terms.due_on), ("in touch", handoff.two_way_on))
        if on == day
    ]
    return DayView(on_day(day), f"{day.day}", style, ", ".join(notes + ["today"] * (day == today)))


@dataclass(frozen=True, slots=True)
class StepView:
    """A step that was taken, by whom and when, and why or on what evidence."""

    text: str
    why: str
    by: str
    at: When


def step_told(step: Step, zone: tzinfo) -> StepView:
    """A step in words."""
    why = "" if isinstance(step, Ticked) else step.reason
    return StepView(_step(step), why, step.by, at_instant(step.at, zone))


def _step(step: Step) -> str:
    match step:
        case Ticked(item=item):
            return f"Ticked: {ITEMS_BY_NAME[item].title}"
        case Reopened(item=item):
            return f"Unticked: {ITEMS_BY_NAME[item].title}"
        case Escalated():
            return "Who receives it was put in question"
        case Answered(team=team):
            return f"Answered: {receiver_words(team)} receives it"
        case HandoffReopened(items=items):
            return f"Reopened, to be done again: {', '.join(ITEMS_BY_NAME[each].title for each in items)}"
        case Abandoned():
            return "Abandoned"
        case BillingReassigned():
            return "A billing issue was re-assigned to the First Order AE"


FILTERS: Mapping[str, str] = {
    "status": "Status",
    "receiver": "Receiver",
    "overdue": "Overdue",
    "account_executive": "Account executive",
    "account_id": "Account",
    "due_within": "Due within days",
    "view": "Shown as",
}
