from typing import Any

import pytest

from service.domain.decision import Status
from service.domain.fy23 import fy23
from service.domain.sentences import notices, summary
from service.domain.terms import NoticeCode, Segment
from tests.builders import decided

CUSTOMER = {"customer": True, "first_order_available": False}
NEW: dict[str, Any] = {"created": "2022-02-25"}


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"df": 50}, "SMB, 50 employees by Datafox: SMB."),
        ({"zi": 1}, "SMB, 1 employee by Zoominfo: SMB."),
        ({"li": 2000}, "Large, 2,000 employees by LinkedIn: outside Commercial."),
        ({"crm_segment": "LARGE"}, "Large, segment by the CRM's mark: outside Commercial."),
        ({"vp": "SMB"}, "SMB, segment by the VP of Commercial Sales: SMB."),
        (
            {"df": 800, "key_account": True} | CUSTOMER,
            "Mid-Market customer, a Key Account: Key Accounts Named.",
        ),
        (
            {"df": 800, "key_account": False} | CUSTOMER,
            "Mid-Market customer, not a Key Account: Mid-Market Territory.",
        ),
        (
            {"df": 800} | CUSTOMER,
            "Mid-Market customer, perhaps a Key Account: Mid-Market Territory. Provisional: key_account is not known.",
        ),
        (
            {"df": 640, "max_family_employees": 640, "region": "EMEA"},
            "Mid-Market in EMEA, First Order Available, 640 employees: Key Accounts First Order.",
        ),
        (
            {"df": 640, "max_family_employees": 499, "lam_dev_count": 99},
            "Mid-Market in NORAM, First Order Available, 499 employees, 99 potential users: Mid-Market Territory.",
        ),
        (
            {"df": 640, "max_family_employees": 1640, "lam_dev_count": 1, "first_order_available": False},
            "Mid-Market in NORAM, not First Order Available, 1,640 employees, 1 potential user: Mid-Market Territory.",
        ),
        (
            {"df": 640, "max_family_employees": 0, "lam_dev_count": 0, "region": None, "first_order_available": None},
            (
                "Mid-Market in an unknown region, 0 potential users: Mid-Market Territory. Provisional: region, "
                "first_order_available and max_family_employees are not known."
            ),
        ),
        (
            {"df": 500, "motion": "inbound_mql"} | NEW,
            "Mid-Market, new inbound MQL, 500 employees by Datafox: Key Accounts First Order.",
        ),
        (
            {"crm_segment": "MM", "motion": "inbound_mql"} | NEW,
            (
                "Mid-Market, new inbound MQL, segment by the CRM's mark: Mid-Market Territory. Provisional: "
                "employee_counts is not known."
            ),
        ),
        (
            {"df": 499, "motion": "outbound", "linkedin_engineering_it": 1000} | NEW,
            (
                "Mid-Market, new outbound account, 499 employees by Datafox, 1,000 in engineering and IT: Key Accounts "
                "First Order."
            ),
        ),
        (
            {"df": 499, "motion": "outbound"} | NEW,
            (
                "Mid-Market, new outbound account, 499 employees by Datafox: Mid-Market Territory. Provisional: "
                "linkedin_engineering_it is not known."
            ),
        ),
        (
            {"df": 499, "linkedin_engineering_it": 1000} | NEW,
            "Mid-Market, new account, 499 employees by Datafox: Mid-Market Territory.",
        ),
        (
            {"df": 12, "third": [640], "vp": "MM"} | NEW,
            "Mid-Market, new account, 640 employees by the VP of Commercial Sales: Key Accounts First Order.",
        ),
        ({}, "No source has an employee count that leads, so the VP of Commercial Sales decides the segment."),
    ],
)
def test_a_decision_is_summed_up_with_its_grounds_and_how_firm_it_is(stated: dict[str, Any], sentence: str) -> None:
    assert summary(decided(**stated), fy23()) == sentence


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (NoticeCode.UNFAMILIAR_REGION, "Region DACH"),
        (NoticeCode.SOURCES_DISAGREE, "Datafox 12 (set aside), Zoominfo 1,640."),
        (NoticeCode.CRM_SEGMENT_DIFFERS, "marks the account SMB; the decision is Mid-Market"),
        (NoticeCode.LINKEDIN_CONTRADICTS, "too large for SMB"),
        (NoticeCode.VERIFY_WITH_LINKEDIN, "has not verified"),
        (NoticeCode.OUTSIDE_GUIDELINE, "rough description"),
        (NoticeCode.POST_TO_CHATTER, "Chatter"),
        (NoticeCode.FIND_THIRD_PARTY, "no third party"),
        (NoticeCode.AWAIT_THE_VP, "Wait for the VP"),
        (NoticeCode.ASK_SALES_OPERATIONS, "Sales Operations"),
        (NoticeCode.DISCOVER, "Find out max_family_employees and lam_dev_count"),
    ],
)
def test_every_notice_has_its_sentence_its_rule_and_its_citation(code: NoticeCode, words: str) -> None:
    policy = fy23()
    decision = decided(df=12, zi=1640, third=[640], wrong={"df": "One office"}, region="DACH", crm_segment="SMB", **NEW)
    decision = decision._replace(
        missing_facts=("max_family_employees", "lam_dev_count"), advice=(code,), actions=(code,)
    )

    advice, actions = notices(decision, policy)

    assert advice == actions
    assert words in advice[0].text
    assert advice[0].text.endswith(".")
    assert advice[0].citation == policy.program.notices[code].citation
    assert advice[0].rule == ("ROUTE-6" if code is NoticeCode.DISCOVER else policy.program.notices[code].rule)
    assert advice[0].facts == (decision.missing_facts if code is NoticeCode.DISCOVER else ())


def test_advice_and_actions_are_told_apart_and_in_order() -> None:
    decision = decided(df=12, zi=50, wrong={"df": "One office"}, region="EMEA", crm_segment="MM")

    advice, actions = notices(decision, fy23())

    assert [notice.code for notice in advice] == [NoticeCode.CRM_SEGMENT_DIFFERS]
    assert [notice.code for notice in actions] == [NoticeCode.POST_TO_CHATTER, NoticeCode.VERIFY_WITH_LINKEDIN]


def test_every_kind_of_notice_rests_on_a_rule_of_the_policy() -> None:
    assert set(fy23().program.notices) == set(NoticeCode)


def test_a_decision_that_waits_for_a_segment_is_the_only_one_without_a_team() -> None:
    waiting, decided_already = decided(df=12, wrong={"df": "One office"}), decided(df=12)

    assert (waiting.status, waiting.team, waiting.segment) == (Status.PENDING_REVIEW, None, None)
    assert decided_already.segment is Segment.SMB
