"""Subscribers: who gets recorded decisions, and the secrets that their messages are signed with."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from starlette.concurrency import run_in_threadpool

from service.delivery.addresses import LONGEST_URL, AddressRefusedError
from service.domain.decision import Kind
from service.domain.fields import Frozen, Line
from service.domain.subscriptions import Interest, MessageType, Target
from service.domain.terms import Team
from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of, idempotency
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, ProblemError, known
from service.entrypoints.views.decisions import DecisionBody
from service.entrypoints.views.subscribers import (
    SubscriberBody,
    SubscriberPage,
    SubscriberWithSecretBody,
    render_subscriber,
    render_subscriber_with_secret,
)
from service.store.delivery.subscribers import find_subscriber, page_of_subscribers
from service.usecases.subscribe import Signed

router = APIRouter(route_class=CheckedRoute, tags=["Subscribers"])
_PLAIN = answer_about(render_subscriber, "/v1/subscribers")
_WITHOUT_SECRET = answer_about(partial(render_subscriber_with_secret, secret=None), "/v1/subscribers")
"""What is remembered of an answer that shows a secret."""
SubscriberId = Annotated[UUID, Path(description="The subscriber's identifier.")]


if TYPE_CHECKING:
    DecisionField: TypeAlias = str
else:
    # What there is of a decision to choose from: the fields of the shape that the API answers.
    DecisionField = Literal[tuple(DecisionBody.__annotations__)]


class SubscriptionRequest(Frozen):
    """Who is to get recorded decisions, which of them, and what of each."""

    name: Line = Field(description="What people call the subscriber.")
    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)] | None = Field(
        None, description="Where decisions are posted: https, to a public address. Absent for Salesforce."
    )
    types: Annotated[tuple[MessageType, ...], Field(max_length=16)] = Field(
        (), description="The types of message (`webhooks`); empty is decisions, and no notices."
    )
    kinds: Annotated[tuple[Kind, ...], Field(max_length=16)] = Field(
        (), description="The kinds of decision; empty is all."
    )
    teams: Annotated[tuple[Team, ...], Field(max_length=16)] = Field(
        (), description="The teams that a decision may name; empty is any, and none."
    )
    fields: Annotated[tuple[DecisionField, ...], Field(max_length=64)] = Field(
        (), description="The fields of a decision, beside `id` and `account_id`; empty is all."
    )
    target: Target = Field(
        Target.WEBHOOK, description="A webhook, or the accounts of the Salesforce organization that the settings name."
    )

    @model_validator(mode="after")
    def _of_its_target(self) -> Self:
        if self.target is Target.WEBHOOK and self.url is None:
            raise PydanticCustomError("target", "A webhook has a url")
        if self.target is Target.SALESFORCE and (self.url is not None or self.fields or self.types):
            raise PydanticCustomError(
                "target", "Salesforce has neither a url nor fields nor types here: the settings name them"
            )
        return self

    def interest(self) -> Interest:
        """What the subscriber wants, each thing once."""
        lists = {name: _once(getattr(self, name)) for name in ("types", "kinds", "teams", "fields")}
        return Interest(target=self.target, **lists)


class RotationRequest(Frozen):
    """A new secret for a subscriber."""

    overlap_hours: int = Field(
        24, ge=0, le=24 * 30, description="How many hours messages are signed with the old secret too."
    )


def _once(stated: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(stated))


def _shown(signed: Signed, status: int) -> Response:
    """The answer, with the secret where it is shown for the first and only time."""
    made = signed.acted.made
    if made is None:
        return answer_of(signed.acted, status)
    return answer_of(signed.acted, status, to_json(render_subscriber_with_secret(made, signed.secret)))


@router.post(
    "/v1/subscribers",
    summary="Subscribe to recorded decisions",
    status_code=201,
    responses=answers(
        201, "The subscriber, with its signing secret.", as_json(SubscriberWithSecretBody, "subscriber_with_secret")
    ),
    openapi_extra=takes(as_json(SubscriptionRequest, "subscription_request")),
)
async def subscribe(request: Request, caller: Administrator, idempotency_key: IdempotencyHeader = None) -> Response:
    """Has each decision recorded from now on posted to a URL, signed as Standard Webhooks says.

    The secret is shown in this answer alone: the answer that an idempotency key gives again is without it. Where it was
    lost, rotate it.
    """
    asked, key = await read_request(SubscriptionRequest, request, caller, idempotency_key)
    office = context_of(request).subscribers
    try:
        signed = await run_in_threadpool(
            office.subscribe, asked.name, asked.url, asked.interest(), caller.asked, key, _WITHOUT_SECRET
        )
    except AddressRefusedError as error:
        raise ProblemError(error.code, str(error), [FieldError("/url", str(error))]) from None
    return _shown(signed, 201)


@router.get(
    "/v1/subscribers",
    summary="List subscribers",
    responses=answers(200, "A page of subscribers.", as_json(SubscriberPage, "subscriber_page"), NEXT_PAGE),
)
def list_subscribers(request: Request, _: Administrator, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Newest first, those that are disabled or ended among them, with the reason."""
    engine = context_of(request).database.engine
    found = page_of_subscribers(engine, limit=limit + 1, before=position(cursor))
    body = SubscriberPage(items=[render_subscriber(one) for one in found[:limit]])
    return page(request, body, [one.id for one in found], limit)


@router.get(
    "/v1/subscribers/{subscriber_id}",
    summary="Get a subscriber",
    responses=answers(200, "The subscriber.", as_json(SubscriberBody, "subscriber")),
)
def get_subscriber(request: Request, _: Administrator, subscriber_id: SubscriberId) -> Response:
    """What a subscriber gets, and whether it accepts it. Its secret is never shown again."""
    found = find_subscriber(context_of(request).database.engine, subscriber_id)
    return JsonResponse(render_subscriber(known(found, "subscriber", subscriber_id)))


@router.delete(
    "/v1/subscribers/{subscriber_id}",
    summary="End a subscription",
    responses=answers(200, "The subscriber, ended.", as_json(SubscriberBody, "subscriber")),
)
def end_subscription(request: Request, caller: Administrator, subscriber_id: SubscriberId) -> Response:
    """Sends nothing more, gives up what is pending, and forgets the secret. The deliveries stay listed."""
    ended = context_of(request).subscribers.end(subscriber_id, caller.asked)
    return JsonResponse(render_subscriber(known(ended, "subscriber", subscriber_id)))


@router.post(
    "/v1/subscribers/{subscriber_id}/secret-rotation",
    summary="Rotate a signing secret",
    responses=answers(
        200, "The subscriber, with its new signing secret.", as_json(SubscriberWithSecretBody, "subscriber_with_secret")
    ),
    openapi_extra=takes(as_json(RotationRequest, "rotation_request")),
)
async def rotate_secret(
    request: Request, caller: Administrator, subscriber_id: SubscriberId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Makes a new secret, shown in this answer alone; for the overlap, messages are signed with the old one too."""
    asked, key = await read_request(RotationRequest, request, caller, idempotency_key)
    overlap = timedelta(hours=asked.overlap_hours)
    office = context_of(request).subscribers
    rotated = await run_in_threadpool(office.rotate, subscriber_id, overlap, caller.asked, key, _WITHOUT_SECRET)
    return _shown(rotated, 200)


@router.post(
    "/v1/subscribers/{subscriber_id}/enabling",
    summary="Enable a subscriber again",
    responses=answers(200, "The subscriber, enabled.", as_json(SubscriberBody, "subscriber")),
)
def enable_subscriber(
    request: Request, caller: Administrator, subscriber_id: SubscriberId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Sends what is pending, at once, and each decision from now on; none of those recorded while it was disabled."""
    key = idempotency(request, caller, idempotency_key, b"")
    return answer_of(context_of(request).subscribers.enable(subscriber_id, caller.asked, key, _PLAIN), 200)
