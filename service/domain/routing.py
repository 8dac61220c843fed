"""Routing: the first rule that applies names the team (ROUTE-1 to ROUTE-6)."""

from dataclasses import dataclass
from typing import Any

from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts, Team
from service.domain.notices import NoticeCode
from service.domain.policy import Fork, Policy, Trail
from service.domain.vocabulary import asked_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The team, the rule that named it, and the facts that could still change it (none: the team is final)."""

    team: Team
    rule: str
    missing_facts: tuple[str, ...]
    action: NoticeCode | None


@dataclass(frozen=True, slots=True)
class _Destination:
    """Where a rule sends the account, and where else it could, were its unknown facts known."""

    team: Team
    possible: frozenset[Team]
    unknown: tuple[str, ...]
    action: NoticeCode | None


def route_account(facts: Facts, values: dict[str, Any], policy: Policy, trail: Trail) -> Routing:
    """Try the rules in order. A rule that only might apply, for want of a fact, is passed but not forgotten.

    Raises:
        UnroutableAccountError: no rule applies.
    """
    possible: set[Team] = set()
    unknown: list[str] = []
    for route in policy.routes:
        applies = route.when.ask(values, trail)
        if applies is False:
            continue
        if applies is None:
            unknown += route.when.unsettled(trail[-1][1])
        destination = _destination(route.to, facts.account.current_team, values, trail)
        possible |= destination.possible
        unknown += destination.unknown
        if applies:
            missing = dict.fromkeys(map(asked_as, unknown)) if len(possible) > 1 else ()
            return Routing(
                team=destination.team, rule=route.when.rule, missing_facts=tuple(missing), action=destination.action
            )
    raise UnroutableAccountError(facts.account.id)


def _destination(to: Team | Fork, current_team: Team | None, values: dict[str, Any], trail: Trail) -> _Destination:
    if isinstance(to, Team):
        return _Destination(to, frozenset({to}), (), None)
    answer = to.test.ask(values, trail)
    if answer is None:
        team = current_team if current_team in to.keeps else to.if_unknown
        return _Destination(team, frozenset({to.if_true, to.if_false}), to.test.unsettled(trail[-1][1]), None)
    team = to.if_true if answer else to.if_false
    return _Destination(team, frozenset({team}), (), to.action_if_true if answer else None)
