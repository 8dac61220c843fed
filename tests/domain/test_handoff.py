from datetime import date, timedelta
from decimal import Decimal

import pytest

from service.domain.handoff.checklist import ITEMS, ITEMS_BY_NAME, RULES, Side
from service.domain.handoff.evidence import ContactMode, HandoffContact, Introduced, NamedAeFound
from service.domain.handoff.state import HandoffStatus, fold, started
from service.domain.handoff.steps import Step
from service.domain.terms import Team
from tests.domain.handoffs import (
    AT,
    DUE,
    EVIDENCE,
    NAMES,
    NEED_NONE,
    NEED_RECEIVER,
    after,
    answer,
    at_start,
    completed,
    escalate,
    reassign_billing,
    reopen,
    terms,
    tick,
    ticked,
)

TAM = ITEMS_BY_NAME["tam-determined"]


def test_each_side_has_six_items_in_order_under_its_own_rule() -> None:
    assert [(item.side, item.number) for item in ITEMS] == [(side, number) for side in Side for number in range(1, 7)]
    assert {item.rule for item in ITEMS} == set(RULES.values()) == {"HAND-4", "HAND-5"}
    assert len(ITEMS_BY_NAME) == len(ITEMS)


def test_every_item_has_a_form_of_evidence_of_its_own() -> None:
    assert len({item.evidence for item in ITEMS}) == len(ITEMS)
    assert {name: type(evidence) for name, evidence in EVIDENCE.items()} == {item.name: item.evidence for item in ITEMS}


def test_only_three_items_of_the_first_order_side_can_wait_for_no_receiver() -> None:
    assert NEED_NONE == ("license-installed", "account-activity", "material-editable")


@pytest.mark.parametrize("team", [Team.MMKAN, Team.MM_TERRITORY])
def test_a_handoff_whose_receiver_is_known_starts_open(team: Team) -> None:
    handoff = at_start(receiver=team)

    assert (handoff.status, handoff.receiver, dict(handoff.ticks)) == (HandoffStatus.OPEN, team, {})


def test_a_handoff_without_a_receiver_starts_escalated() -> None:
    assert at_start(receiver=None).status is HandoffStatus.ESCALATED


@pytest.mark.parametrize(
    ("net_arr", "required"),
    [(None, True), ("0", True), ("49999.99", True), ("50000", False), ("50000.00", False), ("50000.01", False)],
)
def test_the_tam_is_required_up_to_the_threshold_and_where_the_arr_is_not_known(
    net_arr: str | None,
    required: bool,  # noqa: FBT001 - a table's column
) -> None:
    handoff = at_start(net_arr=None if net_arr is None else Decimal(net_arr))

    assert handoff.is_required(TAM) is required
    assert (TAM in handoff.required_items) is required
    assert len(handoff.required_items) == (12 if required else 11)


def test_the_threshold_of_the_tam_is_that_of_the_terms() -> None:
    assert at_start(net_arr=Decimal(50000), tam_below=Decimal("50000.01")).is_required(TAM)


def test_a_handoff_completes_at_the_tick_of_its_last_required_item_and_not_before() -> None:
    almost = ticked(at_start(), *NAMES[:-1])
    done = ticked(almost, NAMES[-1])

    assert (almost.status, almost.completed_at, almost.is_closed) == (HandoffStatus.OPEN, None, False)
    assert (done.status, done.completed_at, done.is_closed) == (HandoffStatus.COMPLETED, AT, True)


def test_an_item_that_is_not_required_does_not_hold_up_the_completion() -> None:
    without = [name for name in NAMES if name != TAM.name]

    assert ticked(at_start(net_arr=Decimal(50000)), *without).status is HandoffStatus.COMPLETED


def test_an_item_that_is_not_required_can_be_ticked_and_completes_nothing() -> None:
    handoff = ticked(at_start(net_arr=Decimal(50000)), TAM.name, *NEED_NONE)

    assert TAM.name in handoff.ticks
    assert handoff.status is HandoffStatus.OPEN


def test_a_reopened_item_is_ticked_no_more_and_can_be_ticked_with_other_evidence() -> None:
    handoff = ticked(at_start(), "introduced", "find-named-ae")
    reopened = after(handoff, reopen("introduced"))
    again = after(reopened, tick("introduced", Introduced(replied_on=DUE)))

    assert list(reopened.ticks) == ["find-named-ae"]
    assert again.evidence(Introduced) == Introduced(replied_on=DUE)


def test_a_reopened_item_must_be_ticked_anew_before_the_handoff_completes() -> None:
    handoff = after(ticked(at_start(), *NAMES[:-1]), reopen(NAMES[0]), tick(NAMES[-1]))

    assert handoff.status is HandoffStatus.OPEN
    assert ticked(handoff, NAMES[0]).status is HandoffStatus.COMPLETED


def test_an_escalation_keeps_ticks_and_the_receiver_in_question() -> None:
    handoff = ticked(at_start(), "find-named-ae", "license-installed")
    asked = after(handoff, escalate())

    assert (asked.status, asked.receiver, asked.ticks) == (HandoffStatus.ESCALATED, Team.MMKAN, handoff.ticks)


def test_an_answer_that_confirms_the_receiver_drops_nothing() -> None:
    handoff = ticked(at_start(), *NAMES[:-1])

    assert after(handoff, escalate(), answer(Team.MMKAN)) == handoff


def test_an_answer_with_another_receiver_drops_what_was_done_for_the_former_one() -> None:
    handoff = after(ticked(at_start(), *NAMES[:-1]), escalate(), answer(Team.MM_TERRITORY))

    assert (handoff.status, handoff.receiver) == (HandoffStatus.OPEN, Team.MM_TERRITORY)
    assert tuple(handoff.ticks) == NEED_NONE
    assert ticked(handoff, *NEED_RECEIVER).status is HandoffStatus.COMPLETED


def test_a_later_answer_may_go_back_and_brings_no_tick_back() -> None:
    handoff = ticked(at_start(), "find-named-ae", "license-installed")
    back = after(handoff, escalate(), answer(Team.MM_TERRITORY), escalate(), answer(Team.MMKAN))

    assert (back.receiver, list(back.ticks)) == (Team.MMKAN, ["license-installed"])


def test_the_answer_to_a_handoff_that_started_escalated_opens_it_with_its_ticks() -> None:
    handoff = after(ticked(at_start(receiver=None), *NEED_NONE), answer(Team.MMKAN))

    assert (handoff.status, handoff.receiver, tuple(handoff.ticks)) == (HandoffStatus.OPEN, Team.MMKAN, NEED_NONE)


@pytest.mark.parametrize("receiver", [None, Team.MMKAN, Team.MM_TERRITORY])
def test_an_account_that_stays_with_the_first_order_team_closes_its_handoff_uncompleted(receiver: Team | None) -> None:
    handoff = at_start(receiver=receiver)
    asked = handoff if receiver is None else after(ticked(handoff, "find-named-ae"), escalate())
    kept = after(asked, answer(Team.MMKAFO))

    assert (kept.status, kept.receiver, kept.completed_at) == (HandoffStatus.KEPT, Team.MMKAFO, None)
    assert (kept.is_closed, dict(kept.ticks)) == (True, {})


def test_billing_issues_are_re_assigned_any_number_of_times_and_change_nothing_else() -> None:
    done = completed()
    twice = after(done, reassign_billing(), reassign_billing())

    assert len(twice.billing) == 2
    assert (twice.status, twice.ticks, twice.completed_at) == (done.status, done.ticks, done.completed_at)


def test_the_history_of_a_handoff_gives_it_back() -> None:
    whole: list[Step] = [*map(tick, NEED_NONE), escalate(), answer(Team.MM_TERRITORY), *map(tick, NEED_RECEIVER)]
    whole.append(reassign_billing())

    assert fold(terms(), whole) == after(started(terms()), *whole)
    assert fold(terms(), []) == started(terms())


def test_the_customer_was_in_touch_with_both_on_the_later_day() -> None:
    contact = HandoffContact(mode=ContactMode.CALL, took_place_on=date(2022, 3, 4))
    for replied_on, both in ((date(2022, 3, 3), date(2022, 3, 4)), (date(2022, 3, 5), date(2022, 3, 5))):
        steps = tick("handoff-contact", contact), tick("introduced", Introduced(replied_on=replied_on))
        assert after(at_start(), *steps).two_way_on == both


@pytest.mark.parametrize("names", [(), ("handoff-contact",), ("introduced", "contact-scheduled")])
def test_one_side_in_touch_is_not_two_way(names: tuple[str, ...]) -> None:
    assert ticked(at_start(), *names).two_way_on is None


def test_the_seventh_day_is_in_time_and_the_eighth_is_not() -> None:
    handoff = ticked(at_start(), "handoff-contact")

    assert (DUE - handoff.terms.closed_on).days == 7
    assert not handoff.is_overdue(DUE)
    assert handoff.is_overdue(DUE + timedelta(days=1))


def test_a_handoff_in_question_is_overdue_too() -> None:
    assert at_start(receiver=None).is_overdue(DUE + timedelta(days=1))


def test_a_handoff_is_not_overdue_once_the_customer_was_in_touch_with_both_or_nothing_is_left_to_do() -> None:
    later = DUE + timedelta(days=30)

    assert not ticked(at_start(), "handoff-contact", "introduced").is_overdue(later)
    assert not completed().is_overdue(later)
    assert not after(at_start(), escalate(), answer(Team.MMKAFO)).is_overdue(later)


def test_a_handoff_is_overdue_again_when_the_contact_is_reopened() -> None:
    handoff = after(ticked(at_start(), "handoff-contact", "introduced"), reopen("introduced"))

    assert handoff.is_overdue(DUE + timedelta(days=1))


def test_the_ae_who_was_found_goes_before_the_one_of_the_start() -> None:
    handoff = at_start(named_ae="Pat Early")
    found = after(handoff, tick("find-named-ae", NamedAeFound(named_ae="Nic Named")))

    assert (handoff.named_ae, found.named_ae) == ("Pat Early", "Nic Named")


def test_nobody_is_the_new_ae_while_the_receiver_is_in_question() -> None:
    asked = after(ticked(at_start(named_ae="Pat Early"), "find-named-ae"), escalate())

    assert asked.named_ae is None
    assert after(asked, answer(Team.MMKAN)).named_ae == "Nic Named"


def test_the_ae_of_the_start_is_not_that_of_another_receiver() -> None:
    handoff = at_start(named_ae="Pat Early")

    assert after(handoff, escalate(), answer(Team.MM_TERRITORY)).named_ae is None
    assert after(handoff, escalate(), answer(Team.MMKAN)).named_ae == "Pat Early"


def test_the_ae_of_a_start_without_a_receiver_is_that_of_the_answer() -> None:
    handoff = at_start(named_ae="Pat Early", receiver=None)

    assert after(handoff, answer(Team.MM_TERRITORY)).named_ae == "Pat Early"
