from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.api import serving
from tests.application import INBOUND, Clock
from tests.inbox.client import OUTBOUND, TEXT_XML, Crm, hold_acknowledged
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, ORGANIZATION, message, notification
from tests.problems import hold_problem

LATER = {"SystemModstamp": "2022-03-02T08:00:00.000Z"}
_REJECTED = {
    ("account", "0018a00001XyZaCAAV"),
    ("account", "0018a00001XyZaEAAV"),
    ("opportunity", "opp-1"),
    ("account", "?"),
}
CUSTOMER = {"Type": "Customer", "First_Order_Available__c": "false"}


def test_a_notification_decides_its_account_by_the_usual_mapping(crm: Crm) -> None:
    event = crm.account("acc-1", KEY_ACCOUNT, 1)

    standing = crm.standing("acc-1")
    assert (standing["segment"], standing["team"]) == ("MM", "MMKAFO")
    assert (standing["source"], standing["actor"]) == ("salesforce-outbound", "tester")
    assert (event["status"], event["decision_id"], event["problem"]) == ("applied", standing["id"], [])
    assert event["key"] == "salesforce-outbound:04l1/1646121600000:acc-1"
    assert crm.state("acc-1") == {"deleted_at": None, "stale_since": None, "unread": []}


SESSIONS = (
    "<SessionId>{}</SessionId>",
    "<SessionId><![CDATA[{}]]></SessionId>",
    "<SessionId><!-- none -->{}</SessionId>",
    '<o:SessionId xmlns:o="http://soap.sforce.com/2005/09/outbound" a="b">\n{}</o:SessionId>',
    "<SessionId><inner>{}</inner></SessionId>",
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_what_is_kept_of_a_message_is_without_its_session(crm: Crm, encoding: str) -> None:
    session = "00D000000000001!AQcAQ-a-session"
    unreadable = notification("acc-x", {"Name": "Ärger & Söhne"}, number=0).replace("<Id>04l0</Id>", "")
    for number, element in enumerate(SESSIONS, 1):
        sent = message(notification(f"acc-{number}", KEY_ACCOUNT, number=number), unreadable).decode()
        sent = sent.replace('<SessionId xsi:nil="true"/>', element.format(session)).replace("UTF-8", encoding)
        hold_acknowledged(crm.api.http.post(OUTBOUND, content=sent.encode(encoding), headers=TEXT_XML))

    events = crm.events()
    kept = [crm.api.http.get(f"/v1/events/{event['id']}/payload").content for event in events]
    assert len(events) == len(SESSIONS) + 1
    assert all(b"SessionId" in body for body in kept)
    assert not [body for body in kept if session.encode() in body]
    (rejected,) = crm.events(status="rejected")
    tried = crm.api.http.post(f"/v1/events/{rejected['id']}/retry").json()
    assert tried["problem"] == rejected["problem"]  # it is found again in what was kept


def test_a_message_without_a_session_is_kept_byte_for_byte(crm: Crm) -> None:
    sent = message(notification("acc-1", KEY_ACCOUNT)).replace(b"<soapenv:Body>", b"<soapenv:Body>  <!-- as it was -->")
    hold_acknowledged(crm.api.http.post(OUTBOUND, content=sent, headers=TEXT_XML))

    assert crm.api.http.get(f"/v1/events/{crm.newest('acc-1')['id']}/payload").content == sent


def test_both_forms_of_an_id_are_one_account(crm: Crm) -> None:
    crm.outbound(notification("0018a00001XyZaB", KEY_ACCOUNT, number=1))
    crm.outbound(notification("0018a00001XyZaBAAV", {**KEY_ACCOUNT, **CUSTOMER, **LATER}, number=2))

    assert [event["status"] for event in crm.events(record_id="0018a00001XyZaBAAV")] == ["applied", "applied"]
    assert crm.facts("0018a00001XyZaBAAV")["customer"] is True


def test_a_message_of_a_hundred_with_a_bad_one_is_acknowledged_once_all_are_recorded(crm: Crm) -> None:
    bad = {**KEY_ACCOUNT, "SystemModstamp": "1970-01-01T08:00:00Z"}
    sent = [notification(f"acc-{place}", bad if place == 40 else KEY_ACCOUNT, number=place) for place in range(100)]

    crm.outbound(*sent)

    events = crm.events(limit=500)
    assert {event["record_id"]: event["status"] for event in events} == {
        f"acc-{place}": "rejected" if place == 40 else "applied" for place in range(100)
    }
    assert len({event["payload_id"] for event in events}) == 1
    (rejected,) = crm.events(status="rejected")
    assert "before 1999" in rejected["problem"][0]["reason"]
    assert crm.api.http.get("/v1/accounts/acc-40").status_code == 404
    before = crm.api.rows()
    assert before["decisions"] == 99

    crm.outbound(*sent)

    assert crm.api.rows() == before
    assert crm.events(limit=500) == events


def test_a_notification_that_is_none_is_rejected_alone_and_the_others_are_acknowledged(shared: Crm) -> None:
    good = notification("0018a00001XyZaDAAV", KEY_ACCOUNT, number="good")
    twice = notification("0018a00001XyZaC", KEY_ACCOUNT, number="twice")
    twice = twice.replace("<sf:Type>", "<sf:Type>Customer</sf:Type><sf:Type>")
    nameless = notification("0018a00001XyZaEAAV", {}, number="").replace("<Id>04l</Id>", "")
    opportunity = notification("opp-1", {"A": "b"}, number="o", kind="Opportunity").replace("sf:A>", "A>")
    contact = notification("003", {"A": "b"}, number="c", kind="Contact").replace("sf:A>", "A>")
    sent = (twice, nameless, good, opportunity, contact, "<Notification/>")
    shared.outbound(*sent)

    found = {event["record_id"]: event for event in shared.events(limit=500)}
    assert shared.standing("0018a00001XyZaDAAV")["team"] == "MMKAFO"
    rejected = {(each["record_kind"], name) for name, each in found.items() if each["status"] == "rejected"}
    assert rejected >= _REJECTED
    assert found["0018a00001XyZaCAAV"]["problem"] == [
        {"field": None, "reason": 'The record has the field "Type" more than once'}
    ]
    assert "003" not in found
    before = shared.api.rows()
    shared.outbound(*sent)
    assert shared.api.rows() == before
    # What comes with newer data under the old Id is another event.
    shared.outbound(notification("0018a00001XyZaC", KEY_ACCOUNT, number="twice"))
    assert shared.standing("0018a00001XyZaCAAV")["team"] == "MMKAFO"


def test_an_event_delivered_twenty_times_at_once_and_again_after_a_restart_leads_to_one_decision(
    database_url: str,
) -> None:
    body = message(notification("acc-1", KEY_ACCOUNT), notification("acc-1", KEY_ACCOUNT))
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api, ThreadPoolExecutor(20) as threads:
        headers = TEXT_XML | api.key("crm")
        sending = [threads.submit(api.http.post, OUTBOUND, content=body, headers=headers) for _ in range(20)]
        for sent in sending:
            hold_acknowledged(sent.result())
        before = (Crm(api).events(), Crm(api).history("acc-1"))
    with serving(database_url, clock=Clock(NOW), key="another", inbound=SET_UP) as api:
        hold_acknowledged(api.http.post(OUTBOUND, content=body, headers=TEXT_XML))
        assert (Crm(api).events(), Crm(api).history("acc-1")) == before
    assert [len(found) for found in before] == [1, 1]


def test_a_late_older_message_changes_nothing_that_a_newer_one_set_field_by_field(crm: Crm) -> None:
    crm.account("acc-1", CUSTOMER | LATER, 2)
    late = crm.account("acc-1", {**KEY_ACCOUNT, "Name": "Acme GmbH"}, 1)
    assert late["status"] == "applied"
    facts = crm.facts("acc-1")
    assert (facts["customer"], facts["name"], facts["region"]) == (True, "Acme GmbH", "EMEA")
    standing = crm.standing("acc-1")

    older = {"SystemModstamp": "2022-02-01T08:00:00.000Z", "Type": "Prospect", "Name": "Acme"}
    assert crm.account("acc-1", older, 3)["status"] == "superseded"
    assert crm.standing("acc-1") == standing


@pytest.mark.parametrize("fields", [{}, {"IsDeleted": "true", "Type": "Customer"}])
def test_a_record_without_data_is_marked_as_deleted_and_its_decision_stands(crm: Crm, fields: dict[str, str]) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    standing = crm.standing("acc-1")
    crm.account("acc-1", dict(fields), 2)

    assert crm.state("acc-1") == {"deleted_at": "2022-03-15T08:30:00Z", "stale_since": None, "unread": []}
    assert crm.standing("acc-1") == standing

    again = {"SystemModstamp": "2022-03-15T08:31:00.000Z"}
    crm.account("acc-1", {**KEY_ACCOUNT, **again}, 3)
    assert crm.state("acc-1") == {"deleted_at": None, "stale_since": None, "unread": []}


@pytest.mark.parametrize(
    ("field", "value", "fact"),
    [
        ("Account_Demographics_Sales_Segment__c", "PubSec", "crm_segment"),
        ("Account_Demographics_Sales_Segment__c", "Titanic", "crm_segment"),
        ("Account_Owner_Team__c", "The A-Team", "current_team"),
        ("Type", "Former Customer", "customer"),
    ],
)
def test_a_value_that_the_rules_do_not_know_is_remarked_on_and_never_guessed(
    shared: Crm, field: str, value: str, fact: str
) -> None:
    account = f"acc-{value}".replace(" ", "-")
    event = shared.account(account, {**KEY_ACCOUNT, field: value}, account)

    assert event["status"] == "applied"
    (remark,) = event["remarks"]
    assert remark["field"] == field
    assert remark["reason"].startswith(f"{value}: ")
    assert fact not in shared.facts(account)


def test_a_region_is_mapped_by_its_table_and_another_stands_as_it_is_and_is_remarked_on(crm: Crm) -> None:
    for number, (region, known) in enumerate({"AMER": "NORAM", "latam": "LATAM", "Atlantis": "Atlantis"}.items()):
        event = crm.account(f"acc-{number}", {**KEY_ACCOUNT, "Account_Demographics_Region__c": region}, number)
        assert [remark["reason"].partition(":")[0] for remark in event["remarks"]] == (
            ["Atlantis"] if region == "Atlantis" else []
        )
        assert crm.facts(f"acc-{number}")["region"] == known


def test_what_is_neither_account_nor_opportunity_is_acknowledged_and_passed_over(crm: Crm) -> None:
    crm.outbound(notification("003", {"Name": "A contact"}, kind="Contact"), notification(None, {}))

    assert crm.events() == []


def test_a_message_of_another_organisation_is_refused_and_of_the_right_one_taken_in_either_form(crm: Crm) -> None:
    for organization, status in (("00D8a000000ZzZzEAK", 403), (ORGANIZATION[:15], 200), (ORGANIZATION, 200)):
        body = message(notification("acc-1", KEY_ACCOUNT), organization=organization)
        answer = crm.api.http.post(OUTBOUND, content=body, headers=TEXT_XML)
        if status == 403:
            hold_problem(answer, 403, "wrong_organization")
            assert crm.events() == []
        else:
            hold_acknowledged(answer)


def test_without_an_organisation_set_up_any_is_taken(database_url: str) -> None:
    with serving(database_url, clock=Clock(datetime(2022, 3, 15, tzinfo=UTC)), inbound=INBOUND) as api:
        body = message(notification("acc-1", KEY_ACCOUNT), organization="00D8a000000ZzZzEAK")
        hold_acknowledged(api.http.post(OUTBOUND, content=body, headers=TEXT_XML))
