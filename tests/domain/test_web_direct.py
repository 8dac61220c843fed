"""Web direct purchases and co-selling, case by case."""

from datetime import date
from typing import Any

import pytest

from service.domain.co_selling import co_selling_week
from service.domain.sales_bounds import SalesBounds
from service.domain.web_direct import OpenOpportunity, WebDirect, WebDirectStep, check_web_direct

OPEN = OpenOpportunity("opp-1", "A title", is_recorded=False)
ON_RECORD = OpenOpportunity("opp-1", "An older title", is_recorded=True)
DAY = date(2022, 3, 22)
LOOK, SAY, REACH = WebDirectStep


@pytest.mark.parametrize(
    ("known", "following", "missing"),
    [
        ({}, LOOK, ("open_opportunities",)),
        ({"duplicate": False}, LOOK, ("open_opportunities",)),
        ({"recorded": [ON_RECORD], "duplicate": True}, LOOK, ("open_opportunities",)),
        ({"open_opportunities": []}, SAY, ("duplicate",)),
        ({"open_opportunities": [OPEN]}, SAY, ("duplicate",)),
        ({"open_opportunities": [OPEN], "duplicate": True}, None, ()),
        (
            {"open_opportunities": [OPEN], "duplicate": False},
            REACH,
            ("on_sequence", "outreach_logged", "next_step_on"),
        ),
        ({"open_opportunities": [], "duplicate": False, "on_sequence": True}, None, ()),
        (
            {"open_opportunities": [], "duplicate": False, "on_sequence": False, "outreach_logged": True},
            REACH,
            ("next_step_on",),
        ),
        ({"open_opportunities": [], "duplicate": False, "outreach_logged": True, "next_step_on": DAY}, None, ()),
        (
            {"open_opportunities": [], "duplicate": False, "outreach_logged": False, "next_step_on": DAY},
            REACH,
            ("on_sequence",),
        ),
        ({"open_opportunities": [], "duplicate": False, "outreach_logged": False}, REACH, ("on_sequence",)),
        ({"open_opportunities": [], "duplicate": False, "on_sequence": False, "outreach_logged": False}, REACH, ()),
    ],
)
def test_what_is_to_be_done_next_follows_the_handbooks_order(
    known: dict[str, Any], following: WebDirectStep | None, missing: tuple[str, ...]
) -> None:
    found = check_web_direct(WebDirect(**known))

    assert (found.next, found.missing_facts) == (following, missing)
    assert all(clause.rule == "OPP-7" and clause.citation for clause in found.explanation)


def test_what_is_sent_of_an_opportunity_goes_before_what_is_on_record_of_it() -> None:
    other = OpenOpportunity("opp-2", None, is_recorded=True)

    found = check_web_direct(WebDirect(open_opportunities=[OPEN], recorded=[ON_RECORD, other]))

    assert found.candidates == (OPEN, other)


@pytest.mark.parametrize(
    ("count", "met", "aim_met"),
    [(0, False, False), (4, False, False), (5, True, False), (9, True, False), (10, True, True), (13, True, True)],
)
def test_five_calls_are_enough_and_ten_are_aimed_at(count: int, met: bool, aim_met: bool) -> None:  # noqa: FBT001 - a case
    week = co_selling_week(date(2022, 3, 2), count, SalesBounds())

    assert (week.met, week.aim_met, week.first) == (met, aim_met, date(2022, 2, 24))
