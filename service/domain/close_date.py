"""The close date of an opportunity, by the three conventions of the handbook (CAL-2).

What is not known stays unknown: then there is no close date, and it is said what would settle it.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from service.domain.calendar import (
    FRIDAY,
    day_of,
    end_of,
    friday_from,
    friday_of,
    month_end,
    next_month,
    start_of,
)
from service.domain.calendar_citations import (
    BY_THE_EVENT,
    FOR_A_WHILE,
    FRIDAY_OF_THE_WEEK,
    MOST_LIKELY_MONTH,
    SIGNING_DAY,
    WINDOW,
)
from service.domain.clauses import Choice, Citation, Flag, Outcome, Quantity
from service.domain.errors import DomainError
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.forecast_calendar import Convention
from service.domain.parts import Step, Trail
from service.domain.terms import OpportunityKind

RULE = "CAL-2"
STANDS_FOR = Convention(timedelta(hours=48), FOR_A_WHILE)
"""How much time may go by while a close date is the first day of a month."""
WINDOW_OF = Convention(60, WINDOW)
"""Of about how many days such a date speaks."""
_HOUR = timedelta(hours=1)
_LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=4)


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
    ABOUT_SIXTY_DAYS = "about_sixty_days"


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

    ``stands`` is whether it may be left so now: of the first day of a month for 48 hours, ``stands_until``.
    """

    close_date: date | None
    convention: CloseDateConvention | None
    stands: Outcome
    stands_until: datetime | None = None
    missing_facts: tuple[str, ...] = ()
    actions: tuple[Reminder, ...] = ()
    advice: tuple[Reminder, ...] = ()
    explanation: tuple[ExplainedClause, ...] = ()


_kind, _quote_out, _event = Choice("kind"), Flag("quote_out"), Flag("compelling_event")
_BY_SIGNING = Step(
    RULE,
    "signing",
    "A quote is out for signature, or it is a renewal",
    _quote_out.holds | _kind.is_in(OpportunityKind.RENEWAL),
    SIGNING_DAY,
)
_TO_COME = Step(
    RULE,
    "signing day",
    "The expected signing day has not passed, and is a work day",
    (Quantity("days_past_signing") <= 0) & (Quantity("signing_weekday") <= FRIDAY),
    SIGNING_DAY,
)
_THAT_FRIDAY = Step(
    RULE, "friday", "The Friday of that week has not passed", Quantity("days_past_friday") <= 0, FRIDAY_OF_THE_WEEK
)
_BY_EVENT = Step(RULE, "event", "There is a compelling event", _event.holds, BY_THE_EVENT)
_IN_TIME = Step(
    RULE, "month", "The closing month is not over", Quantity("days_past_closing_month") <= 0, MOST_LIKELY_MONTH
)
_FOR_A_WHILE = Step(
    RULE,
    "hours",
    "It has been the first day of a month for 48 hours at most",
    Quantity("hours_since_set") <= STANDS_FOR.value // _HOUR,
    FOR_A_WHILE,
)
_STEPS = {step.key: step for step in (_BY_SIGNING, _TO_COME, _THAT_FRIDAY, _BY_EVENT, _IN_TIME, _FOR_A_WHILE)}
_ASKED_FOR = {"days_past_closing_month": "closing_on", "days_past_signing": "signing_expected_on"}
"""What is asked for where something that is counted from it is not known."""


def decide_close_date(opportunity: Closing, asked_at: datetime | date, zone: tzinfo) -> CloseDate:
    """The close date as of an instant, or of a whole day of the organisation, whose days ``zone`` tells.

    Raises:
        SetLaterError: its close date was set later than that.
    """
    case = _Case(opportunity, asked_at, zone)
    by_signing = case.ask(_BY_SIGNING)
    if by_signing:
        return _by_signing(case)
    by_event = case.ask(_BY_EVENT)
    if by_signing is None or by_event is None:
        return case.unknown("closing_on", *(("signing_expected_on",) if by_signing is None else ()))
    return _by_month(case, has_event=by_event)


class _Case:
    """An opportunity, the days that are counted from it, and what was asked of them."""

    def __init__(self, opportunity: Closing, asked_at: datetime | date, zone: tzinfo) -> None:
        earliest = asked_at if isinstance(asked_at, datetime) else start_of(asked_at, zone)
        latest = asked_at if isinstance(asked_at, datetime) else end_of(asked_at, zone)
        if opportunity.set_at is not None and opportunity.set_at > latest:
            raise SetLaterError(f"set_at lies after what is asked about, {asked_at}")
        self.opportunity, self.zone = opportunity, zone
        self.today = day_of(asked_at, zone) if isinstance(asked_at, datetime) else asked_at
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
            "hours_since_set": _hours_between(opportunity.set_at, earliest, latest),
        }

    def _days_past(self, day: date | None) -> int | None:
        return None if day is None else (self.today - day).days

    def ask(self, step: Step) -> Outcome:
        """Answer a step, and leave that in the trail."""
        return step.ask(self.values, self.trail)

    def unsettled(self) -> list[str]:
        """The facts for want of which something that was asked is open."""
        missing = [fact for key, outcomes in self.trail for fact in _open(_STEPS[key], outcomes)]
        by_name = _ASKED_FOR | {"hours_since_set": "set_at" if self.opportunity.set_at is None else "today"}
        return list(dict.fromkeys(by_name.get(fact, fact) for fact in missing))

    def unknown(self, *wanted: str) -> CloseDate:
        """No close date, for want of what is open, and of those facts, of several, that nobody has given."""
        missing = self.unsettled() + [fact for fact in wanted if getattr(self.opportunity, fact) is None]
        return self.told(close_date=None, convention=None, stands=None, missing_facts=tuple(dict.fromkeys(missing)))

    def told(self, **found: Any) -> CloseDate:  # noqa: ANN401 - the fields of a close date
        """What was found, with why."""
        return CloseDate(**found, explanation=tuple(explain_trail(self.trail, _STEPS, self.values)))


def _by_signing(case: _Case) -> CloseDate:
    """The expected signing day, or a Friday."""
    convention, expected = CloseDateConvention.SIGNING_DAY, case.opportunity.signing_expected_on
    in_time = case.ask(_TO_COME)
    if expected is None:
        return case.told(close_date=None, convention=convention, stands=None, missing_facts=("signing_expected_on",))
    if in_time:
        return case.told(close_date=expected, convention=convention, stands=True)
    friday = friday_of(expected) if case.ask(_THAT_FRIDAY) else friday_from(case.today)
    if expected < case.today:
        why = f"The signature was expected by {expected}, and is not there: get it, and move the close date to {friday}"
    else:
        why = f"{expected} is no work day: have it signed by {friday}, and make that the close date"
    action = Reminder(ReminderCode.GET_THE_SIGNATURE, f"{why}.", FRIDAY_OF_THE_WEEK)
    return case.told(close_date=friday, convention=convention, stands=True, actions=(action,))


def _by_month(case: _Case, *, has_event: bool) -> CloseDate:
    """The last day of the closing month, or the first day of the one after."""
    convention = CloseDateConvention.END_OF_THE_MONTH if has_event else CloseDateConvention.FOLLOWING_MONTH
    closing, stands = case.opportunity.closing_on, case.ask(_IN_TIME)
    if closing is None:
        return case.told(close_date=None, convention=convention, stands=None, missing_facts=("closing_on",))
    late = (
        f"{closing.isoformat()[:7]} is over: say in which month it most likely closes, and set the close date by that."
    )
    actions = () if stands else (Reminder(ReminderCode.NAME_ANOTHER_MONTH, late, MOST_LIKELY_MONTH),)
    if has_event:
        return case.told(close_date=month_end(closing), convention=convention, stands=stands, actions=actions)
    for_a_while = case.ask(_FOR_A_WHILE)
    window = f"It speaks of a window of about {WINDOW_OF.value} days, in which the deal may come in."
    return case.told(
        close_date=next_month(closing),
        convention=convention,
        stands=stands and for_a_while,
        stands_until=_ends(case.opportunity.set_at),
        missing_facts=tuple(case.unsettled()),
        actions=(*actions, _while_it_stands(for_a_while)),
        advice=(Reminder(ReminderCode.ABOUT_SIXTY_DAYS, window, WINDOW),),
    )


def _while_it_stands(for_a_while: Outcome) -> Reminder:
    if for_a_while is False:
        text = "The 48 hours are over: find out when it closes, and move the close date to the last day of that month."
        return Reminder(ReminderCode.MOVE_THE_CLOSE_DATE, text, FOR_A_WHILE)
    text = "Within 48 hours, confirm the compelling event and the timeline with the champion or the economic buyer."
    return Reminder(ReminderCode.CONFIRM_THE_EVENT, text, FOR_A_WHILE)


def _open(step: Step, outcomes: list[Outcome]) -> tuple[str, ...]:
    return step.unsettled(outcomes) if outcomes[-1] is None else ()


def _hours_between(since: datetime | None, earliest: datetime, latest: datetime) -> int | None:
    """How many hours have begun; None where that is not known, or too many of them only later on the day."""
    if since is None:
        return None
    least, most = (max(0, math.ceil((until - since) / _HOUR)) for until in (earliest, latest))
    bound = STANDS_FOR.value // _HOUR
    return most if (least <= bound) is (most <= bound) else None


def _ends(set_at: datetime | None) -> datetime | None:
    # At the end of the calendar there are not so many hours left in every time zone.
    return None if set_at is None or set_at > _LATEST else set_at.astimezone(UTC) + STANDS_FOR.value
