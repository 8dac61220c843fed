"""The close date of an opportunity, by the three conventions of the handbook (CAL-2).

What is not known stays unknown: then there is no close date, and it is said what would settle it.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from service.domain.calendar import (
    day_of,
    end_of,
    friday_from,
    friday_of,
    month_end,
    next_month,
    start_of,
    written,
)
from service.domain.calendar_citations import FOR_A_WHILE, FRIDAY_OF_THE_WEEK, MOST_LIKELY_MONTH, WINDOW
from service.domain.clauses import Citation, Outcome
from service.domain.errors import DomainError
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Step, Trail
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_steps import by_key, close_date_steps
from service.domain.terms import OpportunityKind
from service.domain.wording import quantity

RULE = "CAL-2"
_HOUR = timedelta(hours=1)
_LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)


class CloseDateConvention(StrEnum):
    """What a close date goes by: the day of signing, the end of the month, or the first day of the month after."""

    SIGNING_DAY = "signing_day"
    END_OF_THE_MONTH = "end_of_the_month"
    FOLLOWING_MONTH = "following_month"


class ReminderCode(StrEnum):
    """What is to be done, or to be thought of, about a close date."""

    GET_THE_SIGNATURE = "get_the_signature"
    CONFIRM_THE_EVENT = "confirm_the_event"
    MOVE_THE_CLOSE_DATE = "move_the_close_date"
    NAME_ANOTHER_MONTH = "name_another_month"
    WINDOW_OF_DAYS = "window_of_days"


class SetLaterError(DomainError):
    """The close date was set after the time that is asked about: correct either."""

    code = "day_to_come"
    pointer = "/set_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What is known of when an opportunity closes; None is not known.

    ``closing_on`` is any day of the month in which it most likely closes. ``set_at`` is when its close date became the
    first day of a month.
    """

    kind: OpportunityKind | None = None
    closing_on: date | None = None
    compelling_event: bool | None = None
    quote_out: bool | None = None
    signing_expected_on: date | None = None
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is to be done, or to be thought of."""

    code: ReminderCode
    text: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDate:
    """The close date, None where it is not known for want of ``missing_facts``, and what it goes by.

    ``stands`` is whether it may be left so now: the first day of a month does ``stands_until``.
    """

    close_date: date | None
    convention: CloseDateConvention | None
    stands: Outcome
    stands_until: datetime | None = None
    missing_facts: tuple[str, ...] = ()
    actions: tuple[Reminder, ...] = ()
    advice: tuple[Reminder, ...] = ()
    explanation: tuple[ExplainedClause, ...] = ()


_ASKED_FOR = {"days_past_closing_month": "closing_on", "days_past_signing": "signing_expected_on"}
"""What is asked for where something that is counted from it is not known."""


def day_asked(asked_at: datetime | date, zone: tzinfo) -> date:
    """The day that is asked about: whose bounds hold, whenever the close date was set."""
    return day_of(asked_at, zone) if isinstance(asked_at, datetime) else asked_at


def decide_close_date(opportunity: Closing, asked_at: datetime | date, zone: tzinfo, bounds: SalesBounds) -> CloseDate:
    """The close date as of an instant, or of a whole day of the organisation, whose days ``zone`` tells.

    Raises:
        SetLaterError: its close date was set later than that.
    """
    case = _Case(opportunity, asked_at, zone, bounds)
    by_signing = case.ask(case.steps.by_signing)
    if by_signing:
        return _by_signing(case)
    by_event = case.ask(case.steps.by_event)
    if by_signing is None or by_event is None:
        return case.unknown("closing_on", *(("signing_expected_on",) if by_signing is None else ()))
    return _by_month(case, has_event=by_event)


class _Case:
    """An opportunity, the days that are counted from it, and what was asked of them."""

    def __init__(self, opportunity: Closing, asked_at: datetime | date, zone: tzinfo, bounds: SalesBounds) -> None:
        earliest = asked_at if isinstance(asked_at, datetime) else start_of(asked_at, zone)
        latest = asked_at if isinstance(asked_at, datetime) else end_of(asked_at, zone)
        if opportunity.set_at is not None and opportunity.set_at > latest:
            asked = written(asked_at) if isinstance(asked_at, datetime) else asked_at
            raise SetLaterError(f"set_at lies after what is asked about, {asked}")
        self.opportunity, self.bounds, self.steps = opportunity, bounds, close_date_steps(bounds)
        self.today = day_asked(asked_at, zone)
        self._by_key = by_key(self.steps)
        self.trail: Trail = []
        signing, closing = opportunity.signing_expected_on, opportunity.closing_on
        self.values: dict[str, Any] = {
            "kind": opportunity.kind,
            "quote_out": opportunity.quote_out,
            "compelling_event": opportunity.compelling_event,
            "days_past_signing": self._days_past(signing),
            "signing_weekday": None if signing is None else signing.isoweekday(),
            "days_past_friday": self._days_past(None if signing is None else friday_of(signing)),
            "days_past_closing_month": self._days_past(None if closing is None else month_end(closing)),
            "hours_since_set": _hours_between(opportunity.set_at, earliest, latest, bounds.close_date_hours),
        }

    def _days_past(self, day: date | None) -> int | None:
        return None if day is None else (self.today - day).days

    def ask(self, step: Step) -> Outcome:
        """Answer a step, and leave that in the trail."""
        return step.ask(self.values, self.trail)

    def unsettled(self) -> list[str]:
        """The facts for want of which something that was asked is open."""
        missing = [fact for key, outcomes in self.trail for fact in _open(self._by_key[key], outcomes)]
        by_name = _ASKED_FOR | {"hours_since_set": "set_at" if self.opportunity.set_at is None else "today"}
        return list(dict.fromkeys(by_name.get(fact, fact) for fact in missing))

    def unknown(self, *wanted: str) -> CloseDate:
        """No close date, for want of what is open, and of those facts, of several, that nobody has given."""
        missing = self.unsettled() + [fact for fact in wanted if getattr(self.opportunity, fact) is None]
        return self.told(close_date=None, convention=None, stands=None, missing_facts=tuple(dict.fromkeys(missing)))

    def told(self, **found: Any) -> CloseDate:  # noqa: ANN401 - the fields of a close date
        """What was found, with why."""
        return CloseDate(**found, explanation=tuple(explain_trail(self.trail, self._by_key, self.values)))


def _by_signing(case: _Case) -> CloseDate:
    """The expected signing day, or a Friday."""
    convention, expected = CloseDateConvention.SIGNING_DAY, case.opportunity.signing_expected_on
    in_time = case.ask(case.steps.to_come)
    if expected is None:
        return case.told(close_date=None, convention=convention, stands=None, missing_facts=("signing_expected_on",))
    if in_time:
        return case.told(close_date=expected, convention=convention, stands=True)
    friday = friday_of(expected) if case.ask(case.steps.that_friday) else friday_from(case.today)
    if expected < case.today:
        why = f"The signature was expected by {expected}, and is not there: get it, and move the close date to {friday}"
    else:
        why = f"{expected} is no work day: have it signed by {friday}, and make that the close date"
    action = Reminder(ReminderCode.GET_THE_SIGNATURE, f"{why}.", FRIDAY_OF_THE_WEEK)
    return case.told(close_date=friday, convention=convention, stands=True, actions=(action,))


def _by_month(case: _Case, *, has_event: bool) -> CloseDate:
    """The last day of the closing month, or the first day of the one after."""
    convention = CloseDateConvention.END_OF_THE_MONTH if has_event else CloseDateConvention.FOLLOWING_MONTH
    closing, stands = case.opportunity.closing_on, case.ask(case.steps.in_time)
    if closing is None:
        return case.told(close_date=None, convention=convention, stands=None, missing_facts=("closing_on",))
    late = (
        f"{closing.isoformat()[:7]} is over: say in which month it most likely closes, and set the close date by that."
    )
    actions = () if stands else (Reminder(ReminderCode.NAME_ANOTHER_MONTH, late, MOST_LIKELY_MONTH),)
    if has_event:
        return case.told(close_date=month_end(closing), convention=convention, stands=stands, actions=actions)
    case.ask(case.steps.window)
    for_a_while = case.ask(case.steps.for_a_while)
    days, hours = quantity(case.bounds.close_date_window_days, "day"), case.bounds.close_date_hours
    window = f"It speaks of a window of about {days}, in which the deal may come in."
    return case.told(
        close_date=next_month(closing),
        convention=convention,
        stands=stands and for_a_while,
        stands_until=_ends(case.opportunity.set_at, hours),
        missing_facts=tuple(case.unsettled()),
        actions=(*actions, _while_it_stands(for_a_while, hours)),
        advice=(Reminder(ReminderCode.WINDOW_OF_DAYS, window, WINDOW),),
    )


def _while_it_stands(for_a_while: Outcome, hours: int) -> Reminder:
    within = quantity(hours, "hour")
    if for_a_while is False:
        text = f"More than {within} went by: find out when it closes, and move it to the last day of that month."
        return Reminder(ReminderCode.MOVE_THE_CLOSE_DATE, text, FOR_A_WHILE)
    text = f"Within {within}, confirm the compelling event and the timeline with the champion or the economic buyer."
    return Reminder(ReminderCode.CONFIRM_THE_EVENT, text, FOR_A_WHILE)


def _open(step: Step, outcomes: list[Outcome]) -> tuple[str, ...]:
    return step.unsettled(outcomes) if outcomes[-1] is None else ()


def _hours_between(since: datetime | None, earliest: datetime, latest: datetime, bound: int) -> int | None:
    """How many hours have begun; None where that is not known, or more than the bound of them only later on the day."""
    if since is None:
        return None
    least, most = (max(0, math.ceil((until - since) / _HOUR)) for until in (earliest, latest))
    return most if (least <= bound) is (most <= bound) else None


def _ends(set_at: datetime | None, hours: int) -> datetime | None:
    # At the end of the calendar there are not so many hours left in every time zone.
    bound = hours * _HOUR
    return None if set_at is None or set_at > _LATEST - bound else set_at.astimezone(UTC) + bound
