"""Applications of policies: accounts that stand under an older revision are decided anew, in the background."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import Frozen
from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import answers, as_json, refuses, takes
from service.entrypoints.api.policies import PolicyName
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.views.applications import ApplicationBody, render_application
from service.store.acts import recording
from service.store.applications import find_application, request_application
from service.store.idempotency import do_once
from service.usecases.apply_policy import revision_to_apply
from service.usecases.doing import Doing

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
_ANSWER = answer_about(render_application, "/v1/policy-applications")


class ApplicationRequest(Frozen):
    """The application of a policy's newest revision."""

    dry_run: bool = Field(default=False, description="Record no decision; say how many there would be, and who moves.")


@router.post(
    "/v1/policies/{policy_id}/application",
    summary="Apply a policy",
    status_code=202,
    responses=answers(
        202, "It is being applied; `Location` tells how far that is.", as_json(ApplicationBody, "application_accepted")
    )
    | refuses(404, 409),
    openapi_extra=takes(as_json(ApplicationRequest, "application_request")),
)
async def apply_policy(
    request: Request, caller: Administrator, policy_id: PolicyName, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Decides every account anew, in the background, that stands under an older revision than the newest.

    The decisions, of kind `application`, are effective today.
    """
    asked, key = await read_request(ApplicationRequest, request, caller, idempotency_key)
    context = context_of(request)
    at, today = context.now(), context.today()
    requested = partial(
        request_application,
        choose=partial(revision_to_apply, policy_id=policy_id, today=today),
        application_id=context.new_id(),
        on=today,
        dry_run=asked.dry_run,
        by=caller.name,
        at=at,
        request_id=caller.request_id,
    )
    act = recording(requested, Doing(context.new_id(), caller.asked, at).application_requested)
    return answer_of(await run_in_threadpool(do_once, context.database.engine, key, at, act, _ANSWER), 202)


@router.get(
    "/v1/policy-applications/{application_id}",
    summary="Get an application",
    responses=answers(200, "The application.", as_json(ApplicationBody, "application")),
)
def get_application(
    request: Request,
    _: Administrator,
    application_id: Annotated[UUID, Path(description="The application's identifier.")],
) -> Response:
    """How far the application of a policy is, who moves, and which accounts are in handoff."""
    found = find_application(context_of(request).database.engine, application_id)
    return JsonResponse(render_application(known(found, "application", application_id)))
