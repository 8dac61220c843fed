from itertools import combinations, product

import pytest

from service.domain.cells import Value
from service.domain.decide import decide
from service.domain.decision import Decision, Status
from service.domain.fy23 import fy23
from service.domain.lab.missing import missing_facts, missing_words, prospects, unknown_facts
from service.domain.lab.stated import OF_THE_SEGMENT, stating, value_of
from service.domain.lab.verdicts import decided as decided_perhaps
from service.domain.ranges import Range
from service.domain.terms import Team
from tests.builders import ON, decided, stated
from tests.builders import facts as facts_of
from tests.domain.generated import UNDER_MUTATION
from tests.domain.lab.accounts import TRIED, decided_accounts, on_ranges
from tests.programs import with_routes

POLICY = fy23()
SOME = 20 if UNDER_MUTATION else 150


def test_every_set_is_sufficient_and_no_part_of_it_is() -> None:
    tried = 0
    for decision in decided_accounts(SOME, POLICY, seed=31):
        for facts in missing_facts(decision, POLICY).sets:
            assert _suffices(facts, decision), (facts, decision.facts)
            parts = [part for size in range(len(facts)) for part in combinations(facts, size)]
            assert not any(_suffices(part, decision) for part in parts), (facts, decision.facts)
            tried += 1
    assert tried > SOME // 2


@pytest.mark.law
def test_no_sufficient_set_of_one_or_two_facts_is_overlooked() -> None:
    tried = 0
    for decision in decided_accounts(SOME, POLICY, seed=32):
        unknown = unknown_facts(decision)
        few = [facts for size in (0, 1, 2) for facts in combinations(unknown, size) if _suffices(facts, decision)]
        smallest = {facts for facts in few if not any(set(other) < set(facts) for other in few)}
        found = {facts for facts in missing_facts(decision, POLICY).sets if len(facts) <= 2}
        assert found == smallest, decision.facts
        tried += decision.status is not Status.FINAL and bool(smallest)
    assert tried > SOME // 10


@pytest.mark.law
def test_what_settles_a_decision_on_ranges_is_found_and_nothing_else() -> None:
    tried = 0
    for decision in on_ranges(SOME, POLICY, seed=34):
        found = missing_facts(decision, POLICY).sets
        unknown = unknown_facts(decision)
        few = [facts for size in (0, 1, 2) for facts in combinations(unknown, size) if _suffices(facts, decision)]
        smallest = {facts for facts in few if not any(set(other) < set(facts) for other in few)}
        assert {facts for facts in found if len(facts) <= 2} == smallest, decision.facts
        assert all(_suffices(facts, decision) for facts in found), decision.facts
        if decision.status is Status.PROVISIONAL and decision.facts.vp_decision is None:
            settling, named = {fact for facts in found for fact in facts} - {*OF_THE_SEGMENT}, {*decision.missing_facts}
            # Where what leads may be another count, what that asks for is named by the decision on it.
            assert named - {"employee_counts"} <= settling, decision.facts
            assert "employee_counts" in named or named == settling, decision.facts
        tried += any(isinstance(value_of(decision.facts, fact), Range) for facts in found for fact in facts)
    assert tried > SOME // 10


def test_a_range_is_settled_by_the_number_that_lies_in_it() -> None:
    missing = missing_facts(decide(stated(df=640, max_family_employees="201-700", lam_dev_count=5), POLICY, ON), POLICY)

    assert missing.sets == (("max_family_employees",),)
    assert missing_words(missing)[1] == (
        "max_family_employees: 201 to 499 leads to Mid-Market Territory; 500 to 700 leads to Key Accounts First Order."
    )


def test_a_source_that_states_a_range_across_an_edge_settles_it_and_so_does_one_after_it() -> None:
    missing = missing_facts(decide(stated(df="51-200", max_family_employees=640), POLICY, ON), POLICY)

    assert missing.sets[:3] == (("datafox_employees",), ("zoominfo_employees",), ("linkedin_employees",))
    assert [prospect.verdict.team for prospect in missing.prospects if prospect.fact == "datafox_employees"] == [
        Team.SMB,
        Team.MMKAFO,
    ]


def test_a_final_decision_is_settled_by_nothing_at_all() -> None:
    missing = missing_facts(decided(df=640, max_family_employees=640), POLICY)

    assert missing.sets == ((),)
    assert missing_words(missing) == ["The decision is final; nothing that is still unknown would change it."]


def test_one_missing_fact_says_what_its_values_lead_to() -> None:
    missing = missing_facts(decided(df=640, max_family_employees=499), POLICY)

    assert missing.sets == (("lam_dev_count",),)
    assert [prospect.verdict.team for prospect in missing.prospects] == [Team.MM_TERRITORY, Team.MMKAFO]
    assert missing_words(missing) == [
        "lam_dev_count settles it, whatever comes out.",
        ("lam_dev_count: fewer than 100 leads to Mid-Market Territory; 100 or more leads to Key Accounts First Order."),
    ]


def test_two_missing_facts_settle_it_together_only() -> None:
    missing = missing_facts(decided(df=640), POLICY)

    assert missing.sets == (("max_family_employees", "lam_dev_count"),)
    assert missing_words(missing)[0] == "max_family_employees and lam_dev_count together settle it, whatever comes out."
    assert missing_words(missing)[1] == (
        "max_family_employees: fewer than 500 leads to Mid-Market Territory, provisionally; "
        "500 or more leads to Key Accounts First Order."
    )


def test_a_pending_review_is_settled_by_a_source_the_vp_or_the_crm() -> None:
    missing = missing_facts(decided(max_family_employees=640), POLICY)

    assert missing.sets == (
        ("datafox_employees",),
        ("zoominfo_employees",),
        ("linkedin_employees",),
        ("vp_segment",),
        ("crm_segment",),
    )


def test_where_every_source_is_wholly_wrong_only_the_vp_settles_it() -> None:
    wrong = dict.fromkeys(("df", "zi", "li"), "Counts one office")
    missing = missing_facts(decided(df=12, zi=9, li=4, wrong=wrong, max_family_employees=640), POLICY)

    assert missing.sets == (("vp_segment",),)


def test_other_evidence_needs_the_vp_once_more() -> None:
    decision = decided(
        df=12, zi=9, li=4, wrong=dict.fromkeys(("df", "zi", "li"), "Wrong"), vp="MM", created=None, motion="inbound_mql"
    )

    assert missing_facts(decision, POLICY).sets == (("third_party_employees", "vp_segment"),)


def test_nothing_settles_an_account_that_no_rule_would_cover() -> None:
    gone = with_routes(POLICY, POLICY.program.routes.routes[:-1])
    missing = missing_facts(decide(facts_of(created=None), gone, ON), gone)

    assert missing.sets == ()
    assert missing_words(missing) == [
        "Nothing that could become known would make the decision final, whatever it turned out to be."
    ]


@pytest.mark.law
def test_the_missing_facts_of_a_decision_are_those_of_its_settling_sets() -> None:
    tried = 0
    for decision in decided_accounts(SOME, POLICY, seed=33):
        if decision.status is Status.PROVISIONAL and decision.facts.vp_decision is None:
            settling = {fact for found in missing_facts(decision, POLICY).sets for fact in found}
            assert {*decision.missing_facts} - {"employee_counts"} == settling - {*OF_THE_SEGMENT}, decision.facts
            tried += 1
    assert tried > SOME // 10


def test_a_value_that_contradicts_the_other_facts_is_no_prospect() -> None:
    decision = decided(df=640, customer=None)

    assert [prospect.verdict.rule for prospect in prospects("customer", decision, POLICY)] == ["ROUTE-3"]


def _suffices(facts: tuple[str, ...], decision: Decision) -> bool:
    """Whether every value that a person would try, on both sides of every threshold, makes it final."""
    for values in product(*(_tried(fact, value_of(decision.facts, fact)) for fact in facts)):
        stated = stating(decision.facts, dict(zip(facts, values, strict=True)))
        if stated is not None:
            outcome = decided_perhaps(stated, POLICY, decision.effective_on)
            if outcome is None or outcome.status is not Status.FINAL:
                return False
    return True


def _tried(fact: str, known: Value) -> list[Value]:
    tried: list[Value] = [value for value in TRIED[fact] if value is not None]
    if not isinstance(known, Range):
        return tried
    ends = [known.lower, 10_000_000 if known.upper is None else known.upper]
    return [*ends, *(value for value in tried if isinstance(value, int) and known.meets(value))]
