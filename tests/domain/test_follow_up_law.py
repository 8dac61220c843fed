"""What holds of every discovery, changeover, standing move and won First Order, whatever its facts."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from service.domain.decide import decide
from service.domain.decision import Status, trail_from_text, trail_to_text
from service.domain.explain import explain
from service.domain.facts import Account, Facts
from service.domain.fy23 import fy23
from service.domain.handoff.receiver import email_will_do, receiver_of, won_facts
from service.domain.policy import Policy
from service.domain.report import report
from service.domain.sentences import summary
from service.domain.terms import Segment, Team
from service.domain.triggers import Before, Changeover, Discovery, EscalationAnswer, HandoffTrigger, Stage
from tests.domain.follow_up_reading import (
    Handed,
    Verdict,
    read_changeover,
    read_discovery,
    read_handover,
)
from tests.domain.generated import FEW, MANY

DISCOVERED_ON = date(2022, 4, 11)
CHANGEOVERS = (date(2022, 5, 1), date(2022, 8, 1), date(2022, 11, 1), date(2023, 2, 1))
CREATED = (date(2019, 1, 1), date(2022, 2, 24), date(2022, 2, 25), date(2022, 3, 1))
EMPLOYEES = (1, 499, 500, 501, 1999, 2000)
USERS = (0, 99, 100, 101, 900)
BEFORE = (("max_family_employees",), ("employee_counts",), ("region", "discovered_employees", "potential_users"))
AMOUNTS = tuple(map(Decimal, ("0.00", "0.01", "2000.00", "17999.99", "18000.00", "19999.99", "20000.00", "20000.01")))
NET_ARR = tuple(map(Decimal, ("0.00", "49999.99", "50000.00", "50000.01")))
FACTS = TypeAdapter(Facts)
pytestmark = pytest.mark.law


@pytest.fixture
def policy() -> Policy:
    return fy23()


def perhaps(random: Random, choices: Any, *, known: int = 75) -> Any:  # noqa: ANN401 - whatever the choices are
    return random.choice(choices) if random.randrange(100) < known else None


def any_before(random: Random) -> Before:
    # Half of the accounts belong to the teams that discoveries and changeovers move.
    team = random.choice((None, *Team, Team.MMKAFO, Team.MM_TERRITORY, Team.MM_TERRITORY, Team.MM_TERRITORY))
    return Before(
        team=team,
        segment=None if team is None else random.choice(tuple(Segment)),
        leading_employees=perhaps(random, EMPLOYEES),
        missing_facts=perhaps(random, BEFORE, known=15) or (),
    )


def discoveries(number: int, *, seed: int) -> Iterator[tuple[Facts, date, Verdict]]:
    random = Random(seed)
    for _ in range(number):
        before, available = any_before(random), perhaps(random, (True, True, True, False))
        found = {"employees": perhaps(random, EMPLOYEES), "potential_users": perhaps(random, USERS)}
        last = perhaps(random, [DISCOVERED_ON + timedelta(days=number) for number in (-1, 0, 1, 30)])
        discovery = Discovery(before=before, discovered_by="Sample AE", discovered_on=DISCOVERED_ON, **found)
        created, family = perhaps(random, CREATED), perhaps(random, (0, 499, 500))
        account = Account(
            id="acc-1",
            first_order_available=available,
            last_activity_on=last,
            crm_created_on=created,
            max_family_employees=family,
        )
        worked_on = last is not None and last > DISCOVERED_ON
        by_family, otherwise = family or None, before.leading_employees
        routed_by = by_family if created is not None and created < date(2022, 2, 25) else otherwise
        if created is None and by_family != otherwise:
            routed_by = None  # an existing account was created on some day: routing went by one of the two
        facts = found | {"first_order_available": available}
        verdict = read_discovery(before.team, facts, routed_by, worked_on=worked_on)
        yield Facts(account=account, trigger=discovery), DISCOVERED_ON, verdict


def changeovers(number: int, *, seed: int) -> Iterator[tuple[Facts, date, Verdict]]:
    random = Random(seed)
    for _ in range(number):
        before, on, created = any_before(random), random.choice(CHANGEOVERS), perhaps(random, CREATED[1:] + CREATED)
        idle = [on - timedelta(days=number) for number in (0, 1, 60, 88, 89, 90, 91, 92, 93, 150, 200, 300)]
        marked, discovered = perhaps(random, USERS), perhaps(random, USERS, known=30)
        employees = perhaps(random, EMPLOYEES, known=30)
        facts = {
            "employees": before.leading_employees if employees is None else employees,
            "potential_users": marked if discovered is None else discovered,
            "first_order_available": perhaps(random, (True, True, True, False)),
            "last_activity_on": perhaps(random, idle),
            "crm_created_on": created,
        }
        account = Account(
            id="acc-1",
            crm_created_on=created,
            lam_dev_count=marked,
            first_order_available=facts["first_order_available"],
            last_activity_on=facts["last_activity_on"],
        )
        changeover = Changeover(before=before, on=on, discovered_employees=employees, discovered_users=discovered)
        yield Facts(account=account, trigger=changeover), on, read_changeover(before.team, facts, on)


def handovers(number: int, *, seed: int) -> Iterator[tuple[Facts, date, Handed]]:
    random = Random(seed)
    for serial in range(number):
        closed_on = random.choice(CHANGEOVERS)
        won: dict[str, Any] = {
            "total_users": perhaps(random, USERS),
            "in_question": perhaps(random, ("Two subsidiaries",), known=20),
            "answer": perhaps(random, (Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO), known=25),
            "initial_amount": random.choice(AMOUNTS),
            "immediate_potential": perhaps(random, AMOUNTS),
            "net_arr": perhaps(random, NET_ARR),
            "closed_on": closed_on,
            "as_of": closed_on + timedelta(days=random.choice((0, 1, 6, 7, 8, 30))),
        }
        answer = won["answer"] and EscalationAnswer(
            team=won["answer"], reason="Sample reason", answered_by="vp@example.com"
        )
        stage = Stage.WON if answer is None else random.choice((Stage.ANSWERED, Stage.COMPLETED))
        handover = HandoffTrigger(
            before=Before(team=Team.MMKAFO, segment=Segment.MM, missing_facts=("max_family_employees",)),
            stage=stage,
            handoff_id=UUID(int=serial),
            opportunity_id="006-1",
            first_order_ae="Sample AE",
            **won | {"answer": answer},
        )
        account = Account(id="acc-1", first_order_available=True)
        yield won_facts(Facts(account=account), handover), handover.as_of, read_handover(won)


def test_every_discovery_and_changeover_is_that_of_a_naive_reading_of_the_rules(policy: Policy) -> None:
    for facts, on, verdict in (*discoveries(MANY // 2, seed=41), *changeovers(MANY // 2, seed=42)):
        decision = decide(facts, policy, on)
        assert facts.trigger is not None
        before = facts.trigger.before

        assert (decision.team, decision.rule) == (verdict.team, verdict.rule), facts
        if verdict.team is not before.team:
            assert (decision.status, decision.missing_facts) == (Status.FINAL, ())
        else:
            # What an earlier discovery left open, this one answers or leaves open itself.
            anew = {"discovered_employees", "potential_users"} if isinstance(facts.trigger, Discovery) else set()
            assert set(decision.missing_facts) == set(before.missing_facts) - anew | verdict.mattering, facts
            assert len(decision.missing_facts) == len(set(decision.missing_facts))
            firm = Status.PROVISIONAL if decision.missing_facts else Status.FINAL
            assert decision.status is (Status.PENDING_REVIEW if before.team is None else firm)


def test_the_generated_occasions_reach_every_rule_moving_staying_and_open(policy: Policy) -> None:
    reached: Counter[tuple[str, bool, bool]] = Counter()
    for facts, on, verdict in (*discoveries(MANY // 2, seed=41), *changeovers(MANY // 2, seed=42)):
        assert facts.trigger is not None
        moves = decide(facts, policy, on).team is not facts.trigger.before.team
        reached[verdict.rule, moves, bool(verdict.mattering)] += 1

    staying = {(f"MOVE-{number}", False, is_open) for number in (1, 2, 3) for is_open in (True, False)}
    assert set(reached) == staying | {(f"MOVE-{number}", True, False) for number in (1, 2, 3, 5)}
    assert min(reached.values()) > MANY // 1_000


def test_every_won_first_order_is_that_of_a_naive_reading_of_the_rules(policy: Policy) -> None:
    for facts, on, handed in handovers(MANY // 4, seed=43):
        decision = decide(facts, policy, on)
        trigger = facts.trigger
        assert isinstance(trigger, HandoffTrigger)

        said = Handed(
            receiver=receiver_of(decision, policy),
            by_email=email_will_do(decision, policy),
            late=dict(decision.trail)["HAND-3/test"] == [False],
            ask_for_tam=dict(decision.trail)["HAND-5/tam"][-1],
        )
        assert said == handed, facts
        assert decision.rule == "HAND-1"
        over = trigger.stage is Stage.COMPLETED and handed.receiver is not None
        assert decision.team == (handed.receiver if over else Team.MMKAFO), facts
        assert (decision.status is Status.PROVISIONAL) is (handed.receiver is None), facts
        if not over:
            assert list(decision.actions) == actions_of(handed), facts


def actions_of(handed: Handed) -> list[str]:
    if handed.receiver == "MMKAFO":
        return []
    escalated = ["escalate_the_handoff"] if handed.receiver is None else []
    called = [] if handed.by_email else ["call_the_customer"]
    return [*escalated, *called, "handoff_is_late" if handed.late else "hand_over_in_time"]


def test_every_occasion_is_told_decided_again_and_kept_as_it_is(policy: Policy) -> None:
    triggers = (*discoveries(FEW, seed=44), *changeovers(FEW, seed=45), *handovers(FEW, seed=46))
    for facts, on, _ in triggers:
        decision = decide(facts, policy, on)
        assert facts.trigger is not None

        assert decision.segment is facts.trigger.before.segment
        assert decide(facts, policy, on) == decision
        assert FACTS.validate_json(FACTS.dump_json(facts, exclude_none=True)) == facts
        assert trail_from_text(trail_to_text(decision.trail)) == decision.trail
        told = [(clause.rule, clause.outcome) for clause in explain(decision, policy)]
        assert told == [(key.split("/")[0], outcomes[-1]) for key, outcomes in decision.trail]
        assert summary(decision, policy).endswith(".")
        assert summary(decision, policy) in report(decision, policy)
