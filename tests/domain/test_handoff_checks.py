from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.domain.errors import DomainError
from service.domain.handoff.checklist import Side
from service.domain.handoff.checks import check, take
from service.domain.handoff.evidence import (
    AccountActivity,
    ContactMode,
    ContactScheduled,
    Evidence,
    HandoffContact,
    Introduced,
    LicenseInstalled,
    TamDetermined,
    days_of,
)
from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Step
from service.domain.terms import Team
from tests.domain.handoffs import (
    AT,
    BOTH,
    CLOSE,
    EVIDENCE,
    NAMES,
    NEED_NONE,
    NEED_RECEIVER,
    SUMMARY,
    TODAY,
    after,
    answer,
    at_start,
    completed,
    escalate,
    other_side,
    reassign_billing,
    reopen,
    side_of,
    tick,
    ticked,
)

NOBODY: frozenset[Side] = frozenset()
FIRST_ORDER, RECEIVING = frozenset({Side.FIRST_ORDER}), frozenset({Side.RECEIVING})


def refusal(handoff: Handoff, step: Step, sides: frozenset[Side] = BOTH, today: date = TODAY) -> DomainError:
    with pytest.raises(DomainError) as refused:
        take(handoff, step, sides, today)
    return refused.value


def kept() -> Handoff:
    return after(at_start(), escalate(), answer(Team.MMKAFO))


def in_question(*names: str) -> Handoff:
    return after(ticked(at_start(), *names), escalate())


@pytest.mark.parametrize("name", NAMES)
def test_an_item_is_ticked_and_reopened_by_its_own_side_and_not_by_the_other(name: str) -> None:
    handoff = take(at_start(), tick(name), side_of(name), TODAY)

    assert take(handoff, reopen(name), side_of(name), TODAY) == at_start()
    for sides in (other_side(name), NOBODY):
        assert refusal(at_start(), tick(name), sides).code == "wrong_side"
        assert refusal(handoff, reopen(name), sides).code == "wrong_side"


def test_the_refusal_of_a_wrong_side_names_the_right_one() -> None:
    assert "receiving side" in str(refusal(at_start(), tick("introduced"), FIRST_ORDER))
    assert "First Order side" in str(refusal(at_start(), tick("find-named-ae"), RECEIVING))


def test_an_item_that_the_checklist_does_not_have_is_unknown() -> None:
    unknown = tick("find-named-AE", EVIDENCE["find-named-ae"])

    assert refusal(at_start(), unknown).code == "unknown_item"
    assert refusal(at_start(), reopen("")).code == "unknown_item"


@pytest.mark.parametrize("evidence", [EVIDENCE["introduced"], Introduced(replied_on=CLOSE)])
def test_a_ticked_item_is_not_ticked_again_whatever_the_evidence(evidence: Evidence) -> None:
    assert refusal(ticked(at_start(), "introduced"), tick("introduced", evidence)).code == "already_ticked"


def test_an_item_that_is_not_ticked_is_not_reopened() -> None:
    assert refusal(at_start(), reopen("introduced")).code == "not_ticked"
    assert refusal(after(ticked(at_start(), "introduced"), reopen("introduced")), reopen("introduced")).code == (
        "not_ticked"
    )


@pytest.mark.parametrize("step", [tick("introduced"), reopen("introduced"), escalate(), answer(Team.MMKAN)])
def test_a_closed_handoff_takes_no_step_of_the_checklist_and_no_answer(step: Step) -> None:
    assert refusal(completed(), step).code == "handoff_closed"
    assert refusal(kept(), step).code == "handoff_closed"


@pytest.mark.parametrize("name", NEED_RECEIVER)
def test_what_needs_a_receiver_waits_while_the_receiver_is_in_question(name: str) -> None:
    assert refusal(in_question(), tick(name)).code == "awaits_answer"
    assert refusal(at_start(receiver=None), tick(name)).code == "awaits_answer"


@pytest.mark.parametrize("name", NEED_NONE)
def test_what_needs_no_receiver_is_ticked_and_reopened_while_the_receiver_is_in_question(name: str) -> None:
    for handoff in (in_question(), at_start(receiver=None)):
        assert after(ticked(handoff, name), reopen(name)) == handoff


def test_what_was_done_for_the_receiver_in_question_can_be_reopened() -> None:
    assert dict(after(in_question("introduced"), reopen("introduced")).ticks) == {}


@pytest.mark.parametrize("last", NEED_NONE)
def test_the_tick_that_would_complete_a_handoff_in_question_waits_for_the_answer(last: str) -> None:
    handoff = in_question(*(name for name in NAMES if name != last))

    assert refusal(handoff, tick(last)).code == "awaits_answer"
    assert after(handoff, answer(Team.MMKAN), tick(last)).completed_at == AT


def test_either_side_escalates_and_nobody_else() -> None:
    assert take(at_start(), escalate(), FIRST_ORDER, TODAY) == take(at_start(), escalate(), RECEIVING, TODAY)
    assert refusal(at_start(), escalate(), NOBODY).code == "wrong_side"


def test_a_receiver_in_question_is_not_put_in_question_again() -> None:
    assert refusal(in_question(), escalate()).code == "awaits_answer"


def test_an_answer_to_no_question_is_refused() -> None:
    assert refusal(at_start(), answer(Team.MM_TERRITORY)).code == "not_escalated"
    assert refusal(after(in_question(), answer(Team.MMKAN)), answer(Team.MMKAN)).code == "not_escalated"


def test_an_answer_needs_neither_side() -> None:
    assert take(in_question(), answer(Team.MMKAN), NOBODY, TODAY) == at_start()


@pytest.mark.parametrize("team", [Team.SMB, Team.OUTSIDE_COMMERCIAL])
def test_an_answer_names_a_team_that_can_receive_or_keep_the_account(team: Team) -> None:
    refused = refusal(in_question(), answer(team))

    assert (refused.code, refused.pointer) == ("invalid_answer", "/team")


def test_a_billing_issue_is_re_assigned_by_the_receiving_side_once_the_handoff_is_completed() -> None:
    assert take(completed(), reassign_billing(), RECEIVING, TODAY).billing == (reassign_billing(),)
    assert refusal(completed(), reassign_billing(), FIRST_ORDER).code == "wrong_side"
    for handoff in (at_start(), in_question(), kept()):
        assert refusal(handoff, reassign_billing()).code == "not_completed"


def test_the_evidence_of_another_item_is_refused() -> None:
    refused = refusal(at_start(), tick("introduced", EVIDENCE["tagged-notes-read"]))

    assert (refused.code, refused.pointer) == ("invalid_evidence", "/evidence")


DAYS = [
    (name, field)
    for name, evidence in EVIDENCE.items()
    for field in type(evidence).model_fields
    if field.endswith(("_on", "_for", "_by"))
]


def dated(name: str, field: str, day: date) -> Evidence:
    other = {"installed_on": day} if field == "received_on" and day > CLOSE else {}
    evidence = EVIDENCE[name].model_copy(update={field: day} | other)
    return type(evidence).model_validate(evidence.model_dump())


def test_every_day_of_the_evidence_is_among_those_tried() -> None:
    assert [(name, field) for name in NAMES for field, _ in days_of(EVIDENCE[name])] == DAYS


@pytest.mark.parametrize(("name", "field"), DAYS)
def test_today_and_the_day_of_the_close_are_in_time_for_every_day_of_the_evidence(name: str, field: str) -> None:
    check(at_start(), tick(name, dated(name, field, TODAY)), BOTH, TODAY)
    check(at_start(), tick(name, dated(name, field, CLOSE)), BOTH, TODAY)


@pytest.mark.parametrize(("name", "field"), DAYS)
def test_only_what_is_expected_may_lie_ahead(name: str, field: str) -> None:
    tomorrow = tick(name, dated(name, field, TODAY + timedelta(days=1)))
    if field in {"scheduled_for", "next_order_by"}:
        check(at_start(), tomorrow, BOTH, TODAY)
    else:
        refused = refusal(at_start(), tomorrow)
        assert (refused.code, refused.pointer) == ("invalid_evidence", f"/evidence/{field}")


@pytest.mark.parametrize(("name", "field"), DAYS)
def test_only_a_license_may_precede_the_close(name: str, field: str) -> None:
    if name == "license-installed":
        early = CLOSE - timedelta(days=2)
        check(at_start(), tick(name, LicenseInstalled(received_on=early, installed_on=early)), BOTH, TODAY)
    else:
        refused = refusal(at_start(), tick(name, dated(name, field, CLOSE - timedelta(days=1))))
        assert (refused.code, refused.pointer) == ("invalid_evidence", f"/evidence/{field}")


@pytest.mark.parametrize(
    "name",
    [
        "Sam First FO Account Summary for Handoff",
        "(Sam First) FO account summary for handoff",
        "(Sam First) FO Account Summary for Handoff ",
        "(Nic Named) FO Account Summary for Handoff",
        "",
    ],
)
def test_the_activity_has_the_one_right_name(name: str) -> None:
    refused = refusal(at_start(), tick("account-activity", SUMMARY.model_copy(update={"name": name})))

    assert (refused.code, refused.pointer) == ("invalid_evidence", "/evidence/name")
    assert "(Sam First) FO Account Summary for Handoff" in str(refused)


def test_the_name_of_the_activity_is_that_of_the_handoffs_first_order_ae_however_long() -> None:
    ae = "A" * 200
    named = SUMMARY.model_dump() | {"name": f"({ae}) FO Account Summary for Handoff"}

    check(at_start(first_order_ae=ae), tick("account-activity", AccountActivity.model_validate(named)), BOTH, TODAY)


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("handoff-contact", HandoffContact(mode=ContactMode.EMAIL, took_place_on=CLOSE)),
        ("contact-scheduled", ContactScheduled(mode=ContactMode.EMAIL, scheduled_for=CLOSE)),
    ],
)
def test_an_email_does_only_where_the_handoff_allows_one_and_a_call_always_does(name: str, email: Evidence) -> None:
    refused = refusal(at_start(mode=ContactMode.CALL), tick(name, email))

    assert (refused.code, refused.pointer) == ("invalid_evidence", "/evidence/mode")
    for evidence in (email, EVIDENCE[name]):
        check(at_start(mode=ContactMode.EMAIL), tick(name, evidence), BOTH, TODAY)


@pytest.mark.parametrize(
    ("of_handoff", "of_evidence", "asks"),
    [
        (None, None, True),
        ("49999.99", None, True),
        ("50000", None, False),
        (None, "49999.99", True),
        (None, "50000", False),
        ("50000", "49999.99", True),
        ("49999.99", "50000", False),
    ],
)
def test_whether_a_tam_is_appropriate_is_to_be_said_below_the_threshold(
    of_handoff: str | None,
    of_evidence: str | None,
    asks: bool,  # noqa: FBT001 - a table's column
) -> None:
    handoff = at_start(net_arr=of_handoff and Decimal(of_handoff))
    silent = TamDetermined(net_arr=None if of_evidence is None else Decimal(of_evidence))

    check(handoff, tick("tam-determined", silent.model_copy(update={"appropriate": False})), BOTH, TODAY)
    if asks:
        refused = refusal(handoff, tick("tam-determined", silent))
        assert (refused.code, refused.pointer) == ("invalid_evidence", "/evidence/appropriate")
        assert "50,000 USD" in str(refused)
    else:
        check(handoff, tick("tam-determined", silent), BOTH, TODAY)
