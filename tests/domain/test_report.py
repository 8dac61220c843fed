from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from service.domain.decide import decide
from service.domain.facts import Account, EmployeeCount, Facts, VpDecision
from service.domain.handoff.receiver import won_facts
from service.domain.moves import before
from service.domain.policies import BUILT_IN
from service.domain.report import report
from service.domain.terms import Motion, Segment, Source, Team
from service.domain.triggers import Discovery, HandoffTrigger, Stage

ON = date(2022, 3, 15)
ACME = Account(
    id="a1",
    name="Acme GmbH",
    region="EMEA",
    crm_created_on=date(2021, 6, 1),
    customer=False,
    first_order_available=True,
    max_family_employees=640,
)
ZOOMINFO = EmployeeCount(source=Source.ZOOMINFO, employees=700)
WRONG = EmployeeCount(source=Source.DATAFOX, employees=12, wholly_wrong=True, gap="Counts the\nBerlin office only")


def lines(account: Account, *counts: EmployeeCount, motion: Motion = Motion.EXISTING) -> list[str]:
    facts = Facts(account=account, employee_counts=counts, motion=motion)
    policy = BUILT_IN.on(ON)
    return report(decide(facts, policy, ON), policy).split("\n")


def test_a_report_names_who_leads_the_clauses_and_what_is_to_do() -> None:
    assert lines(ACME, WRONG, ZOOMINFO) == [
        "Acme GmbH -> Key Accounts First Order (MMKAFO)   final, policy fy23 revision 1, effective 2022-03-15",
        "Segment   Mid-Market: Zoominfo has 700 employees. Datafox (12) was set aside: Counts the Berlin office only.",
        "Rule      ROUTE-3, in the CRM by the cut-off day: 1 and 2 and (3 or 4)",
        "  yes      1  Mid-Market in NORAM or EMEA  segment MM, region EMEA",
        "  yes      2  First Order Available        true",
        "  yes      3  max_family_employees >= 500  640",
        "  unknown  4  lam_dev_count >= 100         not known; it would not change the outcome",
        (
            "To do     Post the sources and the gaps to Chatter on the account, with the VP of Commercial Sales in "
            "copy; the text is ready in the review. (SEG-4)"
        ),
        "Advice    The sources disagree on the size of the account: Datafox 12 (set aside), Zoominfo 700. (SEG-8)",
        (
            "Nearest   141 fewer employees in the family (499), with fewer than 100 potential users, and this account "
            "goes to Mid-Market Territory."
        ),
    ]


def test_a_provisional_report_names_what_could_still_be_found_out() -> None:
    told = lines(ACME.model_copy(update={"max_family_employees": None, "lam_dev_count": 3}), ZOOMINFO)
    assert told[-1] == (
        "Nearest   500 or more employees in the family, and this account goes to Key Accounts First Order."
    )


def test_a_pending_review_names_what_the_vp_could_decide() -> None:
    counts = [
        EmployeeCount(source=source, employees=12, wholly_wrong=True, gap="Counts one office")
        for source in (Source.DATAFOX, Source.ZOOMINFO, Source.LINKEDIN)
    ]
    assert lines(ACME, *counts)[-1] == "Nearest   SMB decided by the VP, and this account goes to SMB."


def test_an_unknown_fact_that_could_change_the_team_is_told_apart() -> None:
    told = lines(ACME.model_copy(update={"max_family_employees": None, "lam_dev_count": 3}), ZOOMINFO)
    assert "  unknown  3  max_family_employees >= 500  not known; it could change the team" in told
    assert "To do     Find out max_family_employees: the team could change. (ROUTE-3)" in told


def test_a_rule_without_numbered_clauses_tells_its_parts() -> None:
    account = Account(id="a1", customer=False, linkedin_engineering_it=100)
    assert lines(account, ZOOMINFO, motion=Motion.OUTBOUND)[:5] == [
        "a1 -> Key Accounts First Order (MMKAFO)   final, policy fy23 revision 1, effective 2022-03-15",
        "Segment   Mid-Market: Zoominfo has 700 employees. Datafox has no number.",
        "Rule      ROUTE-5, a new account by outbound: leading_employees >= 500 or linkedin_engineering_it >= 100",
        "  yes      leading_employees >= 500        700",
        "  yes      linkedin_engineering_it >= 100  100",
    ]


def test_an_smb_report_tells_the_double_check() -> None:
    smb = EmployeeCount(source=Source.DATAFOX, employees=40)
    assert lines(ACME, smb)[1:5] == [
        "Segment   SMB: Datafox has 40 employees.",
        "  unknown  LinkedIn verifies SMB  not known; it would not change the outcome",
        "Rule      ROUTE-1, SMB belongs to SMB: segment is SMB",
        "  yes      segment is SMB  SMB",
    ]


def test_a_pending_review_names_every_source_and_the_evidence() -> None:
    evidence = EmployeeCount(source=Source.THIRD_PARTY, name="Register", employees=640)
    assert lines(ACME, WRONG, evidence)[:3] == [
        "Acme GmbH -> no team yet   pending_review, policy fy23 revision 1, effective 2022-03-15",
        (
            "Segment   No source has an employee count that leads, so the VP of Commercial Sales decides the segment. "
            "Datafox (12) was set aside: Counts the Berlin office only. Zoominfo has no number. "
            "LinkedIn has no number. Third-party evidence: Register (640)."
        ),
        "Rule      ROUTE-1: no team before the segment is settled.",
    ]


def test_the_crms_mark_is_named_where_it_stands() -> None:
    told = lines(ACME.model_copy(update={"crm_segment": Segment.LARGE}))
    assert told[1] == (
        "Segment   Large: No source names a segment: the one marked in the CRM stands. "
        "Datafox has no number. Zoominfo has no number. LinkedIn has no number."
    )


def test_the_vps_decision_is_named_with_its_reason() -> None:
    vp_decision = VpDecision(segment=Segment.MM, reason="The register is right", decided_by="vp@example.org")
    facts = Facts(account=ACME, employee_counts=(WRONG,), vp_decision=vp_decision)
    policy = BUILT_IN.on(ON)
    told = report(decide(facts, policy, ON), policy).split("\n")
    assert told[1] == (
        "Segment   Mid-Market: The VP decided on these counts, by vp@example.org: The register is right."
    )


def test_a_customers_question_is_named_by_its_title() -> None:
    account = Account(id="a1", crm_created_on=date(2019, 1, 1), customer=True, current_team=Team.MMKAN)
    assert lines(account, ZOOMINFO)[2:4] == [
        "Rule      ROUTE-2, a current customer: key_account",
        "  unknown  A Key Account  not known; it could change the team",
    ]


def test_a_discovery_is_told_with_what_held_it_back_and_every_question() -> None:
    policy = BUILT_IN.on(ON)
    stood = decide(Facts(account=ACME, employee_counts=(ZOOMINFO,)), policy, ON)
    discovery = Discovery(
        before=before(stood), discovered_by="Sample AE", employees=520, potential_users=40, discovered_on=ON
    )
    assert report(decide(replace(stood.facts, trigger=discovery), policy, ON), policy).split("\n") == [
        "Acme GmbH -> Key Accounts First Order (MMKAFO)   final, policy fy23 revision 1, effective 2022-03-15",
        (
            "Outcome   Sample AE found 520 employees and 40 potential users: stays with Key Accounts First Order. "
            "MOVE-1 does not apply, for want of employees < 500 (520 is 21 too many)."
        ),
        (
            "Rule      MOVE-1, a First Order account found to be small: "
            "owner is MMKAFO and employees < 500 and potential_users < 100"
        ),
        "  yes      owner is MMKAFO        MMKAFO",
        "  no       employees < 500        520",
        "  yes      potential_users < 100  40",
        (
            "Rule      MOVE-2, a Territory account found to be large: "
            "owner is MM_TERRITORY and first_order_available and discovered_employees > 500"
        ),
        "  no       owner is MM_TERRITORY       MMKAFO",
        "  yes      first_order_available       true",
        "  yes      discovered_employees > 500  520",
    ]


def test_a_won_first_order_is_told_with_who_receives_it_how_and_by_when() -> None:
    policy = BUILT_IN.on(ON)
    stood = decide(Facts(account=ACME, employee_counts=(ZOOMINFO,)), policy, ON)
    won = HandoffTrigger(
        before=before(stood),
        stage=Stage.WON,
        handoff_id=UUID(int=1),
        opportunity_id="006-1",
        closed_on=date(2022, 3, 8),
        as_of=ON,
        first_order_ae="Sample AE",
        initial_amount=Decimal("18000.00"),
        immediate_potential=Decimal("2000.00"),
        total_users=100,
        net_arr=Decimal("18000.00"),
    )
    assert report(decide(won_facts(stood.facts, won), policy, ON), policy).split("\n") == [
        "Acme GmbH -> Key Accounts First Order (MMKAFO)   final, policy fy23 revision 1, effective 2022-03-15",
        (
            "Outcome   First Order 006-1, closed won on 2022-03-08: Key Accounts Named receives the account, by call, "
            "by 2022-03-15."
        ),
        "Rule      HAND-1, the escalation was answered: escalation_answer is known",
        "  no       escalation_answer is known  not known; it would not change the outcome",
        "Rule      HAND-1, who receives it is in question: in_question",
        "  no       Who receives it is in question  false",
        "Rule      HAND-1, low potential: total_users < 100",
        "  no       total_users < 100  100",
        "Rule      HAND-2, an email will do: initial_amount < 20000 and combined_amount < 20000",
        "  yes      initial_amount < 20000   18000.00",
        "  no       combined_amount < 20000  20000.00",
        "Rule      HAND-3, within the week of the close: days_since_close <= 7",
        "  yes      days_since_close <= 7  7",
        "Rule      HAND-5, a TAM is to be considered: net_arr < 50000",
        "  yes      net_arr < 50000  18000.00",
        "To do     Hand the account over in a call: an email will not do. (HAND-2)",
        "To do     Have customer and receiving AE talk to each other within the week of the close. (HAND-3)",
    ]
