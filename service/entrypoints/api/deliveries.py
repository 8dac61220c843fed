"""Deliveries to subscribers: what became of each, attempt by attempt, and sending it again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from service.domain.fields import AccountId
from service.domain.subscriptions import DeliveryStatus
from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of, idempotency
from service.entrypoints.common.context import context_of
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.views.subscribers import (
    DeliveryBody,
    DeliveryPage,
    DeliveryWithAttemptsBody,
    render_delivery,
    render_delivery_with_attempts,
)
from service.store.delivery.deliveries import find_delivery, page_of_deliveries

router = APIRouter(route_class=CheckedRoute, tags=["Subscribers"])
_ANSWER = answer_about(render_delivery, "/v1/deliveries")
DeliveryId = Annotated[UUID, Path(description="The delivery's identifier: the `webhook-id` of its message.")]


@router.get(
    "/v1/deliveries",
    summary="List deliveries",
    responses=answers(200, "A page of deliveries.", as_json(DeliveryPage, "delivery_page"), NEXT_PAGE),
)
def list_deliveries(
    request: Request,
    _: Administrator,
    subscriber_id: Annotated[UUID | None, Query(description="Deliveries to this subscriber.")] = None,
    status: Annotated[DeliveryStatus | None, Query(description="Where the delivery stands.")] = None,
    account_id: Annotated[AccountId | None, Query(description="Deliveries about this account.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Newest first; with `status=given_up`, what was not accepted for three days and can be sent again.

    What was settled long ago is removed where `CHALKLINE_DELIVERY_RETENTION_DAYS` is set.
    """
    found = page_of_deliveries(
        context_of(request).database.engine,
        limit=limit + 1,
        subscriber_id=subscriber_id,
        status=status,
        account_id=account_id,
        before=position(cursor),
    )
    body = DeliveryPage(items=[render_delivery(one) for one in found[:limit]])
    return page(request, body, [one.id for one in found], limit)


@router.get(
    "/v1/deliveries/{delivery_id}",
    summary="Get a delivery",
    responses=answers(200, "The delivery.", as_json(DeliveryWithAttemptsBody, "delivery_with_attempts")),
)
def get_delivery(request: Request, _: Administrator, delivery_id: DeliveryId) -> Response:
    """A delivery with each attempt at it: when, what was answered, and how long that took."""
    found = known(find_delivery(context_of(request).database.engine, delivery_id), "delivery", delivery_id)
    return JsonResponse(render_delivery_with_attempts(*found))


@router.post(
    "/v1/deliveries/{delivery_id}/resending",
    summary="Send a delivery again",
    status_code=202,
    responses=answers(202, "It is on its way.", as_json(DeliveryBody, "delivery_pending")),
)
def resend_delivery(
    request: Request, caller: Administrator, delivery_id: DeliveryId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Sends a delivery that was delivered or given up again: the same message, under the same `webhook-id`.

    Into Salesforce goes where the account stands now. It goes out at once, beside what is under way of its account;
    what comes after waits for it.
    """
    key = idempotency(request, caller, idempotency_key, b"")
    return answer_of(context_of(request).subscribers.resend(delivery_id, key, _ANSWER), 202)
