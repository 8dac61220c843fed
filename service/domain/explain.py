"""A decision, clause by clause: every question that was asked, how it came out, on which facts, and who says so.

Rendered from the recorded facts, the policy revision and the trail alone, so it reads the same years later.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
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


@dataclass(slots=True)
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
        told = _told_by(policy.steps[key])
        whole = _explained(told.whole, values, outcomes)
        if told.formula is None:
            explained.append(whole)
        else:
            explained += [_explained(clause, values, outcomes) for clause in told.numbered]
            formula = told.formula
            explained.append(
                ExplainedClause(whole.rule, formula, whole.title, formula, whole.outcome, {}, whole.citation, [])
            )
    return explained


def values_of(decision: Decision) -> dict[str, Any]:
    """Every fact by name as the decision saw it, those that it derived included."""
    values = known_values(decision.facts)
    values["segment"] = decision.segment
    values["leading_employees"] = decision.leading_employees
    return values


def _explained(words: "_Words", values: dict[str, Any], outcomes: list[Outcome]) -> ExplainedClause:
    return ExplainedClause(
        words.rule,
        words.clause,
        words.title,
        words.text,
        outcomes[words.place],
        {fact: values[fact] for fact in words.facts},
        words.citation,
        [_explained(child, values, outcomes) for child in words.children],
    )


# What is said of a step whatever its outcome is put together once.


@dataclass(frozen=True, slots=True)
class _Words:
    """A node in words: the facts that it and its parts read, and the place of its outcome in the step's trail."""

    rule: str
    clause: str
    title: str
    text: str
    place: int
    facts: tuple[str, ...]
    citation: Citation | None = None
    children: tuple["_Words", ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """A step in words, with its numbered clauses and the formula that joins them, where it has any."""

    whole: _Words
    numbered: tuple[_Words, ...]
    formula: str | None


@cache
def _told_by(step: Step) -> _Told:
    whole = _words(step.expression, step.rule, count())
    whole = replace(whole, clause=step.part, title=step.title, citation=step.citation)
    labels = {clause.label for clause in clauses_of(step.expression)}
    return _Told(whole, tuple(_labelled(whole, labels)), formula_of(step.expression) if labels else None)


def _words(expression: Expression, rule: str, places: Iterator[int]) -> _Words:
    text = text_of(expression)
    match expression:
        case Known(fact) | Holds(fact) | Compare(fact) | IsIn(fact):
            return _Words(rule, text, text, text, next(places), (fact,))
        case Not(part):
            inner = _words(part, rule, places)
            return _Words(rule, text, text, text, next(places), inner.facts, None, inner.children)
        case And(parts) | Or(parts):
            children = tuple(_words(part, rule, places) for part in parts)
            facts = tuple(dict.fromkeys(fact for child in children for fact in child.facts))
            return _Words(rule, text, text, text, next(places), facts, None, children)
        case Clause(label=label, title=title, expression=inner_expression, citation=citation):
            inner = _words(inner_expression, rule, places)
            return replace(inner, clause=label, title=title, citation=citation)
    assert_never(expression)


def _labelled(words: _Words, labels: set[str]) -> Iterator[_Words]:
    if words.clause in labels:
        yield words
    else:
        for child in words.children:
            yield from _labelled(child, labels)
