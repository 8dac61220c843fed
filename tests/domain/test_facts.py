import json

import pytest
from pydantic import ValidationError

from service.domain.facts import Account
from service.domain.terms import Segment
from service.entrypoints.common.reasons import reason
from service.entrypoints.common.requests import ClassificationRequest
from tests.builders import facts, parsed, request, third_party
from tests.golden import Refusal, refused_cases


@pytest.mark.parametrize("case", refused_cases(), ids=lambda case: case.title)
def test_a_request_that_breaks_a_rule_is_refused_at_its_field(case: Refusal) -> None:
    with pytest.raises(ValidationError) as refused:
        ClassificationRequest.model_validate_json(case.json)

    faults = [("/" + "/".join(map(str, fault["loc"])), fault["type"]) for fault in refused.value.errors()]
    assert faults == [(case.pointer, case.code)]
    assert case.says in reason(refused.value.errors()[0])


@pytest.mark.parametrize(
    "name",
    [
        "customer",
        "The customer",
        "our Customer",
        "a prospect",
        "PROSPECTS",
        "customers themselves",
        "the prospect itself",
        " the customer ",
        "the  customer",
        "customer.",
        "Asked the customer",
        "told by the prospect",
        "The customer's CFO",
        "Customer call",
        "prospect (email)",
        "customer/prospect",
        "customer_supplied",
    ],
)
def test_a_count_from_the_customer_is_refused_under_whatever_name(name: str) -> None:
    with pytest.raises(ValidationError, match="SEG-6"):
        facts(third=[third_party(640, name=name)])


@pytest.mark.parametrize(
    "name",
    [
        "Customer Insights Ltd",
        "Prospect Magazine",
        "Prospecting Inc.",
        "客户 customer",
        "Companies House filing",
        "Northdata",
    ],
)
def test_a_third_party_whose_name_only_sounds_like_the_customer_is_heard(name: str) -> None:
    assert facts(third=[third_party(640, name=name)]).employee_counts[0].name == name


def test_the_refusal_of_a_customers_count_cites_the_handbook() -> None:
    with pytest.raises(ValidationError, match="Account Ownership Rules of Engagement"):
        facts(third=[third_party(640, name="The customer")])


def test_a_count_of_zero_is_valid_and_unknown() -> None:
    assert facts(df=0).employee_counts[0].known_employees is None
    assert facts(df=1).employee_counts[0].known_employees == 1


def test_a_fact_that_is_left_out_and_one_that_is_null_are_both_unknown() -> None:
    assert facts(region=None).account == parsed(_without(request(), "region")).account


def test_the_segments_are_read_under_both_of_their_names() -> None:
    spelled = {"SMB": Segment.SMB, "MM": Segment.MM, "LARGE": Segment.LARGE}

    for name, segment in (spelled | {"Mid-Market": Segment.MM, "Large": Segment.LARGE}).items():
        assert facts(crm_segment=name).account.crm_segment is segment


def test_a_region_of_any_name_is_accepted() -> None:
    assert facts(region="DACH").account.region == "DACH"


@pytest.mark.parametrize("flags", [(True, False), (True, None), (False, True), (None, True), (None, None)])
def test_a_customer_and_a_first_order_that_is_available_do_not_contradict_each_other_alone(
    flags: tuple[bool | None, bool | None],
) -> None:
    customer, available = flags

    account = facts(customer=customer, first_order_available=available).account

    assert (account.customer, account.first_order_available) == flags


def test_the_contradiction_is_found_whatever_the_order_of_the_fields() -> None:
    body = {"account": {"first_order_available": True, "customer": True, "id": "acc-1"}}

    with pytest.raises(ValidationError, match="ROUTE-2"):
        ClassificationRequest.model_validate_json(json.dumps(body))


def test_each_source_may_be_given_once_and_third_parties_often() -> None:
    counts = facts(df=1, zi=2, li=3, third=[4, 5, 5]).employee_counts

    assert [count.employees for count in counts] == [1, 2, 3, 4, 5, 5]


def test_a_gap_may_run_over_several_lines() -> None:
    gap = "Counts the Berlin office:\n\tthe others are under another name."

    assert facts(df=12, wrong={"df": gap}).employee_counts[0].gap == gap


def test_facts_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        facts().account.region = "EMEA"  # type: ignore[misc]  # the refusal is what is tested


def test_every_fact_of_an_account_is_described() -> None:
    assert [name for name, field in Account.model_fields.items() if not field.description] == []


def _without(body: dict[str, dict[str, object]], fact: str) -> dict[str, dict[str, object]]:
    return body | {"account": {name: value for name, value in body["account"].items() if name != fact}}
