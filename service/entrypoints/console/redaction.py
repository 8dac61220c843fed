"""Redact an account at the console: ask for it, confirm it where that takes another person, see how it stands."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId
from service.domain.keys import Scope
from service.entrypoints.common.acts import RedactionRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.console.acting import act, form_view, leading_to, once_key, once_of
from service.entrypoints.console.fields import Typed, read
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.views.redactions import RedactionStatus, status_of
from service.store.decisions import standing_decision
from service.store.once import Answer
from service.store.redactions import Redaction, newest_redaction
from service.usecases.redact import confirm, request_redaction

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/accounts/{account_id}/redaction"
_Administrator = Annotated[Visitor, Depends(Acts(Scope.ADMIN))]


@router.get(_PATH)
def ask_redaction(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], account_id: AccountId
) -> Response:
    """What a redaction does, with the form that asks for it; or how the one stands that was asked for last."""
    return _show(request, visitor, account_id, {}, None)


@router.post(_PATH)
async def redact_account(request: Request, visitor: _Administrator, account_id: AccountId) -> Response:
    """Ask for the redaction of an account."""
    context = context_of(request)

    async def do() -> str:
        reason = read(RedactionRequest, visitor.form).reason
        occasion = occasion_of(context, visitor.asked, once_key(request, visitor))
        ask = partial(request_redaction, context.database, account_id, reason, occasion, _placed)
        done = await run_in_threadpool(ask, second_person=context.publishing_needs_second_key)
        return done.answer.reference

    return await act(visitor, partial(_show, request, visitor, account_id), do)


@router.post(f"{_PATH}/confirmation")
async def confirm_redaction(request: Request, visitor: _Administrator, account_id: AccountId) -> Response:
    """Confirm a redaction that somebody else asked for."""
    context = context_of(request)

    async def do() -> str:
        occasion = occasion_of(context, visitor.asked, once_key(request, visitor))
        done = await run_in_threadpool(confirm, context.database, account_id, occasion, _placed)
        return done.answer.reference

    return await act(visitor, partial(_show, request, visitor, account_id), do)


def _placed(redaction: Redaction) -> Answer:
    return leading_to(f"/console/accounts/{segment(redaction.account_id)}/redaction")


def _show(request: Request, visitor: Visitor, account_id: str, typed: Typed, problem: ProblemError | None) -> Response:
    context = context_of(request)
    stands = known(standing_decision(context.database.engine, account_id), "account", account_id)
    found = newest_redaction(context.database.engine, account_id)
    status = None if found is None else status_of(found)
    zone = context.zone
    view = form_view(request, RedactionRequest, typed, problem) | {
        "name": stands.decision.facts.account.name or account_id,
        "account_id": account_id,
        "path": f"/console/accounts/{segment(account_id)}",
        "found": found,
        "asked_at": None if found is None else at_instant(found.requested_at, zone),
        "done_at": None if found is None or found.redacted_at is None else at_instant(found.redacted_at, zone),
        "waits": status is RedactionStatus.WAITS_FOR_CONFIRMATION,
        "is_own": found is not None and found.requested_by == visitor.name,
        "under_way": status is RedactionStatus.UNDER_WAY,
        "needs_other": context.publishing_needs_second_key,
        "confirms": once_of(request, {}),
    }
    return page(request, "redaction.html", "Redact an account", view)
