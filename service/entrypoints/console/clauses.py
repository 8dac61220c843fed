"""Why: the clauses of a decision as pages print them, each with its facts, its source and its distance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or
from service.domain.decision import Decision
from service.domain.explain import ExplainedClause, explain
from service.domain.nearness import Margin, margins
from service.domain.parts import Step
from service.domain.policy import Policy
from service.domain.report import decisive_rule
from service.domain.wording import ANSWERS, BOUNDS, clauses_of, listing, text_of, value_words
from service.entrypoints.console.figures import Distance, distance
from service.entrypoints.console.pages import query, segment
from service.entrypoints.console.times import on_day
from service.entrypoints.console.words import MONEY, fact_words, value_of_fact


def anchor_of(rule: str, clause: str = "") -> str:
    """Where a rule, or a question of it, stands on the page of its policy."""
    return f"{rule}-{clause}".replace(" ", "-") if clause else rule


def parts_of(step: Step) -> list[str]:
    """What a question is called, and its numbered clauses."""
    return [step.part, *(clause.label for clause in clauses_of(step.expression))]


_BY_DAY = {"<": "before", "<=": "by", ">": "after", ">=": "on or after"}
_BY_AMOUNT = {"<": "below", "<=": "of at most", ">": "above", ">=": "of at least"}
_FEWER = {">=", ">"}


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact that a clause read."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause: ``answer`` is yes, no or unknown; ``note`` says how much it matters, ``path`` leads to the policy."""

    answer: str
    label: str
    title: str
    facts: tuple[FactView, ...]
    note: str
    heading: str
    item: str
    gist: str
    distance: Distance | None
    path: str
    children: tuple["ClauseView", ...]


def plain_clause(
    clause: ExplainedClause, name_of: Callable[[str], str], value_of: Callable[[str, object], str]
) -> ClauseView:
    """A clause with its facts in words and its place in the handbook, and nothing of what it is made of."""
    cited = clause.citation
    return ClauseView(
        answer=ANSWERS[clause.outcome],
        label="",
        title=clause.title,
        facts=tuple(FactView(name_of(fact), value_of(fact, value)) for fact, value in clause.facts.items()),
        note="",
        heading="" if cited is None else cited.heading,
        item="" if cited is None else cited.item,
        gist="" if cited is None else cited.gist,
        distance=None,
        path="",
        children=(),
    )


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its clauses. ``formula`` says how they are joined, ``path`` where the policy has it."""

    rule: str
    path: str
    title: str
    formula: str
    clauses: tuple[ClauseView, ...]


class Told:
    """Everything that a decision asked, in words. Made from what ``explain`` says of it."""

    def __init__(self, decision: Decision, policy: Policy) -> None:
        self._decision, self._policy = decision, policy
        self._path = query(f"/console/policies/{segment(policy.id)}", version=policy.version)
        self._parts = {(step.rule, part) for step in policy.steps.values() for part in parts_of(step)}
        self._explained = explain(decision, policy)
        asked = [policy.steps[key] for key, _ in decision.trail]
        self._nodes = {text_of(node): node for step in asked for node in _nodes(step.expression)}
        self._margins = {(each.step.partition("/")[0], each.text): each for each in margins(decision, policy)}

    def deciding(self) -> list[RuleView]:
        """The rule that decided; of a discovery, a changeover or a handoff all that it asked."""
        if self._decision.facts.trigger is not None:
            return [self._rule(each.rule, each.title, "", each.children or [each]) for each in self._explained]
        found = decisive_rule(self._decision, self._policy, self._explained)
        formula = found.whole.text if found.whole is not None and found.numbered else ""
        return [self._rule(found.rule, found.title, formula, found.clauses, numbered=found.numbered)]

    def every(self) -> list[RuleView]:
        """Every question that was asked, in its order, by its rule."""
        rules = dict.fromkeys(each.rule for each in self._explained)
        return [self._rule(rule, "", "", [each for each in self._explained if each.rule == rule]) for rule in rules]

    def _rule(
        self, rule: str, title: str, formula: str, clauses: Sequence[ExplainedClause], *, numbered: bool = False
    ) -> RuleView:
        title = title[:1].upper() + title[1:]
        path = f"{self._path}#{anchor_of(rule)}"
        return RuleView(rule, path, title, formula, tuple(self._clause(each, numbered=numbered) for each in clauses))

    def _clause(self, clause: ExplainedClause, *, numbered: bool = False) -> ClauseView:
        node, margin = self._nodes.get(clause.text), self._margins.get((clause.rule, clause.text))
        title = self._words(clause.text) if clause.title == clause.text else clause.title
        drawn = None
        if isinstance(node, Compare):
            drawn = distance(clause.facts[node.fact], node.operator, node.bound, clause.outcome)
            title = title if clause.title == clause.text else f"{title}: {self._words(clause.text)}"
        cited = clause.citation
        return ClauseView(
            answer=ANSWERS[clause.outcome],
            label=clause.clause if numbered else "",
            title=title,
            facts=tuple(FactView(fact_words(fact), value_of_fact(fact, said)) for fact, said in clause.facts.items()),
            note=". ".join(filter(None, (self._by(node, margin), self._matters(clause)))),
            heading="" if cited is None else cited.heading,
            item="" if cited is None else cited.item,
            gist="" if cited is None else cited.gist,
            distance=drawn,
            path="" if cited is None else f"{self._path}#{anchor_of(clause.rule, self._part(clause))}",
            children=tuple(map(self._clause, clause.children)),
        )

    def _part(self, clause: ExplainedClause) -> str:
        """What a clause is called on the page of the policy, which has no line for a formula that joins clauses."""
        return clause.clause if (clause.rule, clause.clause) in self._parts else ""

    def _words(self, text: str) -> str:
        node = self._nodes.get(text)
        said = text if node is None else expression_words(node)
        return said[0].upper() + said[1:]

    def _by(self, node: Expression | None, margin: Margin | None) -> str:
        """By how much a comparison holds or fails."""
        if margin is None or margin.by is None or margin.outcome is None or not isinstance(node, Compare):
            return ""
        by = margin.by + 1 if margin.outcome else margin.by
        back = (node.operator in _FEWER) is margin.outcome
        if isinstance(node.bound, date):
            return f"{by:,} day{'' if by == 1 else 's'} {'earlier' if back else 'later'} would change this answer"
        return f"{by:,} {'fewer' if back else 'more'} would change this answer"

    def _matters(self, clause: ExplainedClause) -> str:
        """Whether a clause that is not answered could change the team."""
        if clause.outcome is not None:
            return ""
        missing = self._decision.missing_facts
        if any(self._policy.program.asked_as(fact) in missing for fact in clause.facts):
            return "It could change the team"
        return "It does not matter: whatever the answer, the team is the same"


def _nodes(expression: Expression) -> Iterator[Expression]:
    match expression:
        case And(parts) | Or(parts):
            yield expression
            for part in parts:
                yield from _nodes(part)
        case Not(part):
            yield expression
            yield from _nodes(part)
        case Clause(expression=inner):
            yield from _nodes(inner)
        case _:
            yield expression


def expression_words(node: Expression, *, whole: bool = False) -> str:  # noqa: C901, PLR0912 - one case a node
    """An expression as a person would say it: ``at least 500 employees in the family``.

    ``whole``: with the parts that it is made of, which else are told below it.
    """
    match node:
        case Known(fact):
            return f"{fact_words(fact)}: known"
        case Holds(fact):
            return fact_words(fact)
        case Compare(fact, sign, date() as bound):
            return f"{fact_words(fact)} {_BY_DAY[sign]} {on_day(bound).text}"
        case Compare(fact, sign, bound) if fact_words(fact).endswith(MONEY):
            return f"{fact_words(fact).removesuffix(MONEY)} {_BY_AMOUNT[sign]} {value_words(bound)} US dollars"
        case Compare(fact, sign, bound):
            return f"{BOUNDS[sign]} {value_words(bound)} {fact_words(fact)}"
        case IsIn(fact, choices):
            return f"{fact_words(fact)} {listing([value_of_fact(fact, each) for each in choices], 'or')}"
        case Not(Known(fact)):
            return f"{fact_words(fact)}: not known"
        case Not(IsIn(fact, choices)):
            return f"{fact_words(fact)} other than {listing([value_of_fact(fact, each) for each in choices], 'or')}"
        case Not(part):
            return f"not ({expression_words(part, whole=whole)})"
        case And(parts) | Or(parts) if whole:
            word = " and " if isinstance(node, And) else " or "
            return word.join(_within(part) for part in parts)
        case Clause(expression=inner) if whole:
            return expression_words(inner, whole=True)
        case And(parts):
            return f"all of these {len(parts)}"
        case Or(parts):
            return f"any of these {len(parts)}"
        case Clause(title=title):
            return title
    raise AssertionError(node)


def _within(part: Expression) -> str:
    said, inner = expression_words(part, whole=True), part.expression if isinstance(part, Clause) else part
    return f"({said})" if isinstance(inner, And | Or) else said
