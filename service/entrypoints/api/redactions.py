"""Redact an account: what names it, or was written about it, is taken out of all that is recorded of it."""

from functools import partial

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.redaction import NoRedactionError
from service.entrypoints.api.accounts import AccountPath
from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import answers, as_json, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of, idempotency
from service.entrypoints.common.acts import RedactionRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.views.redactions import RedactionBody, render_redaction
from service.store.once import Answer
from service.store.redactions import Redaction, newest_redaction
from service.usecases.redact import confirm, request_redaction

router = APIRouter(route_class=CheckedRoute, tags=["Audit"])
_PATH = "/v1/accounts/{account_id}/redaction"
_ANSWER = as_json(RedactionBody, "redaction")


@router.post(
    _PATH,
    summary="Redact an account",
    status_code=202,
    responses=answers(202, "It is under way, or waits to be confirmed.", _ANSWER),
    openapi_extra=takes(as_json(RedactionRequest, "redaction_request")),
)
async def redact_account(
    request: Request, caller: Administrator, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Takes the account's name, addresses and everything written about it out of what is recorded, for good.

    Decisions, counts and who of sales did something stay, and so do the ledger and every proof. Where publishing a
    policy needs another key, so does this.
    """
    asked, key = await read_request(RedactionRequest, request, caller, idempotency_key)
    context = context_of(request)
    occasion, second_person = occasion_of(context, caller.asked, key), context.publishing_needs_second_key
    ask = partial(request_redaction, context.database, account_id, asked.reason, occasion, _told)
    return answer_of(await run_in_threadpool(ask, second_person=second_person), 202)


@router.get(_PATH, summary="Get the redaction of an account", responses=answers(200, "How it stands.", _ANSWER))
def get_redaction(request: Request, _: Administrator, account_id: AccountPath) -> Response:
    """The one that was asked for last. 404 where none was."""
    found = newest_redaction(context_of(request).database.engine, account_id)
    if found is None:
        raise NoRedactionError(account_id)
    return JsonResponse(render_redaction(found))


@router.post(
    f"{_PATH}/confirmation",
    summary="Confirm the redaction of an account",
    status_code=202,
    responses=answers(202, "It is under way.", _ANSWER),
)
def confirm_redaction(
    request: Request, caller: Administrator, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """By another key than the one that asked for it. 403 for that one."""
    context = context_of(request)
    occasion = occasion_of(context, caller.asked, idempotency(request, caller, idempotency_key, b""))
    return answer_of(confirm(context.database, account_id, occasion, _told), 202)


def _told(redaction: Redaction) -> Answer:
    return Answer(to_json(render_redaction(redaction)), f"/v1/accounts/{redaction.account_id}/redaction")
