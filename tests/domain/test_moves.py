"""Discoveries, changeovers and the moves that stand (MOVE-1 to MOVE-5), case by case and by law."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from service.domain.conduct import ConductMatter, MatterKind, flag_of
from service.domain.decide import decide, trigger_values
from service.domain.decision import Decision, Kind, RecordedDecision, Status
from service.domain.facts import Facts
from service.domain.fy23 import fy23
from service.domain.moves import before
from service.domain.nearness import hindrances
from service.domain.policies import Policies
from service.domain.program import MOVE_STANDS
from service.domain.report import report
from service.domain.sentences import summary
from service.domain.standing_moves import standing_move
from service.domain.terms import Segment, Team
from service.domain.triggers import Before, Changeover, Discovery, Move
from service.store.recording import AccountState, Asked, LetStand, Submission
from service.usecases.change_over import decide_on
from tests.builders import decided
from tests.golden import HERE

POLICY = fy23()
CASES: dict[str, list[dict[str, Any]]] = tomllib.loads((HERE / "moves.toml").read_text())
DISCOVERED_ON = date(2022, 4, 11)
MAY_1 = date(2022, 5, 1)
EMPLOYEES = (None, 1, 499, 500, 501, 2000)
USERS = (None, 0, 99, 100, 101)
DAYS = (None, date(2022, 1, 31), date(2022, 2, 1), date(2022, 4, 30), date(2022, 5, 1))


def standing(stands: dict[str, Any], unknown: tuple[str, ...] | list[str] = ()) -> Decision:
    facts: dict[str, Any] = {name: value for name, value in stands.items() if name != "gap"}
    if "gap" in stands:
        facts["wrong"] = {"df": stands["gap"]}
    return decided(**facts | dict.fromkeys(unknown))


def discover(stood: Decision, on: date = DISCOVERED_ON, **found: Any) -> Decision:  # noqa: ANN401 - what a discovery has
    discovery = Discovery(before=before(stood), discovered_by="Sample AE", discovered_on=on, **found)
    return decide(replace(stood.facts, trigger=discovery), POLICY, on)


def change_over(stood: Decision, on: date = MAY_1) -> Decision:
    return decide(replace(stood.facts, trigger=Changeover(before=before(stood), on=on)), POLICY, on)


def hold(decision: Decision, expect: dict[str, Any]) -> None:
    said = {
        "team": decision.team,
        "rule": decision.rule,
        "status": decision.status,
        "missing": list(decision.missing_facts),
        "advice": list(decision.advice),
        "actions": list(decision.actions),
    }
    usual: dict[str, Any] = {"team": None, "status": "final", "missing": [], "advice": [], "actions": []}
    assert said == usual | {name: value for name, value in expect.items() if name != "says"}
    assert expect.get("says", "") in summary(decision, POLICY)


@pytest.mark.parametrize("case", CASES["discovery"], ids=lambda case: case["title"])
def test_a_discovery_moves_an_account_or_says_what_held_it_back(case: dict[str, Any]) -> None:
    stood = standing(case["stands"], case.get("unknown", ()))

    hold(discover(stood, **case["found"]), case["expect"])


@pytest.mark.parametrize("case", CASES["changeover"], ids=lambda case: case["title"])
def test_a_changeover_moves_the_idle_accounts_of_territory(case: dict[str, Any]) -> None:
    hold(change_over(standing(case["stands"]), case.get("on", MAY_1)), case["expect"])


def move_of(case: dict[str, Any]) -> Move:
    """The move that stands in a case: MOVE-1 unless that says otherwise."""
    small = {"rule": "MOVE-1", "moved_from": Team.MMKAFO, "moved_to": Team.MM_TERRITORY, "moved_on": DISCOVERED_ON}
    large = small | {"moved_from": Team.MM_TERRITORY, "moved_to": Team.MMKAFO}
    rests_on = case.get("move", {}).get("rests_on", "MOVE-1")
    return Move(**(small if rests_on == "MOVE-1" else large) | {"rule": rests_on} | case.get("move", {}))


@pytest.mark.parametrize("case", CASES["asked_again"], ids=lambda case: case["title"])
def test_a_changeover_asks_a_move_that_stands_again_on_the_facts_of_the_day(case: dict[str, Any]) -> None:
    move, now = move_of(case), standing(case["stands"])
    # The move led when the account was decided last.
    stood = now._replace(team=move.moved_to, rule=move.rule, status=Status.FINAL, missing_facts=())
    stood = stood._replace(segment=Segment(case["segment"])) if "segment" in case else stood
    state = AccountState(UUID(int=1), datetime(2022, 4, 11, tzinfo=UTC), DISCOVERED_ON, move)

    decision = decide_on(state, recorded(stood), MAY_1, Policies((POLICY,)))

    hold(decision, case["expect"])
    if decision.team is move.moved_to:
        assert standing_move(decision) == move
    elif decision.rule != "MOVE-3":
        assert standing_move(decision) is None
        assert before(decision).missing_facts == decision.missing_facts
    assert decide(decision.facts, POLICY, MAY_1) == decision
    assert report(decision, POLICY)


def recorded(decision: Decision) -> RecordedDecision:
    """A decision as it is on record."""
    asked = Asked("tester", "test", "r-1")
    submission = Submission(account_id="acc-1", asked=asked, decide=lambda _: LetStand(None))
    return submission.recorded(decision, Kind.CLASSIFICATION, UUID(int=1), datetime(2022, 4, 11, tzinfo=UTC), None)


@pytest.mark.parametrize("case", CASES["standing"], ids=lambda case: case["title"])
def test_a_move_stands_until_routing_names_another_team_for_good(case: dict[str, Any]) -> None:
    move = move_of(case)

    decision = decide(replace(standing(case["then"], case.get("unknown", ())).facts, move=move), POLICY, MAY_1)

    hold(decision, case["expect"])
    assert standing_move(decision) == (move if decision.rule == move.rule else None)


def test_a_discovery_that_stands_counts_at_the_changeover() -> None:
    stood = standing({"df": 499, "created": "2022-02-25", "lam_dev_count": 20, "last_activity_on": "2022-01-31"})
    found = discover(stood, employees=400, potential_users=150)
    changeover = Changeover(before=before(found), on=MAY_1, discovered_employees=400, discovered_users=150)

    assert change_over(stood).team is Team.MM_TERRITORY
    assert decide(replace(found.facts, trigger=changeover), POLICY, MAY_1).team is Team.MMKAFO


def test_the_summary_of_a_discovery_names_only_what_its_own_rule_asks() -> None:
    stood = decided(df=101, created="2019-01-01", region=None, customer=None, first_order_available=None)

    found = discover(stood, potential_users=99)

    assert {"customer", "region", "key_account"} <= {*found.missing_facts}
    asked = "first_order_available and discovered_employees"
    assert summary(found, POLICY).endswith(f"MOVE-2 is open: {asked} are not known.")


def test_what_was_missing_before_a_discovery_is_missing_after_it_by_the_name_that_it_has_now() -> None:
    stood = standing({"df": 640, "lam_dev_count": 100})
    recorded = stood._replace(missing_facts=("region", "employees"))

    assert discover(recorded, potential_users=99).missing_facts == ("region", "discovered_employees")


def test_a_second_discovery_leaves_open_only_what_it_does_not_answer_itself() -> None:
    first = discover(standing({"df": 640, "lam_dev_count": 100}), potential_users=99)
    second = discover(first, employees=640, potential_users=99)

    assert (first.missing_facts, first.status) == (("discovered_employees",), Status.PROVISIONAL)
    assert (second.missing_facts, second.status) == ((), Status.FINAL)


def test_what_one_discovery_left_open_is_no_question_of_the_next() -> None:
    stood = standing({"df": 320, "region": "APAC", "created": "2019-01-01"}, ("first_order_available",))
    first = discover(stood, potential_users=99)
    second = discover(first, employees=400)

    assert stood.missing_facts == ()
    assert first.missing_facts == ("first_order_available", "discovered_employees")
    assert second.missing_facts == ()


@pytest.mark.parametrize(("times", "flagged"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_more_than_two_ignored_moves_in_a_year_are_flagged(times: int, flagged: bool) -> None:  # noqa: FBT001 - a case
    matter = ConductMatter(
        kind=MatterKind.IGNORED_MOVE, account_executive="AE", rule="MOVE-1", reason=None, occurred_on=MAY_1
    )

    flag = flag_of(matter, times, POLICY)

    assert (flag.flagged, flag.rule) == (flagged, "MOVE-4")


def test_the_question_whether_a_move_stands_has_its_key_in_every_policy() -> None:
    assert POLICY.program.moves.stands.key == MOVE_STANDS


def read_discovery(owner: Team, *, available: bool | None, employees: int | None, users: int | None) -> Team | None:
    """MOVE-1 and MOVE-2 read once more from their text, for facts that are all known; None where one is missing."""
    if owner is Team.MMKAFO and employees is not None and users is not None:
        return Team.MM_TERRITORY if employees < 500 and users < 100 else owner
    if owner is Team.MM_TERRITORY and available is not None and employees is not None:
        return Team.MMKAFO if available and employees > 500 else owner
    return owner if owner not in {Team.MMKAFO, Team.MM_TERRITORY} else None


def owned_by(owner: Team, *, available: bool | None) -> Facts:
    facts = decided(df=640, first_order_available=available).facts
    return replace(facts, trigger=None) if owner else facts


def discoveries() -> Iterator[tuple[Decision, Team, bool | None, int | None, int | None]]:
    for owner, available, employees, users in product(Team, (True, False, None), EMPLOYEES, USERS):
        stood = Before(team=owner)
        found = Discovery(
            before=stood,
            discovered_by="Sample AE",
            employees=employees,
            potential_users=users,
            discovered_on=DISCOVERED_ON,
        )
        facts = replace(owned_by(owner, available=available), trigger=found)
        yield decide(facts, POLICY, DISCOVERED_ON), owner, available, employees, users


def test_every_discovery_of_known_facts_is_that_of_a_naive_reading() -> None:
    tried = 0
    for decision, owner, available, employees, users in discoveries():
        team = read_discovery(owner, available=available, employees=employees, users=users)
        if team is not None:
            assert decision.team is team, decision.facts
            tried += team is not owner
    assert tried > 10


def test_an_unknown_moves_nothing_and_is_named_exactly_where_it_matters() -> None:
    for decision, owner, available, employees, users in discoveries():
        known = product(
            (True, False) if available is None else (available,),
            [number for number in EMPLOYEES if number] if employees is None else (employees,),
            [number for number in USERS if number is not None] if users is None else (users,),
        )
        teams = {read_discovery(owner, available=a, employees=e, users=u) for a, e, u in known}
        if len(teams) > 1:
            assert (decision.team, bool(decision.missing_facts)) == (owner, True), decision.facts
        else:
            assert teams == {decision.team}
            assert not decision.missing_facts


def test_what_held_a_discovery_back_is_as_far_off_as_it_says() -> None:
    for decision, owner, *_ in discoveries():
        step = POLICY.program.moves.to_first_order if owner is Team.MM_TERRITORY else POLICY.program.moves.to_territory
        outcomes = dict(decision.trail)[step.key]
        for hindrance in hindrances(step.expression, outcomes, trigger_values(decision.facts, POLICY)):
            if isinstance(hindrance.off_by, int) and isinstance(hindrance.value, int):
                assert eval(_without(hindrance.text, hindrance.value - hindrance.off_by))  # noqa: S307 - our own text
                nearer = hindrance.value - hindrance.off_by + (1 if hindrance.off_by > 0 else -1)
                assert not eval(_without(hindrance.text, nearer))  # noqa: S307 - our own text


def _without(text: str, value: int) -> str:
    return f"{value} {text.partition(' ')[2]}"


def test_a_decision_about_an_occasion_is_taken_again_from_its_facts_and_keeps_the_segment() -> None:
    adapter = TypeAdapter(Facts)
    for decision, *_ in discoveries():
        facts = adapter.validate_json(adapter.dump_json(decision.facts, exclude_none=True))
        assert facts == decision.facts
        assert decide(facts, POLICY, DISCOVERED_ON) == decision
    stood = standing({"df": 640, "max_family_employees": 640})
    assert discover(stood, employees=300, potential_users=5).segment is stood.segment


def test_a_changeover_moves_only_what_was_idle_for_the_whole_quarter() -> None:
    stands = {"df": 499, "created": "2022-02-25", "lam_dev_count": 101}
    for day in DAYS:
        stood = standing(stands | ({} if day is None else {"last_activity_on": day.isoformat()}))
        idle = day is not None and day < date(2022, 2, 1)
        assert (change_over(stood).team is Team.MMKAFO) == idle
