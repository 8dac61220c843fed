"""Handoffs: a table, and a board by the week in which they are due, with how many each account executive has."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import HandoffStatus
from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, Limit, next_cursor, position
from service.entrypoints.common.queues import HandoffWanted
from service.entrypoints.console.facets import Chip, Facet, Item, Pairs, asked_pairs, path_with
from service.entrypoints.console.handoff_words import FILTERS, HANDOFF_STATUSES, late_words, receiver_words
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.times import on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.store.handoffs import HandoffFilter, count_handoffs, handoffs_by_due_day, page_of_handoffs
from service.usecases.people import sellers_on

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/handoffs"
_MOST_OF_A_FACET, _MOST_ON_THE_BOARD = 12, 200
_OVERDUE, _IN_TOUCH = "Overdue", "In touch already"


class HandoffsAsked(HandoffWanted):
    """Which handoffs to list, and how."""

    view: Literal["table", "board"] = Field("table", description="As a table, or by the week in which they are due.")
    limit: Limit = 50
    cursor: Cursor = None


@router.get(PATH)
def list_handoffs(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[HandoffsAsked, Query()]
) -> Response:
    """A page of handoffs, newest first, or those under way by the week in which they are due."""
    context, pairs = context_of(request), asked_pairs(request)
    engine, today = context.database.engine, context.today()
    wanted = asked.wanted(context, today)
    is_board = asked.view == "board"
    found = [] if is_board else page_of_handoffs(engine, wanted, limit=asked.limit + 1, before=position(asked.cursor))
    more = next_cursor(found[asked.limit - 1].handoff.terms.id) if len(found) > asked.limit else ""
    others = [each for each in pairs if each[0] != "view"]
    view = {
        "handoffs": [_row(each, today) for each in found[: asked.limit]],
        "weeks": _weeks(context, wanted, today) if is_board else [],
        "is_board": is_board,
        "most": _MOST_ON_THE_BOARD,
        "total": sum(each["count"] for each in count_handoffs(engine, wanted, ["status"])),
        "facets": _facets(context, asked, pairs, today),
        "chips": [
            Chip(FILTERS[name], _words(name, value), path_with(PATH, [one for one in pairs if one != (name, value)]))
            for name, value in dict.fromkeys(pairs)
            if name != "view"
        ],
        "pairs": [each for each in pairs if each[0] != "account_executive"],
        "account_executive": asked.account_executive or "",
        "table": path_with(PATH, others),
        "board": path_with(PATH, [*others, ("view", "board")]),
        "next": path_with(PATH, [*pairs, ("cursor", more)]) if more else "",
        "first": path_with(PATH, pairs) if asked.cursor else "",
    }
    return page(request, "handoffs.html", "Handoffs", view)


def _row(recorded: RecordedHandoff, today: date) -> dict[str, object]:
    handoff, terms = recorded.handoff, recorded.handoff.terms
    required = handoff.required_items
    return {
        "path": f"{PATH}/{segment(terms.id)}",
        "name": terms.account_name or terms.account_id,
        "opportunity": terms.opportunity_id,
        "from": terms.first_order_ae,
        "to": handoff.named_ae or "not known",
        "receiver": receiver_words(handoff.receiver),
        "due": on_day(terms.due_on),
        "late": late_words(handoff, today),
        "in_touch": None if handoff.two_way_on is None else on_day(handoff.two_way_on),
        "status": HANDOFF_STATUSES[handoff.status],
        "done": len([each for each in required if each.name in handoff.ticks]),
        "items": len(required),
    }


def _weeks(context: ApiContext, wanted: HandoffFilter, today: date) -> list[dict[str, object]]:
    """Those under way: overdue ones, then week by week, then those whose AEs are in touch with the customer."""
    running = [HandoffStatus.OPEN.value, HandoffStatus.ESCALATED.value]
    asked = [each for each in running if wanted.status in {None, each}]
    engine, most = context.database.engine, _MOST_ON_THE_BOARD
    found = [each for status in asked for each in handoffs_by_due_day(engine, replace(wanted, status=status), most + 1)]
    columns: dict[str, list[RecordedHandoff]] = {}
    for each in sorted(found, key=lambda each: each.handoff.terms.due_on)[:most]:
        columns.setdefault(_column(each, today), []).append(each)
    titles = [title for title in columns if title not in {_OVERDUE, _IN_TOUCH}]
    return [
        {
            "title": title,
            "handoffs": [_row(each, today) for each in columns[title]],
        }
        for title in (_OVERDUE, *titles, _IN_TOUCH)
        if title in columns
    ]


def _column(recorded: RecordedHandoff, today: date) -> str:
    handoff = recorded.handoff
    if handoff.is_overdue(today):
        return _OVERDUE
    if handoff.two_way_on is not None:
        return _IN_TOUCH
    due = handoff.terms.due_on
    monday = due - timedelta(days=due.weekday())
    return f"Week of {on_day(monday).text}"


def _facets(context: ApiContext, asked: HandoffsAsked, pairs: Pairs, today: date) -> list[Facet]:
    engine, whose = context.database.engine, sellers_on(context.database, today).whose

    def count(name: str, by: str) -> list[tuple[str, int]]:
        wider = asked.model_copy(update={name: None}).wanted(context, today)
        return [(each[by] or "", each["count"]) for each in count_handoffs(engine, wider, [by], whose)]

    late = replace(asked.model_copy(update={"overdue": None}).wanted(context, today), due_before=today, due_from=None)
    overdue = sum(each["count"] for each in count_handoffs(engine, late, ["status"]))
    return [
        _facet("Status", "status", pairs, count("status", "status")),
        _facet("Receiver", "receiver", pairs, count("receiver", "receiver")),
        _facet("Overdue", "overdue", pairs, [("true", overdue)] if overdue else []),
        _facet("First Order AE", "account_executive", pairs, count("account_executive", "first_order_ae")),
        _facet("AE who takes over", "account_executive", pairs, count("account_executive", "named_ae")),
    ]


def _facet(title: str, name: str, pairs: Pairs, counted: Sequence[tuple[str, int]]) -> Facet:
    others = [each for each in pairs if each[0] != name]
    items = [
        Item(
            _words(name, value),
            count,
            path_with(PATH, others if (name, value) in pairs else [*others, (name, value)]) if value else "",
            (name, value) in pairs,
        )
        for value, count in counted[:_MOST_OF_A_FACET]
    ]
    return Facet(title, items, max([each.count for each in items], default=0))


def _words(name: str, value: str) -> str:
    match name:
        case "status" if value in set(HandoffStatus):
            return HANDOFF_STATUSES[HandoffStatus(value)].text
        case "receiver":
            return receiver_words(Team(value) if value in set(Team) else None)
        case "overdue":
            return "Yes" if value == "true" else "No"
        case _:
            return value or "Not known"
