import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.hubspot.events import Happening, HubSpotEvent, read_hubspot_events
from service.crm.known_record import RecordKind
from service.crm.payloads import MalformedPayloadError
from service.crm.statements import EventOrder
from service.crm.unreadable import UnreadableEvent


def event(**changed: object) -> dict[str, object]:
    return {
        "eventId": 100,
        "subscriptionId": 12345,
        "portalId": 62515,
        "appId": 54321,
        "occurredAt": 1_647_333_000_500,
        "subscriptionType": "company.propertyChange",
        "attemptNumber": 0,
        "objectId": 123,
        "changeSource": "CRM",
        "propertyName": "lifecyclestage",
        "propertyValue": "customer",
        **changed,
    }


def read(*sent: object) -> tuple[HubSpotEvent, ...]:
    events = read_hubspot_events(json.dumps(sent).encode())
    return tuple(event for event in events if isinstance(event, HubSpotEvent))


def unreadable(*sent: object) -> tuple[UnreadableEvent, ...]:
    events = read_hubspot_events(json.dumps(sent).encode())
    return tuple(event for event in events if isinstance(event, UnreadableEvent))


def test_a_change_of_a_property_is_read_with_its_value_and_its_moment() -> None:
    (only,) = read(event())
    assert only == HubSpotEvent(
        happening=Happening.PROPERTY_CHANGE,
        object_id="123",
        property_name="lifecyclestage",
        property_value="customer",
        occurred_at=datetime(2022, 3, 15, 8, 30, 0, 500_000, tzinfo=UTC),
        key="62515/company.propertyChange/123/lifecyclestage/1647333000500/100",
    )
    assert only.order == EventOrder(instant_ms=1_647_333_000_500, sequence=0, key=only.key)


def test_an_event_delivered_again_is_the_same_and_another_with_its_number_is_not() -> None:
    first, again, other = read(event(), event(attemptNumber=3), event(objectId=124))
    assert first == again
    assert first.key != other.key


@pytest.mark.parametrize("what", ["creation", "deletion", "restore"])
def test_an_event_of_a_whole_object_has_no_property(what: str) -> None:
    (only,) = read(event(subscriptionType=f"company.{what}"))
    assert (only.happening, only.property_name, only.property_value) == (Happening(what), None, None)


def test_an_event_of_any_object_says_by_number_that_it_is_of_a_company() -> None:
    told = [event(subscriptionType="object.propertyChange", objectTypeId=number) for number in ("0-1", "0-2", "2-77")]
    assert [only.key.split("/")[1] for only in read(*told)] == ["object.propertyChange"]
    assert unreadable(*told) == ()


@pytest.mark.parametrize(
    "told",
    [
        {"subscriptionType": "company.associationChange", "fromObjectId": 1, "toObjectId": 2},
        {"subscriptionType": "object.associationChange", "fromObjectTypeId": "0-2", "toObjectTypeId": "0-1"},
        {"subscriptionType": "company.merge", "occurredAt": "soon"},
        {"subscriptionType": "contact.creation", "objectId": "a"},
        {"subscriptionType": "contact.privacyDeletion"},
        {"subscriptionType": "conversation.newMessage"},
        {"subscriptionType": "product.creation", "occurredAt": -1},
        {"subscriptionType": "object.creation", "objectTypeId": "2-77"},
        {"subscriptionType": "carrier-pigeon"},
    ],
)
def test_what_is_of_no_company_or_states_no_fact_is_passed_over_whatever_else_it_has(told: dict[str, object]) -> None:
    assert (unreadable(told, event()), len(read(told, event()))) == ((), 1)


@pytest.mark.parametrize(
    ("sent", "says"),
    [({}, "The body is not a list"), ([event()] * 101, "The body has 101 items; the most is 100")],
)
def test_what_is_no_list_of_events_is_refused_saying_why(sent: object, says: str) -> None:
    with pytest.raises(MalformedPayloadError) as error:
        read_hubspot_events(json.dumps(sent).encode())
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("sent", "says", "record"),
    [
        (1, "[1] is not an object", None),
        ({}, "[1].subscriptionType is missing", None),
        ([[[]]], "[1] is not an object", None),
        (event(occurredAt="1647333000500"), "[1].occurredAt is not a whole number", "123"),
        (event(objectId=None), "[1].objectId is not a whole number", None),
        (event(objectId="a\x00b"), "[1].objectId is not a whole number", "a\x00b"),
        (event(propertyName="", x=json.loads("[" * 500 + "]" * 500)), "[1].propertyName is empty", "123"),
        (event(subscriptionType=7), "[1].subscriptionType is not text", "123"),
        (event(subscriptionType="object.creation"), "[1].objectTypeId is missing", "123"),
        (event(eventId=-1), "[1].eventId is -1, which is not within", "123"),
    ],
)
def test_what_is_no_event_stands_alone_saying_what_is_wrong(sent: object, says: str, record: str | None) -> None:
    assert len(read(event(), sent, event(objectId=124))) == 2
    (only,) = unreadable(event(), sent, event(objectId=124))
    assert only.reason.startswith(says)
    assert only.record_id == record
    change = only.change(RecordKind.ACCOUNT)
    assert change.about.isprintable()
    assert [fault.reason for fault in change.patch.faults] == [only.reason]


def test_an_unreadable_event_delivered_again_is_the_same_and_another_is_not() -> None:
    first, again, other = unreadable(
        event(occurredAt=None), event(occurredAt=None, attemptNumber=3), event(occurredAt=None, objectId=124)
    )
    keys = [each.change(RecordKind.ACCOUNT).order.key for each in (first, again, other)]
    assert keys[0] == keys[1] != keys[2]


def test_no_events_are_fine() -> None:
    assert read() == ()


@given(st.sampled_from(list(event())), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none()))
def test_whatever_stands_in_an_event_harms_no_other(name: str, value: object) -> None:
    events = read_hubspot_events(json.dumps([event(), event(**{name: value})]).encode(errors="replace"))
    assert 1 <= len(events) <= 2
    assert isinstance(events[0], HubSpotEvent)
