"""Apply a policy: a dry run first, then the accounts under older revisions decided anew, and how far that is."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.keys import Scope
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import known
from service.entrypoints.console.acting import leading_to, once_key, once_of
from service.entrypoints.console.fields import read_form
from service.entrypoints.console.pages import PageRoute, page, query, see, segment
from service.entrypoints.console.policies import PATH as POLICIES
from service.entrypoints.console.policies import policy_path
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import team_words
from service.entrypoints.views.applications import render_application
from service.store.accounts import AccountFilter, count_standings
from service.store.acts import recording
from service.store.applications import Application, ApplicationStatus, find_application, request_application
from service.store.filters import DecisionFilter
from service.store.idempotency import do_once
from service.store.once import Answer
from service.usecases.apply_policy import revision_to_apply
from service.usecases.doing import Doing

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/policy-applications"


class ApplicationForm(BaseModel):
    """Whether nothing is to be recorded."""

    dry_run: bool = False


def _told(made: Application) -> Answer:
    return leading_to(f"{_PATH}/{made.id}")


@router.post(f"{POLICIES}/{{policy_id}}/application")
async def apply_policy(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], policy_id: str
) -> Response:
    """Have the newest revision of a policy applied, or tried."""
    context, asked = context_of(request), read_form(ApplicationForm, visitor.form)
    at, today = context.now(), context.today()
    requested = partial(
        request_application,
        choose=partial(revision_to_apply, policy_id=policy_id, today=today),
        application_id=context.new_id(),
        on=today,
        dry_run=asked.dry_run,
        by=visitor.name,
        at=at,
        request_id=visitor.request_id,
    )
    act = recording(requested, Doing(context.new_id(), visitor.asked, at).application_requested)
    done = await run_in_threadpool(do_once, context.database.engine, once_key(request, visitor), at, act, _told)
    return see(done.answer.reference)


@router.get(f"{_PATH}/{{application_id}}")
def get_application(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], application_id: UUID
) -> Response:
    """How far an application is, and who moves."""
    context = context_of(request)
    engine = context.database.engine
    found = known(find_application(engine, application_id), "application", application_id)
    told = render_application(found)
    left = _left(request, found)
    done = found.progress.decided + found.progress.refused + found.progress.in_handoff
    view = {
        "told": told,
        "path": policy_path(found.policy_id, found.policy_version),
        "apply_path": f"{POLICIES}/{segment(found.policy_id)}/application",
        "is_running": found.status is ApplicationStatus.RUNNING,
        "is_stopped": found.status is ApplicationStatus.STOPPED,
        "done": done,
        "of": max(done, left if found.dry_run else left + found.progress.decided, 1),
        "effective": on_day(found.effective_on),
        "asked": at_instant(found.requested_at, context.zone),
        "finished": None if found.finished_at is None else at_instant(found.finished_at, context.zone),
        "movements": [
            (team_words(each["team_before"]), team_words(each["team"]), each["count"]) for each in told["movements"]
        ],
        "in_handoff": [(each, f"/console/accounts/{segment(each)}") for each in told["in_handoff_accounts"]],
        "decisions": query("/console/decisions", kind="application", policy_version=found.policy_version),
        "once": once_of(request, {}),
    }
    title = "Dry run of a revision" if found.dry_run else "A revision is applied"
    return page(request, "application.html", title, view)


def _left(request: Request, found: Application) -> int:
    """How many accounts stand under an older revision of the policy now."""
    decided = DecisionFilter(policy=(found.policy_id,), policy_version_before=found.policy_version)
    counted = count_standings(context_of(request).database.engine, AccountFilter(decided=decided))
    return sum(each.count for each in counted)
