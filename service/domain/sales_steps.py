"""What is asked of sales work beside duties, by the bounds of a revision: LEAD-1 to LEAD-3, RANK-3, CAL-1 to CAL-4.

A bound that no answer depends on stands in the title of its question.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from service.domain.calendar import FRIDAY
from service.domain.calendar_citations import (
    BY_THE_EVENT,
    FOR_A_WHILE,
    FORECAST_UPDATE,
    FRIDAY_OF_THE_WEEK,
    MOST_LIKELY_MONTH,
    RED_GREEN_DAYS,
    SIGNING_DAY,
    WINDOW,
)
from service.domain.clauses import Choice, Flag, Quantity
from service.domain.parts import Step
from service.domain.rank_citations import SMB_ONE
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_citations import AE_MAY_STEP_IN, CO_SELLING, EMAIL_SEQUENCE, PHONE_FIRST, WITHIN_AN_HOUR
from service.domain.terms import LeadKind, OpportunityKind
from service.domain.wording import minutes_words, quantity

_SECONDS = 60
_REMEMBERED = 32
_kind, _event = Choice("kind"), Flag("compelling_event")


class LeadSteps(NamedTuple):
    """What is asked of a lead."""

    mql: Step
    in_time: Step
    by_phone: Step
    by_request: Step
    left_alone: Step


@lru_cache(_REMEMBERED)
def lead_steps(bounds: SalesBounds) -> LeadSteps:
    """What is asked of a lead, LEAD-1 to LEAD-3."""
    within, days = bounds.lead_minutes, bounds.lead_days_alone
    requests = _kind.is_in(LeadKind.TRIAL_REQUEST, LeadKind.CONTACT_REQUEST)
    return LeadSteps(
        Step("LEAD-1", "mql", "It is an MQL, to be reached in time", ~_kind.is_in(LeadKind.INQUIRY), WITHIN_AN_HOUR),
        Step(
            "LEAD-1",
            "hour",
            f"Not more than {minutes_words(within)} went by without a touch",
            Quantity("seconds_without_touch") <= within * _SECONDS,
            WITHIN_AN_HOUR,
        ),
        Step("LEAD-2", "phone", "There is a phone number", Flag("has_phone").holds, PHONE_FIRST),
        Step("LEAD-2", "sequence", "It asked for a trial or for contact", requests, EMAIL_SEQUENCE),
        Step(
            "LEAD-3",
            "days",
            f"{quantity(days, 'day')} went by without a touch",
            Quantity("days_without_touch") > days,
            AE_MAY_STEP_IN,
        ),
    )


@lru_cache(_REMEMBERED)
def top_places_step(bounds: SalesBounds) -> Step:
    """What is asked of an SMB account of rank 1, RANK-3: whether there is a place for it."""
    title = f"At most {quantity(bounds.top_places, 'SMB account')} of an account executive may have rank 1"
    return Step("RANK-3", "top_places", title, Quantity("other_places") < bounds.top_places, SMB_ONE)


class CalendarSteps(NamedTuple):
    """What is asked of a day."""

    first_meeting: Step
    last_work_days: Step
    update: Step


@lru_cache(_REMEMBERED)
def calendar_steps(bounds: SalesBounds) -> CalendarSteps:
    """What is asked of a day, CAL-1 and CAL-3."""
    work_day, day = Flag("work_day").holds, bounds.meeting_day
    weekday, hour = bounds.update_weekday, f"{bounds.update_hour:02}:00"
    return CalendarSteps(
        Step(
            "CAL-1",
            "first_meeting",
            f"It is day {day} of the month, or the last work day before it where that is on a weekend",
            work_day & (Quantity("day_of_month") <= day) & (Quantity("next_work_day") > day),
            RED_GREEN_DAYS,
        ),
        Step(
            "CAL-1",
            "last_work_days",
            f"It is one of the last work days of the month, of which {bounds.last_work_days} count",
            work_day & (Quantity("work_days_left") < bounds.last_work_days),
            RED_GREEN_DAYS,
        ),
        Step(
            "CAL-3",
            "update",
            f"The forecast is updated on {weekday.in_full}s, by {hour}",
            Choice("weekday").is_in(weekday),
            FORECAST_UPDATE,
        ),
    )


class CloseDateSteps(NamedTuple):
    """What is asked of a close date."""

    by_signing: Step
    to_come: Step
    that_friday: Step
    by_event: Step
    in_time: Step
    window: Step
    for_a_while: Step


@lru_cache(_REMEMBERED)
def close_date_steps(bounds: SalesBounds) -> CloseDateSteps:
    """What is asked of a close date, CAL-2."""
    rule, hours, days = "CAL-2", bounds.close_date_hours, bounds.close_date_window_days
    to_come = (Quantity("days_past_signing") <= 0) & (Quantity("signing_weekday") <= FRIDAY)
    return CloseDateSteps(
        Step(
            rule,
            "signing",
            "A quote is out for signature, or it is a renewal",
            Flag("quote_out").holds | _kind.is_in(OpportunityKind.RENEWAL),
            SIGNING_DAY,
        ),
        Step(rule, "signing day", "The expected signing day has not passed, and is a work day", to_come, SIGNING_DAY),
        Step(
            rule,
            "friday",
            "The Friday of that week has not passed",
            Quantity("days_past_friday") <= 0,
            FRIDAY_OF_THE_WEEK,
        ),
        Step(rule, "event", "There is a compelling event", _event.holds, BY_THE_EVENT),
        Step(
            rule, "month", "The closing month is not over", Quantity("days_past_closing_month") <= 0, MOST_LIKELY_MONTH
        ),
        Step(
            rule,
            "window",
            f"Without a compelling event it speaks of a window of about {quantity(days, 'day')}",
            ~_event.holds,
            WINDOW,
        ),
        Step(
            rule,
            "hours",
            f"It has been the first day of a month for {quantity(hours, 'hour')} at most",
            Quantity("hours_since_set") <= hours,
            FOR_A_WHILE,
        ),
    )


class CoSellingSteps(NamedTuple):
    """What is asked of the calls of an ASM."""

    enough: Step
    aimed_at: Step


@lru_cache(_REMEMBERED)
def co_selling_steps(bounds: SalesBounds) -> CoSellingSteps:
    """What is asked of the calls that an ASM logged on so many days, CAL-4."""
    calls, days = Quantity("calls"), quantity(bounds.co_selling_days, "day")
    fewest, aim, most = bounds.co_selling_fewest, bounds.co_selling_aim, bounds.co_selling_aim_most
    return CoSellingSteps(
        Step(
            "CAL-4",
            "minimum",
            f"{quantity(fewest, 'co-selling call')} or more were logged in {days}",
            calls >= fewest,
            CO_SELLING,
        ),
        Step("CAL-4", "aim", f"They are as many as are aimed at, {aim} to {most}, or more", calls >= aim, CO_SELLING),
    )


def sales_steps(bounds: SalesBounds) -> tuple[Step, ...]:
    """All of them, in the order of their rules."""
    by_rule: tuple[Iterable[Step], ...] = (
        lead_steps(bounds),
        (top_places_step(bounds),),
        calendar_steps(bounds),
        close_date_steps(bounds),
        co_selling_steps(bounds),
    )
    # The rules of the calendar are told in the order of their numbers.
    return tuple(sorted(chain(*by_rule), key=lambda step: (step.rule[:3] == "CAL", step.rule)))


def by_key(steps: Iterable[Step]) -> dict[str, Step]:
    """Steps by their keys."""
    return {step.key: step for step in steps}
