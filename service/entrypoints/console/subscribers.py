"""Subscribers: who gets recorded decisions, their secrets, and whether anything is sent to them."""

from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.delivery.addresses import LONGEST_URL, AddressRefusedError
from service.domain.decision import Kind
from service.domain.fields import Line
from service.domain.keys import Scope
from service.domain.subscriptions import Interest, MessageType, SubscriberStatus, Target
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, known
from service.entrypoints.console.acting import act, form_view, leading_to, once_key, once_of
from service.entrypoints.console.fields import Typed, read_form
from service.entrypoints.console.pages import PageRoute, page, query, see
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import KINDS, team_words
from service.store.delivery.subscribers import Subscriber, find_subscriber, page_of_subscribers
from service.store.once import Answer
from service.usecases.subscribe import Signed

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/subscribers"
_ON_A_PAGE = 50
_STATUSES = {
    SubscriberStatus.ENABLED: "Enabled",
    SubscriberStatus.DISABLED: "Disabled",
    SubscriberStatus.ENDED: "Ended",
}
_MOST_HOURS = 24 * 30


class Listed(BaseModel):
    """From where on subscribers are listed."""

    cursor: Cursor = None


class SubscriptionForm(BaseModel):
    """Who is to get recorded decisions; what of them stands in boxes that are ticked."""

    name: Line = Field(description="The subscriber's name.")
    target: Target = Field(Target.WEBHOOK, description="Where it goes: to a URL, or into the accounts of Salesforce.")
    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)] | None = Field(
        None, description="Of a webhook: https, of a public address."
    )


class RotationForm(BaseModel):
    """A new secret."""

    overlap_hours: int = Field(24, ge=0, le=_MOST_HOURS, description="For so many the old one signs too.")


def _told(subscriber: Subscriber) -> Answer:
    return leading_to(f"{_PATH}/{subscriber.id}")


def _view(found: Subscriber, request: Request) -> dict[str, object]:
    zone, interest = context_of(request).zone, found.interest
    return {
        "path": f"{_PATH}/{found.id}",
        "name": found.name,
        "url": found.url,
        "target": found.interest.target.value,
        "status": _STATUSES[found.status],
        "types": [each.value for each in interest.types],
        "kinds": [KINDS[each] for each in interest.kinds],
        "teams": [team_words(each) for each in interest.teams],
        "fields": interest.fields,
        "by": found.created_by,
        "at": at_instant(found.created_at, zone),
        "failing": None if found.failing_since is None else at_instant(found.failing_since, zone),
        "paused": None if found.paused_until is None else at_instant(found.paused_until, zone),
        "disabled": None if found.disabled_at is None else at_instant(found.disabled_at, zone),
        "disabled_reason": found.disabled_reason or "",
        "previous": None if found.previous_secret_until is None else at_instant(found.previous_secret_until, zone),
        "is_enabled": found.status is SubscriberStatus.ENABLED,
        "is_ended": found.status is SubscriberStatus.ENDED,
        "is_signed": interest.target is Target.WEBHOOK,
        "deliveries": query("/console/deliveries", subscriber_id=found.id),
    }


@router.get(_PATH)
def list_subscribers(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], asked: Annotated[Listed, Query()]
) -> Response:
    """Subscribers, newest first, and the form of another one."""
    return _show_list(request, asked, {"target": Target.WEBHOOK.value}, None)


def _show_list(request: Request, asked: Listed, typed: Typed, problem: ProblemError | None) -> Response:
    engine = context_of(request).database.engine
    found = page_of_subscribers(engine, limit=_ON_A_PAGE + 1, before=position(asked.cursor))
    shown = found[:_ON_A_PAGE]
    view = {
        "path": _PATH,
        "subscribers": [_view(each, request) for each in shown],
        "next": query(_PATH, cursor=next_cursor(shown[-1].id)) if len(found) > _ON_A_PAGE else "",
        "first": _PATH if asked.cursor else "",
        "types": [each.value for each in MessageType],
        "kinds": [(each.value, says) for each, says in KINDS.items()],
        "teams": [(each.value, team_words(each)) for each in Team],
        "form": form_view(request, SubscriptionForm, typed, problem),
    }
    return page(request, "subscribers.html", "Subscribers", view)


@router.post(_PATH)
async def subscribe(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))]) -> Response:
    """Have decisions sent to somebody; the secret is shown once."""

    async def do() -> Response:
        form = visitor.form
        asked = read_form(SubscriptionForm, {name: text for name, text in form.items() if "." not in name})
        interest = Interest(
            target=asked.target,
            types=tuple(each for each in MessageType if f"type.{each}" in form),
            kinds=tuple(each for each in Kind if f"kind.{each}" in form),
            teams=tuple(each for each in Team if f"team.{each}" in form),
        )
        if asked.target is Target.WEBHOOK and asked.url is None:
            raise ProblemError(
                "invalid_request", "url: A webhook has a URL", [FieldError("url", "A webhook has a URL")]
            )
        if asked.target is Target.SALESFORCE and (asked.url is not None or interest.types):
            detail = "Salesforce has neither a URL nor types here: the settings name them"
            raise ProblemError("invalid_request", detail, [FieldError("target", detail)])
        make = partial(context_of(request).subscribers.subscribe, asked.name, asked.url, interest, visitor.asked)
        try:
            signed = await run_in_threadpool(make, once_key(request, visitor), _told)
        except AddressRefusedError as error:
            raise ProblemError(error.code, str(error), [FieldError("url", str(error))]) from None
        return _shown(request, signed)

    return await act(visitor, partial(_show_list, request, Listed()), do)


def _shown(request: Request, signed: Signed) -> Response:
    """The page of a secret, where it is shown for the first and only time; else of the subscriber."""
    path = signed.acted.answer.reference
    if signed.secret is None or signed.acted.made is None:
        return see(path)
    view = {"name": signed.acted.made.name, "secret": signed.secret, "path": path}
    return page(request, "subscriber_secret.html", "The signing secret", view)


@router.get(f"{_PATH}/{{subscriber_id}}")
def get_subscriber(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], subscriber_id: UUID
) -> Response:
    """What a subscriber gets, and whether it accepts it."""
    return _show(request, subscriber_id, {}, None)


def _show(request: Request, subscriber_id: UUID, typed: Typed, problem: ProblemError | None) -> Response:
    found = find_subscriber(context_of(request).database.engine, subscriber_id)
    form = form_view(request, RotationForm, {"overlap_hours": "24", **typed}, problem, beside=("meant",))
    view = _view(known(found, "subscriber", subscriber_id), request) | {"once": once_of(request, {}), "form": form}
    return page(request, "subscriber.html", "Subscriber", view)


@router.post(f"{_PATH}/{{subscriber_id}}/end")
async def end_subscription(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], subscriber_id: UUID
) -> Response:
    """Send nothing more, once it was said that this is meant."""

    async def do() -> str:
        if visitor.form.get("meant") != "true":
            detail = "Tick that it is meant: a subscription that ended does not begin again"
            raise invalid_request([FieldError("meant", detail)])
        ended = await run_in_threadpool(context_of(request).subscribers.end, subscriber_id, visitor.asked)
        known(ended, "subscriber", subscriber_id)
        return f"{_PATH}/{subscriber_id}"

    return await act(visitor, partial(_show, request, subscriber_id), do)


@router.post(f"{_PATH}/{{subscriber_id}}/secret-rotation")
async def rotate_secret(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], subscriber_id: UUID
) -> Response:
    """Make a new secret, which is shown once."""

    async def do() -> Response:
        overlap = timedelta(hours=read_form(RotationForm, visitor.form).overlap_hours)
        rotate = partial(context_of(request).subscribers.rotate, subscriber_id, overlap, visitor.asked)
        return _shown(request, await run_in_threadpool(rotate, once_key(request, visitor), _told))

    return await act(visitor, partial(_show, request, subscriber_id), do)


@router.post(f"{_PATH}/{{subscriber_id}}/enabling")
def enable_subscriber(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], subscriber_id: UUID
) -> Response:
    """Send to a subscriber again."""
    done = context_of(request).subscribers.enable(subscriber_id, visitor.asked, once_key(request, visitor), _told)
    return see(done.answer.reference)
