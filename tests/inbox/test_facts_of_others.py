"""Facts that come by events, and those that somebody states by request: what is newer stands, fact by fact."""

from tests.builders import request, third_party
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, change, milliseconds

BEFORE = milliseconds(NOW, hours=-1)
AFTER = milliseconds(NOW, hours=1)


def test_facts_that_are_stated_by_request_later_than_the_crm_s_are_kept(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.api.classify(request(region="APAC", max_family_employees=650, zi=700, name="Acme GmbH", lam_dev_count=12))

    crm.changes(change("acc-1", at=BEFORE, Account_Demographics_Region__c="EMEA", LAM_Dev_Count__c=80))
    assert crm.facts("acc-1")["region"] == "APAC"
    assert crm.facts("acc-1")["lam_dev_count"] == 12

    crm.changes(change("acc-1", at=AFTER, Account_Demographics_Region__c="LATAM"))
    facts = crm.facts("acc-1")
    assert (facts["region"], facts["max_family_employees"], facts["name"]) == ("LATAM", 650, "Acme GmbH")
    (count,) = crm.standing("acc-1")["facts"]["employee_counts"]
    assert count == {"source": "zoominfo", "employees": 700, "wholly_wrong": False}


def test_an_older_event_fills_in_what_the_request_did_not_state(crm: Crm) -> None:
    crm.api.classify(request(region=None, max_family_employees=640, zi=640))
    crm.changes(change("acc-1", at=BEFORE, Account_Demographics_Region__c="EMEA"))

    assert crm.facts("acc-1")["region"] == "EMEA"


def test_gaps_and_third_parties_evidence_survive_an_event_with_the_same_numbers(crm: Crm) -> None:
    evidence = third_party(640, url="https://example.org/filing")
    crm.api.classify(request(df=12, zi=640, wrong={"df": "Counts one office"}, third=[evidence]))
    stood = crm.standing("acc-1")["facts"]["employee_counts"]

    crm.changes(change("acc-1", at=AFTER, ZI_Employees__c=640, DataFox_Employees__c=12, LAM_Dev_Count__c=7))

    assert crm.facts("acc-1")["lam_dev_count"] == 7
    assert crm.standing("acc-1")["facts"]["employee_counts"] == stood


def test_a_gap_goes_with_the_number_that_it_was_said_of(crm: Crm) -> None:
    crm.api.classify(request(df=12, zi=640, wrong={"df": "Counts one office"}, third=[640]))

    crm.changes(change("acc-1", at=AFTER, DataFox_Employees__c=600))

    counts = {count["source"]: count for count in crm.standing("acc-1")["facts"]["employee_counts"]}
    assert counts["datafox"] == {"source": "datafox", "employees": 600, "wholly_wrong": False}
    assert counts["third_party"]["employees"] == 640


def test_a_move_that_stands_survives_events(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    found = {"discovered_by": "ae@example.com", "employees": 430, "potential_users": 60, "evidence": "The chart"}
    moved = crm.api.http.post("/v1/accounts/acc-1/discoveries", json=found)
    assert (moved.status_code, moved.json()["team"]) == (201, "MM_TERRITORY")

    crm.changes(change("acc-1", at=AFTER, Name="Acme Holding", LAM_Dev_Count__c=90))

    standing = crm.standing("acc-1")
    assert (crm.facts("acc-1")["name"], standing["kind"]) == ("Acme Holding", "classification")
    assert standing["team"] == "MM_TERRITORY"


def test_what_the_vp_decided_of_counts_holds_for_an_event_with_the_same(crm: Crm) -> None:
    opened = crm.api.classify(df=12, zi=640, wrong={"df": "Counts one office", "zi": "Counts contractors"})
    assert opened["review_id"] is not None
    verdict = {"segment": "MM", "reason": "The filing."}
    assert crm.api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict).status_code in {200, 201}

    crm.changes(change("acc-1", at=AFTER, Name="Acme"))

    assert (crm.standing("acc-1")["segment"], crm.facts("acc-1")["name"]) == ("MM", "Acme")
