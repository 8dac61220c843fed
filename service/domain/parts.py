"""What a program is made of: questions, and the parts that ask them.

The parts are taken in their order. Each asks where its ``given`` holds: an expression over facts, over what earlier
parts have bound, and over their answers, which go by the keys of their steps and are unknown where nobody asked.
"""

from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from service.domain.clauses import Citation, Expression, Flag, Outcome
from service.domain.evaluation import Check, Condition, Values, compile_answer, compile_expression, unsettled_facts
from service.domain.terms import NoticeCode, Team
from service.domain.vocabulary import BOUND_BY_ROUTES

Trail: TypeAlias = list[tuple[str, list[Outcome]]]
"""What was asked, in order: each step's key with an outcome for each node of its expression, the last its own."""


def answer_in(trail: Trail, key: str) -> Outcome:
    """The answer to a question by the key of its step: unknown, too, where it was not asked."""
    return next((outcomes[-1] for asked, outcomes in trail if asked == key), None)


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
    answer: Condition = field(init=False, repr=False, compare=False)

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
    """A routing rule: where ``when`` applies, the account goes to one team, or a fork decides.

    Where it only might apply, what that hangs on is missing, but where it is ``needless``: it would change nothing.
    """

    when: Step
    to: Team | Fork
    needless: Given | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What it may ask."""
        return (self.when, self.to.test) if isinstance(self.to, Fork) else (self.when,)


@dataclass(frozen=True, slots=True)
class Routes:
    """The routing rules in their order: the first that applies binds ``BOUND_BY_ROUTES``.

    Those before it that might apply, for want of a fact, are passed and not forgotten. Where ``given`` does not hold
    there is no team: that is put down to the rule ``unrouted``, for want of the facts ``wanting``. They are missing,
    too, to every team where ``doubtful`` holds: then what the rules go by stands provisionally.
    """

    routes: tuple[Route, ...]
    given: Given
    unrouted: str
    wanting: tuple[str, ...]
    doubtful: Given | None = None


Part: TypeAlias = FirstOf | Ask | Routes


@dataclass(frozen=True, slots=True)
class Notify:
    """Advice or an action that goes with a classification where ``given`` holds."""

    code: NoticeCode
    given: Expression


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
