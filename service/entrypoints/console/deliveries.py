"""Deliveries to subscribers: what became of each, attempt by attempt, and sending it again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from service.domain.fields import AccountId
from service.domain.keys import Scope
from service.domain.subscriptions import DeliveryStatus
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import known
from service.entrypoints.console.acting import leading_to, once_key, once_of
from service.entrypoints.console.facets import asked_pairs, path_with
from service.entrypoints.console.pages import PageRoute, page, see, segment
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.store.delivery.deliveries import Delivery, find_delivery, page_of_deliveries
from service.store.delivery.subscribers import page_of_subscribers
from service.store.once import Answer

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/deliveries"
_ON_A_PAGE, _MOST_SUBSCRIBERS = 50, 200
_STATUSES = {
    DeliveryStatus.PENDING: "On its way",
    DeliveryStatus.DELIVERED: "Delivered",
    DeliveryStatus.GIVEN_UP: "Given up",
}


class DeliveriesAsked(BaseModel):
    """Which deliveries to list."""

    subscriber_id: UUID | None = None
    status: DeliveryStatus | None = None
    account_id: AccountId | None = None
    cursor: Cursor = None


@router.get(_PATH)
def list_deliveries(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], asked: Annotated[DeliveriesAsked, Query()]
) -> Response:
    """Deliveries, newest first."""
    context, pairs = context_of(request), asked_pairs(request)
    engine = context.database.engine
    wanted = asked.model_dump(exclude={"cursor"})
    found = page_of_deliveries(engine, limit=_ON_A_PAGE + 1, before=position(asked.cursor), **wanted)
    shown, names = found[:_ON_A_PAGE], _names(context)
    view = {
        "path": _PATH,
        "deliveries": [_row(each, context, names) for each in shown],
        "statuses": [(each.value, says) for each, says in _STATUSES.items()],
        "subscribers": [(str(each), name) for each, name in names.items()],
        "asked": {name: str(value) for name, value in wanted.items() if value is not None},
        "next": path_with(_PATH, [*pairs, ("cursor", next_cursor(shown[-1].id))]) if len(found) > _ON_A_PAGE else "",
        "first": path_with(_PATH, pairs) if asked.cursor else "",
    }
    return page(request, "deliveries.html", "Deliveries", view)


def _names(context: ApiContext) -> dict[UUID, str]:
    return {each.id: each.name for each in page_of_subscribers(context.database.engine, limit=_MOST_SUBSCRIBERS)}


def _row(delivery: Delivery, context: ApiContext, names: dict[UUID, str]) -> dict[str, object]:
    decided, of_none = delivery.type.startswith("decision."), delivery.type.startswith(("lead.", "ledger."))
    return {
        "path": f"{_PATH}/{delivery.id}",
        "id": str(delivery.id),
        "at": at_instant(delivery.created_at, context.zone),
        "type": delivery.type.value,
        "subscriber": names.get(delivery.subscriber_id, str(delivery.subscriber_id)),
        "subscriber_path": f"/console/subscribers/{delivery.subscriber_id}",
        "account_id": delivery.account_id,
        # A lead's notice may be in the order of the lead, and a checkpoint is in the ledger's: they have no page.
        "account_path": "" if of_none else f"/console/accounts/{segment(delivery.account_id)}",
        "decision_path": f"/console/decisions/{delivery.decision_id}" if decided else "",
        "status": _STATUSES[delivery.status],
        "attempts": delivery.attempts,
        "next_at": None if delivery.next_at is None else at_instant(delivery.next_at, context.zone),
        "settled": None if delivery.settled_at is None else at_instant(delivery.settled_at, context.zone),
    }


@router.get(f"{_PATH}/{{delivery_id}}")
def get_delivery(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], delivery_id: UUID) -> Response:
    """A delivery with each attempt at it."""
    context = context_of(request)
    delivery, made = known(find_delivery(context.database.engine, delivery_id), "delivery", delivery_id)
    view = _row(delivery, context, _names(context)) | {
        "made": [
            {
                "at": at_instant(each.at, context.zone),
                "outcome": each.outcome.replace("_", " "),
                "http_status": "" if each.http_status is None else str(each.http_status),
                "detail": each.detail or "",
                "took": f"{each.took:.1f} seconds",
            }
            for each in made
        ],
        "is_settled": delivery.status is not DeliveryStatus.PENDING,
        "once": once_of(request, {}),
    }
    return page(request, "delivery.html", "Delivery", view)


@router.post(f"{_PATH}/{{delivery_id}}/resending")
def resend_delivery(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], delivery_id: UUID
) -> Response:
    """Send a delivery again."""
    done = context_of(request).subscribers.resend(delivery_id, once_key(request, visitor), _told)
    return see(done.answer.reference)


def _told(delivery: Delivery) -> Answer:
    return leading_to(f"{_PATH}/{delivery.id}")
