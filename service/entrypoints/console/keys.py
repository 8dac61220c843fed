"""API keys: who may do what. A key is made for what its maker may do, and shown once."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, known
from service.entrypoints.console.fields import read_form
from service.entrypoints.console.pages import PageRoute, page, see
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

    name: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
    team: Team | None = None
    days: int = Field(365, ge=1, le=3650)


class RotationForm(BaseModel):
    """How long the old key works on."""

    overlap_hours: int = Field(24, ge=0, le=24 * 30)


@router.get(_PATH)
def list_keys(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.ADMIN))]) -> Response:
    """Every key, newest first, without the keys themselves; and the form of another one."""
    found = all_keys(context_of(request).database.engine)
    view = {
        "path": _PATH,
        "keys": [_view(each, request, visitor) for each in reversed(found)],
        "scopes": [(scope.value, SCOPES[scope], scope in visitor.scopes) for scope in sorted(Scope)],
        "teams": [(each.value, team_words(each)) for each in Team],
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
    form = visitor.form
    asked = read_form(KeyForm, {name: text for name, text in form.items() if "." not in name})
    scopes = frozenset(each for each in Scope if f"scope.{each}" in form)
    if not scopes:
        raise invalid_request([FieldError("scope", "Choose what the key is to be good for")])
    _refuse_more(scopes, visitor)
    keys = context_of(request).desk.keys
    lifetime = timedelta(days=asked.days)
    issued = await run_in_threadpool(keys.issue, asked.name, scopes, lifetime, team=asked.team, by=visitor.name)
    return _shown(request, issued)


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
    return page(request, "key.html", "Key", _view(_found(request, key_id), request, visitor))


def _found(request: Request, key_id: UUID) -> ApiKey:
    every = all_keys(context_of(request).database.engine)
    return known(next((key for key in every if key.id == key_id), None), "key", key_id)


@router.post(f"{_PATH}/{{key_id}}/rotation")
async def rotate_key(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], key_id: UUID
) -> Response:
    """Make a successor of a key, and show it once; the old one works on for a while."""
    overlap = timedelta(hours=read_form(RotationForm, visitor.form).overlap_hours)
    key = await run_in_threadpool(_found, request, key_id)
    _refuse_more(key.scopes, visitor)
    issued = await run_in_threadpool(context_of(request).desk.keys.rotate, key_id, overlap, by=visitor.name)
    return _shown(request, issued)


@router.post(f"{_PATH}/{{key_id}}/revocation")
async def revoke_key(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], key_id: UUID
) -> Response:
    """Let a key work no more."""
    if visitor.form.get("meant") != "true":
        raise invalid_request([FieldError("meant", "Tick that it is meant: a key that is revoked stays so")])
    await run_in_threadpool(context_of(request).desk.keys.revoke, key_id, by=visitor.name)
    return see(f"{_PATH}/{key_id}")
