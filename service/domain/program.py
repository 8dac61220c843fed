"""A program: how the rules of a policy are read, as data.

It says what is derived from the facts, what is asked in which order, what follows from the answers, and the words for
it all. It decides nothing by itself. Its interpreters are ``decide`` (one account), ``service.bulk.program`` (a table),
``lab`` (the space of all facts), ``explain`` and ``sentences`` (a person), and ``program_json``, which writes it down,
so that what was decided under it is explained, and decided again, by it for good.

The parts are taken in their order. Each asks where its ``given`` holds: an expression over facts, over what earlier
parts have bound, and over their answers, which go by the keys of their steps and are unknown where nobody asked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, TypeAlias, assert_never

from service.domain.clauses import Citation, Expression, Flag, Outcome, leaves_of
from service.domain.evaluation import (
    Answer,
    Check,
    Values,
    compile_answer,
    compile_chosen,
    compile_derived,
    compile_expression,
    unsettled_facts,
)
from service.domain.notices import NoticeCode
from service.domain.parameters import Parameters
from service.domain.terms import Team
from service.domain.vocabulary import BOUND_BY_ROUTES, NOTHING_STATED, current_team

Trail: TypeAlias = list[tuple[str, list[Outcome]]]
"""What was asked, in order: each step's key with an outcome for each node of its expression, the last its own."""
DOUBLE_CHECK, MOVE_STANDS = "SEG-7/linkedin", "MOVE/stands"
"""The keys of two questions that people are told of apart: what LinkedIn says of SMB, and whether a move stands."""
PROCEDURE = 1
"""The version of what is code and not data: how routes that only might apply are weighed, which move stands, and what
the questions of moves and handoffs lead to."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One question of a rule. ``key``, its name in every trail, is ``RULE/part``. Compiled when the program is made."""

    rule: str
    part: str
    title: str
    expression: Expression
    citation: Citation
    key: str = field(init=False)
    _check: Check = field(init=False, repr=False)
    _unsettled: dict[tuple[Outcome, ...], tuple[str, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.rule}/{self.part}")
        object.__setattr__(self, "_check", compile_expression(self.expression))

    @property
    def answer(self) -> Flag:
        """Its answer, for the parts that come after it: unknown, too, where it was not asked."""
        return Flag(self.key)

    def ask(self, values: Values, trail: Trail) -> Outcome:
        """Answer the step for ``values``, and leave its outcomes in the trail."""
        outcomes = self._check(values)
        trail.append((self.key, outcomes))
        return outcomes[-1]

    def unsettled(self, outcomes: list[Outcome]) -> tuple[str, ...]:
        """The facts that would settle the step, whose answer was unknown (remembered: few answers ever occur)."""
        known = tuple(outcomes)
        if known not in self._unsettled:
            self._unsettled[known] = tuple(unsettled_facts(self.expression, outcomes))
        return self._unsettled[known]


@dataclass(frozen=True, slots=True)
class Given:
    """Where something holds: nowhere but where the expression is true. Compiled when the program is made."""

    expression: Expression
    answer: Answer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", compile_answer(self.expression))


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that follows from others, and leaves nothing in the trail.

    It is the answer of ``given``; with ``value_of``, the value of that fact where ``given`` holds, else unknown.
    """

    name: str
    given: Expression
    value_of: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """What a case binds: a name to a word, or to the value that a fact has."""

    name: str
    word: str | None = None
    value_of: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A question, asked only where ``given`` holds, if any is; and what is bound where it is answered with yes."""

    step: Step
    binds: tuple[Bound, ...] = ()
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Cases in their order, up to the first that holds. What it binds is unknown where none does."""

    name: str
    cases: tuple[Case, ...]
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that names no segment and no team."""

    step: Step
    given: Given | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """The question that decides between two teams.

    Unknown, it provisionally keeps the current team where that is among ``keeps``, else goes to ``if_unknown``.
    """

    test: Step
    if_true: Team
    if_false: Team
    if_unknown: Team
    keeps: tuple[Team, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A routing rule: where ``when`` applies, the account goes to one team, or a fork decides."""

    when: Step
    to: Team | Fork

    @property
    def steps(self) -> tuple[Step, ...]:
        """What it may ask."""
        return (self.when, self.to.test) if isinstance(self.to, Fork) else (self.when,)


@dataclass(frozen=True, slots=True)
class Routes:
    """The routing rules in their order: the first that applies binds ``BOUND_BY_ROUTES``.

    Those before it that might apply, for want of a fact, are passed and not forgotten. Where ``given`` does not hold
    there is no team: that is put down to the rule ``unrouted``, for want of the facts ``wanting``.
    """

    routes: tuple[Route, ...]
    given: Given
    unrouted: str
    wanting: tuple[str, ...]


Part: TypeAlias = FirstOf | Ask | Routes


@dataclass(frozen=True, slots=True)
class Notify:
    """Advice or an action that goes with a classification where ``given`` holds."""

    code: NoticeCode
    given: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRules:
    """The questions of discoveries, changeovers and standing moves (MOVE-1 to MOVE-5)."""

    stands: Step
    to_territory: Step
    to_first_order: Step
    due_diligence: Step
    qualifies: Step
    idle: Step
    ignored_too_often: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """The questions of a First Order handoff (HAND-1 to HAND-3, HAND-5)."""

    answered: Step
    in_question: Step
    low_potential: Step
    email: Step
    in_time: Step
    ask_for_tam: Step


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """What a kind of advice or action says, and the rule it rests on: that which decided, where ``of_the_decision``.

    The text may name ``$words`` of ``sentences``.
    """

    rule: str
    citation: Citation
    text: str
    of_the_decision: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A part of a summary: what is said of a fact, by its value as text; ``unknown``, and ``*`` for any other value.

    Nothing is said of a value that has no words. They may name ``$value`` and the ``$words`` of ``sentences``.
    """

    fact: str
    words: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Program:
    """How the rules of a policy are read. ``grounds`` go by the rule that decided, and ``*`` for any other.

    Raises:
        ValueError: an expression names a fact that is neither stated, nor derived, nor bound before.
    """

    parameters: Parameters
    derived: tuple[Derived, ...]
    parts: tuple[Part, ...]
    advice: tuple[Notify, ...]
    actions: tuple[Notify, ...]
    moves: MoveRules
    handoff: HandoffRules
    notices: Mapping[NoticeCode, NoticeRule]
    stated_as: Mapping[str, str]
    grounds: Mapping[str, tuple[Ground, ...]]
    texts: Mapping[str, str]
    procedure: int = PROCEDURE

    def __post_init__(self) -> None:
        known = {*NOTHING_STATED, *(each.name for each in self.derived)}
        for each in self.derived:
            _check_known(each.given, known)
        for part in self.parts:
            _check_known(part.given, known)
            for case in part.cases if isinstance(part, FirstOf) else ():
                _check_known(case.given, known)
            for step in steps_of(part):
                _check_known(step, known)
                known.add(step.key)
            known |= {*names_of(part)}
        for notify in (*self.advice, *self.actions):
            _check_known(notify.given, known)

    @cached_property
    def routes(self) -> Routes:
        """The routing rules."""
        return next(part for part in self.parts if isinstance(part, Routes))

    @cached_property
    def sources(self) -> FirstOf:
        """The walk over the sources, which finds what the segment rests on."""
        return self._first_of("sources")

    @cached_property
    def bands(self) -> FirstOf:
        """The size bands, in which the segment of a leading count is found."""
        return self._first_of("bands")

    def _first_of(self, name: str) -> FirstOf:
        return next(part for part in self.parts if isinstance(part, FirstOf) and part.name == name)

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every step by its key, in the order in which they may be asked."""
        return {step.key: step for step in (*self.classifying, *_all(self.moves), *_all(self.handoff))}

    @cached_property
    def classifying(self) -> tuple[Step, ...]:
        """The steps that classifying an account may ask, in their order."""
        return tuple(step for part in self.parts for step in steps_of(part))

    @cached_property
    def deciding(self) -> tuple[Step, ...]:
        """Those of them that bear on segment and team; the others give advice."""
        return tuple(step for part in self.parts if not isinstance(part, Ask) for step in steps_of(part))

    @cached_property
    def facts_read(self) -> frozenset[str]:
        """Every fact that something rests on."""
        cases = [case for part in self.parts if isinstance(part, FirstOf) for case in part.cases]
        parts: tuple[Part | Case, ...] = (*self.parts, *cases)
        others: tuple[Derived | Notify, ...] = (*self.derived, *self.advice, *self.actions)
        givens = [each.given.expression for each in parts if each.given is not None]
        givens += [each.given for each in others]
        taken = [bound.value_of for case in cases for bound in case.binds] + [each.value_of for each in self.derived]
        keeps = {current_team.name} if any(isinstance(r.to, Fork) and r.to.keeps for r in self.routes.routes) else set()
        asked = [*(step.expression for step in self.steps.values()), *givens]
        facts = {leaf.fact for each in asked for leaf in leaves_of(each)}
        return frozenset(facts | keeps | {fact for fact in taken if fact is not None})

    @cached_property
    def nothing_known(self) -> dict[str, Any]:
        """Every name that an expression may speak of, with what it is where nothing is stated, derived or bound."""
        derived = (each.name for each in self.derived)
        bound = (name for part in self.parts for name in names_of(part))
        return NOTHING_STATED | dict.fromkeys((*derived, *bound))

    @cached_property
    def advise(self) -> Callable[[Values], tuple[NoticeCode, ...]]:
        """The advice that goes with a classification, by its values."""
        return compile_chosen([(each.code, each.given) for each in self.advice])

    @cached_property
    def require(self) -> Callable[[Values], tuple[NoticeCode, ...]]:
        """The actions that a classification requires, by its values."""
        return compile_chosen([(each.code, each.given) for each in self.actions])

    @cached_property
    def derive(self) -> Callable[[dict[str, Any]], None]:
        """Adds what is derived to the values of what is stated."""
        return compile_derived([(each.name, each.given, each.value_of) for each in self.derived])

    def asked_as(self, fact: str) -> str:
        """The name under which a caller can state ``fact``."""
        return self.stated_as.get(fact, fact)


def steps_of(part: Part) -> tuple[Step, ...]:
    """The steps that a part may ask, in their order."""
    match part:
        case FirstOf(cases=cases):
            return tuple(case.step for case in cases)
        case Ask(step):
            return (step,)
        case Routes(routes):
            return tuple(step for route in routes for step in route.steps)
    assert_never(part)


def _all(rules: MoveRules | HandoffRules) -> Iterator[Step]:
    return (getattr(rules, item.name) for item in fields(rules))


def names_of(part: Part) -> tuple[str, ...]:
    """What a part makes known: the answers of its steps, and what it binds."""
    answers = tuple(step.key for step in steps_of(part))
    match part:
        case FirstOf(cases=cases):
            return (*answers, *dict.fromkeys(bound.name for case in cases for bound in case.binds))
        case Ask():
            return answers
        case Routes():
            return (*answers, *BOUND_BY_ROUTES)
    assert_never(part)


def _check_known(asked: Step | Given | Expression | None, known: set[str]) -> None:
    expression = asked.expression if isinstance(asked, Step | Given) else asked
    strange = [] if expression is None else [leaf.fact for leaf in leaves_of(expression) if leaf.fact not in known]
    if strange:
        raise ValueError(f"Nobody states {', '.join(dict.fromkeys(strange))}")
