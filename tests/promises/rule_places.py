"""Where each rule of the handbook is decided, and the test that holds it: a part of ``docs/reference/rules.md``."""

from collections.abc import Iterator

_GOLDEN = "tests/domain/test_golden.py::test_a_request_gets_the_decision_that_the_rules_give_it"
_MOVES = "tests/domain/test_moves.py::test_a_discovery_moves_an_account_or_says_what_held_it_back"
_LEADS = "tests/domain/test_leads.py::test_a_lead_stands_as_the_handbook_has_it"
_DUTIES = "tests/domain/duties/test_golden.py"
_RANKS = "tests/domain/test_ranks.py"
_CALENDAR = "tests/domain/test_forecast_calendar.py::test_a_month_has_its_entries_and_no_others"

PLACES: dict[str, tuple[str, str]] = {
    "SEG-1": ("service/domain/fy23.py::_bands", _GOLDEN),
    "SEG-2": ("service/domain/fy23.py::_leads", _GOLDEN),
    "SEG-3": (
        "service/domain/facts.py::EmployeeCount",
        "tests/domain/test_facts.py::test_a_request_that_breaks_a_rule_is_refused_at_its_field",
    ),
    "SEG-4": ("service/domain/values.py::first_third_party_employees", _GOLDEN),
    "SEG-5": ("service/domain/fy23.py::_vp", _GOLDEN),
    "SEG-6": (
        "service/domain/fields.py::never_the_customer",
        "tests/domain/test_facts.py::test_a_count_from_the_customer_is_refused_under_whatever_name",
    ),
    "SEG-7": ("service/domain/fy23.py::fy23_program", _GOLDEN),
    "SEG-8": ("service/domain/fy23_follow_ups.py::_disagree", _GOLDEN),
    "SEG-9": ("service/domain/fy23.py::_crm", _GOLDEN),
    "ROUTE-1": ("service/domain/fy23.py::_segment_first", _GOLDEN),
    "ROUTE-2": ("service/domain/fy23.py::_current_customers", _GOLDEN),
    "ROUTE-3": ("service/domain/fy23.py::_accounts_in_the_crm", _GOLDEN),
    "ROUTE-4": ("service/domain/fy23.py::_new_inbound_mqls", _GOLDEN),
    "ROUTE-5": ("service/domain/fy23.py::_new_outbound", _GOLDEN),
    "ROUTE-6": ("service/domain/fy23.py::_other_new_accounts", _GOLDEN),
    "ROUTE-7": ("service/domain/fy23.py::fy23_program", _GOLDEN),
    "MOVE-1": ("service/domain/moves.py::decide_discovery", _MOVES),
    "MOVE-2": ("service/domain/moves.py::decide_discovery", _MOVES),
    "MOVE-3": (
        "service/domain/moves.py::decide_changeover",
        "tests/domain/test_moves.py::test_a_changeover_moves_the_idle_accounts_of_territory",
    ),
    "MOVE-4": (
        "service/domain/conduct.py::flag_of",
        "tests/domain/test_moves.py::test_more_than_two_ignored_moves_in_a_year_are_flagged",
    ),
    "MOVE-5": ("service/domain/moves.py::decide_discovery", _MOVES),
    "HAND-1": (
        "service/domain/handoff/receiver.py::receiver_of",
        "tests/domain/test_handoff_receiver.py::test_a_won_account_goes_where_the_rules_send_it",
    ),
    "HAND-2": (
        "service/domain/handoff/receiver.py::email_will_do",
        "tests/domain/test_handoff_receiver.py::test_a_won_account_goes_where_the_rules_send_it",
    ),
    "HAND-3": (
        "service/domain/handoff/receiver.py::due_on",
        "tests/domain/test_handoff_receiver.py::test_the_week_ends_on_the_seventh_day_after_the_close",
    ),
    "HAND-4": (
        "service/domain/handoff/checklist.py::Item",
        "tests/domain/test_handoff.py::test_each_side_has_six_items_in_order_under_its_own_rule",
    ),
    "HAND-5": (
        "service/domain/handoff/checklist.py::Item",
        "tests/domain/test_handoff.py::test_each_side_has_six_items_in_order_under_its_own_rule",
    ),
    "HAND-6": (
        "service/domain/handoff/checks.py::check",
        "tests/domain/test_handoff_law.py::test_no_sequence_of_steps_leads_to_a_state_that_the_rules_do_not_know",
    ),
    "HAND-7": (
        "service/domain/handoff/checks.py::_check_billing",
        "tests/domain/test_handoff_checks.py::test_a_billing_issue_is_re_assigned_by_the_receiving_side_once_the_handoff_is_completed",
    ),
    "LEAD-1": ("service/domain/leads.py::respond_to", _LEADS),
    "LEAD-2": ("service/domain/leads.py::respond_to", _LEADS),
    "LEAD-3": ("service/domain/leads.py::respond_to", _LEADS),
    "RANK-1": (
        "service/domain/rank_checks.py::checks_of",
        f"{_RANKS}::test_what_a_rank_needs_goes_by_rank_and_segment",
    ),
    "RANK-2": (
        "service/domain/rank_checks.py::checks_of",
        f"{_RANKS}::test_what_a_rank_needs_goes_by_rank_and_segment",
    ),
    "RANK-3": (
        "service/domain/rank_checks.py::checks_of",
        f"{_RANKS}::test_the_tenth_has_a_place_and_the_eleventh_has_none_unless_there_are_others",
    ),
    "RANK-4": (
        "service/domain/rank_checks.py::checks_of",
        f"{_RANKS}::test_a_rank_is_stale_with_the_first_day_of_the_next_fiscal_year",
    ),
    "RANK-5": (
        "service/domain/rank_checks.py::checks_of",
        f"{_RANKS}::test_a_rank_has_a_reason_and_sources_and_an_unchanged_one_a_note",
    ),
    "OPP-1": (
        "service/domain/duties/fy23_duties.py::_custom_deck",
        f"{_DUTIES}::test_a_deck_is_met_by_its_link_and_all_six_requirements",
    ),
    "OPP-2": (
        "service/domain/duties/fy23_duties.py::_command_plan",
        f"{_DUTIES}::test_a_channel_partner_is_an_exception_where_the_title_says_so",
    ),
    "OPP-3": (
        "service/domain/duties/fy23_duties.py::_consult",
        f"{_DUTIES}::test_a_bound_counts_to_the_cent_as_its_rule_writes_it",
    ),
    "OPP-4": (
        "service/domain/duties/fy23_duties.py::_deal_review",
        f"{_DUTIES}::test_a_review_looks_at_the_month_and_a_deal_review_at_the_next_one_too",
    ),
    "OPP-5": (
        "service/domain/duties/fy23_duties.py::_red_green_review",
        f"{_DUTIES}::test_a_question_of_the_meeting_counts_after_all_before_it",
    ),
    "OPP-6": (
        "service/domain/triage.py::triage",
        "tests/domain/test_triage.py::test_who_takes_a_request_follows_from_what_is_known_of_it",
    ),
    "OPP-7": (
        "service/domain/web_direct.py::check_web_direct",
        "tests/domain/test_web_direct.py::test_what_is_to_be_done_next_follows_the_handbooks_order",
    ),
    "OPP-8": (
        "service/domain/duties/fy23_duties.py::_next_steps",
        f"{_DUTIES}::test_next_steps_are_there_owned_and_not_past",
    ),
    "CAL-1": ("service/domain/forecast_calendar.py::_entries_of", _CALENDAR),
    "CAL-2": (
        "service/domain/close_date.py::decide_close_date",
        "tests/domain/test_close_date.py::test_an_opportunity_gets_the_close_date_that_the_conventions_give_it",
    ),
    "CAL-3": ("service/domain/forecast_calendar.py::_entries_of", _CALENDAR),
    "CAL-4": (
        "service/domain/co_selling.py::co_selling_week",
        "tests/domain/test_web_direct.py::test_five_calls_are_enough_and_ten_are_aimed_at",
    ),
}
"""By the rule: the file and the name that decide it, and the test that holds it."""


def places() -> Iterator[str]:
    """The lines of the table."""
    yield "## Where each rule is decided, and what holds it\n"
    yield "| rule | decided by | held by |\n|---|---|---|"
    for rule, (place, test) in PLACES.items():
        yield f"| {rule} | `{place}` | `{test}` |"
