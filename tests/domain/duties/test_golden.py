"""The duties of an opportunity, on both sides of every bound that the handbook states (OPP-1 to OPP-5, OPP-8)."""

import json
from datetime import date
from typing import Any

import pytest

from service.domain.clauses import Outcome
from service.domain.duties.fy23_duties import fy23_duties_program
from service.domain.duties.opportunity import ITEMS, OpportunityFacts
from service.domain.duties.terms import DutyCode
from service.domain.found_duties import FoundDuty, find_duties

THURSDAY = date(2022, 3, 10)
DECK, OVERVIEW, PLAN = DutyCode.CUSTOM_DECK, DutyCode.OPPORTUNITY_OVERVIEW, DutyCode.FULL_COMMAND_PLAN
CONSULT, DEAL, RED_GREEN = DutyCode.OPPORTUNITY_CONSULT, DutyCode.DEAL_REVIEW, DutyCode.RED_GREEN_REVIEW
STEPS = DutyCode.NEXT_STEPS
SMALL_AND_FAR = {"amount": "100", "net_arr": "100", "close_on": "2023-01-31", "title": "Sample"}


def duties(facts: dict[str, Any], on: date = THURSDAY) -> dict[DutyCode, FoundDuty]:
    read = OpportunityFacts.model_validate_json(json.dumps(facts))
    return {duty.code: duty for duty in find_duties(read, fy23_duties_program(), on)}


def applying(facts: dict[str, Any], on: date = THURSDAY) -> dict[DutyCode, Outcome]:
    return {code: duty.applies for code, duty in duties(facts, on).items()}


@pytest.mark.parametrize(
    ("code", "measured", "segment", "bound", "expected"),
    [
        (code, measured, segment, bound, expected)
        for code, measured, smb, mid_market, at_the_bound in [
            (DECK, "amount", 5_000, 10_000, False),  # OPP-1
            (OVERVIEW, "amount", 5_000, 10_000, False),  # OPP-2
            (PLAN, "net_arr", 10_000, 20_000, False),  # OPP-2
            (CONSULT, "net_arr", 10_000, 20_000, True),  # OPP-3
            (DEAL, "net_arr", 5_000, 10_000, True),  # OPP-4
            (RED_GREEN, "net_arr", 2_000, 7_000, True),  # OPP-5
        ]
        for segment, bound in (("SMB", smb), ("MM", mid_market))
        for expected in [(False, at_the_bound, True)]
    ],
)
def test_a_bound_counts_to_the_cent_as_its_rule_writes_it(
    code: DutyCode, measured: str, segment: str, bound: int, expected: tuple[bool, bool, bool]
) -> None:
    found = [
        applying(SMALL_AND_FAR | {"close_on": "2022-03-31", "segment": segment, measured: amount})[code]
        for amount in (f"{bound - 1}.99", str(bound), f"{bound}.01")
    ]

    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("close_on", "on", "deal_review", "red_green"),
    [
        ("2022-02-28", THURSDAY, False, False),
        ("2022-03-01", THURSDAY, True, True),
        ("2022-03-31", date(2022, 3, 31), True, True),
        ("2022-04-01", date(2022, 3, 31), True, False),
        ("2022-04-30", date(2022, 3, 1), True, False),
        ("2022-05-01", date(2022, 3, 31), False, False),
        ("2024-02-29", date(2024, 1, 31), True, False),
        ("2023-01-01", date(2022, 12, 31), True, False),
        (None, THURSDAY, None, None),
    ],
)
def test_a_review_looks_at_the_month_and_a_deal_review_at_the_next_one_too(
    close_on: str | None, on: date, deal_review: Outcome, red_green: Outcome
) -> None:
    found = duties({"segment": "MM", "net_arr": "50000", "close_on": close_on}, on)

    assert (found[DEAL].applies, found[RED_GREEN].applies) == (deal_review, red_green)
    if close_on is None:
        assert "close_on" in found[DEAL].missing_facts
        assert "close_on" in found[RED_GREEN].missing_facts


@pytest.mark.parametrize(("could_close", "close_on"), [(True, "2022-09-30"), (False, "2022-03-31")])
def test_what_could_close_is_reviewed_whatever_the_forecast_says(could_close: Outcome, close_on: str) -> None:
    found = applying({"segment": "SMB", "net_arr": "2000", "close_on": close_on, "could_close": could_close})

    assert found[RED_GREEN] is could_close


@pytest.mark.parametrize("stage", ["", "Undisclosed", "Negotiation", "Closing"])
def test_a_stage_that_does_not_say_closed_is_open(stage: str) -> None:
    assert applying({"segment": "SMB", "amount": "5000.01", "stage": stage})[DECK] is True


def test_a_consult_and_a_deal_review_stand_side_by_side() -> None:
    found = applying({"segment": "SMB", "net_arr": "10000", "close_on": "2022-04-30"})

    assert (found[CONSULT], found[DEAL]) == (True, True)


@pytest.mark.parametrize(
    "facts",
    [
        {"segment": "LARGE"},
        {"segment": "SMB", "stage": "8-Closed Lost"},
        *({"stage": stage} for stage in ("Closed Won", "closedwon", "CLOSED_LOST", "2closed")),
    ],
)
def test_a_large_account_or_a_closed_opportunity_has_no_duty(facts: dict[str, str]) -> None:
    found = duties({"amount": "900000", "net_arr": "900000", "close_on": "2022-03-31"} | facts)

    assert {duty.applies for duty in found.values()} == {False}
    assert {duty.missing_facts for duty in found.values()} == {()}


def test_without_a_segment_every_duty_is_unknown_for_want_of_it() -> None:
    found = duties(SMALL_AND_FAR)

    assert {duty.applies for duty in found.values()} == {None}
    assert all(duty.missing_facts[0] == "segment" for duty in found.values())


def test_a_negative_net_arr_is_below_every_bound() -> None:
    found = applying({"segment": "SMB", "net_arr": "-20000.50", "close_on": "2022-03-31"})

    assert [found[code] for code in (PLAN, CONSULT, DEAL, RED_GREEN)] == [False] * 4


@pytest.mark.parametrize(
    ("channel_managed", "title", "applies", "actions"),
    [
        (True, "Sample (Channel-Managed)", False, []),
        (True, "sample channel-managed", False, []),
        (True, "Sample", True, ["add_channel_managed"]),
        (False, "Sample Channel-Managed", True, []),
        (None, "Sample", True, []),
        (None, "Sample Channel-Managed", None, []),
        (True, None, None, []),
    ],
)
def test_a_channel_partner_is_an_exception_where_the_title_says_so(
    channel_managed: Outcome, title: str | None, applies: Outcome, actions: list[str]
) -> None:
    found = duties(
        {"segment": "SMB", "amount": "6000", "net_arr": "11000", "channel_managed": channel_managed, "title": title}
    )

    for code in (OVERVIEW, PLAN):
        assert found[code].applies is applies
        assert [each.code for each in found[code].reminders] == actions
    assert found[DECK].applies


def test_a_deck_is_met_by_its_link_and_all_six_requirements() -> None:
    whole = {DECK: dict.fromkeys(ITEMS[DECK], True)}
    facts = {"segment": "SMB", "amount": "6000", "deck_url": "https://example.com/deck"}

    assert duties(facts | {"evidence": whole})[DECK].met is True
    assert duties(facts | {"deck_url": ""} | {"evidence": whole})[DECK].met is False
    assert duties(facts)[DECK].missing_facts == tuple(f"evidence.custom_deck.{item}" for item in ITEMS[DECK])
    for item in ITEMS[DECK]:
        lacking = duties(facts | {"evidence": {DECK: whole[DECK] | {item: False}}})[DECK]
        assert lacking.met is False
        assert [each.code for each in lacking.items if each.met is False] == [item]


def test_each_item_of_a_duty_is_told_once() -> None:
    found = duties({"segment": "SMB", "amount": "6000", "net_arr": "25000", "could_close": True, "title": "Sample"})

    told = {code: tuple(item.code for item in duty.items) for code, duty in found.items()}
    by_fields = {DECK: ("link",), STEPS: ("next_steps", "next_steps_owner", "next_step_on")}
    assert told == {code: by_fields.get(code, ()) + items for code, items in ITEMS.items()}


def test_a_field_that_says_how_it_is_found_out_is_filled_and_a_blank_one_is_not() -> None:
    fields = dict.fromkeys(ITEMS[OVERVIEW], "Ask the champion on Friday's call")

    assert (
        duties({"segment": "SMB", "amount": "6000", "title": "Sample", "evidence": {OVERVIEW: fields}})[OVERVIEW].met
        is True
    )
    assert (
        duties({"segment": "SMB", "amount": "6000", "title": "S", "evidence": {OVERVIEW: fields | {"why_now": " "}}})[
            OVERVIEW
        ].met
        is False
    )


def test_a_question_of_the_meeting_counts_after_all_before_it() -> None:
    answers = dict.fromkeys(ITEMS[RED_GREEN], True) | {"why_gitlab": False}
    found = duties({"segment": "MM", "net_arr": "7000", "could_close": True, "evidence": {RED_GREEN: answers}})[
        RED_GREEN
    ]

    assert [item.met for item in found.items] == [True, True, False, False, False, False, False, False, True]


@pytest.mark.parametrize(
    ("on", "met"),
    [
        (date(2022, 3, 15), None),  # a Tuesday
        (date(2022, 3, 14), True),
        (date(2022, 5, 13), None),  # the 15th is a Sunday
        (date(2022, 5, 15), True),
        (date(2022, 10, 14), None),  # the 15th is a Saturday
        (date(2022, 3, 31), True),
    ],
)
def test_the_first_meeting_of_a_period_has_the_lookback(on: date, met: Outcome) -> None:
    answers = dict.fromkeys(ITEMS[RED_GREEN][:-1], True)
    found = duties({"segment": "MM", "net_arr": "7000", "could_close": True, "evidence": {RED_GREEN: answers}}, on)[
        RED_GREEN
    ]

    assert found.met is met
    assert found.missing_facts == (() if met else ("evidence.red_green_review.lookback",))


@pytest.mark.parametrize(
    ("facts", "met"),
    [
        ({"next_step_on": "2022-03-10"}, True),
        ({"next_step_on": "2022-03-09"}, False),
        ({"next_step_on": "2022-04-09"}, True),  # 30 days
        ({"next_step_on": "2022-04-10"}, None),
        ({"next_step_on": "2022-04-10", "evidence": {STEPS: {"spelled_out": True}}}, True),
        ({"next_step_on": "2022-04-10", "evidence": {STEPS: {"spelled_out": False}}}, False),
        ({"next_step_on": None}, None),
        ({"next_steps": " "}, False),
        ({"next_steps_owner": ""}, False),
        ({"next_steps_owner": None}, None),
    ],
)
def test_next_steps_are_there_owned_and_not_past(facts: dict[str, Any], met: Outcome) -> None:
    steps = {"next_steps": "Send the plan", "next_steps_owner": "sample-ae", "next_step_on": "2022-03-11"}

    assert duties(steps | facts | {"segment": "SMB"})[STEPS].met is met


@pytest.mark.parametrize(
    "steps", ["Call on 2022-03-11", "3/11: sent the deck", "Call, March 11", "Call\nSent the deck"]
)
def test_a_day_or_a_history_in_the_next_steps_is_advice_and_breaks_nothing(steps: str) -> None:
    found = duties(
        {"segment": "SMB", "next_steps": steps, "next_steps_owner": "sample-ae", "next_step_on": "2022-03-11"}
    )[STEPS]

    assert [(each.code, each.required) for each in found.reminders] == [("days_or_history", False)]
    assert found.met is True
