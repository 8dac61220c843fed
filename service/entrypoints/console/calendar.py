"""The forecast calendar, month by month (CAL-1, CAL-3); which close date an opportunity has (CAL-2); and the feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from service.domain.calendar import month_end, next_month
from service.domain.close_date import Closing, Reminder, day_asked, decide_close_date
from service.domain.close_date_words import CONVENTIONS, standing_of
from service.domain.fields import Day
from service.domain.forecast_calendar import Entry, EntryCode, entries
from service.domain.keys import Scope
from service.domain.policies import Policies
from service.domain.terms import OpportunityKind
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.console.clauses import plain_clause
from service.entrypoints.console.pages import PageRoute, page, query
from service.entrypoints.console.times import When, instant_typed, month_words, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import value_of_fact
from service.store.policies import current_policies

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/calendar"
_DAY = timedelta(days=1)
_TO_THE_MONTH = len("YYYY-MM")
_CODES = {
    EntryCode.RED_GREEN_MEETING: "Red/Green meetings",
    EntryCode.LAST_WORK_DAY: "Last work days",
    EntryCode.FORECAST_UPDATE: "Forecast updates",
    EntryCode.QUARTER_CHANGEOVER: "Quarter changeovers",
}
_KINDS = {
    OpportunityKind.NEW_BUSINESS: "New business",
    OpportunityKind.GROWTH: "Growth",
    OpportunityKind.RENEWAL: "Renewal",
}
_FACTS = {
    "kind": "kind",
    "quote_out": "a quote is out",
    "compelling_event": "a compelling event",
    "closing_on": "the closing month",
    "signing_expected_on": "the expected signing day",
    "set_at": "when it became the first day of a month",
    "today": "the time of day that is asked about",
    "days_past_signing": "days since the expected signing day",
    "signing_weekday": "its day of the week, from Monday",
    "days_past_friday": "days since that Friday",
    "days_past_closing_month": "days since the end of the closing month",
    "hours_since_set": "hours since it was set",
}


def _month(value: object) -> object:
    return f"{value}-01" if isinstance(value, str) and len(value) == _TO_THE_MONTH else value


def _first(value: date) -> date:
    return value.replace(day=1)


def _local(value: object) -> datetime:
    try:
        return datetime.strptime(str(value)[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the zone is the organisation's
    except ValueError:
        raise PydanticCustomError("time_form", "A time is written 2022-03-15T09:30") from None


class Asked(BaseModel):
    """The month that is looked at, what of it, and what is known of an opportunity. The address holds all of it."""

    month: Annotated[Day | None, BeforeValidator(_month), AfterValidator(lambda day: day and _first(day))] = None
    kind: list[EntryCode] = Field(default_factory=list)
    opportunity: OpportunityKind | None = None
    closing_on: Day | None = None
    compelling_event: bool | None = None
    quote_out: bool | None = None
    signing_expected_on: Day | None = None
    set_at: Annotated[datetime, BeforeValidator(_local)] | None = None
    today: Day | None = None


@dataclass(frozen=True, slots=True)
class DayView:
    """A day with what is on it."""

    day: When
    weekday: str
    is_today: bool
    entries: Sequence[tuple[str, str, str]]


@router.get(PATH)
def get_calendar(
    request: Request,
    _: Annotated[Visitor, Depends(Needs(Scope.READ, Scope.CALENDAR))],
    asked: Annotated[Asked, Query()],
) -> Response:
    """A month by its weeks, the form of a close date with what it comes to, and how to subscribe."""
    context = context_of(request)
    first = asked.month or _first(context.today())
    policies = current_policies(context.database.engine)
    found = entries(first, month_end(first), policies.bounds_on, asked.kind)
    case = {name: value for name, value in asked.model_dump(exclude={"month", "kind"}).items() if value is not None}
    view = {
        "path": PATH,
        "month": month_words(first),
        "asked_month": first.isoformat()[:_TO_THE_MONTH] if asked.month else "",
        "kinds": [(code.value, text, code in asked.kind) for code, text in _CODES.items()],
        "before": "" if first == date.min else _link(first - _DAY, asked),
        "after": "" if next_month(first) == date.max else _link(next_month(first), asked),
        "now": _link(context.today(), asked),
        "weeks": _weeks(found, context.today()),
        "opportunities": [(kind.value, text, kind is asked.opportunity) for kind, text in _KINDS.items()],
        "case": {name: _text(value) for name, value in case.items()},
        "answer": _answer(asked, context, policies) if case else None,
    }
    return page(request, "calendar.html", "Calendar", view)


def _link(day: date, asked: Asked) -> str:
    return query(PATH, month=day.isoformat()[:_TO_THE_MONTH], kind=[each.value for each in asked.kind])


def _weeks(found: Sequence[Entry], today: date) -> list[list[DayView]]:
    days = [_day(day, list(on_it), today) for day, on_it in groupby(found, key=lambda each: each.on)]
    return [
        list(week) for _, week in groupby(days, key=lambda each: date.fromisoformat(each.day.stamp).isocalendar()[:2])
    ]


def _day(day: date, on_it: Sequence[Entry], today: date) -> DayView:
    told = [("" if each.at is None else f"{each.at:%H:%M}", each.text, each.rule) for each in on_it]
    return DayView(on_day(day), f"{day:%A}", day == today, told)


def _instant(typed: datetime, zone: tzinfo) -> datetime:
    at = instant_typed(typed.isoformat(), zone)
    if at is None:
        raise invalid_request([FieldError("set_at", "There is no such time on that day: clocks are put forward")])
    return at


def _answer(asked: Asked, context: ApiContext, policies: Policies) -> dict[str, object]:
    """The close date, or what is missing; what of it that was set later than it is asked about, is refused."""
    case = Closing(
        kind=asked.opportunity,
        closing_on=asked.closing_on,
        compelling_event=asked.compelling_event,
        quote_out=asked.quote_out,
        signing_expected_on=asked.signing_expected_on,
        set_at=None if asked.set_at is None else _instant(asked.set_at, context.zone),
    )
    asked_at = asked.today or context.now()
    found = decide_close_date(case, asked_at, context.zone, policies.bounds_on(day_asked(asked_at, context.zone)))
    return {
        "day": None if found.close_date is None else on_day(found.close_date),
        "goes_by": "" if found.convention is None else CONVENTIONS[found.convention],
        "standing": standing_of(found, context.zone),
        "missing": [_FACTS[fact] for fact in found.missing_facts],
        "clauses": [plain_clause(each, _FACTS.__getitem__, value_of_fact) for each in found.explanation],
        "actions": _texts(found.actions),
        "advice": _texts(found.advice),
    }


def _texts(reminders: Sequence[Reminder]) -> list[str]:
    return [each.text for each in reminders]


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M}"
        case _:
            return str(value)
