"""API keys: who may do what. A key is made for what its maker may do, and shown once."""

from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, known
from service.entrypoints.console.acting import act, form_view
from service.entrypoints.console.fields import Typed, read_form
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.sign_in import SCOPES
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import team_words
from service.store.keys import ApiKey, all_keys
from service.usecases.manage_keys import Issued

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/keys"


class KeyForm(BaseModel):
    """A key to be made; its scopes stand in boxes that are ticked."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Who acts with it, as decisions will name them.",
    )
    acts_for: Team | None = Field(None, description="The sales team that its holder acts for in handoffs.")
    days: int = Field(365, ge=1, le=3650, description="For so many it works.")


class RotationForm(BaseModel):
    """How long the old key works on."""

    overlap_hours: int = Field(24, ge=0, le=24 * 30, description="For so many the old one works on.")


@router.get(_PATH)
def list_keys(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.ADMIN))]) -> Response:
    """Every key, newest first, without the keys themselves; and the form of another one."""
    return _show_list(request, visitor, {"days": "365"}, None)


def _show_list(request: Request, visitor: Visitor, typed: Typed, problem: ProblemError | None) -> Response:
    found = all_keys(context_of(request).database.engine)
    view = {
        "path": _PATH,
        "keys": [_view(each, request, visitor) for each in reversed(found)],
        "scopes": [(scope.value, SCOPES[scope], scope in visitor.scopes) for scope in sorted(Scope)],
        "form": form_view(request, KeyForm, typed, problem, beside=("scope",)),
    }
    return page(request, "keys.html", "Keys", view)


def _view(key: ApiKey, request: Request, visitor: Visitor) -> dict[str, object]:
    context = context_of(request)
    zone, holder = context.zone, visitor.session.holder
    return {
        "path": f"{_PATH}/{key.id}",
        "name": key.name,
        "hint": key.hint,
        "team": "" if key.team is None else team_words(key.team),
        "scopes": sorted(key.scopes),
        "made": at_instant(key.created_at, zone),
        "made_by": key.created_by or "",
        "expires": at_instant(key.expires_at, zone),
        "revoked": None if key.revoked_at is None else at_instant(key.revoked_at, zone),
        "revoked_by": key.revoked_by or "",
        "used": None if key.last_used_at is None else at_instant(key.last_used_at, zone),
        "works": key.works_at(context.now()),
        "is_own": isinstance(holder, ApiKey) and holder.id == key.id,
        "may_rotate": key.scopes <= visitor.scopes,
    }


@router.post(_PATH)
async def make_key(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))]) -> Response:
    """Make a key with scopes that its maker has, and show it once."""

    async def do() -> Response:
        form = visitor.form
        asked = read_form(KeyForm, {name: text for name, text in form.items() if "." not in name})
        scopes = frozenset(each for each in Scope if f"scope.{each}" in form)
        if not scopes:
            raise invalid_request([FieldError("scope", "Choose what the key is to be good for")])
        _refuse_more(scopes, visitor)
        keys = context_of(request).desk.keys
        lifetime = timedelta(days=asked.days)
        issued = await run_in_threadpool(keys.issue, asked.name, scopes, lifetime, team=asked.acts_for, by=visitor.name)
        return _shown(request, issued)

    return await act(visitor, partial(_show_list, request, visitor), do)


def _refuse_more(scopes: frozenset[Scope], visitor: Visitor) -> None:
    """Whoever makes a key could use it: it is good for nothing that they may not do."""
    more = sorted(scopes - visitor.scopes)
    if more:
        raise ProblemError("forbidden", f"Your own key has not the scope {' or '.join(more)}, so it makes none with it")


def _shown(request: Request, issued: Issued) -> Response:
    key = issued.stored
    view = {
        "key": issued.key,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "until": at_instant(key.expires_at, context_of(request).zone),
        "path": _PATH,
    }
    return page(request, "key_made.html", "The new key", view)


@router.get(f"{_PATH}/{{key_id}}")
def get_key(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], key_id: UUID) -> Response:
    """A key, with what can be done about it."""
    return _show(request, visitor, key_id, {"overlap_hours": "24"}, None)


def _show(request: Request, visitor: Visitor, key_id: UUID, typed: Typed, problem: ProblemError | None) -> Response:
    view = _view(_found(request, key_id), request, visitor)
    form = form_view(request, RotationForm, {"overlap_hours": "24", **typed}, problem, beside=("meant",))
    return page(request, "key.html", "Key", view | {"form": form})


def _found(request: Request, key_id: UUID) -> ApiKey:
    every = all_keys(context_of(request).database.engine)
    return known(next((key for key in every if key.id == key_id), None), "key", key_id)


@router.post(f"{_PATH}/{{key_id}}/rotation")
async def rotate_key(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], key_id: UUID
) -> Response:
    """Make a successor of a key, and show it once; the old one works on for a while."""

    async def do() -> Response:
        overlap = timedelta(hours=read_form(RotationForm, visitor.form).overlap_hours)
        key = await run_in_threadpool(_found, request, key_id)
        _refuse_more(key.scopes, visitor)
        issued = await run_in_threadpool(context_of(request).desk.keys.rotate, key_id, overlap, by=visitor.name)
        return _shown(request, issued)

    return await act(visitor, partial(_show, request, visitor, key_id), do)


@router.post(f"{_PATH}/{{key_id}}/revocation")
async def revoke_key(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], key_id: UUID
) -> Response:
    """Let a key work no more."""

    async def do() -> str:
        if visitor.form.get("meant") != "true":
            raise invalid_request([FieldError("meant", "Tick that it is meant: a key that is revoked stays so")])
        await run_in_threadpool(context_of(request).desk.keys.revoke, key_id, by=visitor.name)
        return f"{_PATH}/{key_id}"

    return await act(visitor, partial(_show, request, visitor, key_id), do)
