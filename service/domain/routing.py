"""Routing: the first rule that applies names the team (ROUTE-1 to ROUTE-6)."""

from typing import Any, NamedTuple

from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.parts import Route, Routes, Trail
from service.domain.program import Program
from service.domain.terms import Team


class Routing(NamedTuple):
    """The team, the rule that named it, and what could still change it.

    ``possible`` are the teams that the account could go to, were the missing facts known; none missing, it is one.
    """

    team: Team
    rule: str
    missing_facts: tuple[str, ...]
    possible: tuple[Team, ...]


def route_account(facts: Facts, values: dict[str, Any], part: Routes, program: Program, trail: Trail) -> Routing:
    """Try the rules in order. A rule that only might apply, for want of a fact, is passed but not forgotten.

    Raises:
        UnroutableAccountError: no rule applies.
    """
    passed: list[Routing] = []
    for route in part.routes:
        applies = values[route.when.key] = route.when.ask(values, trail)
        if applies is False:
            continue
        settled = applies or (route.needless is not None and route.needless.answer(values))
        doubts = () if settled else program.asked_for(route.when, trail)
        routing = _follow(route, doubts, values, program, trail)
        if applies:
            routing = _weigh(passed, routing) if passed else routing
            doubtful = part.doubtful is not None and part.doubtful.answer(values)
            return _doubted(routing, part.wanting) if doubtful else routing
        passed.append(routing)
    raise UnroutableAccountError(facts.account.id)


def _doubted(routing: Routing, wanting: tuple[str, ...]) -> Routing:
    """A routing that stands provisionally, for want of these facts before its own."""
    return routing._replace(missing_facts=tuple(dict.fromkeys((*wanting, *routing.missing_facts))))


def _follow(route: Route, doubts: tuple[str, ...], values: dict[str, Any], program: Program, trail: Trail) -> Routing:
    """Where a rule sends the account, given the facts that leave in doubt whether it applies."""
    to, rule = route.to, route.when.rule
    if isinstance(to, Team):
        return Routing(to, rule, doubts, (to,))
    answer = values[to.test.key] = to.test.ask(values, trail)
    if answer:
        return Routing(to.if_true, rule, doubts, (to.if_true,))
    if answer is False:
        return Routing(to.if_false, rule, doubts, (to.if_false,))
    current_team: Team | None = values["current_team"]
    team = current_team if current_team in to.keeps else to.if_unknown
    return Routing(team, rule, doubts + program.asked_for(to.test, trail), (to.if_true, to.if_false))


def _weigh(passed: list[Routing], routing: Routing) -> Routing:
    """A routing together with the rules that might have applied before it: what they hang on counts if it matters."""
    possible = tuple({team: None for each in (*passed, routing) for team in each.possible})
    missing = {fact: None for each in (*passed, routing) for fact in each.missing_facts} if len(possible) > 1 else ()
    return routing._replace(missing_facts=tuple(missing), possible=possible)
