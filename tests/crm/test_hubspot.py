import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.hubspot.events import Happening, HubSpotEvent, read_hubspot_events
from service.crm.known_record import EventOrder
from service.crm.payloads import MalformedPayloadError


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
    return read_hubspot_events(json.dumps(sent).encode())


def test_a_change_of_a_property_is_read_with_its_value_and_its_moment() -> None:
    (only,) = read(event())
    assert only == HubSpotEvent(
        object_type="company",
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


def test_an_event_of_any_object_says_by_number_of_which_type_it_is() -> None:
    types = [
        only.object_type
        for number in ("0-2", "0-3", "2-77")
        for only in read(event(subscriptionType="object.propertyChange", objectTypeId=number))
    ]
    assert types == ["company", "deal", "2-77"]


def test_what_states_no_fact_is_read_as_other() -> None:
    sent = event(subscriptionType="company.associationChange")
    del sent["objectId"]
    assert [only.happening for only in read(sent)] == [Happening.OTHER]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "The body is not a list"),
        ([event()] * 101, "The body has 101 items; the most is 100"),
        ([event(), 1], "[1] is not an object"),
        ([event(occurredAt="1647333000500")], "[0].occurredAt is not a whole number"),
        ([event(objectId=None)], "[0].objectId is not a whole number"),
        ([event(propertyName="")], "[0].propertyName is empty"),
        ([event(subscriptionType=7)], "[0].subscriptionType is not text"),
        ([event(subscriptionType="object.creation")], "[0].objectTypeId is missing"),
        ([event(eventId=-1)], "[0].eventId is -1, which is not within"),
    ],
)
def test_what_is_no_event_is_refused_saying_where(sent: object, says: str) -> None:
    with pytest.raises(MalformedPayloadError) as error:
        read_hubspot_events(json.dumps(sent).encode())
    assert says in str(error.value)


def test_no_events_are_fine() -> None:
    assert read() == ()


@given(st.sampled_from(list(event())), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none()))
def test_whatever_stands_in_an_event_is_read_or_refused(name: str, value: object) -> None:
    try:
        events = read_hubspot_events(json.dumps([event(**{name: value})]).encode(errors="replace"))
    except MalformedPayloadError:
        return
    assert len(events) == 1
