"""Who takes an inbound request to Support (OPP-6): a case in the address. Nothing is recorded."""

from dataclasses import replace
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, create_model

from service.domain.calendar import Weekday
from service.domain.keys import Scope
from service.domain.triage import RequestTaker, Triage, triage
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.common.sales_work import HoursRequest, TriageRequest
from service.entrypoints.console.clauses import plain_clause
from service.entrypoints.console.fields import (
    Typed,
    elsewhere,
    fields_of,
    moved_errors,
    read,
    stated,
    with_instants,
    wrong_of,
)
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import value_of_fact

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/support-requests"
_HOURS = "support_hours"
_OF_HOURS = ("time_zone", "from", "until")
_DAYS = dict(zip(Weekday, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
_NAMES = (*(name for name in TriageRequest.model_fields if name != _HOURS), *_OF_HOURS, *_DAYS)
_FIELDS: dict[str, Any] = {f"field_{place}": (str, Field("", alias=name)) for place, name in enumerate(_NAMES)}
Case: type[BaseModel] = create_model("Case", __doc__="What the address says of a request to Support.", **_FIELDS)
_TAKERS = {
    RequestTaker.SUPPORT: "Support takes it",
    RequestTaker.SALES_OWNER: "The sales owner takes it",
    RequestTaker.SMB_TEAM: "The SMB team takes it",
}
_FACTS = {
    "customer": "it comes from a customer",
    "net_arr_affected": "Net ARR is affected",
    "needs_sales_manager": "a sales manager has to approve",
    "received_at": "when it came",
    "breaches_at": "when it breaches what Support promises",
    "support_hours": "when Support is at work",
    "in_support_hours": "Support is at work",
    "breaches_before_support": "it would breach before Support is back",
}


@router.get(PATH)
def triage_request(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[Case, Query()]
) -> Response:
    """The form of a request, and who takes it by what the address says of it."""
    context, typed = context_of(request), asked.model_dump(by_alias=True)
    found, problem = None, None
    try:
        found = triage(_read(typed, context.zone).inbound()) if any(typed.values()) else None
    except ProblemError as error:
        problem = moved_errors(error, {f"/{_HOURS}/{name}": name for name in (*_OF_HOURS, "days")})
    fields = fields_of(TriageRequest, typed, problem, without=(_HOURS,))
    # Of the hours nothing need be known; what is stated of them is stated whole, which reading it sees to.
    hours = [replace(each, required=False) for each in fields_of(HoursRequest, typed, problem, without=("days",))]
    view = {
        "path": PATH,
        "fields": fields,
        "hours": hours,
        "days": [(day.value, text, typed[day] != "") for day, text in _DAYS.items()],
        "wrong_days": wrong_of(problem).get("days", ""),
        "wrong": [text for text in elsewhere(problem, [*fields, *hours]) if text != wrong_of(problem).get("days")],
        "told": None if found is None else _told(found, context),
    }
    return page(request, "support_requests.html", "Requests to Support", view, 422 if problem else 200)


def _read(typed: Typed, zone: tzinfo) -> TriageRequest:
    """The request; its hours are stated where any of them is."""
    days = [day.value for day in Weekday if typed[day]]
    hours = stated(HoursRequest, {name: typed[name] for name in _OF_HOURS})
    known: dict[str, object] = {_HOURS: hours | {"days": days}} if hours or days else {}
    return read(TriageRequest, with_instants(TriageRequest, typed, zone), **known)


def _told(found: Triage, context: ApiContext) -> dict[str, object]:
    return {
        "who": "Not known" if found.taken_by is None else _TAKERS[found.taken_by],
        "for_owner": found.for_sales_owner is True and found.taken_by is not RequestTaker.SALES_OWNER,
        "back": None if found.support_back_at is None else at_instant(found.support_back_at, context.zone),
        "missing": [_FACTS[name] for name in found.missing_facts],
        "clauses": [plain_clause(each, _FACTS.__getitem__, value_of_fact) for each in found.explanation],
    }
