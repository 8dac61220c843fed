import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from service.domain.handoff.checklist import ITEMS_BY_NAME, evidence_to_json, parse_evidence
from service.domain.handoff.evidence import AccountActivity, Evidence, TamDetermined
from tests.domain.handoffs import EVIDENCE, NAMES

Json = dict[str, Any]
DAY = "2022-03-04"
SUMMARY: Json = json.loads(evidence_to_json(EVIDENCE["account-activity"]))


def parsed(item: str, stated: Json) -> Evidence:
    return parse_evidence(ITEMS_BY_NAME[item], json.dumps(stated))


def faults(item: str, stated: Json) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        parsed(item, stated)
    return [("/".join(map(str, fault["loc"])), fault["type"]) for fault in refused.value.errors()]


@pytest.mark.parametrize("name", NAMES)
def test_evidence_reads_back_as_it_was_written(name: str) -> None:
    written = evidence_to_json(EVIDENCE[name])

    assert parse_evidence(ITEMS_BY_NAME[name], written) == EVIDENCE[name]
    assert parse_evidence(ITEMS_BY_NAME[name], written.encode()) == EVIDENCE[name]
    assert "null" not in written


@pytest.mark.parametrize("name", NAMES)
def test_evidence_with_something_that_its_item_does_not_ask_for_is_refused(name: str) -> None:
    assert ("remark", "extra_forbidden") in faults(name, json.loads(evidence_to_json(EVIDENCE[name])) | {"remark": "x"})


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"tam-determined"}))
def test_no_item_is_ticked_without_evidence(name: str) -> None:
    assert faults(name, {})


@pytest.mark.parametrize("part", SUMMARY)
def test_the_account_activity_needs_each_of_its_parts(part: str) -> None:
    assert faults("account-activity", {name: value for name, value in SUMMARY.items() if name != part}) == [
        (part, "missing")
    ]


def test_the_account_activity_has_six_parts_a_name_and_a_day() -> None:
    assert set(SUMMARY) == set(AccountActivity.model_fields)
    assert len(SUMMARY) == 6 + 2


@pytest.mark.parametrize(
    ("contacts", "fault"),
    [
        ([], ("key_contacts", "too_short")),
        (["x"] * 51, ("key_contacts", "too_long")),
        (["x", " "], ("key_contacts/1", "string_pattern_mismatch")),
        (["two\nlines", "x"], ("key_contacts/0", "string_pattern_mismatch")),
    ],
)
def test_the_key_contacts_are_one_to_fifty_names(contacts: list[str], fault: tuple[str, str]) -> None:
    assert faults("account-activity", SUMMARY | {"key_contacts": contacts}) == [fault]
    parsed("account-activity", SUMMARY | {"key_contacts": ["x"] * 50})


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("49999.99", "49999.99"),
        (49999.99, "49999.99"),
        (50000, "50000.00"),
        ("5E+4", "50000.00"),
        ("-0", "0.00"),
        ("0.1", "0.10"),
        ("99999999999.99", "99999999999.99"),
    ],
)
def test_an_amount_is_a_number_or_text_and_is_kept_to_the_cent(stated: object, kept: str) -> None:
    evidence = parsed("tam-determined", {"net_arr": stated, "appropriate": False})

    assert isinstance(evidence, TamDetermined)
    assert evidence.net_arr == Decimal(kept)
    assert json.loads(evidence_to_json(evidence))["net_arr"] == kept


@pytest.mark.parametrize(
    "stated", ["-0.01", -1, "0.001", "100000000000", "NaN", "Infinity", "", "many", True, [1], 1e30]
)
def test_an_amount_below_zero_beyond_the_cent_or_too_large_is_refused(stated: object) -> None:
    (fault,) = faults("tam-determined", {"net_arr": stated, "appropriate": False})

    assert fault[0] == "net_arr"


def test_a_license_is_not_installed_before_it_was_received() -> None:
    parsed("license-installed", {"received_on": DAY, "installed_on": DAY})
    assert faults("license-installed", {"received_on": DAY, "installed_on": "2022-03-03"}) == [
        ("installed_on", "installed_before_received")
    ]


@pytest.mark.parametrize("day", ["2022-3-4", "20220304", "2022-02-30", "", 19055, "2022-03-04T00:00:00"])
def test_a_day_is_written_in_one_way(day: object) -> None:
    assert [field for field, _ in faults("license-installed", {"received_on": day, "installed_on": DAY})] == [
        "received_on"
    ]


@pytest.mark.parametrize("url", ["ftp://example.org", "javascript:alert(1)", "example.org", "https://", "http://a b"])
def test_the_address_of_a_post_is_one_of_the_web(url: str) -> None:
    assert faults("chatter-posted", {"posted_on": DAY, "url": url}) == [("url", "string_pattern_mismatch")]


def test_a_post_needs_no_address() -> None:
    assert parsed("chatter-posted", {"posted_on": DAY}) == parsed("chatter-posted", {"posted_on": DAY, "url": None})


def test_a_contact_is_a_call_or_an_email() -> None:
    parsed("handoff-contact", {"mode": "email", "took_place_on": DAY})
    assert faults("handoff-contact", {"mode": "letter", "took_place_on": DAY}) == [("mode", "enum")]


def test_material_may_be_none_at_all_but_that_is_said() -> None:
    parsed("material-editable", {"checked_on": DAY, "materials": []})
    parsed("material-editable", {"checked_on": DAY, "materials": ["Custom deck"]})
    assert faults("material-editable", {"checked_on": DAY}) == [("materials", "missing")]
    assert faults("material-editable", {"checked_on": DAY, "materials": ["x"] * 51}) == [("materials", "too_long")]


def test_an_appropriate_tam_is_requested() -> None:
    parsed("tam-determined", {"appropriate": True, "requested_on": DAY})
    assert faults("tam-determined", {"appropriate": True}) == [("requested_on", "missing_request")]


def test_a_tam_that_is_not_appropriate_is_not_requested() -> None:
    parsed("tam-determined", {"appropriate": False})
    assert faults("tam-determined", {"appropriate": False, "requested_on": DAY}) == [("requested_on", "contradiction")]


def test_growth_before_the_renewal_is_an_opportunity_or_the_reason_why_there_is_none() -> None:
    parsed("growth-before-renewal", {"opportunity_id": "006-1"})
    parsed("growth-before-renewal", {"none_expected": "Every seat is sold"})
    for stated in ({}, {"opportunity_id": None}, {"opportunity_id": "006-1", "none_expected": "Every seat is sold"}):
        assert faults("growth-before-renewal", stated) == [("none_expected", "one_of_two")]


def test_an_opportunity_that_is_refused_is_the_only_fault() -> None:
    assert faults("growth-before-renewal", {"opportunity_id": ""}) == [("opportunity_id", "string_too_short")]


@pytest.mark.parametrize(
    ("item", "stated"),
    [
        ("license-installed", {"received_on": DAY, "installed_on": "2022-03-03"}),
        ("tam-determined", {"appropriate": True}),
        ("tam-determined", {"appropriate": False, "requested_on": DAY}),
        ("growth-before-renewal", {}),
    ],
)
def test_a_contradiction_names_the_rule_of_its_item(item: str, stated: Json) -> None:
    with pytest.raises(ValidationError, match=ITEMS_BY_NAME[item].rule):
        parsed(item, stated)
