"""What ``/metrics`` tells of events: how many came and what became of them, and what is open for how long."""

from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, change, milliseconds

AT = milliseconds(NOW)


def measured(crm: Crm, name: str) -> dict[str, float]:
    lines = crm.api.http.get("/metrics").text.splitlines()
    found = (line.removeprefix(name).rpartition(" ") for line in lines if line.startswith((f"{name}{{", f"{name} ")))
    return {labels.strip("{}"): float(value) for labels, _, value in found}


def test_events_are_counted_by_source_and_by_what_became_of_them(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.changes(change("acc-2", at=AT, LAM_Dev_Count__c=7), change("acc-3", at=1, Name="Acme"))

    assert measured(crm, "chalkline_events_total") == {
        'source="salesforce-outbound",status="applied"': 1,
        'source="salesforce-outbound",status="repeated"': 1,
        'source="salesforce-changes",status="applied"': 1,
        'source="salesforce-changes",status="rejected"': 1,
    }


def test_what_is_open_is_told_with_its_age(crm: Crm) -> None:
    assert measured(crm, "chalkline_events_open") == {}
    crm.changes(change("acc-1", at=1, Name="Acme"))
    crm.api.clock.advance(hours=2)
    crm.changes(change("acc-2", at=2, Name="Acme"))

    rejected = 'source="salesforce-changes",status="rejected"'
    assert measured(crm, "chalkline_events_open") == {rejected: 2}
    assert measured(crm, "chalkline_events_oldest_open_seconds") == {rejected: 7200}


def test_a_decision_that_nobody_hands_out_is_told_by_its_age(crm: Crm) -> None:
    assert measured(crm, "chalkline_outbox_oldest_seconds") == {"": 0}
    crm.api.http.post("/v1/subscribers", json={"name": "planning", "url": "https://hooks.example.com/in"})
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.api.clock.advance(hours=1)

    assert measured(crm, "chalkline_outbox_oldest_seconds") == {"": 3600}
