"""Routing: the first rule that applies names the team (ROUTE-1 to ROUTE-6)."""

from collections.abc import Container, Iterable
from typing import Any, NamedTuple

from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.parts import Route, Routes, Trail
from service.domain.program import Program
from service.domain.terms import Team


class Routing(NamedTuple):
    """The team, the rule that named it, and what could still change it.

    ``possible`` are the teams that the account could go to, were the missing facts known; none missing, it is one.
    ``doubts`` are those of its missing facts that leave open whether its rule applies at all. ``branches`` are that of
    its rule and of those before it that might have applied, where there are any, and ``wanting`` the facts for want of
    which all that the rules go by is open.
    """

    team: Team
    rule: str
    missing_facts: tuple[str, ...]
    possible: tuple[Team, ...]
    doubts: tuple[str, ...] = ()
    branches: "tuple[Routing, ...]" = ()
    wanting: tuple[str, ...] = ()


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
            doubtful = part.doubtful is not None and part.doubtful.answer(values)
            return _weigh((*passed, routing), part.wanting if doubtful else ()) if passed or doubtful else routing
        passed.append(routing)
    raise UnroutableAccountError(facts.account.id)


def _follow(route: Route, doubts: tuple[str, ...], values: dict[str, Any], program: Program, trail: Trail) -> Routing:
    """Where a rule sends the account, given the facts that leave in doubt whether it applies."""
    to, rule = route.to, route.when.rule
    if isinstance(to, Team):
        return Routing(to, rule, doubts, (to,), doubts)
    answer = values[to.test.key] = to.test.ask(values, trail)
    if answer:
        return Routing(to.if_true, rule, doubts, (to.if_true,), doubts)
    if answer is False:
        return Routing(to.if_false, rule, doubts, (to.if_false,), doubts)
    current_team: Team | None = values["current_team"]
    team = current_team if current_team in to.keeps else to.if_unknown
    missing = doubts + program.asked_for(to.test, trail)
    return Routing(team, rule, missing, (to.if_true, to.if_false), doubts)


def _weigh(branches: Iterable[Routing], wanting: tuple[str, ...]) -> Routing:
    """The routing of the rule that applies together with those that might have applied before it.

    What they hang on counts if it matters, and the facts ``wanting``, before it, whatever the rules come to.
    """
    branches = tuple(branches)
    possible = tuple(dict.fromkeys(team for each in branches for team in each.possible))
    asked = (fact for each in branches for fact in each.missing_facts if len(possible) > 1)
    missing = tuple(dict.fromkeys((*wanting, *asked)))
    return branches[-1]._replace(missing_facts=missing, possible=possible, branches=branches, wanting=wanting)


def led_on(routing: Routing, left: Team, to: Team, but_by: Container[str]) -> Routing:
    """The routing of an account that goes ``to`` another team where it is routed to ``left``, ``but_by`` some rules.

    What decides between the two teams is not missing then.
    """

    def lead(branch: Routing) -> Routing:
        if branch.rule in but_by:
            return branch
        possible = tuple(dict.fromkeys(to if team is left else team for team in branch.possible))
        return branch._replace(possible=possible, missing_facts=branch.missing_facts if possible[1:] else branch.doubts)

    return _weigh(map(lead, routing.branches or (routing,)), routing.wanting)
