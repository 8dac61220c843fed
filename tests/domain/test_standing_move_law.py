"""What holds of every classification on which a move stands, whatever its facts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from pydantic import TypeAdapter

from service.domain.decide import decide
from service.domain.decision import Decision, Status
from service.domain.facts import Facts
from service.domain.fy23 import fy23
from service.domain.moves import before
from service.domain.policy import Policy
from service.domain.ranges import Range
from service.domain.standing_moves import standing_move
from service.domain.terms import Segment, Team
from service.domain.triggers import Changeover, Move
from tests.builders import Request, parsed
from tests.domain.completing import completed_by
from tests.domain.follow_up_reading import read_standing
from tests.domain.generated import FEW, MANY, any_request
from tests.domain.reading import COMPLETIONS

DISCOVERED_ON = date(2022, 4, 11)
CLASSIFIED_ON = date(2022, 5, 1)
FACTS = TypeAdapter(Facts)
pytestmark = pytest.mark.law


@pytest.fixture
def policy() -> Policy:
    return fy23()


def perhaps(random: Random, choices: Any, *, known: int) -> Any:  # noqa: ANN401 - whatever the choices are
    return random.choice(choices) if random.randrange(100) < known else None


def any_numbers(random: Random, rule: str) -> dict[str, Any]:
    """What a move by a rule rests on, as that moved the account."""
    if rule == "MOVE-2":
        return {"rests_on": rule, "employees": random.choice((501, 2000))}
    found = perhaps(random, (1, 499), known=50)
    if rule == "MOVE-1":
        return {"rests_on": rule, "employees": found, "potential_users": random.choice((0, 99))}
    return {"rests_on": rule, "employees": found, "potential_users": perhaps(random, (101, 900), known=50)}


def resting(decision: Decision) -> set[bool]:
    """Whether what the move of a decision rests on holds, read naively: both, where it is not known."""
    facts, move = decision.facts, decision.facts.move
    assert move is not None
    assert move.rests_on is not None
    assert not isinstance(move.employees, Range)
    assert not isinstance(move.potential_users, Range)
    account = facts.account
    created = None if account.crm_created_on is None else account.crm_created_on.isoformat()
    known = {
        "first_order_available": account.first_order_available,
        "customer": account.customer,
        "crm_created_on": created or (None if facts.motion == "existing" else "not there yet"),
        "max_family_employees": account.max_family_employees or None,
        "employee_counts": decision.leading_employees,
        "lam_dev_count": account.lam_dev_count,
    }
    return read_standing(move.rests_on, move.employees, move.potential_users, known)


def moved_requests(number: int, *, seed: int) -> Iterator[tuple[Request, Move]]:
    """Later classifications, each with the move that stands."""
    random = Random(seed)
    to = {Team.MMKAFO: Team.MM_TERRITORY, Team.MM_TERRITORY: Team.MMKAFO}
    for _ in range(number):
        body, _ = any_request(random)
        left = random.choice(tuple(to))
        rule = "MOVE-1" if left is Team.MMKAFO else random.choice(("MOVE-2", "MOVE-3"))
        # What the CRM says of the owner is stated, so that only the move makes a difference.
        body["account"]["current_team"] = body["account"]["current_team"] or to[left].value
        numbers = any_numbers(random, rule)
        yield body, Move(rule=rule, moved_from=left, moved_to=to[left], moved_on=DISCOVERED_ON, **numbers)


def decided_with(move: Move | None, body: Request, policy: Policy) -> Decision:
    return decide(replace(parsed(body).facts(), move=move), policy, CLASSIFIED_ON)


def decided_with_and_without(number: int, policy: Policy, *, seed: int) -> Iterator[tuple[Move, Decision, Decision]]:
    for body, move in moved_requests(number, seed=seed):
        decision = decided_with(move, body, policy)
        assert FACTS.validate_json(FACTS.dump_json(decision.facts, exclude_none=True)) == decision.facts
        yield move, decision, decided_with(None, body, policy)


def test_a_move_stands_exactly_while_routing_names_the_team_left_and_what_it_rests_on_holds(policy: Policy) -> None:
    stood, open_or_ended = 0, Counter[str]()
    for move, decision, routed in decided_with_and_without(MANY // 4, policy, seed=47):
        if routed.status is not Status.FINAL:
            continue
        holds = resting(decision)
        if routed.team is move.moved_from and routed.rule not in {"ROUTE-1", "ROUTE-2"} and True in holds:
            firm = Status.FINAL if holds == {True} else Status.PROVISIONAL
            assert (decision.team, decision.rule, decision.status) == (move.moved_to, move.rule, firm), decision.facts
            assert bool(decision.missing_facts) is (firm is Status.PROVISIONAL)
            assert standing_move(decision) == move
            stood += 1
            open_or_ended["open"] += firm is Status.PROVISIONAL
        else:
            open_or_ended["ended"] += holds == {False}
            assert decision.outcome == routed.outcome
            assert standing_move(decision) is None
    assert stood > MANY // 200
    assert min(open_or_ended["open"], open_or_ended["ended"]) > MANY // 1_000


def test_a_move_gives_an_account_to_no_team_that_no_missing_fact_could_give_it_to(policy: Policy) -> None:
    tried = 0
    for move, decision, routed in decided_with_and_without(MANY // 4, policy, seed=48):
        if routed.status is not Status.PROVISIONAL:
            continue
        tried += 1
        if routed.rule == "ROUTE-2":
            assert decision.team in {Team.MMKAN, Team.MM_TERRITORY, decision.facts.account.current_team}, decision.facts
        assert decision.team in {routed.team, move.moved_to}
        if decision.rule != move.rule:
            assert decision.missing_facts == routed.missing_facts
    assert tried > MANY // 100


def test_a_changeover_sends_an_account_where_it_would_be_classified_if_not_where_its_move_did(policy: Policy) -> None:
    tried = Counter[str]()
    for body, move in moved_requests(FEW, seed=53):
        again = decided_with(move, body, policy)
        if again.team is None:
            continue
        # Where it stood: with the team that the move took it to, as firmly as can be.
        stood = before(again._replace(team=move.moved_to, missing_facts=()))
        decision = decide(
            replace(again.facts, trigger=Changeover(before=stood, on=CLASSIFIED_ON)), policy, CLASSIFIED_ON
        )
        alone = decide(replace(decision.facts, move=None), policy, CLASSIFIED_ON)
        if again.team is not move.moved_to:
            same = [name for name in Decision._fields if name not in {"facts", "advice", "actions"}]
            assert [getattr(decision, name) for name in same] == [getattr(again, name) for name in same]
            assert standing_move(decision) is None
            tried["back"] += 1
        else:
            assert decision.outcome == alone.outcome
            tried[str(decision.team)] += 1
    assert len(tried) == 3
    assert min(tried.values()) > FEW // 100


def test_what_is_missing_beside_a_move_is_what_can_change_the_team_to_the_letter(policy: Policy) -> None:
    tried = Counter[str]()
    for body, move in moved_requests(MANY // 8, seed=49):
        decision = holds_to_the_letter(body, move, policy)
        if decision.team is None or not decided_with(None, body, policy).missing_facts:
            continue
        tried["none" if not decision.missing_facts else "some"] += 1
        tried["open"] += len(resting(decision)) > 1
    assert min(tried["none"], tried["some"], tried["open"]) > MANY // 400


def test_so_it_is_where_counts_are_known_as_ranges_alone_and_of_who_received_a_won_account(policy: Policy) -> None:
    random, tried = Random(52), 0
    for body, move in moved_requests(FEW // 2, seed=51):
        handed = move.model_copy(update={"rule": "HAND-1", "moved_from": Team.MMKAFO, "rests_on": None})
        received = handed.model_copy(update={"moved_to": random.choice((Team.MMKAN, Team.MM_TERRITORY))})
        decision = holds_to_the_letter(*ranged(body, random.choice((move, received)), random), policy)
        tried += decision.rule in {move.rule, "HAND-1"} and bool(decision.missing_facts)
    assert tried > FEW // 100


def holds_to_the_letter(body: Request, move: Move, policy: Policy) -> Decision:
    """See that what is missing is what can change the team, and that a team is named which the account can go to."""
    decision = decided_with(move, body, policy)
    if decision.status is not Status.PENDING_REVIEW:
        mattering, teams = what_can_change_the_team(body, move, decision, policy)
        wanting = {"employee_counts"} if decision.basis == "crm" and body["employee_counts"] else set()
        assert {*decision.missing_facts} - wanting == mattering - wanting, (body, move)
        assert len({*decision.missing_facts}) == len(decision.missing_facts)
        # While it is open whether a customer is a Key Account, its team may keep it (ROUTE-2).
        assert decision.team in teams or decision.rule == "ROUTE-2", (body, move)
        assert (decision.status is Status.FINAL) is (not decision.missing_facts)
    return decision


RANGES = ("1-99", "51-200", "101-700", "201-499", "450-600", "501-1000", "90-110", "101-400")


def ranged(body: Request, move: Move, random: Random) -> tuple[Request, Move]:
    """The same with some of its counts known as ranges alone, those of the move among them."""
    account = {
        name: random.choice(RANGES) if name in COUNTS and random.random() < 0.3 else value
        for name, value in body["account"].items()
    }
    counts = [
        count | ({"employees": random.choice(RANGES)} if count["employees"] and random.random() < 0.3 else {})
        for count in body["employee_counts"]
    ]
    found = {
        name: Range(*map(int, random.choice(RANGES).split("-")))
        for name in ("employees", "potential_users")
        if getattr(move, name) is not None and random.random() < 0.2
    }
    return body | {"account": account, "employee_counts": counts}, move.model_copy(update=found)


COUNTS = ("max_family_employees", "lam_dev_count", "linkedin_engineering_it")
TRIED: dict[str, tuple[Any, ...]] = COMPLETIONS | {
    "region": ("EMEA", "APAC"),
    "employee_counts": (499, 500),
    "lam_dev_count": (99, 100, 101),
    "employees": (499, 500, 501),
    "potential_users": (99, 100, 101),
}
"""For each fact that routing or a move rests on, values on both sides of every boundary within Mid-Market."""
DISCOVERED = {"employees": "discovered_employees", "potential_users": "potential_users"}
"""The numbers that a move keeps, with their names where they are missing."""


def what_can_change_the_team(
    body: Request, move: Move, decision: Decision, policy: Policy
) -> tuple[set[str], set[Team | None]]:
    """The unknown facts that can change the team by themselves, all others being known somehow; and all the teams."""
    tried = {name: values for name in TRIED if (values := possible_values(name, move, decision))}
    stated, found = ([name for name in tried if (name in DISCOVERED) is of_it] for of_it in (False, True))
    teams: dict[tuple[Any, ...], Team | None] = {}
    for numbers in product(*(tried[name] for name in found)):
        known = move.model_copy(update=dict(zip(found, numbers, strict=True)))
        for values, completed in completed_by(body, decision, stated, tried):
            teams[values + numbers] = decided_with(known, completed, policy).team
    mattering = set()
    for place, name in enumerate((*stated, *found)):
        others: dict[tuple[Any, ...], set[Team | None]] = {}
        for values, team in teams.items():
            others.setdefault(values[:place] + values[place + 1 :], set()).add(team)
        if any(len(possible) > 1 for possible in others.values()):
            mattering.add(DISCOVERED.get(name, name))
    return mattering, set(teams.values())


def possible_values(name: str, move: Move, decision: Decision) -> tuple[Any, ...]:
    """What an unknown fact can turn out to be, of a range what lies in it; nothing where it is known."""
    account = decision.facts.account
    if name in DISCOVERED:
        value = getattr(move, name)
        unknown = False
    elif name == "employee_counts":
        value, unknown = decision.led, decision.led is None and decision.segment is Segment.MM
    else:
        value = getattr(account, name) or (None if name == "max_family_employees" else getattr(account, name))
        unknown = value is None and (name != "crm_created_on" or decision.facts.motion == "existing")
    if isinstance(value, Range):
        return tuple(sorted({value.lower, value.upper, *(each for each in TRIED[name] if value.meets(each))}))
    return TRIED[name] if unknown else ()
