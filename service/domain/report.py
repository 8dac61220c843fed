"""A decision as a person reads it, line by line. All of it is rendered from what ``explain`` and ``sentences`` say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service.domain.decide import as_classification
from service.domain.decision import Decision
from service.domain.explain import ExplainedClause, explain
from service.domain.lab.counterfactual import nearest_change
from service.domain.lab.counterfactual_words import counterfactual_words
from service.domain.parts import Fork, Route
from service.domain.policy import Policy, UnknownRevision
from service.domain.program import DOUBLE_CHECK
from service.domain.ranges import Range
from service.domain.sentences import notices, summary
from service.domain.size_walk import size_walk
from service.domain.wording import (
    ANSWERS,
    BOUNDS,
    TEAM_NAMES,
    value_words,
)

LABEL_WIDTH = 10
"""Columns before the text of each line; a reader that wraps lines indents by as much."""


def report(decision: Decision, policy: Policy | UnknownRevision, *, cited: bool = False) -> str:
    """Everything there is to say of a decision under its policy revision: lines of text, without a last line end.

    ``cited``: with the place in the handbook that each clause rests on. The nearest change is found by deciding some
    dozens of times, so a report is for one account, not for each of many. Names and gaps stand as they were given, each
    on its own line; a reader for whom they are markup escapes them.
    """
    explained = explain(decision, policy)
    if isinstance(policy, UnknownRevision):
        return "\n".join(
            (_header(decision), labelled_line("Outcome", summary(decision, policy)), *_notices(decision, policy))
        )
    if decision.facts.trigger is not None:
        return "\n".join(_of_trigger(decision, policy, explained, cited=cited))
    # Its title, for its text speaks of a fact that nobody states.
    double_check = [
        replace(clause, text=clause.title) for clause in explained if f"{clause.rule}/{clause.clause}" == DOUBLE_CHECK
    ]
    lines = [
        _header(decision),
        labelled_line("Segment", " ".join(text for text, _ in size_walk(decision, policy))),
        *_clauses(double_check, policy, (), labelled=False, cited=cited),
        *_rule(decision, policy, explained, cited=cited),
        *_notices(decision, policy),
        *_nearest(decision, policy),
    ]
    return "\n".join(lines)


def _of_trigger(decision: Decision, policy: Policy, explained: list[ExplainedClause], *, cited: bool) -> Iterator[str]:
    yield _header(decision)
    yield labelled_line("Outcome", summary(decision, policy))
    for clause in explained:
        yield labelled_line("Rule", f"{clause.rule}, {_within_a_sentence(clause.title)}: {clause.text}")
        told = clause.children or [clause]
        yield from _clauses(told, policy, decision.missing_facts, labelled=False, cited=cited)
        if cited and clause.children:
            yield from _place(clause)
    yield from _notices(decision, policy)
    if cited:
        yield from _nearest(as_classification(decision, policy), policy)


def _notices(decision: Decision, policy: Policy | UnknownRevision) -> Iterator[str]:
    advice, actions = notices(decision, policy)
    yield from (labelled_line("To do", f"{notice.text} ({notice.rule})") for notice in actions)
    yield from (labelled_line("Advice", f"{notice.text} ({notice.rule})") for notice in advice)


def _nearest(decision: Decision, policy: Policy) -> Iterator[str]:
    nearest = nearest_change(decision, policy)
    if nearest is not None:
        yield labelled_line("Nearest", counterfactual_words(nearest, decision, policy))


def labelled_line(label: str, text: str) -> str:
    """A line of a report under a label; of no label where it goes on with the one before."""
    return f"{label:<{LABEL_WIDTH}}{text}"


def _header(decision: Decision) -> str:
    account = decision.facts.account
    team = "no team yet" if decision.team is None else f"{TEAM_NAMES[decision.team]} ({decision.team})"
    policy = f"policy {decision.policy_id} revision {decision.policy_version}"
    return f"{account.name or account.id} -> {team}   {decision.status}, {policy}, effective {decision.effective_on}"


def _rule(decision: Decision, policy: Policy, explained: list[ExplainedClause], *, cited: bool) -> Iterator[str]:
    decisive = decisive_rule(decision, policy, explained)
    title = _within_a_sentence(decisive.title)
    if decisive.whole is None:
        yield labelled_line("Rule", f"{decisive.rule}{', ' if decisive.clauses else ': '}{title}")
        told = [replace(clause, text=clause.title) for clause in decisive.clauses]
        yield from _clauses(told, policy, (), labelled=False, cited=cited)
        return
    yield labelled_line("Rule", f"{decisive.rule}, {title}: {decisive.whole.text}")
    missing = decision.missing_facts
    yield from _clauses(decisive.clauses, policy, missing, labelled=decisive.numbered, cited=cited)
    if cited and decisive.whole not in decisive.clauses:
        yield from _place(decisive.whole)


@dataclass(frozen=True, slots=True)
class DecisiveRule:
    """The rule that decided a classification, and its ``clauses``, by their numbers where they are ``numbered``.

    ``whole`` joins them; None of a move that stands, and where no rule could be asked.
    """

    rule: str
    title: str
    clauses: list[ExplainedClause]
    whole: ExplainedClause | None = None
    numbered: bool = False


def decisive_rule(decision: Decision, policy: Policy, explained: list[ExplainedClause]) -> DecisiveRule:
    """The rule that decided a classification, of what was ``explained``."""
    move = decision.facts.move
    if move is not None and decision.rule == move.rule:
        how = "held" if move.moved_from is None else f"moved from {TEAM_NAMES[move.moved_from]}"
        stands = [clause for clause in explained if clause.rule == policy.program.moves.stands.rule]
        return DecisiveRule(move.rule, f"{how} since {move.moved_on}", stands)
    route = next((route for route in policy.program.routes.routes if _applied(route, decision)), None)
    if route is None:
        return DecisiveRule(decision.rule, "no team before the segment is settled.", [])
    forks = isinstance(route.to, Fork)
    *numbered, whole = [
        clause for clause in explained if clause.rule == decision.rule and (clause.clause != route.when.part) is forks
    ]
    told = numbered or whole.children or [whole]
    return DecisiveRule(decision.rule, route.when.title, told, whole, bool(numbered))


def _applied(route: Route, decision: Decision) -> bool:
    asked = route.when.key
    return route.when.rule == decision.rule and any(key == asked and answers[-1] for key, answers in decision.trail)


def _within_a_sentence(title: str) -> str:
    return title if title[1].isupper() else title[0].lower() + title[1:]


def _clauses(
    clauses: list[ExplainedClause], policy: Policy, missing: tuple[str, ...], *, labelled: bool, cited: bool
) -> Iterator[str]:
    rows = [(clause, f"{clause.clause}  {_said(clause)}" if labelled else _said(clause)) for clause in clauses]
    width = max((len(said) for _, said in rows), default=0)
    for clause, said in rows:
        yield f"  {ANSWERS[clause.outcome]:<9}{said:<{width}}  {found_words(clause, policy, missing)}"
        if cited:
            yield from _place(clause)


def _place(clause: ExplainedClause) -> Iterator[str]:
    """Where the handbook says so, if it does."""
    if clause.citation is not None:
        yield f"           Handbook: {clause.citation.heading}, {clause.citation.item}"


def _said(clause: ExplainedClause) -> str:
    """The threshold where there is one, for it says more than a title; else the title."""
    return clause.title if clause.children or clause.text in clause.facts else clause.text


def found_words(clause: ExplainedClause, policy: Policy, missing: tuple[str, ...]) -> str:
    """What the facts of a clause are; of one that is not known, whether it could change the team."""
    unknown = [fact for fact, value in clause.facts.items() if value is None or _leaves_open(value, clause)]
    values = {fact: _value(value, fact, clause) for fact, value in clause.facts.items()}
    found = ", ".join(values.values() if len(values) == 1 else (f"{fact} {value}" for fact, value in values.items()))
    if not unknown:
        return found
    matters = any(policy.program.asked_as(fact) in missing for fact in unknown)
    return f"{found}; it could change the team" if matters else f"{found}; it would not change the outcome"


def _leaves_open(value: object, clause: ExplainedClause) -> bool:
    return isinstance(value, Range) and clause.outcome is None


def _value(value: object, fact: str, clause: ExplainedClause) -> str:
    """A value in words; of a range also what it leaves open: ``201 to 500: at least 500 is unknown``."""
    if value is None:
        return "not known"
    sign, _, bound = clause.text.removeprefix(fact).strip().partition(" ")
    open_at = f": {BOUNDS[sign]} {int(bound):,} is unknown" if _leaves_open(value, clause) and sign in BOUNDS else ""
    return f"{value_words(value)}{open_at}"
