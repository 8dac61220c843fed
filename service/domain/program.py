"""A program: how the rules of a policy are read, as data.

It says what is derived from the facts, what is asked in which order, what follows from the answers, and the words for
it all. It decides nothing by itself. Its interpreters are ``decide`` (one account), ``service.bulk.program`` (a table),
``lab`` (the space of all facts), ``explain`` and ``sentences`` (a person), and ``program_json``, which writes it down,
so that what was decided under it is explained, and decided again, by it for good.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from service.domain.clauses import Citation, Expression, leaves_of
from service.domain.evaluation import Values, compile_chosen, compile_derived
from service.domain.parameters import Parameters
from service.domain.parts import (
    Ask,
    Case,
    Derived,
    FirstOf,
    Fork,
    Given,
    Notify,
    Part,
    Routes,
    Step,
    Trail,
    names_of,
    steps_of,
)
from service.domain.terms import NoticeCode, Team
from service.domain.vocabulary import NOTHING_STATED, current_team

DOUBLE_CHECK, MOVE_STANDS, IN_THE_CRM = "SEG-7/linkedin", "MOVE/stands", "ROUTE-3/when"
"""The keys of questions that count beyond their place: what LinkedIn says of SMB, whether a move stands, and whether
the account was in the CRM by the cut-off day."""
PROCEDURE = 3
"""The version of what is code and not data: how routes that only might apply are weighed, which move stands, and what
the questions of moves and handoffs lead to. By the first one a handoff held an account of whatever segment, and a move
was in doubt wherever routing could name the team that it led to. By the second, facts could be missing beside a move
that changed nothing, and a changeover asked no move again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRules:
    """The questions of discoveries, changeovers and standing moves (MOVE-1 to MOVE-5).

    ``still_small`` (MOVE-1), ``still_large`` (MOVE-2) and ``still_qualifies`` (MOVE-3) ask of a standing move whether
    what it rests on holds today, ``elsewhere`` whether MOVE-2 moves an account of another region than ROUTE-3 takes.
    Programs of before do not ask that.
    """

    stands: Step
    to_territory: Step
    to_first_order: Step
    due_diligence: Step
    qualifies: Step
    idle: Step
    ignored_too_often: Step
    still_small: Step | None = None
    still_large: Step | None = None
    still_qualifies: Step | None = None
    elsewhere: Step | None = None

    def resting_on(self, rule: str | None) -> Step | None:
        """The question whether what a move rests on holds today, by the rule whose condition that is."""
        asked = (self.still_small, self.still_large, self.still_qualifies)
        return next((step for step in asked if step is not None and step.rule == rule), None)


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
            for route in part.routes if isinstance(part, Routes) else ():
                _check_known(route.needless, known)
            _check_known(part.doubtful if isinstance(part, Routes) else None, known)
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
    def keeping(self) -> frozenset[Team]:
        """The teams that may keep an account while a question is open."""
        return frozenset(team for route in self.routes.routes if isinstance(route.to, Fork) for team in route.to.keeps)

    @cached_property
    def keeping_rules(self) -> frozenset[str]:
        """The rules by which they may."""
        routes = self.routes.routes
        return frozenset(route.when.rule for route in routes if isinstance(route.to, Fork) and route.to.keeps)

    @cached_property
    def facts_read(self) -> frozenset[str]:
        """Every fact that something rests on."""
        cases = [case for part in self.parts if isinstance(part, FirstOf) for case in part.cases]
        parts: tuple[Part | Case, ...] = (*self.parts, *cases)
        others: tuple[Notify, ...] = (*self.advice, *self.actions)
        givens = [each.given.expression for each in parts if each.given is not None]
        givens += [route.needless.expression for route in self.routes.routes if route.needless is not None]
        givens += [each.given for each in others]
        givens += [] if self.routes.doubtful is None else [self.routes.doubtful.expression]
        taken = {bound.value_of for case in cases for bound in case.binds}
        keeps = {current_team.name} if self.keeping else set()
        asked = [*(step.expression for step in self.steps.values()), *givens]
        facts = {leaf.fact for each in asked for leaf in leaves_of(each)} | keeps | taken
        for derived in reversed(self.derived):
            if derived.name in facts:
                facts |= {leaf.fact for leaf in leaves_of(derived.given)} | {derived.value_of}
        return frozenset(fact for fact in facts if fact is not None)

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

    def asked_for(self, step: Step, trail: Trail) -> tuple[str, ...]:
        """The facts to ask for, where a step was answered with unknown."""
        outcomes = next(outcomes for key, outcomes in reversed(trail) if key == step.key)
        return tuple(map(self.asked_as, step.unsettled(outcomes))) if outcomes[-1] is None else ()


def _all(rules: MoveRules | HandoffRules) -> Iterator[Step]:
    steps = (getattr(rules, item.name) for item in fields(rules))
    return (step for step in steps if step is not None)


def _check_known(asked: Step | Given | Expression | None, known: set[str]) -> None:
    expression = asked.expression if isinstance(asked, Step | Given) else asked
    strange = [] if expression is None else [leaf.fact for leaf in leaves_of(expression) if leaf.fact not in known]
    if strange:
        raise ValueError(f"Nobody states {', '.join(dict.fromkeys(strange))}")
