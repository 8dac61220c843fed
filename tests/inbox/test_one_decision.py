"""What one request tells of an account is decided on at once: each event settles, and names the decision."""

from datetime import timedelta
from typing import Any

import pytest

from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import Event, change, company_event, milliseconds, notification

AT = milliseconds(NOW, hours=-1)
PROPERTIES = {
    "name": "Acme GmbH",
    "account_demographics_region": "EMEA",
    "zi_employees": "640",
    "account_demographic_max_family_employees": "640",
    "lam_dev_count": "80",
    "first_order_available": "true",
    "lifecyclestage": "lead",
    "key_account": "false",
    "linkedin_employees": "655",
    "datafox_employees": "610",
    "decision_maker_count_linkedin": "120",
    "lead_motion": "existing",
    "account_demographics_sales_segment": "Mid-Market",
    "notes_last_updated": str(AT),
}


def told(company: int, values: dict[str, str], at: int) -> list[Event]:
    """An event for each property, in the order of the properties."""
    return [company_event(company, place, at + place, *said) for place, said in enumerate(values.items(), start=1)]


def test_fourteen_properties_of_a_company_in_one_request_are_one_decision(shared: Crm) -> None:
    events = shared.hubspot(*told(201, PROPERTIES, AT)[::-1])

    (decision,) = shared.history("201")
    applied = [event for event in events if event["status"] == "applied"]
    assert len(applied) > 10
    assert {event["decision_id"] for event in applied} == {decision["id"]}
    assert decision["team"] == "MMKAFO"
    # Sent again, or with what was there already, it is none.
    shared.hubspot(*told(201, PROPERTIES, AT), *told(201, {"name": "Acme GmbH"}, AT + 100))
    assert len(shared.history("201")) == 1


def test_several_changes_of_a_record_in_one_post_are_one_decision_and_other_records_have_their_own(crm: Crm) -> None:
    grown: dict[str, Any] = {"ZI_Employees__c": 640}
    events = crm.changes(
        change("acc-1", at=AT, kind="CREATE", Name="Acme", ZI_Employees__c=12),
        change("acc-2", at=AT + 1, kind="CREATE", Name="Beta", **grown),
        change("acc-1", at=AT + 2, ZI_Employees__c=7_000),
        change("acc-1", at=AT + 3, **grown),
    )

    assert [event["record_id"] for event in events] == ["acc-1", "acc-2", "acc-1", "acc-1"]
    (of_one,), (of_other,) = crm.history("acc-1"), crm.history("acc-2")
    assert of_one["segment"] == of_other["segment"] == "MM"
    assert [event["decision_id"] for event in events] == [of_one["id"], of_other["id"], of_one["id"], of_one["id"]]


def test_an_account_twice_in_an_outbound_message_is_decided_once(crm: Crm) -> None:
    def as_of(day: int, employees: int) -> dict[str, str]:
        return {"ZI_Employees__c": str(employees), "SystemModstamp": f"2022-03-{day:02}T08:00:00.000Z"}

    crm.outbound(notification("acc-1", as_of(2, 640), number=2), notification("acc-1", as_of(1, 12), number=1))

    (decision,) = crm.history("acc-1")
    assert (decision["segment"], decision["leading_employees"]) == ("MM", 640)
    assert {event["decision_id"] for event in crm.events()} == {decision["id"]}


def test_what_contradicts_itself_on_the_way_alone_is_applied_whole(crm: Crm) -> None:
    """A customer that has a first order before it is said to be none any more."""
    values = {"lifecyclestage": "customer", "first_order_available": "true"}
    events = crm.hubspot(*told(7, values, AT), *told(7, {"lifecyclestage": "lead"}, AT + 10))

    assert [event["status"] for event in events] == ["applied"] * 3
    assert len(crm.history("7")) == 1


def test_what_cannot_be_decided_as_a_whole_is_decided_one_by_one(crm: Crm) -> None:
    values = {"zi_employees": "640", "first_order_available": "true", "lifecyclestage": "customer"}
    events = crm.hubspot(*told(8, values, AT))

    assert [event["status"] for event in events] == ["applied", "applied", "rejected"]
    second, first = crm.history("8")
    assert [event["decision_id"] for event in events] == [first["id"], second["id"], None]


@pytest.mark.parametrize("broken", [{"occurredAt": milliseconds(NOW + timedelta(days=40))}, {"objectId": "7"}])
def test_what_is_rejected_of_a_request_has_no_part_in_the_decision(crm: Crm, broken: dict[str, Any]) -> None:
    bad = told(9, {"zi_employees": "7000"}, AT + 20)[0] | broken
    events = crm.hubspot(*told(9, {"name": "Acme", "zi_employees": "640"}, AT), bad)

    assert sorted(event["status"] for event in events) == ["applied", "applied", "rejected"]
    (decision,) = crm.history("9")
    assert decision["segment"] == "MM"


def test_one_of_fourteen_properties_with_an_impossible_instant_leaves_the_others_one_decision(shared: Crm) -> None:
    first, *others = told(202, PROPERTIES, AT)
    ahead_of_time = first | {"occurredAt": milliseconds(NOW + timedelta(days=40))}
    events = shared.hubspot(*others[::-1], ahead_of_time)

    assert [event["status"] for event in events if event["problem"]] == ["rejected"]
    (decision,) = shared.history("202")
    assert decision["team"] == "MMKAFO"


def test_more_of_a_post_than_fits_a_commit_keeps_a_record_together_and_answers_in_order(crm: Crm) -> None:
    others = [change(f"acc-{number}", at=AT + number, kind="CREATE", Name="Acme") for number in range(1, 130)]
    late = change("acc-1", at=AT + 1_000, ZI_Employees__c=640)
    events = crm.changes(late, *others)

    assert [event["record_id"] for event in events] == [*(f"acc-{number}" for number in range(1, 130)), "acc-1"]
    (decision,) = crm.history("acc-1")
    assert events[-1]["decision_id"] == decision["id"]
