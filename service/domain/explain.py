"""A decision, clause by clause: every question that was asked, how it came out, on which facts, and who says so.

Rendered from the recorded facts, the policy revision and the trail alone, so it reads the same years later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_never

from service.domain.clauses import (
    And,
    Citation,
    Clause,
    Compare,
    Expression,
    Holds,
    IsIn,
    Known,
    Not,
    Or,
    Outcome,
)
from service.domain.decision import Decision
from service.domain.policy import Policy, Step
from service.domain.segmentation import known_values
from service.domain.wording import clauses_of, formula_of, text_of


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """One clause of an explanation. ``outcome`` is None for unknown; ``children`` are the parts that it is made of."""

    rule: str
    clause: str
    title: str
    text: str
    outcome: Outcome
    facts: dict[str, Any]
    citation: Citation | None
    children: list["ExplainedClause"]


def explain(decision: Decision, policy: Policy) -> list[ExplainedClause]:
    """Explain a decision under the policy revision that it was taken under.

    A step whose expression has numbered clauses is told clause by clause, and then as the formula that joins them.
    """
    values = values_of(decision)
    explained: list[ExplainedClause] = []
    for key, outcomes in decision.trail:
        step = policy.steps[key]
        whole = _Telling(step, values, iter(outcomes)).tell(step.expression)
        numbered = clauses_of(step.expression)
        if numbered:
            explained += _labelled(whole, {clause.label for clause in numbered})
            explained.append(_formula(step, whole))
        else:
            explained.append(
                ExplainedClause(
                    step.rule,
                    step.part,
                    step.title,
                    whole.text,
                    whole.outcome,
                    whole.facts,
                    step.citation,
                    whole.children,
                )
            )
    return explained


def values_of(decision: Decision) -> dict[str, Any]:
    """Every fact by name as the decision saw it, those that it derived included."""
    values = known_values(decision.facts)
    values["segment"] = decision.segment
    values["leading_employees"] = decision.leading_employees
    return values


def _labelled(explained: ExplainedClause, labels: set[str]) -> Iterator[ExplainedClause]:
    if explained.clause in labels:
        yield explained
    else:
        for child in explained.children:
            yield from _labelled(child, labels)


def _formula(step: Step, whole: ExplainedClause) -> ExplainedClause:
    formula = formula_of(step.expression)
    return ExplainedClause(step.rule, formula, step.title, formula, whole.outcome, {}, step.citation, [])


class _Telling:
    """Walks an expression in the order in which its trail was left."""

    def __init__(self, step: Step, values: dict[str, Any], outcomes: Iterator[Outcome]) -> None:
        self.step = step
        self.values = values
        self.outcomes = outcomes

    def tell(self, expression: Expression) -> ExplainedClause:
        match expression:
            case Known(fact) | Holds(fact) | Compare(fact) | IsIn(fact):
                return self._told(expression, {fact: self.values[fact]}, [])
            case Not(part):
                inner = self.tell(part)
                return self._told(expression, inner.facts, inner.children)
            case And(parts) | Or(parts):
                children = [self.tell(part) for part in parts]
                facts = {name: value for child in children for name, value in child.facts.items()}
                return self._told(expression, facts, children)
            case Clause(label=label, title=title, expression=inner_expression, citation=citation):
                inner = self.tell(inner_expression)
                return ExplainedClause(
                    self.step.rule, label, title, inner.text, inner.outcome, inner.facts, citation, inner.children
                )
        assert_never(expression)

    def _told(self, expression: Expression, facts: dict[str, Any], children: list[ExplainedClause]) -> ExplainedClause:
        text = text_of(expression)
        return ExplainedClause(self.step.rule, text, text, text, next(self.outcomes), facts, None, children)
