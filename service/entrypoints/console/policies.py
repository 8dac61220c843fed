"""Policies as documents: each rule in our words, with its place in the handbook, and what rests on it today."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from service.domain.clauses import Citation
from service.domain.drafts import RecordedDraft, uses
from service.domain.fields import Day, Reason
from service.domain.keys import Scope
from service.domain.lab.uses import Use
from service.domain.parameters import MEANINGS
from service.domain.parts import Step
from service.domain.policies import Policies
from service.domain.policy import AnyPolicy, Policy
from service.domain.wording import clauses_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError, known_revision
from service.entrypoints.console.acting import form_view, once_of
from service.entrypoints.console.clauses import anchor_of, expression_words, parts_of
from service.entrypoints.console.fields import Typed
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import When, at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.views.policies import by_name
from service.store.accounts import AccountFilter, count_standings
from service.store.policies import current_policies, published_drafts
from service.usecases.counts import By, summed

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/policies"


class Asked(BaseModel):
    """Which revision to show."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, value and meaning."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a rule, or a numbered clause of one: in our words, with its place in the handbook."""

    anchor: str
    label: str
    title: str
    words: str
    gist: str
    place: str
    parameters: Sequence[Parameter]
    clauses: Sequence["Question"] = ()


class RollBackForm(BaseModel):
    """An earlier revision, to hold again."""

    to: int = Field(ge=1)
    effective_from: Day | None = Field(
        None, description="Decides for days from then on; left empty, from today or the first day of the newest."
    )
    reason: Reason = Field(description="Why, in at least 10 characters.")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its questions, and how many accounts it decides today; None of one that decides no account."""

    rule: str
    heading: str
    questions: Sequence[Question]
    accounts: int | None
    path: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A published revision: from when until when, and who published it, when and why."""

    version: int
    path: str
    is_shown: bool
    begins: When
    ends: When | None
    by: str
    drafted_by: str
    at: When | None
    reason: str
    draft: str


def policy_path(policy_id: str, version: int | None = None) -> str:
    """The page of a policy, or of a revision of it."""
    return query(f"{PATH}/{segment(policy_id)}", version=version)


@router.get(PATH)
def list_policies(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))]) -> Response:
    """The policies that there are, each by its newest revision, and which one decides today."""
    context = context_of(request)
    policies = current_policies(context.database.engine)
    today = policies.on(context.today())
    names = list(dict.fromkeys(policy.id for policy in policies.all))
    newest = [found for name in names if (found := policies.newest(name)) is not None]
    view = {
        "today": f"{today.title}, {today.id} revision {today.version}",
        "today_path": policy_path(today.id, today.version),
        "policies": [
            (policy.title, policy.id, policy_path(policy.id), _revisions(request, policies, policy))
            for policy in newest
        ],
        "may_draft": Scope.ADMIN in visitor.scopes,
        "drafts_path": f"{PATH}/drafts",
    }
    return page(request, "policies.html", "Policies", view)


@router.get(f"{PATH}/{{policy_id}}")
def get_policy(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.READ))],
    policy_id: str,
    asked: Annotated[Asked, Query()],
) -> Response:
    """A revision of a policy as a document; the newest, where none is named."""
    return show_policy(request, visitor, policy_id, asked.version, {}, None)


def show_policy(
    request: Request,
    visitor: Visitor,
    policy_id: str,
    version: int | None,
    typed: Typed,
    problem: ProblemError | None,
) -> Response:
    """The page of a revision, with what was typed to roll back."""
    context = context_of(request)
    policies = current_policies(context.database.engine)
    newest = known_revision(policies, policy_id)
    policy = known_revision(policies, policy_id, version or newest.version)
    revisions = _revisions(request, policies, policy)
    view = {
        "policy": policy,
        "path": policy_path(policy_id),
        "is_newest": policy is newest,
        "newest": newest.version,
        "newest_path": policy_path(policy_id),
        "in_force": policy in (policies.on(context.today()), policies.duties_on(context.today())),
        "begins": on_day(policy.effective_from),
        "ends": None if policy.effective_until is None else on_day(policy.effective_until),
        "revisions": revisions,
        "shown": next(each for each in revisions if each.is_shown),
        "parameters": _table(policy),
        "rules": _rules(policy, _counts(request) if isinstance(policy, Policy) else None),
        "of_accounts": isinstance(policy, Policy),
        "may_act": Scope.ADMIN in visitor.scopes,
        "earlier": [each.version for each in revisions if each.version < newest.version],
        "drafts_path": f"{PATH}/drafts",
        "once": once_of(request, {}),
        "form": form_view(request, RollBackForm, typed, problem, only=("effective_from", "reason"), beside=("to",)),
    }
    return page(request, "policy.html", f"{policy.title}, revision {policy.version}", view)


def _counts(request: Request) -> Mapping[str, int]:
    """How many accounts stand on a decision by each rule."""
    counted = count_standings(context_of(request).database.engine, AccountFilter())
    return {str(each["rule"]): each["count"] for each in summed(counted, [By.RULE])}


def _revisions(request: Request, policies: Policies, shown: AnyPolicy) -> list[Revision]:
    """The revisions of a policy, newest first."""
    context = context_of(request)
    drafts = published_drafts(context.database.engine)
    found = policies.of(shown.id)
    return [
        _revision(policy, drafts.get((policy.id, policy.version)), context.zone, is_shown=policy is shown)
        for policy in reversed(found)
    ]


def _revision(policy: AnyPolicy, recorded: RecordedDraft | None, zone: tzinfo, *, is_shown: bool) -> Revision:
    draft = None if recorded is None else recorded.draft
    publication = None if recorded is None else recorded.publication
    return Revision(
        version=policy.version,
        path=policy_path(policy.id, policy.version),
        is_shown=is_shown,
        begins=on_day(policy.effective_from),
        ends=None if policy.effective_until is None else on_day(policy.effective_until),
        by="" if publication is None else publication.published_by,
        drafted_by="" if draft is None else draft.drafted_by,
        at=None if publication is None else at_instant(publication.published_at, zone),
        reason="" if draft is None else draft.reason,
        draft="" if draft is None else f"{PATH}/drafts/{draft.id}",
    )


def value_text(value: object) -> str:
    """The value of a parameter, as a form states it."""
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def value_shown(value: object) -> str:
    """The value of a parameter in words."""
    match value:
        case date():
            return on_day(value).text
        case int():
            return f"{value:,}"
        case _:
            return value_text(value).replace(",", ", ") or "none"


def _table(policy: AnyPolicy) -> list[tuple[Parameter, list[tuple[str, str, str]]]]:
    """Every parameter, with the clauses that use it: their name, where they stand here, and in the handbook."""
    used, here = uses(policy), {(step.rule, part) for step in policy.steps.values() for part in parts_of(step)}
    return [
        (
            _parameter(name, value),
            [(f"{use.rule} {use.clause}", _anchor(use, here), place_of(use.citation)) for use in used[name]],
        )
        for name, value in by_name(policy.parameters).items()
    ]


def _anchor(use: Use, here: Collection[tuple[str, str]]) -> str:
    return anchor_of(use.rule, use.clause) if (use.rule, use.clause) in here else ""


def _parameter(name: str, value: object) -> Parameter:
    return Parameter(name, value_shown(value), MEANINGS[name])


def place_of(citation: Citation) -> str:
    """Where the handbook says so."""
    return f"{citation.heading}, {citation.item}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _rules(policy: AnyPolicy, counts: Mapping[str, int] | None) -> list[Rule]:
    values = by_name(policy.parameters)
    bearing: dict[tuple[str, str], list[Parameter]] = {}
    for name, used in uses(policy).items():
        for use in used:
            bearing.setdefault((use.rule, use.clause), []).append(_parameter(name, values[name]))
    steps: dict[str, list[Step]] = {}
    for step in policy.steps.values():
        steps.setdefault(step.rule, []).append(step)
    return [
        Rule(
            rule=rule,
            heading=asked[0].citation.heading,
            questions=[_question(step, bearing) for step in asked],
            accounts=None if counts is None else counts.get(rule, 0),
            path=query("/console/accounts", rule=rule),
        )
        for rule, asked in steps.items()
    ]


def _question(step: Step, bearing: Mapping[tuple[str, str], Sequence[Parameter]]) -> Question:
    clauses = [
        Question(
            anchor=anchor_of(step.rule, clause.label),
            label=clause.label,
            title=clause.title,
            words=expression_words(clause.expression, whole=True),
            gist=_sentence(clause.citation.gist),
            place=place_of(clause.citation),
            parameters=bearing.get((step.rule, clause.label), ()),
        )
        for clause in clauses_of(step.expression)
    ]
    return Question(
        anchor=anchor_of(step.rule, step.part),
        label="",
        title=step.title,
        words="" if clauses else expression_words(step.expression, whole=True),
        gist=_sentence(step.citation.gist),
        place=place_of(step.citation),
        parameters=bearing.get((step.rule, step.part), ()),
        clauses=clauses,
    )
