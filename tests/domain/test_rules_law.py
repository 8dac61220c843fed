"""What holds of every request: the decision core agrees with a naive reading of the rules, and means what it says."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.decide import decide
from service.domain.decision import Decision, Status, trail_from_text, trail_to_text
from service.domain.explain import explain, values_of
from service.domain.fy23 import fy23
from service.domain.policy import Policy
from service.domain.vocabulary import PRIMARY_SOURCES, linkedin_verifying_employees
from tests.builders import ON, Request, parsed, posted
from tests.domain.completing import completions, is_unknown
from tests.domain.generated import FEW, MANY, any_request, requests
from tests.domain.kleene import answers
from tests.domain.reading import COMPLETIONS, Reading, number_of, read, third_parties, wrong

randoms = st.randoms(use_true_random=False)
pytestmark = pytest.mark.law


@pytest.fixture
def policy() -> Policy:
    return fy23()


def test_every_decision_is_that_of_a_naive_reading_of_the_rules(policy: Policy) -> None:
    for body, vp_segment in requests(MANY, seed=2023):
        _agrees(body, vp_segment, policy)


def test_the_generated_requests_reach_every_rule_with_every_status_that_it_can_have(policy: Policy) -> None:
    reached = Counter((decision.rule, decision.status) for _, _, decision in _decided(MANY, policy, seed=2023))

    firm = {(f"ROUTE-{number}", Status.FINAL) for number in range(1, 7)}
    provisional = {(f"ROUTE-{number}", Status.PROVISIONAL) for number in range(2, 7)}
    assert set(reached) == firm | provisional | {("ROUTE-1", Status.PENDING_REVIEW)}
    assert min(reached.values()) > MANY // 500


@settings(max_examples=50, deadline=None)
@given(randoms)
def test_a_decision_that_departs_from_the_rules_shrinks_to_a_small_one(random: Random) -> None:
    _agrees(*any_request(random), fy23())


def test_a_final_team_is_what_every_completion_gives_and_no_other_team_is_final(policy: Policy) -> None:
    tried = 0
    for body, vp_segment, decision in _decided(FEW, policy, seed=7):
        if decision.status is Status.PENDING_REVIEW:
            continue
        unknown = [name for name in COMPLETIONS if is_unknown(name, body, decision)]
        teams = {_decide(completed, vp_segment, policy).team for completed in completions(body, decision, unknown)}
        assert (decision.status is Status.FINAL) == (teams == {decision.team}), body
        tried += len(teams) > 1
    assert tried > FEW // 10


def test_knowing_every_fact_that_is_named_makes_the_decision_final(policy: Policy) -> None:
    for body, vp_segment, decision in _decided(FEW, policy, seed=8):
        if decision.status is Status.PROVISIONAL:
            for completed in completions(body, decision, list(decision.missing_facts)):
                assert _decide(completed, vp_segment, policy).status is Status.FINAL, body


def test_a_trail_survives_its_text(policy: Policy) -> None:
    for _, _, decision in _decided(FEW, policy, seed=9):
        assert trail_from_text(trail_to_text(decision.trail)) == decision.trail


def test_an_explanation_says_what_the_trail_says(policy: Policy) -> None:
    for _, _, decision in _decided(FEW, policy, seed=10):
        explained = explain(decision, policy)

        said = [(clause.rule, clause.outcome) for clause in explained if not clause.clause.isdigit()]
        assert said == [(key.split("/")[0], outcomes[-1]) for key, outcomes in decision.trail]


def test_deciding_again_gives_the_same_decision(policy: Policy) -> None:
    for body, vp_segment, decision in _decided(FEW, policy, seed=11):
        assert _decide(body, vp_segment, policy) == decision


def _agrees(body: Request, vp_segment: str | None, policy: Policy) -> None:
    reading = read(body, vp_segment)

    decision = _decide(body, vp_segment, policy)

    said = (decision.segment, decision.basis, decision.leading_employees, decision.rule, decision.team, decision.status)
    read_so = (reading.segment, reading.basis, reading.employees, reading.rule, reading.team, reading.status)
    assert said == read_so, body
    assert {code.value for code in decision.advice} == reading.advice, body
    assert {code.value for code in decision.actions} == reading.actions, body
    assert len(decision.advice + decision.actions) == len(reading.advice) + len(reading.actions), body
    _names_what_matters(decision, reading)
    _left_its_trail(body, decision, policy)


def _names_what_matters(decision: Decision, reading: Reading) -> None:
    if decision.status is Status.PENDING_REVIEW:
        assert decision.missing_facts == ("employee_counts",)
        return
    named = set(decision.missing_facts)
    assert len(named) == len(decision.missing_facts)
    assert named == reading.mattering, decision.facts


def _left_its_trail(body: Request, decision: Decision, policy: Policy) -> None:
    values = _values(body, decision)
    found = values_of(decision, policy)
    assert {name: found[name] for name in values} == values
    for key, outcomes in decision.trail:
        assert outcomes == answers(policy.steps[key].expression, values), (key, body)
    asked = [key for key, _ in decision.trail]
    assert asked == [key for key in policy.steps if key in asked]
    if decision.team is not None:
        whens = {route.when.key for route in policy.program.routes.routes}
        applied = {key.split("/")[0] for key, outcomes in decision.trail if key in whens and outcomes[-1]}
        assert applied == {decision.rule}


def _values(body: Request, decision: Decision) -> dict[str, Any]:
    """The facts by name, derived ones included, worked out from the request."""
    names = (
        "region crm_segment crm_created_on first_order_available customer key_account max_family_employees "
        "lam_dev_count linkedin_engineering_it current_team"
    )
    account = parsed(body).account
    values: dict[str, Any] = {name: getattr(account, name) for name in names.split()}
    values |= {"id": account.id, "name": None, "last_activity_on": None, "size_cleanup": None}
    values["max_family_employees"] = values["max_family_employees"] or None
    values["motion"] = body["motion"]
    for source in PRIMARY_SOURCES:
        number = number_of(body, source)
        values[f"{source}_employees"] = number
        values[f"{source}_wholly_wrong"] = number is not None and wrong(body, source)
        values[f"{source}_in_one_band"] = number is not None
    linkedin = None if wrong(body, "linkedin") else number_of(body, "linkedin")
    values[linkedin_verifying_employees.name] = linkedin
    numbers = [number for source in PRIMARY_SOURCES if (number := number_of(body, source)) is not None]
    values["counts_given"] = bool(third_parties(body)) or bool(numbers)
    outside = {"SMB": [number >= 100 for number in numbers], "LARGE": [number < 2000 for number in numbers]}
    beside = outside.get(body["account"]["crm_segment"] or "")
    unknown = None if beside is not None and len(numbers) < len(PRIMARY_SOURCES) else False
    values["crm_segment_counted_out"] = any(beside or ()) or unknown
    values["vp_segment"] = decision.segment if decision.basis == "vp" else None
    values["segment"] = decision.segment
    values["leading_employees"] = decision.leading_employees
    return values


def _decide(body: Request, vp_segment: str | None, policy: Policy) -> Decision:
    return decide(posted(body, vp_segment), policy, ON)


def _decided(number: int, policy: Policy, *, seed: int) -> Iterator[tuple[Request, str | None, Decision]]:
    for body, vp_segment in requests(number, seed=seed):
        yield body, vp_segment, _decide(body, vp_segment, policy)
