from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api import serving
from tests.application import INBOUND, Clock
from tests.crm.published import HUBSPOT as PUBLISHED
from tests.crm.published import older_hubspot_signatures
from tests.inbox.client import HUBSPOT, Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import PUBLIC_URL, Event, as_json, company_event, hubspot_headers, milliseconds
from tests.problems import hold_problem

AT = milliseconds(NOW, hours=-1)
PROPERTIES = {
    "account_demographics_region": "EMEA",
    "account_demographic_max_family_employees": "640",
    "first_order_available": "true",
    "lifecyclestage": "lead",
    "zi_employees": "640",
}


def company(number: int) -> list[Event]:
    """What HubSpot tells of a new company of Mid-Market."""
    told = [company_event(number, place, AT + 1, *said) for place, said in enumerate(PROPERTIES.items(), start=1)]
    return [company_event(number, 0, AT), *told]


def test_the_events_of_a_company_are_put_together_in_whatever_order_they_come(shared: Crm) -> None:
    events = shared.hubspot(*company(101)[::-1])

    assert [event["status"] for event in events] == ["applied"] * 6
    assert {(event["actor"], event["record_id"]) for event in events} == {("hubspot", "101")}
    standing = shared.standing("101")
    assert (standing["segment"], standing["team"], standing["source"]) == ("MM", "MMKAFO", "hubspot")
    again = shared.hubspot(*company(101))
    assert all(event["repeated"] for event in again)
    assert sorted(event["id"] for event in again) == sorted(event["id"] for event in events)


def test_a_late_older_change_of_a_property_is_superseded_alone(shared: Crm) -> None:
    shared.hubspot(*company(102), company_event(102, 10, AT + 1000, "name", "Acme GmbH"))
    late, other = shared.hubspot(
        company_event(102, 11, AT + 500, "name", "Acme"), company_event(102, 12, AT + 600, "lead_motion", "outbound")
    )
    assert (late["status"], other["status"]) == ("superseded", "applied")
    assert shared.facts("102")["name"] == "Acme GmbH"


def test_a_deleted_company_is_marked_and_comes_back_when_it_is_restored(shared: Crm) -> None:
    shared.hubspot(*company(103))
    gone = company_event(103, 20, AT + 2000) | {"subscriptionType": "company.deletion"}
    shared.hubspot(gone)
    assert shared.state("103")["deleted_at"] is not None
    before = len(shared.history("103"))
    shared.hubspot(company_event(103, 21, AT + 2500, "name", "Told meanwhile"))
    assert len(shared.history("103")) == before
    shared.hubspot(gone | {"subscriptionType": "company.restore", "occurredAt": AT + 3000})
    assert shared.state("103")["deleted_at"] is None
    assert shared.facts("103")["name"] == "Told meanwhile"


def test_what_is_no_company_and_states_no_fact_is_passed_over(shared: Crm) -> None:
    contact = company_event(7, 30, AT) | {"subscriptionType": "contact.creation"}
    merged = company_event(7, 31, AT) | {"subscriptionType": "company.merge"}
    assert shared.hubspot(contact, merged) == []
    assert shared.hubspot() == []


def test_what_is_not_ours_in_a_request_keeps_no_event_beside_it_from_being_applied(shared: Crm) -> None:
    """The bodies of association changes and of what there may be one day have other members than ours."""
    associated = {"subscriptionType": "company.associationChange", "fromObjectId": 1, "toObjectId": 2, "eventId": 1}
    of_any = {"subscriptionType": "object.associationChange", "fromObjectTypeId": "0-2", "toObjectTypeId": "0-1"}
    told = shared.hubspot(associated, *company(106), of_any, {"subscriptionType": "message.read", "objectId": "a"})

    assert [(event["record_id"], event["status"]) for event in told] == [("106", "applied")] * 6
    assert shared.standing("106")["team"] == "MMKAFO"


def test_a_malformed_event_is_recorded_as_rejected_alone_and_once(shared: Crm) -> None:
    broken = company_event(107, 50, AT, "name", "Acme") | {"occurredAt": "soon"}
    sent: list[Any] = [*company(107)[:3], 7, broken, {}, *company(107)[3:]]
    told = shared.hubspot(*sent)

    assert shared.standing("107")["team"] == "MMKAFO"
    rejected = [event for event in told if event["status"] == "rejected"]
    assert len(told) - len(rejected) == 6
    assert sorted((event["record_id"], event["problem"][0]["reason"]) for event in rejected) == [
        ("107", "[4].occurredAt is not a whole number"),
        ("?", "[3] is not an object"),
        ("?", "[5].subscriptionType is missing"),
    ]
    assert {event["id"] for event in shared.events(record_id="?")} <= {event["id"] for event in rejected}
    assert shared.standing("107")["source"] == "hubspot"

    again = shared.hubspot(*sent[::-1], broken | {"attemptNumber": 1})
    assert all(event["repeated"] for event in again)
    retried = shared.api.http.post(f"/v1/events/{rejected[0]['id']}/retry")
    assert (retried.status_code, retried.json()["status"]) == (200, "rejected")


def test_the_published_signature_is_made_for_another_address_and_so_is_refused_here(database_url: str) -> None:
    at = datetime.fromtimestamp(int(PUBLISHED.timestamp) / 1000, UTC)
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": PUBLISHED.signature,
        "X-HubSpot-Request-Timestamp": PUBLISHED.timestamp,
    }
    inbound = type(INBOUND)(
        mapping=INBOUND.mapping, hubspot_secrets=(PUBLISHED.secret,), public_url="https://www.example.com"
    )
    with serving(database_url, clock=Clock(at), inbound=inbound) as api:
        refused = api.http.post(HUBSPOT, content=PUBLISHED.body, headers=headers)
        hold_problem(refused, 401, "bad_signature")
        # The same secret, moment and body, signed for this address: what is refused is the body, which is no JSON.
        ours = hubspot_headers(
            PUBLISHED.body.encode(), at, "https://www.example.com/v1/webhooks/hubspot", PUBLISHED.secret
        )
        assert ours["X-HubSpot-Request-Timestamp"] == PUBLISHED.timestamp
        hold_problem(api.http.post(HUBSPOT, content=PUBLISHED.body, headers=ours), 400, "malformed_payload")


def test_the_signatures_of_older_versions_are_refused(shared: Crm) -> None:
    for signature in (PUBLISHED.signature, *older_hubspot_signatures()):
        stamp = str(milliseconds(NOW))
        headers = {"Content-Type": "application/json", "X-HubSpot-Signature": signature}
        headers |= {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
        hold_problem(shared.api.http.post(HUBSPOT, content=PUBLISHED.body, headers=headers), 401, "bad_signature")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_request_that_is_more_than_five_minutes_away_is_refused(shared: Crm, seconds: int) -> None:
    body = as_json(company(104))
    answer = shared.api.http.post(
        HUBSPOT, content=body, headers=hubspot_headers(body, NOW + timedelta(seconds=seconds))
    )
    hold_problem(answer, 401, "bad_signature")


@pytest.mark.parametrize(
    "changed",
    [
        {"X-HubSpot-Signature-v3": ""},
        {"X-HubSpot-Signature-v3": "\xe9"},
        {"X-HubSpot-Signature-v3": "AAAA"},
        {"X-HubSpot-Request-Timestamp": ""},
        {"X-HubSpot-Request-Timestamp": "now"},
        {"X-HubSpot-Request-Timestamp": "9" * 5000},
        {"X-HubSpot-Request-Timestamp": "1647333000"},
    ],
)
def test_a_malformed_header_is_refused(shared: Crm, changed: dict[str, str]) -> None:
    body = as_json(company(104))
    sent: Any = [(name, value.encode("latin-1")) for name, value in (hubspot_headers(body, NOW) | changed).items()]
    hold_problem(shared.api.http.post(HUBSPOT, content=body, headers=sent), 401, "bad_signature")


def test_the_query_is_signed_too(shared: Crm) -> None:
    body = as_json(company(104))
    headers = hubspot_headers(body, NOW)
    hold_problem(shared.api.http.post(f"{HUBSPOT}?a=1", content=body, headers=headers), 422, "invalid_request")


@pytest.mark.parametrize("public_url", [None, PUBLIC_URL])
def test_the_address_that_requests_come_to_is_signed_where_no_other_is_set_up(
    database_url: str, public_url: str | None
) -> None:
    inbound = type(SET_UP)(mapping=SET_UP.mapping, hubspot_secrets=SET_UP.hubspot_secrets, public_url=public_url)
    body = as_json(company(105))
    with serving(database_url, clock=Clock(NOW), inbound=inbound) as api:
        for base in (api.url, PUBLIC_URL):
            answer = api.http.post(HUBSPOT, content=body, headers=hubspot_headers(body, NOW, base + HUBSPOT))
            if base == (public_url or api.url):
                assert answer.status_code == 200
            else:
                hold_problem(answer, 401, "bad_signature")
