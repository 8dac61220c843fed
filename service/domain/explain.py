"""A decision, clause by clause: every question that was asked, how it came out, on which facts, and who says so.

Rendered from the recorded facts, the policy revision and the trail alone, so it reads the same years later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any, assert_never

from service.domain.clauses import And, Citation, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or, Outcome
from service.domain.decide import trigger_values
from service.domain.decision import Decision
from service.domain.parts import Step, Trail, answer_in
from service.domain.policy import Policy, UnknownRevision
from service.domain.program import MOVE_STANDS
from service.domain.standing_moves import has_gone_back
from service.domain.vocabulary import move_leads
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


def explain(decision: Decision, policy: Policy | UnknownRevision) -> list[ExplainedClause]:
    """Explain a decision under the policy revision that it was taken under; by nothing where that is not known.

    A step whose expression has numbered clauses is told clause by clause, and then as the formula that joins them.
    """
    if isinstance(policy, UnknownRevision):
        return []
    return explain_trail(decision.trail, policy.steps, values_of(decision, policy))


def explain_trail(trail: Trail, steps: Mapping[str, Step], values: Mapping[str, Any]) -> list[ExplainedClause]:
    """Explain what was asked, by the steps of those keys, of these values."""
    return [_explained(words, values, outcomes) for key, outcomes in trail for words in words_of(steps[key])]


def values_of(decision: Decision, policy: Policy) -> dict[str, Any]:
    """Every fact by name as the decision saw it, those that it derived included."""
    facts = decision.facts
    # Where a changeover sent the account back, what was asked are the questions of a classification.
    values = trigger_values(replace(facts, trigger=None) if has_gone_back(decision) else facts, policy)
    values["segment"] = decision.segment
    values["leading_employees"] = decision.led
    if decision.facts.move is not None:
        # Nothing but the answer to a question that only asks for it.
        values[move_leads.name] = answer_in(decision.trail, MOVE_STANDS)
    return values


def _explained(words: "Words", values: Mapping[str, Any], outcomes: list[Outcome]) -> ExplainedClause:
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


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a clause whatever its outcome.

    ``place`` is where the outcome stands in the step's trail; ``facts`` are those that the clause and its parts read.
    """

    rule: str
    clause: str
    title: str
    text: str
    place: int
    facts: tuple[str, ...]
    citation: Citation | None = None
    children: tuple["Words", ...] = ()


@cache
def words_of(step: Step) -> tuple[Words, ...]:
    """A step in words, put together once: itself, or its numbered clauses and the formula that joins them."""
    whole = _words(step.expression, step.rule, count())
    whole = replace(whole, clause=step.part, title=step.title, citation=step.citation)
    labels = {clause.label for clause in clauses_of(step.expression)}
    if not labels:
        return (whole,)
    formula = formula_of(step.expression)
    return (*_labelled(whole, labels), replace(whole, clause=formula, text=formula, facts=(), children=()))


def _words(expression: Expression, rule: str, places: Iterator[int]) -> Words:
    text = text_of(expression)
    match expression:
        case Known(fact) | Holds(fact) | Compare(fact) | IsIn(fact):
            return Words(rule, text, text, text, next(places), (fact,))
        case Not(part):
            inner = _words(part, rule, places)
            return Words(rule, text, text, text, next(places), inner.facts, None, inner.children)
        case And(parts) | Or(parts):
            children = tuple(_words(part, rule, places) for part in parts)
            facts = tuple(dict.fromkeys(fact for child in children for fact in child.facts))
            return Words(rule, text, text, text, next(places), facts, None, children)
        case Clause(label=label, title=title, expression=inner_expression, citation=citation):
            inner = _words(inner_expression, rule, places)
            return replace(inner, clause=label, title=title, citation=citation)
    assert_never(expression)


def _labelled(words: Words, labels: set[str]) -> Iterator[Words]:
    if words.clause in labels:
        yield words
    else:
        for child in words.children:
            yield from _labelled(child, labels)
