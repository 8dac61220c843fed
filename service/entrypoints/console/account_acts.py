"""What somebody does about an account: report a discovery, start the handoff of a First Order that was won."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import DomainError, StandingChangedError
from service.domain.fields import AccountId
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.keys import Scope
from service.domain.sentences import summary
from service.domain.triggers import Discovery
from service.entrypoints.common.acts import DiscoveryRequest, HandoffRequest
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.console.acting import act, once_of, record
from service.entrypoints.console.fields import Typed, elsewhere, fields_of, read
from service.entrypoints.console.handoff_words import start_said
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.review_words import goes
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import without_codes
from service.store.decisions import find_decision, standing_decision, team_as_prospect
from service.store.recording import MoveAccount, Proposal, Standing, StartHandoff, Submission
from service.usecases.foresee import foresee
from service.usecases.handoffs import prepare_handoff
from service.usecases.record_discovery import propose_discovery

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_ACCOUNT = "/console/accounts/{account_id}"
Propose = Callable[[ApiContext, str, Typed, Visitor], Submission[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that is done about an account: how it is asked for, and what it would do, as a sentence."""

    name: str
    title: str
    says: str
    model: type[BaseModel]
    propose: Propose
    words: Callable[[Proposal[Any]], str]
    button: str


def moved_said(decision: Decision) -> str:
    """What a discovery does to its account: the same before it is recorded and after."""
    trigger = decision.facts.trigger
    before = trigger.before.team if isinstance(trigger, Discovery) else None
    said = without_codes(summary(decision, decision.policy), decision.missing_facts)
    return f"{goes(before, decision)}. {said}"


def _discovery(context: ApiContext, account_id: str, typed: Typed, visitor: Visitor) -> Submission[RecordedDecision]:
    asked = read(DiscoveryRequest, typed)
    today = context.today()
    on = asked.discovered_on or today
    found = partial(Discovery, **dict(asked) | {"discovered_on": on})
    return propose_discovery(account_id, found, on, today, visitor.asked)


def _handoff(context: ApiContext, account_id: str, typed: Typed, visitor: Visitor) -> Submission[RecordedHandoff]:
    asked = read(HandoffRequest, typed, account_id=account_id)
    team = team_as_prospect(context.database.engine, asked.account_id)
    start = prepare_handoff(asked.account_id, asked, asked.in_question, team, context.new_id(), context.today())
    return Submission(account_id=asked.account_id, asked=visitor.asked, decide=start, whole=True)


DISCOVERY = Deed(
    name="discovery",
    title="Report a discovery",
    says="What you found out may move the account to another team. What it would do is said before it is recorded.",
    model=DiscoveryRequest,
    propose=_discovery,
    words=lambda made: moved_said(made.decision) if isinstance(made, MoveAccount) else "",
    button="Record the discovery",
)
HANDOFF = Deed(
    name="handoff",
    title="Start a handoff",
    says="A First Order was won: who receives the account, how and by when, is said before it is recorded.",
    model=HandoffRequest,
    propose=_handoff,
    words=lambda made: start_said(made.handoff) if isinstance(made, StartHandoff) else "",
    button="Start the handoff",
)


class Done(BaseModel):
    """What was recorded, to be shown afterwards."""

    done: UUID | None = Field(None, description="The decision that was recorded.")


@router.get(_ACCOUNT + "/discovery")
def ask_discovery(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.CLASSIFY))],
    account_id: AccountId,
    asked: Annotated[Done, Query()],
) -> Response:
    """The form of a discovery; and what one did, once it is recorded."""
    if asked.done is None:
        return _show(request, visitor, account_id, DISCOVERY, {}, None)
    engine = context_of(request).database.engine
    found = known(find_decision(engine, asked.done), "decision", asked.done)
    path = f"/console/accounts/{segment(found.account_id)}"
    view = {
        "title": "The discovery is recorded",
        "said": moved_said(found.decision),
        "account_id": found.account_id,
        "path": path,
        "decision_path": f"/console/decisions/{segment(found.id)}",
    }
    return page(request, "act_done.html", "The discovery is recorded", view)


@router.post(_ACCOUNT + "/discovery")
async def report_discovery(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.CLASSIFY))], account_id: AccountId
) -> Response:
    """Say what a discovery would do, and then record it."""
    path = f"/console/accounts/{segment(account_id)}/discovery"
    return await _act(request, visitor, account_id, DISCOVERY, lambda made: query(path, done=made.id))


@router.get(_ACCOUNT + "/handoff")
def ask_handoff(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.HANDOFF))], account_id: AccountId
) -> Response:
    """The form that starts a handoff."""
    return _show(request, visitor, account_id, HANDOFF, {}, None)


@router.post(_ACCOUNT + "/handoff")
async def start_handoff(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.HANDOFF))], account_id: AccountId
) -> Response:
    """Say how a handoff would start, and then start it."""
    return await _act(
        request, visitor, account_id, HANDOFF, lambda made: f"/console/handoffs/{segment(made.handoff.terms.id)}"
    )


async def _act(
    request: Request, visitor: Visitor, account_id: str, deed: Deed, place_of: Callable[[Any], str]
) -> Response:
    """Record it where what it does is what was said of it; before that, say it."""
    show = partial(_show, request, visitor, account_id, deed)

    async def do() -> str | Response:
        context = context_of(request)
        submission = await run_in_threadpool(deed.propose, context, account_id, visitor.form, visitor)
        if "said" not in visitor.form or visitor.form.get("go") != "record":
            await run_in_threadpool(foresee, context.database, submission, context.now())
            return await run_in_threadpool(show, visitor.form, None)
        try:
            return await record(request, visitor, _as_said(submission, visitor.form["said"], deed), place_of)
        except StandingChangedError:
            raise ProblemError(
                "standing_changed", "It would not do what was said: read what it does now, and send it again"
            ) from None

    return await act(visitor, show, do)


def _as_said(submission: Submission[Any], said: str, deed: Deed) -> Submission[Any]:
    """The same, refused where it would not do what was said; a form that is sent again is not asked."""

    def decide(standing: Standing) -> Proposal[Any]:
        proposal = submission.decide(standing)
        if _digest(deed.words(proposal)) != said:
            raise StandingChangedError(submission.account_id)
        return proposal

    return replace(submission, decide=decide)


def _show(
    request: Request, visitor: Visitor, account_id: str, deed: Deed, typed: Typed, problem: ProblemError | None
) -> Response:
    context = context_of(request)
    stands = known(standing_decision(context.database.engine, account_id), "account", account_id)
    said, path = "", f"/console/accounts/{segment(account_id)}"
    if typed and (problem is None or problem.code == "standing_changed"):
        try:
            said = deed.words(
                foresee(context.database, deed.propose(context, account_id, typed, visitor), context.now())
            )
        except (ProblemError, DomainError):
            said = ""
    fields = fields_of(deed.model, typed, problem, without=("account_id",))
    view = {
        "title": deed.title,
        "says": deed.says,
        "name": stands.decision.facts.account.name or account_id,
        "account_id": account_id,
        "path": path,
        "action": f"{path}/{deed.name}",
        "button": deed.button,
        "said": said,
        "digest": _digest(said),
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "act.html", deed.title, view)


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:16]
