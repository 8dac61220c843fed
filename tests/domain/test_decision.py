from dataclasses import replace
from datetime import date

import pytest

from service.domain.decide import decide
from service.domain.decision import trail_from_text, trail_to_text
from service.domain.errors import UnroutableAccountError
from service.domain.explain import ExplainedClause, explain
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.policies import BUILT_IN
from tests.builders import ON, decided, facts
from tests.programs import with_routes


def test_a_decision_keeps_its_facts_its_policy_and_its_day() -> None:
    stated, on = facts(df=640), date(2023, 2, 1)

    decision = decide(stated, fy23(version=3), on)

    assert decision.facts is stated
    assert (decision.policy_id, decision.policy_version, decision.effective_on) == ("fy23", 3, on)


def test_a_trail_has_one_letter_for_every_part_that_was_asked() -> None:
    trail = decided(df=640, max_family_employees=640).trail

    assert trail_to_text(trail) == (
        "SEG-2/datafox:TFTTT SEG-1/smb:F SEG-1/mid_market:T ROUTE-1/large:F ROUTE-1/smb:F ROUTE-2/when:FTTTFF "
        "ROUTE-3/when:TTTTT ROUTE-3/test:TTTTTUTT ROUTE-7/guideline:TTUU"
    )


@pytest.mark.parametrize("text", ["", "SEG-1/smb:T", "SEG-2/datafox:TFTU ROUTE-1/large:F"])
def test_a_trail_is_read_back_from_its_text(text: str) -> None:
    assert trail_to_text(trail_from_text(text)) == text


def test_a_review_is_needed_where_a_wrong_source_was_passed_or_none_leads() -> None:
    assert decided(df=12, zi=700, wrong={"df": "One office"}).needs_review
    assert decided().needs_review
    assert not decided(df=0, zi=700).needs_review
    assert not decided(df=12, zi=700, wrong={"df": "One office"}, vp="MM").needs_review


def test_outcomes_are_compared_without_the_revision_and_the_day() -> None:
    stated = facts(df=640, max_family_employees=640)
    decision = decide(stated, fy23(), ON)

    assert decision.outcome == decide(stated, fy23(version=2), date(2023, 1, 1)).outcome
    assert decision.outcome != decide(facts(df=641, max_family_employees=640), fy23(), ON).outcome
    stricter = replace(FY23_PARAMETERS, first_order_min_employees=641, first_order_min_users=900)
    assert decision.outcome != decide(facts(df=640, lam_dev_count=100), fy23(stricter), ON).outcome


def test_an_account_that_no_rule_of_a_program_covers_is_refused_with_what_to_state() -> None:
    policy = with_routes(fy23(), fy23().program.routes.routes[:-1])

    with pytest.raises(UnroutableAccountError, match="crm_created_on") as refused:
        decide(facts(df=640, created=None), policy, ON)

    assert (refused.value.account_id, refused.value.code) == ("acc-1", "unroutable_account")


def test_a_published_revision_is_found_by_its_name_and_number() -> None:
    assert BUILT_IN.revision("fy23", 1) is BUILT_IN.published[0]
    assert BUILT_IN.revision("fy23", 2) is None
    assert BUILT_IN.revision("fy24", 1) is None


def test_an_explanation_tells_the_numbered_clauses_and_then_their_formula() -> None:
    policy = fy23()
    explained = explain(decided(df=640, region="EMEA", max_family_employees=640), policy)

    told = [clause for clause in explained if clause.rule == "ROUTE-3"]

    assert [(clause.clause, clause.outcome, clause.facts) for clause in told[1:]] == [
        ("1", True, {"segment": "MM", "region": "EMEA"}),
        ("2", True, {"first_order_available": True}),
        ("3", True, {"max_family_employees": 640}),
        ("4", None, {"lam_dev_count": None}),
        ("1 and 2 and (3 or 4)", True, {}),
    ]
    assert [clause.text for clause in told[1:5]] == [
        "segment is MM and region is one of NORAM, EMEA",
        "first_order_available",
        "max_family_employees >= 500",
        "lam_dev_count >= 100",
    ]
    assert told[5].citation == policy.steps["ROUTE-3/test"].citation
    assert all(clause.citation is not None for clause in explained)


def test_an_explanation_tells_the_parts_of_a_clause_and_of_a_question() -> None:
    explained = explain(decided(df=12, zi=640, wrong={"df": "One office"}), fy23())

    datafox = explained[0]

    assert (datafox.rule, datafox.clause, datafox.title, datafox.outcome) == (
        "SEG-2",
        "datafox",
        "Datafox leads",
        False,
    )
    assert datafox.text == "datafox_employees is known and not datafox_wholly_wrong and datafox_in_one_band"
    assert datafox.facts == {
        "datafox_employees": 12,
        "datafox_wholly_wrong": True,
        "datafox_in_one_band": True,
    }
    assert [(part.text, part.outcome, part.citation) for part in datafox.children] == [
        ("datafox_employees is known", True, None),
        ("not datafox_wholly_wrong", False, None),
        ("datafox_in_one_band", True, None),
    ]
    one = _told(explained, "1")
    assert (one.title, [part.outcome for part in one.children]) == ("Mid-Market in NORAM or EMEA", [True, True])


def _told(explained: list[ExplainedClause], label: str) -> ExplainedClause:
    return next(clause for clause in explained if clause.clause == label)
