"""Drafts of policy revisions: listed, made, looked at, published, withdrawn."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.drafts import RecordedDraft, publication_words, warnings_on
from service.domain.fields import Reason
from service.domain.keys import Scope
from service.domain.lab.lint import new_against
from service.domain.parameters import MEANINGS
from service.domain.policy import UnknownRevision
from service.entrypoints.common.apart import lint_apart
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.acting import act, form_view, leading_to, once_key, once_of
from service.entrypoints.console.fields import Typed, read_form
from service.entrypoints.console.pages import PageRoute, page, query, see
from service.entrypoints.console.policies import PATH as POLICIES
from service.entrypoints.console.policies import policy_path, value_shown
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.views.policies import render_lint
from service.entrypoints.views.policy_drafts import drafted_changes
from service.entrypoints.views.trials import found_draft
from service.store.once import Answer
from service.store.policies import page_of_drafts
from service.usecases.revise_policy import (
    findings_on,
    publish_policy,
    withdraw_policy,
)

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = f"{POLICIES}/drafts"
_ON_A_PAGE = 50


class Listed(BaseModel):
    """From where on drafts are listed."""

    cursor: Cursor = None


class WithdrawalForm(BaseModel):
    """Why a draft is withdrawn."""

    reason: Reason = Field(description="Why, in at least 10 characters.")


def draft_path(recorded: RecordedDraft) -> str:
    """The page of a draft."""
    return f"{PATH}/{recorded.draft.id}"


def draft_told(recorded: RecordedDraft) -> Answer:
    """What is remembered of a form about a draft."""
    return leading_to(draft_path(recorded))


@router.get(PATH)
def list_drafts(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[Listed, Query()]
) -> Response:
    """The drafts, newest first, those that were published or withdrawn among them."""
    context = context_of(request)
    found = page_of_drafts(context.database.engine, limit=_ON_A_PAGE + 1, before=position(asked.cursor))
    shown = found[:_ON_A_PAGE]
    view = {
        "drafts": [_row(each, context) for each in shown],
        "next": query(PATH, cursor=next_cursor(shown[-1].draft.id)) if len(found) > _ON_A_PAGE else "",
        "first": PATH if asked.cursor else "",
        "may_draft": Scope.ADMIN in visitor.scopes,
        "new": f"{PATH}/new",
    }
    return page(request, "drafts.html", "Drafts", view)


def _row(recorded: RecordedDraft, context: ApiContext) -> dict[str, object]:
    draft = recorded.draft
    return {
        "path": draft_path(recorded),
        "policy": f"{draft.based_on.id} revision {draft.based_on.version}",
        "changes": [(MEANINGS[name], value_shown(each["after"])) for name, each in drafted_changes(draft).items()],
        "reason": draft.reason,
        "by": draft.drafted_by,
        "at": at_instant(draft.drafted_at, context.zone),
        "state": _state(recorded),
    }


def _state(recorded: RecordedDraft) -> str:
    if recorded.publication is not None:
        return f"Published as revision {recorded.publication.version}"
    return "Open" if recorded.withdrawal is None else "Withdrawn"


@router.get(f"{PATH}/{{draft_id}}")
def get_draft(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], draft_id: UUID) -> Response:
    """A draft: what it changes, what is odd about it, and what became of it."""
    return _show(request, visitor, draft_id, {}, None)


def _show(request: Request, visitor: Visitor, draft_id: UUID, typed: Typed, problem: ProblemError | None) -> Response:
    context = context_of(request)
    recorded = found_draft(context.database, draft_id)
    draft, before = recorded.draft, recorded.draft.based_on
    found = findings_on(context.database, draft.policy, lint_apart)
    new = (
        new_against(found, findings_on(context.database, before, lint_apart))
        if not isinstance(before, UnknownRevision)
        else None
    )
    is_open = recorded.publication is None and recorded.withdrawal is None
    publication, withdrawal = recorded.publication, recorded.withdrawal
    view = {
        "path": draft_path(recorded),
        "state": _state(recorded),
        "is_open": is_open,
        "based_on": f"{before.id} revision {before.version}",
        "based_on_path": policy_path(before.id, before.version),
        "published_path": "" if publication is None else policy_path(before.id, publication.version),
        "published": None
        if publication is None
        else (publication.published_by, at_instant(publication.published_at, context.zone)),
        "withdrawn": None
        if withdrawal is None
        else (withdrawal.withdrawn_by, at_instant(withdrawal.withdrawn_at, context.zone), withdrawal.reason),
        "changes": [
            (name, MEANINGS[name], value_shown(each["before"]), value_shown(each["after"]))
            for name, each in drafted_changes(draft).items()
        ],
        "begins": on_day(draft.effective_from),
        "ends": None if draft.effective_until is None else on_day(draft.effective_until),
        "reason": draft.reason,
        "by": draft.drafted_by,
        "at": at_instant(draft.drafted_at, context.zone),
        "lint": render_lint(draft.policy, found, new),
        "is_known": not isinstance(before, UnknownRevision),
        "may_act": Scope.ADMIN in visitor.scopes,
        "form": form_view(request, WithdrawalForm, typed, problem),
    }
    return page(request, "draft.html", f"Draft of {before.id} revision {before.version + 1}", view)


@router.get(f"{PATH}/{{draft_id}}/publish")
def ask_before_publishing(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], draft_id: UUID
) -> Response:
    """What publishing a draft does, and the button that does it."""
    context = context_of(request)
    recorded = found_draft(context.database, draft_id)
    draft = recorded.draft
    view = {
        "path": draft_path(recorded),
        "state": _state(recorded),
        "is_open": recorded.publication is None and recorded.withdrawal is None,
        "says": publication_words(draft),
        "warnings": warnings_on(draft, context.today()),
        "needs_other": context.publishing_needs_second_key and draft.drafted_by == visitor.name,
        "by": draft.drafted_by,
        "changes": [
            (MEANINGS[name], value_shown(each["before"]), value_shown(each["after"]))
            for name, each in drafted_changes(draft).items()
        ],
        "once": once_of(request, {}),
    }
    return page(request, "publish.html", "Publish a draft", view)


@router.post(f"{PATH}/{{draft_id}}/publish")
def publish_draft(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], draft_id: UUID
) -> Response:
    """Publish a draft as the next revision of its policy."""
    context = context_of(request)
    once, second = once_key(request, visitor), context.publishing_needs_second_key
    publish = partial(publish_policy, context.database, draft_id, visitor.asked, context.now, once, draft_told)
    return see(publish(lint=lint_apart, second_person=second).answer.reference)


@router.post(f"{PATH}/{{draft_id}}/withdrawal")
async def withdraw_draft(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], draft_id: UUID
) -> Response:
    """Withdraw a draft, with the reason."""

    async def do() -> str:
        context, asked = context_of(request), read_form(WithdrawalForm, visitor.form)
        withdraw = partial(withdraw_policy, context.database, draft_id, asked.reason, visitor.asked, context.now())
        once, statement_id = once_key(request, visitor), context.new_id()
        done = await run_in_threadpool(partial(withdraw, statement_id=statement_id, key=once, told=draft_told))
        return done.answer.reference

    return await act(visitor, partial(_show, request, visitor, draft_id), do)
