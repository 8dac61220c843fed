"""A field that cannot be read makes its fact unknown as of its event, with a remark, and leaves all the others."""

import pytest

from tests.inbox.client import CHANGES, EVENTS, HUBSPOT, Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import (
    KEY_ACCOUNT,
    PLAIN_ACCOUNT,
    Event,
    as_json,
    change,
    company_event,
    hubspot_headers,
    milliseconds,
    notification,
    plain_event,
    signed_headers,
)

AT = milliseconds(NOW, hours=-1)


def _hold_remarked(event: Event, field: str) -> None:
    assert (event["status"], event["problem"]) == ("applied", [])
    (remark,) = event["remarks"]
    assert remark["field"] == field
    assert remark["reason"].endswith("is taken as unknown")


@pytest.mark.parametrize(
    ("field", "value", "fact"),
    [
        ("LAM_Dev_Count__c", "51-", "lam_dev_count"),
        ("LAM_Dev_Count__c", "1,2,00", "lam_dev_count"),
        ("LAM_Dev_Count__c", "N/A", "lam_dev_count"),
        ("Name", "x" * 256, "name"),
        ("Name", "x" * 300, "name"),
        ("LastActivityDate", "yesterday", "last_activity_on"),
        ("Key_Account__c", "perhaps", "key_account"),
    ],
)
def test_one_bad_field_of_a_message_leaves_the_rest_of_the_account(
    shared: Crm, field: str, value: str, fact: str
) -> None:
    account = f"acc-{value.encode().hex()[:16]}-{len(value)}"
    event = shared.account(account, {**KEY_ACCOUNT, field: value}, account)

    _hold_remarked(event, field)
    assert fact not in shared.facts(account)
    assert shared.standing(account)["team"] == "MMKAFO"


def test_a_bad_field_refuses_nothing_at_any_door(shared: Crm) -> None:
    (changed,) = shared.changes(change("acc-change", at=AT, Name="Acme", LAM_Dev_Count__c="some"))
    _hold_remarked(changed, "LAM_Dev_Count__c")
    assert shared.facts("acc-change")["name"] == "Acme"

    signed = shared.plain(plain_event("acc-signed", **PLAIN_ACCOUNT, lam_dev_count="some"), "msg-signed")
    _hold_remarked(signed, "lam_dev_count")
    assert shared.standing("acc-signed")["team"] == "MMKAFO"

    bad, good = shared.hubspot(
        company_event(701, 1, AT, "lam_dev_count", "some"), company_event(701, 2, AT + 1, "name", "Acme")
    )
    _hold_remarked(bad, "lam_dev_count")
    assert (good["status"], shared.facts("701")["name"]) == ("applied", "Acme")


def test_the_older_value_does_not_stay_and_a_newer_good_one_ends_it_in_any_order(crm: Crm) -> None:
    good, bad, newer = (
        change("acc-1", at=AT + later, LAM_Dev_Count__c=value) for later, value in enumerate((80, "some", 120))
    )
    crm.changes(change("acc-1", at=AT - 1, Name="Acme"), good)
    assert crm.facts("acc-1")["lam_dev_count"] == 80
    crm.changes(bad)
    assert "lam_dev_count" not in crm.facts("acc-1")
    crm.changes(newer)
    assert crm.facts("acc-1")["lam_dev_count"] == 120

    crm.changes(change("acc-2", at=AT + 11, LAM_Dev_Count__c="some"))
    crm.changes(change("acc-2", at=AT + 10, LAM_Dev_Count__c=80))
    crm.changes(change("acc-2", at=AT - 1, Name="Acme"))
    assert "lam_dev_count" not in crm.facts("acc-2")


def test_a_bad_field_of_a_won_opportunity_leaves_the_rest_of_it(shared: Crm) -> None:
    fields = {"AccountId": "acc-none", "StageName": "Prospecting", "Amount": "12,000", "CloseDate": "2022-03-14"}
    shared.outbound(notification("006-bad", fields, number=77, kind="Opportunity"))

    _hold_remarked(shared.newest("006-bad"), "Amount")


def test_a_field_whose_name_looks_like_a_bitmap_does_not_refuse_the_post(shared: Crm) -> None:
    (event,) = shared.changes(change("acc-0x", at=AT, A0x_Score__c=7, Name="Acme"))
    assert (event["status"], shared.facts("acc-0x")["name"]) == ("applied", "Acme")


def test_a_key_given_twice_makes_its_fact_unknown_at_every_door_of_json(shared: Crm) -> None:
    plain = as_json(plain_event("acc-twice", name="Acme", lam_dev_count=7)).replace(
        b'"lam_dev_count": 7', b'"lam_dev_count": 7, "lam_dev_count": 8'
    )
    changed = as_json(change("acc-twice-too", at=AT, Name="Acme", LAM_Dev_Count__c=7)).replace(
        b'"LAM_Dev_Count__c": 7', b'"LAM_Dev_Count__c": 7, "LAM_Dev_Count__c": 7'
    )
    told = as_json(
        [company_event(801, 1, AT, "lam_dev_count", "7"), company_event(801, 2, AT, "name", "Acme")]
    ).replace(b'"propertyValue": "7"', b'"propertyValue": "7", "propertyValue": "8"')
    now = shared.api.clock()
    for path, body, headers in (
        (EVENTS, plain, signed_headers(plain, now, "msg-twice")),
        (CHANGES, changed, {"Content-Type": "application/json"}),
        (HUBSPOT, told, hubspot_headers(told, now)),
    ):
        answer = shared.api.http.post(path, content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        (event,) = (each for each in answer.json()["events"] if each["remarks"])
        assert event["remarks"][0]["reason"].startswith("holds several values where one is expected")
        facts = shared.facts(event["record_id"])
        assert (facts["name"], facts.get("lam_dev_count")) == ("Acme", None)


def test_an_account_names_the_facts_of_which_the_newest_news_was_refused_until_newer_comes(crm: Crm) -> None:
    event = crm.account("acc-1", {**KEY_ACCOUNT, "LAM_Dev_Count__c": "N/A", "ZI_Employees__c": "many", "Name": None}, 1)
    unread = [
        {"fact": fact, "field": each["field"], "reason": each["reason"], "event_id": event["id"]}
        for fact, each in zip(("lam_dev_count", "zoominfo_employees"), event["remarks"][::-1], strict=True)
    ]
    assert sorted(crm.state("acc-1")["unread"], key=str) == sorted(unread, key=str)
    in_words = crm.api.http.get("/v1/accounts/acc-1", headers={"Accept": "text/plain"}).text
    told = [line for line in in_words.splitlines() if line.startswith("Account ")]
    assert len(told) == len(unread)
    assert all(any(each["fact"] in line and each["field"] in line for line in told) for each in unread)

    (later,) = crm.changes(change("acc-1", at=AT, ZI_Employees__c=640, LAM_Dev_Count__c=None))
    assert (later["status"], crm.state("acc-1")["unread"]) == ("applied", [])
    signed = crm.plain(plain_event("acc-1", at="2022-03-15T08:00:00Z", key_account="perhaps"), "msg-1")
    hubspot = crm.hubspot(company_event(9, 1, AT, "name", "Acme"), company_event(9, 2, AT + 1, "lam_dev_count", "some"))
    assert [(each["fact"], each["event_id"]) for each in crm.state("acc-1")["unread"]] == [
        ("key_account", signed["id"])
    ]
    assert [(each["fact"], each["event_id"]) for each in crm.state("9")["unread"]] == [
        ("lam_dev_count", hubspot[1]["id"])
    ]
