from collections.abc import Iterator
from itertools import combinations, product

import pytest

from service.domain.cells import Value, nearest_in
from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.fy23 import fy23
from service.domain.lab.counterfactual import (
    Aspect,
    Counterfactual,
    aspect_of,
    can_be_found_out,
    counterfactuals,
    nearest_change,
)
from service.domain.lab.counterfactual_words import counterfactual_words
from service.domain.lab.stated import MARKS, stating, value_of
from service.domain.lab.verdicts import NO_RULE, Verdict, verdict_of
from service.domain.lab.verdicts import decided as decided_perhaps
from service.domain.ranges import Range
from tests.builders import ON, decided, stated
from tests.domain.generated import UNDER_MUTATION
from tests.domain.lab.accounts import TRIED, decided_accounts, on_ranges

POLICY = fy23()
SOME = 10 if UNDER_MUTATION else 60
ASPECTS: tuple[Aspect, ...] = ("team", "segment", "status")


@pytest.mark.law
@pytest.mark.parametrize("aspect", ASPECTS)
def test_applying_a_counterfactual_alters_the_outcome_as_it_says(aspect: Aspect) -> None:
    for decision in decided_accounts(SOME, POLICY, seed=41):
        found = counterfactuals(decision, POLICY, aspect=aspect, at_most=2)
        for each in (*found.found_out, *found.given):
            verdict = _with({change.fact: change.after for change in each.changes}, decision)
            assert verdict == each.verdict
            assert _altered(verdict, decision, aspect)


def test_every_value_of_the_cells_of_an_unknown_fact_alters_it_alike() -> None:
    for decision in decided_accounts(SOME, POLICY, seed=42):
        for each in counterfactuals(decision, POLICY, at_most=1).found_out:
            (change,) = each.changes
            if change.before is None:
                for cell in change.cells:
                    assert _with({change.fact: nearest_in(cell)}, decision) == each.verdict


@pytest.mark.law
def test_no_fewer_facts_alter_the_outcome_and_none_is_overlooked() -> None:
    sizes = set()
    for decision in decided_accounts(SOME, POLICY, seed=43):
        found = counterfactuals(decision, POLICY, at_most=2).found_out
        size = len(found[0].changes) if found else 2
        sizes.add(size)
        for fewer in range(1, size):
            assert not list(_altering(decision, fewer)), decision.facts
        if found and size == 1:
            told = {(_facts(each), each.verdict.team) for each in found}
            assert {(tuple(values), verdict.team) for values, verdict in _altering(decision, size)} == told
    assert 1 in sizes


@pytest.mark.law
def test_no_nearer_number_alters_the_outcome_in_the_same_way() -> None:
    for decision in decided_accounts(SOME // 3, POLICY, seed=44):
        for each in counterfactuals(decision, POLICY, at_most=1).found_out:
            (change,) = each.changes
            before, after = change.before, change.after
            if change.distance and isinstance(before, int) and isinstance(after, int):
                for number in range(min(before, after) + 1, max(before, after)):
                    verdict = _with({change.fact: number}, decision)
                    assert not _altered(verdict, decision) or verdict.team != each.verdict.team


@pytest.mark.law
def test_none_of_the_changes_alters_the_outcome_without_the_others() -> None:
    tried = 0
    for decision in decided_accounts(SOME // 3, POLICY, seed=45):
        found = counterfactuals(decision, POLICY)
        for each in (*found.found_out, *found.given):
            for size in range(1, len(each.changes)):
                for part in combinations(each.changes, size):
                    assert not _altered(_with({change.fact: change.after for change in part}, decision), decision)
                    tried += 1
    assert tried > 0


def test_given_facts_stand_apart_from_those_that_can_be_found_out() -> None:
    for decision in decided_accounts(SOME, POLICY, seed=46):
        found = counterfactuals(decision, POLICY, at_most=1)
        assert all(can_be_found_out(fact, decision) for each in found.found_out for fact in _facts(each))
        assert not any(can_be_found_out(fact, decision) for each in found.given for fact in _facts(each))
        nearest = nearest_change(decision, POLICY)
        if found.found_out:
            assert nearest == found.found_out[0]


def test_a_first_order_account_is_told_what_would_take_it_away() -> None:
    decision = decided(df=12, zi=700, wrong={"df": "Counts one office"}, max_family_employees=640, region="EMEA")

    found = counterfactuals(decision, POLICY)

    assert [counterfactual_words(each, decision, POLICY) for each in (*found.found_out, *found.given)] == [
        (
            "141 fewer employees in the family (499), with fewer than 100 potential users, "
            "and this account goes to Mid-Market Territory."
        ),
        "601 fewer employees by Zoominfo (99), and this account goes to SMB.",
        "1,300 more employees by Zoominfo (2,000), and this account goes outside Commercial (Large).",
        "SMB decided by the VP, and this account goes to SMB.",
        "LARGE decided by the VP, and this account goes outside Commercial (Large).",
        "Datafox's number not wholly wrong, and this account goes to SMB.",
        "Zoominfo's number wholly wrong, and this account goes to a review by the VP of Commercial Sales.",
        "Region none of NORAM and EMEA, and this account goes to Mid-Market Territory.",
        "Not First Order Available, and this account goes to Mid-Market Territory.",
    ]


def test_a_given_fact_that_brings_the_account_under_another_rule_is_proposed() -> None:
    decision = decided(df=640, region="APAC", first_order_available=False, max_family_employees=640)
    given = counterfactuals(decision, POLICY, at_most=2).given

    assert [_facts(each) for each in given] == [("crm_created_on",)]
    assert counterfactual_words(given[0], decision, POLICY) == (
        "Created in the CRM on 2022-02-25 rather than 2021-06-01, and this account goes to Key Accounts First Order."
    )


def test_a_customer_is_never_proposed_to_be_first_order_available() -> None:
    decision = decided(df=640, customer=True, first_order_available=False, key_account=True)
    proposed = counterfactuals(decision, POLICY).given

    assert proposed
    assert not any(_facts(each) == ("first_order_available",) for each in proposed)


def test_the_segment_and_the_status_can_be_asked_for_too() -> None:
    decision = decided(df=640, max_family_employees=499)
    segment = counterfactuals(decision, POLICY, aspect="segment").found_out[0]
    status = counterfactuals(decision, POLICY, aspect="status").found_out[0]

    assert counterfactual_words(segment, decision, POLICY, aspect="segment") == (
        "541 fewer employees by Datafox (99), and this account is SMB and goes to SMB."
    )
    assert counterfactual_words(status, decision, POLICY, aspect="status") == (
        "Fewer than 100 potential users, and the decision is final: this account goes to Mid-Market Territory."
    )


def test_any_other_count_takes_the_vps_decision_away() -> None:
    decision = decided(df=12, wrong={"df": "Counts one office"}, vp="MM", max_family_employees=640)
    nearest = nearest_change(decision, POLICY)

    assert nearest is not None
    assert counterfactual_words(nearest, decision, POLICY) == (
        "1 fewer employee by Datafox (11), and this account goes to a review by the VP of Commercial Sales."
    )


def test_a_range_is_told_apart_from_the_numbers_in_it_and_outside_of_it() -> None:
    decision = decide(stated(df="501-700", max_family_employees="201-700", lam_dev_count=5), POLICY, ON)
    found = counterfactuals(decision, POLICY, aspect="segment", at_most=1).found_out
    told = [counterfactual_words(each, decision, POLICY, aspect="segment") for each in found]

    assert decision.missing_facts == ("max_family_employees",)
    assert [(each.changes[0].after, each.changes[0].distance) for each in found[:2]] == [(99, 402), (2000, 1300)]
    assert told[0].startswith("402 fewer employees by Datafox (99), and this account is SMB")

    firmer = counterfactuals(decision, POLICY, aspect="status", at_most=1).found_out
    assert [(each.changes[0].fact, each.changes[0].after, each.changes[0].distance) for each in firmer[:2]] == [
        ("max_family_employees", 201, 0),
        ("max_family_employees", 500, 0),
    ]
    assert counterfactual_words(firmer[1], decision, POLICY, aspect="status").startswith(
        "500 to 700 employees in the family, and the decision is final"
    )


@pytest.mark.law
def test_any_number_of_a_range_in_the_cells_of_a_change_alters_the_outcome_as_it_says() -> None:
    tried = 0
    for decision in on_ranges(SOME // 2, POLICY, seed=45):
        for each in counterfactuals(decision, POLICY, at_most=1).found_out:
            (change,) = each.changes
            if isinstance(change.before, Range):
                assert _with({change.fact: change.after}, decision) == each.verdict
                assert _altered(each.verdict, decision)
                tried += 1
    assert tried > 0


def _altering(decision: Decision, size: int) -> Iterator[tuple[dict[str, Value], Verdict]]:
    """Everything that a person would try of so many facts that can be found out, and that alters the team."""
    facts = [
        fact
        for fact in TRIED
        if can_be_found_out(fact, decision)
        and (fact != "vp_segment" or decision.needs_review or decision.facts.vp_decision is not None)
        and (fact not in MARKS or value_of(decision.facts, f"{MARKS[fact]}_employees") is not None)
    ]
    for chosen in combinations(facts, size):
        for values in product(*(TRIED[fact] for fact in chosen)):
            tried = dict(zip(chosen, values, strict=True))
            verdict = _with(tried, decision)
            if _altered(verdict, decision):
                yield tried, verdict


def _with(values: dict[str, Value], decision: Decision) -> Verdict:
    stated = stating(decision.facts, values)
    return NO_RULE if stated is None else verdict_of(decided_perhaps(stated, POLICY, decision.effective_on))


def _altered(verdict: Verdict, decision: Decision, aspect: Aspect = "team") -> bool:
    return verdict != NO_RULE and aspect_of(verdict, aspect) != aspect_of(verdict_of(decision), aspect)


def _facts(found: Counterfactual) -> tuple[str, ...]:
    return tuple(change.fact for change in found.changes)
