from datetime import date
from typing import Any

import pytest

from service.domain.fy23 import FY23_PARAMETERS
from service.domain.fy23_citations import FEBRUARY_CLEANUP, NOVEMBER_CLEANUP
from service.domain.reviews import chatter_text, counts_fingerprint, recommendation_rests_on, recommended_segment
from tests.builders import decided, facts, third_party


def fingerprint(**stated: Any) -> str:  # noqa: ANN401 - what ``facts`` takes
    return counts_fingerprint(facts(**stated).employee_counts)


def test_the_same_counts_in_another_order_are_the_same_counts() -> None:
    one, other = third_party(640, name="Filing"), third_party(700, name="Annual report")
    counts = facts(df=12, zi=9, third=[one, other]).employee_counts

    assert counts_fingerprint(counts) == counts_fingerprint(counts[::-1])


def test_the_wording_of_a_gap_the_day_and_the_address_do_not_make_other_counts() -> None:
    seen = third_party(640, observed_on="2022-02-01", url="https://example.org/1")

    assert fingerprint(df=12, wrong={"df": "One office"}) == fingerprint(df=12, wrong={"df": "Berlin only"})
    assert fingerprint(third=[seen]) == fingerprint(third=[third_party(640)])


def test_a_source_without_data_is_as_good_as_absent() -> None:
    assert fingerprint(df=12) == fingerprint(df=12, zi=0, li=0, third=[None, 0])


def test_a_review_recorded_when_a_third_party_without_a_number_made_other_counts_is_found_by_them() -> None:
    counts = facts(df=12, third=[640, third_party(None, name="A register")]).employee_counts
    of_then = "f2ebfa783fce9d517c554fe1625be73412c81479c9e6c3ad0adbf1a830a12d03"

    assert counts_fingerprint(counts, {of_then}) == of_then
    assert counts_fingerprint(counts, {of_then, fingerprint(df=12, third=[640])}) == fingerprint(df=12, third=[640])
    assert counts_fingerprint(counts, {"another"}) == fingerprint(df=12, third=[640])


@pytest.mark.parametrize(
    "other",
    [
        {"df": 13},
        {"zi": 12},
        {"df": 12, "wrong": {"df": "One office"}},
        {"df": 12, "zi": 12},
        {"df": 12, "third": [12]},
        {},
    ],
)
def test_another_number_source_or_verdict_makes_other_counts(other: dict[str, object]) -> None:
    assert fingerprint(**other) != fingerprint(df=12)


def test_evidence_under_another_name_is_other_evidence() -> None:
    assert fingerprint(third=[third_party(640, name="Filing")]) != fingerprint(third=[third_party(640, name="Survey")])
    assert fingerprint(third=[640, 700]) != fingerprint(third=[640])


@pytest.mark.parametrize(
    ("on", "segment", "said"),
    [
        (date(2019, 10, 31), "SMB", "The size clean-up of February 2019 put the account in SMB."),
        (date(2019, 11, 1), "MM", "The size clean-up of November 2019 put the account in Mid-Market."),
        (date(2022, 3, 15), "MM", "The size clean-up of November 2019 put the account in Mid-Market."),
    ],
)
def test_the_clean_up_in_force_on_the_day_recommends_the_segment(on: date, segment: str, said: str) -> None:
    both = facts(size_cleanup={"feb_2019": "SMB", "nov_2019": "MM"})

    assert recommended_segment(both, FY23_PARAMETERS, on) == (segment, said)


@pytest.mark.parametrize("cleanup", [None, {}, {"feb_2019": "MM"}])
def test_without_a_segment_on_record_none_is_recommended(cleanup: dict[str, str] | None) -> None:
    recommended, said = recommended_segment(facts(size_cleanup=cleanup), FY23_PARAMETERS, date(2022, 3, 15))

    assert recommended is None
    assert said == "No segment is on record for the size clean-up of November 2019, so none is recommended."


def test_the_later_clean_up_does_not_speak_before_its_time() -> None:
    later = facts(size_cleanup={"nov_2019": "MM"})

    assert recommended_segment(later, FY23_PARAMETERS, date(2019, 10, 31))[0] is None


def test_the_recommendation_rests_on_what_the_handbook_says_of_its_clean_up() -> None:
    assert recommendation_rests_on(FY23_PARAMETERS, date(2019, 10, 31)) == FEBRUARY_CLEANUP
    assert recommendation_rests_on(FY23_PARAMETERS, date(2019, 11, 1)) == NOVEMBER_CLEANUP


def test_the_text_to_post_where_nobody_leads_has_every_source_its_gap_the_evidence_and_the_cc() -> None:
    decision = decided(
        name="Acme GmbH",
        df=12,
        zi=1,
        wrong={"df": "One office", "zi": "The founder"},
        third=[third_party(1640, name="Annual report", url="https://example.org/1"), third_party(None, name="Press")],
    )

    assert chatter_text(decision, "Mid-Market is recommended.").splitlines() == [
        "Employee count of Acme GmbH, for review. cc VP of Commercial Sales",
        "",
        "Datafox: 12 employees, wholly wrong: One office",
        "Zoominfo: 1 employee, wholly wrong: The founder",
        "LinkedIn: no number",
        "Annual report: 1,640 employees (https://example.org/1)",
        "Press: no number",
        "",
        "No source leads. Mid-Market is recommended.",
    ]


def test_the_text_to_post_says_that_the_evidence_is_missing_and_goes_by_the_identifier_of_a_nameless_account() -> None:
    lines = chatter_text(decided(), "None is recommended.").splitlines()

    assert lines[0] == "Employee count of acc-1, for review. cc VP of Commercial Sales"
    assert "Third-party evidence: missing" in lines


def test_the_text_to_post_where_a_later_source_leads_stops_at_it() -> None:
    decision = decided(df=12, zi=700, li=655, wrong={"df": "One office"})

    assert chatter_text(decision, "Unheard.").splitlines()[2:] == [
        "Datafox: 12 employees, wholly wrong: One office",
        "Zoominfo: 700 employees",
        "",
        "Zoominfo leads with 700 employees: Mid-Market.",
    ]
