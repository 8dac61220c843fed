"""Steps of a handoff, taken at the console: each as over the API, and recorded once for each form."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from service.domain.errors import DomainError
from service.domain.handoff.checklist import ITEMS, ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.checks import UnknownItemError
from service.domain.handoff.steps import (
    Abandoned,
    Answered,
    BillingReassigned,
    Escalated,
    HandoffReopened,
    Reopened,
    Step,
    Ticked,
)
from service.domain.keys import Scope
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import (
    FieldError,
    ProblemError,
    field_errors,
    invalid_request,
    known,
    problem_of,
)
from service.entrypoints.console.acting import act, record
from service.entrypoints.console.fields import Typed, field_of, read, stated
from service.entrypoints.console.handoff import HandoffId, Sent, show_handoff
from service.entrypoints.console.handoff_forms import ABANDONMENT, ANSWER, BILLING, ESCALATION, REOPENING, UNTICK, Form
from service.entrypoints.console.handoffs import PATH
from service.entrypoints.console.pages import PageRoute, segment
from service.entrypoints.console.visitors import Acts, Visitor
from service.store.handoffs import find_handoff
from service.usecases.handoffs import Acting, propose_step

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Taker = Annotated[Visitor, Depends(Acts(Scope.HANDOFF))]
Reviewer = Annotated[Visitor, Depends(Acts(Scope.REVIEW))]
ReadStep = Callable[[str, Typed], Callable[..., Step]]
"""Reads from what was typed, under a prefix, a step of which all is known but who takes it and when."""


@router.post(PATH + "/{handoff_id}/items/{item}")
async def tick_item(request: Request, visitor: Taker, handoff_id: HandoffId, item: str) -> Response:
    """Tick an item, with its evidence. The last required one hands the account over."""

    def read_step(prefix: str, typed: Typed) -> Callable[..., Step]:
        if item not in ITEMS_BY_NAME:
            raise UnknownItemError(item)
        found = stated(ITEMS_BY_NAME[item].evidence, typed, prefix=prefix)
        try:
            evidence = parse_evidence(ITEMS_BY_NAME[item], orjson.dumps(found))
        except ValidationError as error:
            raise invalid_request(field_errors(error.errors(include_url=False, include_context=False))) from None
        return partial(Ticked, item=item, evidence=evidence)

    return await _step(request, visitor, handoff_id, f"{item}.tick", read_step, f"#{item}")


@router.post(PATH + "/{handoff_id}/items/{item}/reopening")
async def untick_item(request: Request, visitor: Taker, handoff_id: HandoffId, item: str) -> Response:
    """Take the tick of an item away, with a reason."""

    def read_step(prefix: str, typed: Typed) -> Callable[..., Step]:
        if item not in ITEMS_BY_NAME:
            raise UnknownItemError(item)
        return partial(Reopened, item=item, **_stated(UNTICK, prefix, typed))

    return await _step(request, visitor, handoff_id, f"{item}.{UNTICK.name}", read_step, f"#{item}")


@router.post(PATH + "/{handoff_id}/escalation")
async def escalate(request: Request, visitor: Taker, handoff_id: HandoffId) -> Response:
    """Put in question who receives the account."""
    return await _plain(request, visitor, handoff_id, ESCALATION, Escalated)


@router.post(PATH + "/{handoff_id}/escalation-answer")
async def answer_escalation(request: Request, visitor: Reviewer, handoff_id: HandoffId) -> Response:
    """Say who receives the account, or that First Order keeps it."""
    return await _plain(request, visitor, handoff_id, ANSWER, Answered)


@router.post(PATH + "/{handoff_id}/reopening")
async def reopen_handoff(request: Request, visitor: Reviewer, handoff_id: HandoffId) -> Response:
    """Reopen a completed handoff, and items of it."""

    def read_step(prefix: str, typed: Typed) -> Callable[..., Step]:
        items = [each.name for each in ITEMS if f"{prefix}items.{each.name}" in typed]
        if not items:
            raise invalid_request([FieldError("items", "Tick what is to be done again")])
        return partial(
            HandoffReopened, items=tuple(items), reason=_stated(REOPENING, prefix, typed, items=items)["reason"]
        )

    return await _step(request, visitor, handoff_id, REOPENING.name, read_step)


@router.post(PATH + "/{handoff_id}/abandonment")
async def abandon_handoff(request: Request, visitor: Reviewer, handoff_id: HandoffId) -> Response:
    """Close a handoff that will not be completed."""
    return await _plain(request, visitor, handoff_id, ABANDONMENT, Abandoned)


@router.post(PATH + "/{handoff_id}/billing-reassignment")
async def reassign_billing(request: Request, visitor: Taker, handoff_id: HandoffId) -> Response:
    """Re-assign a billing issue on the initial order to the First Order AE."""
    return await _plain(request, visitor, handoff_id, BILLING, BillingReassigned)


def _stated(form: Form, prefix: str, typed: Typed, **known_too: object) -> dict[str, Any]:
    model: type[BaseModel] = form.model or BaseModel
    own = {name.removeprefix(prefix): value for name, value in typed.items() if name.startswith(prefix)}
    return dict(read(model, own, **known_too))


async def _plain(
    request: Request, visitor: Visitor, handoff_id: HandoffId, form: Form, kind: Callable[..., Step]
) -> Response:
    def read_step(prefix: str, typed: Typed) -> Callable[..., Step]:
        return partial(kind, **_stated(form, prefix, typed))

    return await _step(request, visitor, handoff_id, form.name, read_step)


async def _step(
    request: Request, visitor: Visitor, handoff_id: HandoffId, name: str, read_step: ReadStep, place: str = ""
) -> Response:
    """Take a step, and show the handoff as it stands then."""
    prefix = f"{name}."

    def show(typed: Typed, problem: ProblemError | None) -> Response:
        return show_handoff(request, visitor, handoff_id, Sent(name, typed, problem))

    async def do() -> str:
        context = context_of(request)
        try:
            step = read_step(prefix, visitor.form)
            found = await run_in_threadpool(find_handoff, context.database.engine, handoff_id)
            acting = Acting(visitor.team, for_both=Scope.ADMIN in visitor.scopes)
            submission = propose_step(
                known(found, "handoff", handoff_id),
                lambda at: step(by=visitor.name, at=at),
                acting,
                context.today(),
                context.zone,
                asked=visitor.asked,
            )
            return await record(request, visitor, submission, lambda _: f"{PATH}/{segment(handoff_id)}{place}")
        except (DomainError, ProblemError) as error:
            problem = problem_of(error) if isinstance(error, DomainError) else error
            raise _of_the_form(problem, prefix) from None

    return await act(visitor, show, do)


def _of_the_form(problem: ProblemError, prefix: str) -> ProblemError:
    """The problem, with errors that name the fields of the form, whose names have a prefix."""
    errors = [FieldError(prefix + field_of(each.pointer), each.detail) for each in problem.errors]
    return ProblemError(problem.code, problem.detail, errors, problem.headers)
