"""Routing for a whole table: the order of ``service.domain.routing``, over the same routes of the policy.

A rule that only might apply, for want of a fact, is passed but not forgotten: what it hangs on is asked for where
another team could come of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_

import ibis
import ibis.expr.types as ir

from service.bulk.columns import MISSING, RULE, SEPARATOR, TEAM
from service.bulk.expressions import Answer, answer, joined, unsettled
from service.bulk.facts import CURRENT_TEAM
from service.domain.policy import Fork, Policy, Route, Step
from service.domain.terms import Team
from service.domain.vocabulary import asked_as

_LONGEST = 10_000
_PASSED = "some route might apply"


@dataclass(frozen=True, slots=True)
class _Reached:
    """A route with where it is the first to apply, and where it is passed although it might: never unknown."""

    route: Route
    applies: Answer
    might: Answer

    @property
    def counts(self) -> Answer:
        return self.applies | self.might


def with_routes(segmented: ir.Table, policy: Policy) -> ir.Table:
    """The segmented table, with the team, the rule and the missing facts, and the answers of the steps asked.

    Where no rule applies the team and the rule are NULL. What it says of rows without a segment means nothing.
    """
    # Each stage is named once and read many times; put together at once, the expression would be many times as long.
    asked = segmented.mutate(**{step.key: answer(step.expression, segmented) for step in _steps(policy)})
    walked = asked.mutate(**dict(_walk(asked, policy)))
    reached = _reached(walked, policy)
    hung_on, possible = list(_hung_on(walked, reached)), _possible_teams(walked, reached)
    weighed = walked.mutate(
        **{_hangs(place): where for place, (_, where) in enumerate(hung_on)},
        **{_possible(team): where for team, where in possible.items()},
        **{_PASSED: _any(each.might for each in reached)},
    )
    named = [(fact, weighed[_hangs(place)]) for place, (fact, _) in enumerate(hung_on)]
    matters = ~weighed[_PASSED] | _several([weighed[_possible(team)] for team in possible])
    routes = _reached(weighed, policy)
    return weighed.mutate(
        **{
            RULE: ibis.cases(*((each.applies, each.route.when.rule) for each in routes)),
            TEAM: ibis.cases(*((each.applies, _team(weighed, each.route.to)) for each in routes)),
            MISSING: ibis.ifelse(_any(where for _, where in named) & matters, _listed(named), ""),
        }
    )


def _steps(policy: Policy) -> Iterator[Step]:
    for route in policy.routes:
        yield route.when
        if isinstance(route.to, Fork):
            yield route.to.test


def _applies(number: int) -> str:
    return f"route {number} applies"


def _might(number: int) -> str:
    return f"route {number} might apply"


def _hangs(place: int) -> str:
    return f"missing fact {place}"


def _possible(team: Team) -> str:
    return f"could go to {team}"


def _walk(asked: ir.Table, policy: Policy) -> Iterator[tuple[str, Answer]]:
    settled: list[Answer] = []
    for number, route in enumerate(policy.routes):
        applies = asked[route.when.key]
        surely = applies.fill_null(False)  # noqa: FBT003 - the value that fills
        before = [~_any(settled)] if settled else []
        yield _applies(number), joined(and_, [*before, surely], empty=True)
        yield _might(number), joined(and_, [*before, applies.isnull()], empty=True)
        settled.append(surely)


def _reached(walked: ir.Table, policy: Policy) -> list[_Reached]:
    return [
        _Reached(route, walked[_applies(number)], walked[_might(number)]) for number, route in enumerate(policy.routes)
    ]


def _team(asked: ir.Table, to: Team | Fork) -> ir.StringValue:
    if isinstance(to, Team):
        return ibis.literal(to.value)
    test, current = asked[to.test.key], asked[CURRENT_TEAM]
    kept = [(test.isnull() & current.isin(sorted(to.keeps)), current)] if to.keeps else []
    return ibis.cases((test, to.if_true.value), (~test, to.if_false.value), *kept, else_=to.if_unknown.value)


def _hung_on(asked: ir.Table, reached: list[_Reached]) -> Iterator[tuple[str, Answer]]:
    """What might be missing, in the order in which routing would name it, and where it is."""
    for each in reached:
        for fact, hangs in unsettled(each.route.when.expression, asked):
            yield asked_as(fact), each.might & hangs
        if isinstance(each.route.to, Fork):
            for fact, hangs in unsettled(each.route.to.test.expression, asked):
                yield asked_as(fact), each.counts & hangs


def _listed(named: list[tuple[str, Answer]]) -> ir.StringValue:
    """The facts, joined, each where it is first named."""
    before: dict[str, Answer] = {}
    pieces: list[ir.StringValue] = []
    for fact, hangs in named:
        pieces.append(ibis.ifelse(hangs & ~before[fact] if fact in before else hangs, f"{SEPARATOR}{fact}", ""))
        before[fact] = before[fact] | hangs if fact in before else hangs
    return reduce(add, pieces, ibis.literal("")).substr(len(SEPARATOR), _LONGEST)


def _possible_teams(asked: ir.Table, reached: list[_Reached]) -> dict[Team, Answer]:
    """Each team that a row could go to, were the missing facts known, and where it could."""
    possible: dict[Team, list[Answer]] = {}
    for each in reached:
        for team, where in _teams(asked, each.route.to):
            possible.setdefault(team, []).append(each.counts & where)
    return {team: _any(places) for team, places in possible.items()}


def _teams(asked: ir.Table, to: Team | Fork) -> Iterator[tuple[Team, Answer]]:
    if isinstance(to, Team):
        yield to, ibis.literal(value=True)
        return
    test = asked[to.test.key]
    yield to.if_true, test.fill_null(True)  # noqa: FBT003 - the value that fills
    yield to.if_false, ~test.fill_null(False)  # noqa: FBT003 - as above


def _any(flags: Iterable[Answer]) -> Answer:
    return joined(or_, list(flags), empty=False)


def _several(flags: list[Answer]) -> Answer:
    return _any(left & right for place, left in enumerate(flags) for right in flags[place + 1 :])
