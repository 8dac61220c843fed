import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.payloads import MalformedPayloadError
from service.crm.salesforce.change_events import ChangeEvent, ChangeType, read_change_events
from service.crm.statements import EventOrder
from service.crm.unreadable import UnreadableEvent

ACCOUNT = "0018a00001XyZaBAAV"
OTHER = "0018a00001XyZaCAAV"


def change(header: dict[str, Any] | None = None, **fields: object) -> dict[str, Any]:
    usual = {
        "entityName": "Account",
        "recordIds": [ACCOUNT],
        "changeType": "UPDATE",
        "changedFields": [*fields, "LastModifiedDate"],
        "commitTimestamp": 1_647_333_000_500,
        "commitNumber": 10_585_193_272_713,
        "sequenceNumber": 2,
        "transactionKey": "0002343d-9d90-e395-ed20-cf416ba652ad",
    }
    return {"ChangeEventHeader": {**usual, **(header or {})}, **fields}


def read(sent: object) -> list[ChangeEvent]:
    return [event for event in read_change_events(json.dumps(sent).encode()) if isinstance(event, ChangeEvent)]


def only(sent: object) -> ChangeEvent:
    (event,) = read(sent)
    return event


def test_an_update_is_read_with_what_changed_and_when() -> None:
    assert only(change(Type="Customer", LAM_Dev_Count__c=100.0, Key_Account__c=None)) == ChangeEvent(
        entity="Account",
        record_ids=(ACCOUNT,),
        change_type=ChangeType.UPDATE,
        fields={"Type": "Customer", "LAM_Dev_Count__c": 100.0, "Key_Account__c": None},
        committed_at=datetime(2022, 3, 15, 8, 30, 0, 500_000, tzinfo=UTC),
        sequence=2,
        key="0002343d-9d90-e395-ed20-cf416ba652ad/2",
    )


@pytest.mark.parametrize(
    "wrapped",
    [
        change(Type="Customer"),
        [change(Type="Customer")],
        {"schema": "IeRuaY6cbI_HsV8Rv1Mc5g", "payload": change(Type="Customer"), "event": {"replayId": 6}},
        {"data": {"schema": "IeRu", "payload": change(Type="Customer")}, "channel": "/data/AccountChangeEvent"},
        [{"detail": {"payload": change(Type="Customer")}}],
    ],
)
def test_an_event_is_the_same_in_whatever_it_is_wrapped(wrapped: object) -> None:
    assert only(wrapped) == only(change(Type="Customer"))


def test_a_change_to_several_records_has_an_order_for_each() -> None:
    event = only(change({"recordIds": [ACCOUNT, OTHER]}))
    assert [event.order(record) for record in event.record_ids] == [
        EventOrder(instant_ms=1_647_333_000_500, sequence=2, key=f"{event.key}/{record}") for record in (ACCOUNT, OTHER)
    ]


def test_events_are_ordered_by_their_commit_and_then_by_their_sequence() -> None:
    moments = [(2, 1), (1, 3), (1, 20), (0, 9)]
    events = [only(change({"commitTimestamp": at, "sequenceNumber": number})) for at, number in moments]
    ordered = sorted(events, key=lambda event: event.order(ACCOUNT))
    assert [(event.order(ACCOUNT).instant_ms, event.sequence) for event in ordered] == sorted(moments)


def test_a_field_whose_name_looks_like_a_bitmap_is_a_field() -> None:
    event = only(change({"changedFields": ["A0x_Score__c", "Type"]}, A0x_Score__c=7, Type="Customer"))
    assert event.fields == {"A0x_Score__c": 7, "Type": "Customer"}


def test_an_update_tells_nothing_of_a_null_that_did_not_change() -> None:
    header = {"changedFields": ["Type", "Key_Account__c"], "nulledFields": ["Website"], "diffFields": ["Description"]}
    event = only(change(header, Type="Customer", Key_Account__c=None, Name=None, Website=None, Description="@@ -1"))
    assert event.fields == {"Type": "Customer", "Key_Account__c": None, "Website": None}


@pytest.mark.parametrize("changed", [None, []])
def test_where_an_update_does_not_say_what_changed_every_field_did(changed: object) -> None:
    assert only(change({"changedFields": changed}, Name=None)).fields == {"Name": None}


@pytest.mark.parametrize("type_of_change", ["CREATE", "UNDELETE"])
def test_a_creation_tells_all(type_of_change: str) -> None:
    event = only(change({"changeType": type_of_change, "changedFields": []}, Type="Prospect", Name=None))
    assert event.change_type.tells_all
    assert event.fields == {"Type": "Prospect", "Name": None}


@pytest.mark.parametrize(
    "type_of_change",
    ["DELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW"],
)
def test_a_deletion_and_a_gap_have_no_fields(type_of_change: str) -> None:
    event = only(change({"changeType": type_of_change}, Type="Prospect"))
    assert event.fields == {}
    assert event.change_type.is_gap == type_of_change.startswith("GAP")
    assert event.change_type.deletes == (type_of_change in {"DELETE", "GAP_DELETE"})
    assert not event.change_type.tells_all


@pytest.mark.parametrize(
    "header", [{"changeType": "GAP_OVERFLOW"}, {"recordIds": ["001*"]}, {"recordIds": ["000000000000000AAA"]}]
)
def test_an_event_may_be_of_every_record(header: dict[str, Any]) -> None:
    assert only(change(header)).is_of_every_record
    assert not only(change()).is_of_every_record


HEADER = "ChangeEventHeader"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (1, "The body is not an object"),
        ({}, "ChangeEventHeader is missing"),
        ([{}, 7], "[0].ChangeEventHeader is missing"),
        ({"payload": {"data": 1}}, "payload.data is not an object"),
        ({HEADER: []}, "ChangeEventHeader is not an object"),
        (
            [change({"recordIds": [ACCOUNT] * 2000})] * 6,
            "The body tells of 12,000 changes of records; the most is 10,000",
        ),
        ([change()] * 1001, "The body has 1,001 items; the most is 1,000"),
    ],
)
def test_what_is_no_change_event_is_refused_saying_where(sent: object, says: str) -> None:
    with pytest.raises(MalformedPayloadError) as error:
        read(sent)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (change({"changeType": "MERGE"}), 'ChangeEventHeader.changeType is "MERGE", which is no type of change'),
        (change({"changeType": None}), "ChangeEventHeader.changeType is not text"),
        (change({"recordIds": []}), "ChangeEventHeader.recordIds names no record"),
        (change({"recordIds": ACCOUNT}), "ChangeEventHeader.recordIds is not a list"),
        (change({"recordIds": [ACCOUNT, 7]}), "ChangeEventHeader.recordIds[1] is not text"),
        (change({"recordIds": [ACCOUNT] * 2001}), "ChangeEventHeader.recordIds has 2,001 items; the most is 2,000"),
        (change({"commitTimestamp": "1647333000500"}), "ChangeEventHeader.commitTimestamp is not a whole number"),
        (change({"commitTimestamp": True}), "ChangeEventHeader.commitTimestamp is not a whole number"),
        (change({"commitTimestamp": 1e12}), "ChangeEventHeader.commitTimestamp is not a whole number"),
        (change({"commitTimestamp": -1}), "ChangeEventHeader.commitTimestamp is -1, which is not within"),
        (change({"commitTimestamp": 2**63}), "ChangeEventHeader.commitTimestamp is 9223372036854775808"),
        (change({"transactionKey": "a\u0000"}), "ChangeEventHeader.transactionKey is empty, longer than"),
        (change({"changedFields": ["0x650004E0", "4-0x10"]}), "ChangeEventHeader.changedFields is a bitmap"),
        (
            change({"changedFields": []}, **{f"f{number}": 1 for number in range(1001)}),
            "has 1,001 fields; the most is 1,000",
        ),
    ],
)
def test_a_malformed_event_is_told_alone_saying_where(sent: dict[str, Any], says: str) -> None:
    other = change({"recordIds": [OTHER]}, Type="Customer")
    unread, account, nothing = read_change_events(
        json.dumps([sent, other, 7, {HEADER: {"entityName": "Lead"}}]).encode()
    )
    assert isinstance(unread, UnreadableEvent)
    assert isinstance(account, ChangeEvent)
    assert isinstance(nothing, UnreadableEvent)
    assert says in unread.reason
    assert (unread.object_type, account.record_ids) == ("Account", (OTHER,))


def test_where_a_bitmap_stands_is_said_in_no_more_than_a_line() -> None:
    sent = change({"changedFields": ["0x650004E0"]})
    for _ in range(300):
        sent = {"detail": sent}
    (unread,) = read_change_events(json.dumps(sent).encode())
    assert isinstance(unread, UnreadableEvent)
    assert re.match(r"^.{200} is a bitmap", unread.reason)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"a": NaN}', b'"\\ud800"', b"[" * 100_000, b"[" * 1000 + b"]" * 1000]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPayloadError):
        read_change_events(body)


def test_a_body_of_more_bytes_than_any_is_refused() -> None:
    with pytest.raises(MalformedPayloadError, match="the most is 8,000,000"):
        read_change_events(b" " * 8_000_001)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.law
@given(st.sampled_from([*change()[HEADER], "nulledFields", "diffFields"]), JSON)
def test_whatever_stands_in_a_header_is_read_or_refused(name: str, value: object) -> None:
    try:
        events = read_change_events(json.dumps(change({name: value})).encode(errors="replace"))
    except MalformedPayloadError:
        return
    assert len(events) == 1
