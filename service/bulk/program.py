"""A program, compiled for a table: the parts in their order, as ``service.domain.decide`` takes them for one account.

Each step has a column of its key: what it says of a row, asked or not. Beside it may stand where it is asked, never
unknown; what follows from an answer follows where the step was asked. A routing rule that only might apply, for want of
a fact, is passed and not forgotten: what it hangs on is asked for where another team could come of it.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import assert_never

import ibis
import ibis.expr.types as ir

from service.bulk.columns import MISSING, SEPARATOR
from service.bulk.expressions import AnswerColumn, answer, joined, unsettled
from service.domain.clauses import Expression, leaves_of
from service.domain.decision import Status
from service.domain.parts import Ask, Case, Derived, FirstOf, Fork, Given, Route, Routes, Step, steps_of
from service.domain.program import Program
from service.domain.terms import Team
from service.domain.vocabulary import current_team, rule, status, team

_LONGEST = 10_000
_FIRST, _GIVEN, _PASSED = "the first that holds", "it is routed", "some route might apply"
_DOUBTED, _MATTERS = "what it goes by stands provisionally", "what routes hang on matters"
_PROVISIONAL = "some fact is wanting"
_NOT_ASKED = -1


def asked(key: str) -> str:
    """The column that says where a step is asked: true or false."""
    return f"asked: {key}"


def interpret(facts: ir.Table, program: Program, *, trail: bool = False) -> ir.Table:
    """A table of stated facts, with what is derived, answered and bound, and the missing facts.

    With ``trail`` it says of every step where it is ``asked``; else of those alone whose answers other parts read.
    Where no routing rule covers the facts, team and rule are NULL while the status is not ``pending_review``.
    """
    told = {step.key for step in program.classifying} if trail else set(_read_by_others(program))
    # Each stage is named once and read many times; put together at once, the expression would be many times as long.
    table = _derive(facts, program.derived)
    for part in program.parts:
        match part:
            case FirstOf():
                table = _first_of(table, part, told)
            case Ask(step, given):
                reached = [(step.key, where(table, given))]
                table = table.mutate(**_answers(table, [step]), **_told(reached, told))
            case Routes():
                table = _routes(table, part, program, told)
            case _:
                assert_never(part)
    return table


def _read_by_others(program: Program) -> Iterator[str]:
    for part in program.parts:
        cases = [case.given for case in part.cases] if isinstance(part, FirstOf) else []
        givens = [given.expression for given in (part.given, *cases) if given is not None]
        for expression in (*givens, *(step.expression for step in steps_of(part))):
            yield from (leaf.fact for leaf in leaves_of(expression))


def _told(reached: Iterable[tuple[str, AnswerColumn]], told: Container[str]) -> dict[str, AnswerColumn]:
    return {asked(key): where for key, where in reached if key in told}


class Answers:
    """The columns of a table as what comes after them reads them: a step that was not asked has no answer."""

    def __init__(self, table: ir.Table) -> None:
        self._table = table
        self._names = frozenset(table.columns)

    def __getitem__(self, name: str) -> ir.Value:
        column = self._table[name]
        return self._table[asked(name)].ifelse(column, ibis.null("boolean")) if asked(name) in self._names else column


def _answers(table: ir.Table, steps: Iterable[Step]) -> dict[str, ir.Value]:
    seen = Answers(table)
    return {step.key: answer(step.expression, seen) for step in steps}


def where(table: ir.Table, given: Given | Expression | None) -> AnswerColumn:
    """Where something is given: never unknown."""
    if given is None:
        return ibis.literal(value=True)
    return _surely(answer(given.expression if isinstance(given, Given) else given, Answers(table)))


def _surely(outcome: AnswerColumn) -> AnswerColumn:
    return outcome.fill_null(False)  # noqa: FBT003 - the value that fills


def _derive(table: ir.Table, derived: Iterable[Derived]) -> ir.Table:
    together: dict[str, ir.Value] = {}
    for each in derived:
        reads = {each.value_of, *(leaf.fact for leaf in leaves_of(each.given))}
        if reads & together.keys():
            table, together = table.mutate(**together), {}
        outcome = answer(each.given, table)
        together[each.name] = (
            outcome
            if each.value_of is None
            else outcome.ifelse(table[each.value_of], ibis.null(table[each.value_of].type()))
        )
    return table.mutate(**together)


def _first_of(table: ir.Table, part: FirstOf, told: Container[str]) -> ir.Table:
    answers = _answers(table, steps_of(part))
    holds = [answers[case.step.key] & where(table, case.given) for case in part.cases]
    table = table.mutate(**answers, **{_FIRST: _first(holds, where(table, part.given))})
    reached = ((case.step.key, (table[_FIRST] >= n) & where(table, case.given)) for n, case in enumerate(part.cases))
    names = dict.fromkeys(bound.name for case in part.cases for bound in case.binds)
    return table.mutate(**_told(reached, told), **{name: _bound(table, name, part) for name in names})


def _first(holds: Sequence[AnswerColumn], given: AnswerColumn) -> ir.IntegerValue:
    """Which is the first to hold; a larger number where none does, and a negative one where none is asked."""
    found = ibis.cases(*((each, place) for place, each in enumerate(holds)), else_=len(holds))
    return given.ifelse(found, _NOT_ASKED)


def _bound(table: ir.Table, name: str, part: FirstOf) -> ir.Value:
    """What the first case that holds binds a name to; what it was bound to before where that binds it to nothing."""
    before = table[name] if name in table.columns else None
    values = ((place, _value(table, case, name)) for place, case in enumerate(part.cases))
    found = [(table[_FIRST] == place, value) for place, value in values if value is not None]
    return ibis.cases(*found, else_=before)


def _value(table: ir.Table, case: Case, name: str) -> ir.Value | None:
    bound = next((each for each in case.binds if each.name == name), None)
    if bound is None:
        return None
    return ibis.literal(bound.word, "string") if bound.value_of is None else table[bound.value_of]


@dataclass(frozen=True, slots=True)
class _Reached:
    """A route with where it is the first to apply, and where it is passed although it might: never unknown."""

    route: Route
    applies: AnswerColumn
    might: AnswerColumn

    @property
    def counts(self) -> AnswerColumn:
        return self.applies | self.might


def _routes(table: ir.Table, part: Routes, program: Program, told: Container[str]) -> ir.Table:
    answers, given = _answers(table, steps_of(part)), where(table, part.given)
    first = _first([answers[route.when.key] for route in part.routes], given)
    table = table.mutate(**answers, **{_FIRST: first, _GIVEN: given})
    reached = _reached(table, part.routes)
    hung_on, possible = list(_hung_on(table, reached, program)), _possible_teams(table, reached)
    table = table.mutate(
        **{_hangs(place): where for place, (_, where) in enumerate(hung_on)},
        **{_possible(each): where for each, where in possible.items()},
        **{_PASSED: _any(each.might for each in reached)},
        **{_DOUBTED: ibis.literal(value=False) if part.doubtful is None else where(table, part.doubtful)},
        **_told(((route.when.key, table[_FIRST] >= place) for place, route in enumerate(part.routes)), told),
        **_told(((each.route.to.test.key, each.counts) for each in reached if isinstance(each.route.to, Fork)), told),
    )
    table = table.mutate(**{_MATTERS: ~table[_PASSED] | _several(table[_possible(each)] for each in possible)})
    named = [(fact, table[_DOUBTED]) for fact in part.wanting]
    named += [(fact, table[_hangs(place)] & table[_MATTERS]) for place, (fact, _) in enumerate(hung_on)]
    table = table.mutate(**{_PROVISIONAL: _any(where for _, where in named)})
    reached, routed, provisional = _reached(table, part.routes), table[_GIVEN], table[_PROVISIONAL]
    missing = ibis.ifelse(provisional, _listed(named), "")
    firm = ibis.ifelse(provisional, Status.PROVISIONAL.value, Status.FINAL.value)
    return table.mutate(
        **{
            rule.name: routed.ifelse(
                ibis.cases(*((each.applies, each.route.when.rule) for each in reached)), part.unrouted
            ),
            team.name: ibis.cases(*((each.applies, _team(table, each.route.to)) for each in reached)),
            MISSING: routed.ifelse(missing, SEPARATOR.join(part.wanting)),
            status.name: routed.ifelse(firm, Status.PENDING_REVIEW.value),
        }
    )


def _hangs(place: int) -> str:
    return f"missing fact {place}"


def _possible(to: Team) -> str:
    return f"could go to {to}"


def _reached(table: ir.Table, routes: Sequence[Route]) -> list[_Reached]:
    first = table[_FIRST]
    return [
        _Reached(route, first == place, (first > place) & table[route.when.key].isnull())
        for place, route in enumerate(routes)
    ]


def _team(table: ir.Table, to: Team | Fork) -> ir.StringValue:
    if isinstance(to, Team):
        return ibis.literal(to.value)
    test, current = table[to.test.key], table[current_team.name]
    kept = [(test.isnull() & current.isin([each.value for each in to.keeps]), current)] if to.keeps else []
    return ibis.cases((test, to.if_true.value), (~test, to.if_false.value), *kept, else_=to.if_unknown.value)


def _hung_on(table: ir.Table, reached: list[_Reached], program: Program) -> Iterator[tuple[str, AnswerColumn]]:
    """What might be missing, in the order in which routing would name it, and where it is."""
    for each in reached:
        needless = each.route.needless
        might = each.might if needless is None else each.might & ~where(table, needless)
        for fact, hangs in unsettled(each.route.when.expression, table):
            yield program.asked_as(fact), might.ifelse(hangs, ibis.literal(value=False))
        if isinstance(each.route.to, Fork):
            for fact, hangs in unsettled(each.route.to.test.expression, table):
                yield program.asked_as(fact), each.counts.ifelse(hangs, ibis.literal(value=False))


def _listed(named: list[tuple[str, AnswerColumn]]) -> ir.StringValue:
    """The facts, joined, each where it is first named."""
    before: dict[str, AnswerColumn] = {}
    pieces: list[ir.StringValue] = []
    for fact, hangs in named:
        pieces.append(ibis.ifelse(hangs & ~before[fact] if fact in before else hangs, f"{SEPARATOR}{fact}", ""))
        before[fact] = before[fact] | hangs if fact in before else hangs
    return reduce(add, pieces, ibis.literal("")).substr(len(SEPARATOR), _LONGEST)


def _possible_teams(table: ir.Table, reached: list[_Reached]) -> dict[Team, AnswerColumn]:
    """Each team that a row could go to, were the missing facts known, and where it could."""
    possible: dict[Team, list[AnswerColumn]] = {}
    for each in reached:
        for to, where in _teams(table, each.route.to):
            possible.setdefault(to, []).append(each.counts & where)
    return {to: _any(places) for to, places in possible.items()}


def _teams(table: ir.Table, to: Team | Fork) -> Iterator[tuple[Team, AnswerColumn]]:
    if isinstance(to, Team):
        yield to, ibis.literal(value=True)
        return
    test = table[to.test.key]
    yield to.if_true, test.fill_null(True)  # noqa: FBT003 - the value that fills
    yield to.if_false, ~_surely(test)


def _any(flags: Iterable[AnswerColumn]) -> AnswerColumn:
    return joined(or_, list(flags), empty=False)


def _several(flags: Iterable[AnswerColumn]) -> AnswerColumn:
    return reduce(add, (flag.ifelse(1, 0) for flag in flags), ibis.literal(0)) > 1
