"""Policy revisions and their drafts as every entry point answers them."""

from dataclasses import asdict
from typing import Any

from service.domain.drafts import RecordedDraft
from service.domain.lab.lint import Finding
from service.domain.parameters import Parameters
from service.domain.policy import Policy
from service.domain.program import Step
from service.domain.wording import clauses_of, formula_of, text_of
from service.entrypoints.views.decisions import citation_body


def revision_summary(policy: Policy, recorded: RecordedDraft | None) -> dict[str, Any]:
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


def revision_body(policy: Policy, recorded: RecordedDraft | None) -> dict[str, Any]:
    """A revision with its parameters and rules."""
    rules = [rule_body(step) for step in policy.steps.values()]
    return revision_summary(policy, recorded) | {"parameters": policy.parameters.as_dict(), "rules": rules}


def rule_body(step: Step) -> dict[str, Any]:
    """A question of a policy with its numbered clauses."""
    clauses = clauses_of(step.expression)
    return {
        "rule": step.rule,
        "clause": step.part,
        "title": step.title,
        "text": formula_of(step.expression) if clauses else text_of(step.expression),
        "citation": citation_body(step.citation),
        "clauses": [
            {
                "rule": step.rule,
                "clause": clause.label,
                "title": clause.title,
                "text": text_of(clause.expression),
                "citation": citation_body(clause.citation),
                "clauses": [],
            }
            for clause in clauses
        ],
    }


def draft_body(recorded: RecordedDraft) -> dict[str, Any]:
    """A draft, with what it changes of the revision that it is based on."""
    draft, publication = recorded.draft, recorded.publication
    return {
        "id": draft.id,
        "policy_id": draft.based_on.id,
        "based_on": draft.based_on.version,
        "changes": before_and_after(draft.based_on.parameters, draft.parameters),
        "parameters": draft.parameters.as_dict(),
        "effective_from": draft.effective_from,
        "effective_until": draft.effective_until,
        "reason": draft.reason,
        "drafted_by": draft.drafted_by,
        "drafted_at": draft.drafted_at,
        "published_as": None if publication is None else publication.version,
        "published_by": None if publication is None else publication.published_by,
        "published_at": None if publication is None else publication.published_at,
    }


def lint_body(policy: Policy, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """What is odd about a policy."""
    return {"policy": reference(policy), "findings": [asdict(finding) for finding in findings]}


def reference(policy: Policy) -> dict[str, Any]:
    """The name of a revision."""
    return {"id": policy.id, "version": policy.version}


def before_and_after(before: Parameters, after: Parameters) -> dict[str, Any]:
    """The parameters that differ, each with its two values."""
    theirs = after.as_dict()
    return {
        name: {"before": value, "after": theirs[name]}
        for name, value in before.as_dict().items()
        if value != theirs[name]
    }
