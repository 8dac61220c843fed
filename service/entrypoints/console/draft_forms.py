"""Draft a revision of a policy: by a form of its parameters, or as an earlier one was."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.errors import DomainError
from service.domain.fields import Day, Prose
from service.domain.keys import Scope
from service.domain.parameters import MEANINGS, changes_from_text
from service.entrypoints.common.apart import lint_apart
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError, known_revision
from service.entrypoints.console.acting import act, once_key, once_of
from service.entrypoints.console.drafts import PATH, draft_told
from service.entrypoints.console.fields import read_form
from service.entrypoints.console.pages import PageRoute, page, see
from service.entrypoints.console.policies import PATH as POLICIES
from service.entrypoints.console.policies import RollBackForm, show_policy, value_shown, value_text
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.views.policies import by_name
from service.store.policies import current_policies
from service.usecases.revise_policy import ProposedRevision, RollBack, make_draft

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_OWN = {"policy_id", "effective_from", "effective_until", "reason"}
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_OF_THE_FORM = {"invalid_request", "nothing_changes", "unusable_period"}
"""Problems that are told beside the fields."""


class Wanted(BaseModel):
    """Of which policy a revision is drafted."""

    policy_id: str = "fy23"


class DraftForm(BaseModel):
    """A revision to be drafted, beside its parameters."""

    policy_id: str
    effective_from: Day
    effective_until: Day | None = None
    reason: Prose


@router.get(f"{PATH}/new")
def new_draft(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], asked: Annotated[Wanted, Query()]
) -> Response:
    """The form of a draft: every parameter of the newest revision, of which those count that are changed."""
    return _form(request, asked.policy_id, {}, None)


def _form(
    request: Request, policy_id: str, form: Mapping[str, str], problem: DomainError | ProblemError | None
) -> Response:
    context = context_of(request)
    newest = known_revision(current_policies(context.database.engine), policy_id)
    fault = {} if problem is None else _faults(problem)
    view = {
        "policy_id": policy_id,
        "title": newest.title,
        "version": newest.version,
        "begun": form.get("version", newest.version),
        "path": PATH,
        "parameters": [
            {
                "name": name,
                "meaning": MEANINGS[name],
                "now": value_shown(value),
                "value": form.get(name, value_text(value)),
                "fault": fault.pop(name, ""),
            }
            for name, value in by_name(newest.parameters).items()
        ],
        "effective_from": form.get("effective_from", max(context.today(), newest.effective_from).isoformat()),
        "effective_until": form.get("effective_until", ""),
        "reason": form.get("reason", ""),
        "faults": list(fault.items()),
        "once": once_of(request, {}),
    }
    return page(request, "draft_form.html", "Draft a revision", view, 422 if problem else 200)


def _faults(problem: DomainError | ProblemError) -> dict[str, str]:
    if isinstance(problem, ProblemError):
        return {each.pointer: each.detail for each in problem.errors}
    name = (problem.pointer or "").rpartition("/")[2]
    return {name: str(problem).removeprefix(f"{name}: ")}


@router.post(PATH)
def draft_policy(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))]) -> Response:
    """Draft a revision: of the parameters, those that were changed in the form, and are other than now."""
    form, context = visitor.form, context_of(request)
    policy_id = form.get("policy_id", "")
    policies = current_policies(context.database.engine)
    newest = known_revision(policies, policy_id)
    begun = form.get("version", "")  # another revision may have been published since the form was opened
    opened = policies.revision(policy_id, int(begun)) if _VERSION.fullmatch(begun) else None
    now, then = (
        {name: value_text(value) for name, value in by_name(policy.parameters).items()}
        for policy in (newest, opened or newest)
    )
    stated = {name: form[name].strip().replace(", ", ",") for name in now if name in form}
    try:
        asked = read_form(DraftForm, {name: text for name, text in form.items() if name in _OWN})
        changes = changes_from_text(
            {name: text for name, text in stated.items() if text not in {now[name], then.get(name)}}
        )
        return _make(request, visitor, ProposedRevision(changes=changes, proposed_by=visitor.name, **dict(asked)))
    except (DomainError, ProblemError) as error:
        if error.code not in _OF_THE_FORM:
            raise
        return _form(request, policy_id, form, error)


@router.post(f"{POLICIES}/{{policy_id}}/roll-back")
async def roll_back(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], policy_id: str
) -> Response:
    """Draft an earlier revision anew."""

    async def do() -> Response:
        asked = read_form(RollBackForm, visitor.form)
        today = context_of(request).today()
        proposal = RollBack(policy_id=policy_id, proposed_by=visitor.name, today=today, **dict(asked))
        return await run_in_threadpool(_make, request, visitor, proposal)

    return await act(visitor, partial(show_policy, request, visitor, policy_id, None), do)


def _make(request: Request, visitor: Visitor, proposal: ProposedRevision | RollBack) -> Response:
    context = context_of(request)
    done = make_draft(
        context.database,
        proposal,
        context.new_id(),
        context.now(),
        visitor.request_id,
        once_key(request, visitor),
        draft_told,
        lint=lint_apart,
    )
    return see(done.answer.reference)
