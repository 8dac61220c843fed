"""Whether the service runs well, what waits in it, and where to see to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.keys import Scope
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.console.pages import PageRoute, page, query
from service.entrypoints.console.times import how_long
from service.entrypoints.console.visitors import Needs, Visitor
from service.store.delivery.deliveries import Backlog, backlog
from service.store.delivery.outbox import oldest_waiting
from service.store.errors import StoreError
from service.store.events import open_events

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PLACES = (
    ("/console/events", "Events", "What CRMs sent, and what became of it", Scope.READ),
    ("/console/deliveries", "Deliveries", "What was sent to subscribers, attempt by attempt", Scope.ADMIN),
    ("/console/subscribers", "Subscribers", "Who gets recorded decisions", Scope.ADMIN),
    ("/console/keys", "Keys", "Who may do what", Scope.ADMIN),
    ("/console/changeovers", "Quarter changeovers", "Tried, run, and how far they are", Scope.ADMIN),
    ("/console/people", "People", "Who sells, in which team, and since when", Scope.READ),
    ("/console/audit", "Audit", "The ledger, acts of administration, and verifying a receipt", Scope.AUDIT),
    ("/console/conduct", "Conduct", "Moves that were ignored, and deduplications", Scope.CONDUCT),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits: how much of it, since when, and the list of it."""

    text: str
    count: int
    oldest: str
    path: str


@router.get("/console/operations")
async def get_operations(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))]) -> Response:
    """Whether the service can record, what waits, and the places that go with it."""
    context = context_of(request)
    problem = "It is about to stop" if context.readiness.leaving else ""
    try:
        await context.readiness.check()
    except StoreError as error:
        problem = str(error)
    view = {
        "problem": problem,
        "waiting": await run_in_threadpool(_waiting, context, visitor),
        "places": [
            (path, title, says, scope, scope in visitor.scopes)
            for path, title, says, scope in _PLACES
            if scope is not Scope.CONDUCT or scope in visitor.scopes
        ],
    }
    return page(request, "operations.html", "Operations", view)


def _waiting(context: ApiContext, visitor: Visitor) -> Sequence[Waiting]:
    engine = context.database.engine
    may_see = Scope.ADMIN in visitor.scopes
    found, oldest = backlog(engine), oldest_waiting(engine)
    rows = [
        Waiting("Decisions that are yet to be handed to subscribers", found.waiting, _age(context, oldest), ""),
        Waiting(
            "Deliveries that subscribers have not accepted yet",
            found.pending,
            _age(context, found.oldest_pending_at),
            query("/console/deliveries", status="pending") if may_see else "",
        ),
        *(
            Waiting(
                f"Events from {source} that {'wait' if status == 'waiting' else 'were rejected'}",
                count,
                _age(context, since),
                query("/console/events", status=status, source=source),
            )
            for source, status, count, since in open_events(engine)
        ),
    ]
    return [each for each in [*rows, *_subscribers(found, may_see=may_see)] if each.count]


def _subscribers(found: Backlog, *, may_see: bool) -> list[Waiting]:
    path = "/console/subscribers" if may_see else ""
    disabled = sum(count for status, count in found.subscribers.items() if status == "disabled")
    return [Waiting("Subscribers that are disabled", disabled, "", path)]


def _age(context: ApiContext, since: datetime | None) -> str:
    return "" if since is None else how_long(context.now() - since)
