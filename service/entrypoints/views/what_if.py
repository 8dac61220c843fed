"""What would alter a decision as every entry point answers it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, TypeAlias, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.cells import Value
from service.domain.decision import Decision, Status
from service.domain.lab.counterfactual import Counterfactual, counterfactuals
from service.domain.lab.counterfactual_words import counterfactual_words
from service.domain.lab.missing import missing_facts, missing_words
from service.domain.nearness import Margin, margin_words, margins
from service.domain.policy import Policy
from service.domain.ranges import Range
from service.domain.terms import Segment, Team

FactValue: TypeAlias = str | int | bool | date | None


class ChangeBody(TypedDict):
    """A fact that is other than stated; `distance` is by how many people or days."""

    fact: Annotated[str, Field(description="The fact.")]
    before: Annotated[FactValue, Field(description="Its value as stated; null is unknown.")]
    after: Annotated[FactValue, Field(description="The nearest other value.")]
    distance: Annotated[int, Field(description="By how many people or days; 0 where there is nothing to measure.")]


class CounterfactualBody(TypedDict):
    """Changes that alter the outcome together, and none of them without the others; and what they lead to."""

    changes: Annotated[Sequence[ChangeBody], Field(description="The facts that are other than stated.")]
    team: Annotated[Team | None, Field(description="The team that it leads to; null until a review is resolved.")]
    segment: Annotated[Segment | None, Field(description="The segment that it leads to.")]
    status: Annotated[Status | None, Field(description="How firm that is; null where no rule covers it.")]
    rule: Annotated[str | None, Field(description="The rule that decides then.")]
    text: Annotated[str, Field(description="All of it in a sentence.")]


class BoundaryBody(TypedDict):
    """A comparison that the decision asked, and by how much it holds or fails."""

    step: Annotated[str, Field(description="The question that it belongs to.")]
    clause: Annotated[str, Field(description="The comparison, as a formula.")]
    fact: Annotated[str, Field(description="The fact that it compares.")]
    value: Annotated[int | date | str | None, Field(description="The value of the fact; null is unknown.")]
    outcome: Annotated[bool | None, Field(description="Whether it holds; null is unknown.")]
    by: Annotated[int | None, Field(description="People or days; null where the fact is not known.")]
    text: Annotated[str, Field(description="All of it in a sentence.")]


class WhatIfBody(TypedDict):
    """What would alter a decision, what would settle it, and how near its clauses are to their boundaries."""

    decision_id: Annotated[UUID, Field(description="The decision.")]
    found_out: Annotated[
        Sequence[CounterfactualBody], Field(description="By facts that work can bring to light, nearest first.")
    ]
    given: Annotated[Sequence[CounterfactualBody], Field(description="By facts that are given, nearest first.")]
    settled_by: Annotated[
        Sequence[Sequence[str]], Field(description="The smallest sets of facts that would make it final.")
    ]
    settling: Annotated[Sequence[str], Field(description="The same in sentences.")]
    boundaries: Annotated[Sequence[BoundaryBody], Field(description="Every comparison, in the order asked.")]


def render_what_if(decision_id: UUID, decision: Decision, policy: Policy) -> WhatIfBody:
    """What would alter a classification, what would settle it, and its margins, under the policy that it rests on."""
    found, missing = counterfactuals(decision, policy), missing_facts(decision, policy)
    return {
        "decision_id": decision_id,
        "found_out": [_render_counterfactual(each, decision, policy) for each in found.found_out],
        "given": [_render_counterfactual(each, decision, policy) for each in found.given],
        "settled_by": missing.sets,
        "settling": missing_words(missing),
        "boundaries": [_render_boundary(each) for each in margins(decision, policy)],
    }


def _stated(value: Value) -> int | date | str | bool | None:
    return str(value) if isinstance(value, Range) else value


def _render_counterfactual(found: Counterfactual, decision: Decision, policy: Policy) -> CounterfactualBody:
    return {
        "changes": [
            {
                "fact": change.fact,
                "before": _stated(change.before),
                "after": _stated(change.after),
                "distance": change.distance,
            }
            for change in found.changes
        ],
        "team": found.verdict.team,
        "segment": found.verdict.segment,
        "status": found.verdict.status,
        "rule": found.verdict.rule,
        "text": counterfactual_words(found, decision, policy),
    }


def _render_boundary(margin: Margin) -> BoundaryBody:
    return {
        "step": margin.step,
        "clause": margin.text,
        "fact": margin.fact,
        "value": str(margin.value)
        if isinstance(margin.value, Range)
        else cast("int | date | str | None", margin.value),
        "outcome": margin.outcome,
        "by": None if margin.by is None else int(margin.by),
        "text": margin_words(margin),
    }
