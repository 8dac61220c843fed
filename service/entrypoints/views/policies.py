"""Policy revisions and their drafts as every entry point answers them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, TypeAlias, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.calendar import Weekday
from service.domain.drafts import RecordedDraft, uses
from service.domain.lab.lint import Finding, LintCode, Severity, verdict_words
from service.domain.parameters import MEANINGS, AnyParameters
from service.domain.parts import Step
from service.domain.policy import AnyPolicy
from service.domain.wording import clauses_of, formula_of, text_of
from service.entrypoints.views.decisions import PolicyReference, render_reference
from service.entrypoints.views.explanations import CitationBody, render_citation

ParameterValue: TypeAlias = int | date | Weekday | Sequence[str]
JsonObject: TypeAlias = Mapping[str, object]
EffectiveFrom: TypeAlias = Annotated[date, Field(description="The first day that it decides for.")]
EffectiveUntil: TypeAlias = Annotated[
    date | None, Field(description="The first day that it does not decide for any more; null: no end is set.")
]
ParametersByName: TypeAlias = Annotated[
    Mapping[str, ParameterValue], Field(description="The thresholds and dates of the revision, by name.")
]
PublishedBy: TypeAlias = Annotated[str | None, Field(description="The key that published it.")]
PublishedAt: TypeAlias = Annotated[datetime | None, Field(description="When it was published.")]


class RuleBody(TypedDict):
    """One question that the policy asks, in words."""

    rule: Annotated[str, Field(description="The rule that it belongs to, such as ROUTE-3.")]
    clause: Annotated[str, Field(description="Its name or number within the rule.")]
    title: Annotated[str, Field(description="What it asks, in a few words.")]
    text: Annotated[str, Field(description="What it asks, as a formula over facts or over its clauses.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]
    clauses: Annotated[Sequence["RuleBody"], Field(description="Its numbered clauses.")]


class PolicySummary(TypedDict):
    """A policy revision, in short. What it begins with has no draft, nor anybody who published it."""

    id: Annotated[str, Field(description="The policy's name, such as fy23.")]
    version: Annotated[int, Field(description="The revision of it.")]
    title: Annotated[str, Field(description="What people call the policy.")]
    effective_from: EffectiveFrom
    effective_until: EffectiveUntil
    draft_id: Annotated[UUID | None, Field(description="The draft that it was.")]
    reason: Annotated[str | None, Field(description="Why it was drafted.")]
    drafted_by: Annotated[str | None, Field(description="The key that drafted it.")]
    published_by: PublishedBy
    published_at: PublishedAt


class PolicyPage(TypedDict):
    """The published revisions, in the order of publication."""

    items: Annotated[Sequence[PolicySummary], Field(description="The revisions.")]


class UseBody(TypedDict):
    """A clause that a parameter bears on."""

    rule: Annotated[str, Field(description="The rule that it belongs to, such as ROUTE-3.")]
    clause: Annotated[str, Field(description="Its name or number within the rule; of advice, its code.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]


class ParameterBody(TypedDict):
    """A parameter: what it means, and where it is used."""

    name: Annotated[str, Field(description="Its name.")]
    value: Annotated[ParameterValue, Field(description="Its value.")]
    meaning: Annotated[str, Field(description="What it means.")]
    used_by: Annotated[Sequence[UseBody], Field(description="The clauses that change with it.")]


class PolicyBody(PolicySummary):
    """A policy revision with its parameters and rules, in the order in which they are asked."""

    parameters: ParametersByName
    parameters_explained: Annotated[Sequence[ParameterBody], Field(description="What each of them means.")]
    rules: Annotated[Sequence[RuleBody], Field(description="The questions that it asks, in order.")]


class BeforeAndAfter(TypedDict):
    """A parameter with its two values."""

    before: Annotated[ParameterValue, Field(description="The value in the revision compared with.")]
    after: Annotated[ParameterValue, Field(description="The value in the other.")]


class FindingBody(TypedDict):
    """Something odd about a policy. A fault keeps a draft from being published; a note is to be looked at."""

    code: Annotated[LintCode, Field(description="What it is, for programs.")]
    severity: Annotated[Severity, Field(description="A fault is never meant; a note may be.")]
    where: Annotated[Sequence[str], Field(description="The steps, facts or parameters concerned.")]
    sentence: Annotated[str, Field(description="What it is, for people.")]
    new: Annotated[
        bool | None, Field(description="Of a draft: not found in the revision that it changes; null: not known.")
    ]


class ProgramBody(TypedDict):
    """A program: how the rules of a policy are read."""

    procedure: Annotated[int, Field(description="The version of what is procedure and not in the program.")]
    parameters: ParametersByName
    derived: Annotated[Sequence[JsonObject], Field(description="What is derived from the facts, in order.")]
    parts: Annotated[Sequence[JsonObject], Field(description="What a classification asks, in order, and binds.")]
    advice: Annotated[Sequence[JsonObject], Field(description="Where advice goes with a classification.")]
    actions: Annotated[Sequence[JsonObject], Field(description="Where an action does.")]
    moves: Annotated[JsonObject, Field(description="The questions of moves.")]
    handoff: Annotated[JsonObject, Field(description="The questions of a handoff.")]
    notices: Annotated[JsonObject, Field(description="What advice and actions say, and the rules they rest on.")]
    stated_as: Annotated[JsonObject, Field(description="The names under which derived facts are stated.")]
    grounds: Annotated[JsonObject, Field(description="What a summary says, by the rule that decided.")]
    texts: Annotated[JsonObject, Field(description="Sentences, by the case that they are for.")]


class LintBody(TypedDict):
    """What is odd about a policy, faults first."""

    policy: Annotated[PolicyReference, Field(description="The policy revision.")]
    findings: Annotated[Sequence[FindingBody], Field(description="What was found; empty: nothing is odd.")]
    verdict: Annotated[str, Field(description="What they come to, in a sentence.")]


def render_summary(policy: AnyPolicy, recorded: RecordedDraft | None) -> PolicySummary:
    """A revision in short. ``recorded`` is the draft that it was, None for what is built in."""
    draft = None if recorded is None else recorded.draft
    publication = None if recorded is None else recorded.publication
    return {
        "id": policy.id,
        "version": policy.version,
        "title": policy.title,
        "effective_from": policy.effective_from,
        "effective_until": policy.effective_until,
        "draft_id": None if draft is None else draft.id,
        "reason": None if draft is None else draft.reason,
        "drafted_by": None if draft is None else draft.drafted_by,
        "published_by": None if publication is None else publication.published_by,
        "published_at": None if publication is None else publication.published_at,
    }


def render_policy(policy: AnyPolicy, recorded: RecordedDraft | None) -> PolicyBody:
    """A revision with its parameters and rules."""
    return {
        **render_summary(policy, recorded),
        "parameters": by_name(policy.parameters),
        "parameters_explained": explained_parameters(policy),
        "rules": [_render_rule(step) for step in policy.steps.values()],
    }


def explained_parameters(policy: AnyPolicy) -> list[ParameterBody]:
    """What each parameter means, and the clauses that it bears on."""
    used_by = uses(policy)
    return [
        {
            "name": name,
            "value": value,
            "meaning": MEANINGS[name],
            "used_by": [
                {"rule": use.rule, "clause": use.clause, "citation": render_citation(use.citation)}
                for use in used_by[name]
            ],
        }
        for name, value in by_name(policy.parameters).items()
    ]


def _render_rule(step: Step) -> RuleBody:
    clauses = clauses_of(step.expression)
    return {
        "rule": step.rule,
        "clause": step.part,
        "title": step.title,
        "text": formula_of(step.expression) if clauses else text_of(step.expression),
        "citation": render_citation(step.citation),
        "clauses": [
            {
                "rule": step.rule,
                "clause": clause.label,
                "title": clause.title,
                "text": text_of(clause.expression),
                "citation": render_citation(clause.citation),
                "clauses": [],
            }
            for clause in clauses
        ],
    }


def render_lint(policy: AnyPolicy, findings: Sequence[Finding], new: Sequence[Finding] | None = None) -> LintBody:
    """What is odd about a policy; ``new`` is what the revision has not that a draft changes."""
    return {
        "policy": render_reference(policy),
        "findings": [
            {
                "code": found.code,
                "severity": found.severity,
                "where": found.where,
                "sentence": found.sentence,
                "new": None if new is None else found in new,
            }
            for found in findings
        ],
        "verdict": verdict_words(findings, new),
    }


def render_changes(before: AnyParameters, after: AnyParameters) -> dict[str, BeforeAndAfter]:
    """The parameters that differ, each with its two values."""
    theirs = by_name(after)
    return {
        name: {"before": value, "after": theirs[name]}
        for name, value in by_name(before).items()
        if value != theirs[name]
    }


def by_name(parameters: AnyParameters) -> dict[str, ParameterValue]:
    """The parameters by name."""
    return cast("dict[str, ParameterValue]", parameters.as_dict())
