"""One event is recorded once, also where an earlier release has recorded it, and is never taken for another."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from service.crm.known_record import RecordChange
from service.usecases import receive_events
from tests.inbox.client import Crm
from tests.inbox.messages import KEY_ACCOUNT, Fields, change, milliseconds, notification, plain_event

NEWER: Fields = {**KEY_ACCOUNT, "Name": "Newer", "SystemModstamp": "2022-03-15T08:00:00.000Z"}
AT = milliseconds(datetime.fromisoformat("2022-03-15T08:00:00Z"))


@contextmanager
def _an_earlier_release() -> Iterator[None]:
    """Receive as an earlier release did: its keys were the parts of new ones, joined as they stood."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receive_events, "event_key", _as_it_was)
        yield


def _as_it_was(source: str, change: RecordChange) -> str:
    return f"{source}:{change.former_key or change.order.key}:{change.about}"


def test_a_notification_that_comes_again_with_newer_data_is_applied_and_once(crm: Crm) -> None:
    for fields, events in ((KEY_ACCOUNT, 1), (NEWER, 2), (NEWER, 2), (KEY_ACCOUNT, 2)):
        crm.outbound(notification("acc-1", fields))
        assert len(crm.events(record_id="acc-1")) == events
    assert crm.facts("acc-1")["name"] == "Newer"


def test_without_a_stamp_a_notification_is_recognised_by_its_fields(crm: Crm) -> None:
    unstamped = {name: value for name, value in KEY_ACCOUNT.items() if name != "SystemModstamp"}
    for name, events in (("Acme", 1), ("Acme", 1), ("Acme GmbH", 2), ("Acme GmbH", 2)):
        crm.outbound(notification("acc-1", {**unstamped, "Name": name}))
        assert len(crm.events(record_id="acc-1")) == events
    assert crm.facts("acc-1")["name"] == "Acme GmbH"


@pytest.mark.parametrize("stamped", [True, False])
def test_an_upgrade_records_no_notification_twice_and_newer_data_all_the_same(crm: Crm, stamped: bool) -> None:  # noqa: FBT001
    fields = {name: value for name, value in KEY_ACCOUNT.items() if stamped or name != "SystemModstamp"}
    with _an_earlier_release():
        assert crm.account("acc-1", fields, 1)["key"] == "salesforce-outbound:04l1:acc-1"
    before = crm.api.rows()

    crm.outbound(notification("acc-1", fields))
    assert crm.api.rows() == before

    crm.api.clock.advance(hours=2)
    crm.outbound(notification("acc-1", {**NEWER, "SystemModstamp": "2022-03-15T10:00:00.000Z"}))
    assert crm.facts("acc-1")["name"] == "Newer"


def test_an_event_of_a_former_key_is_tried_again_under_it(crm: Crm) -> None:
    with _an_earlier_release():
        event = crm.plain(plain_event("acc:1", regoin="EMEA"), "msg:1")

    again = crm.api.http.post(f"/v1/events/{event['id']}/retry").json()

    assert (again["id"], again["key"], again["status"]) == (event["id"], "events:msg:1:acc:1", "rejected")
    assert crm.plain(plain_event("acc:1", regoin="EMEA"), "msg:1")["repeated"] is True
    assert len(crm.events()) == 1


def test_keys_of_two_events_never_collide_however_their_parts_are_cut(crm: Crm) -> None:
    first = crm.plain(plain_event("b:c", name="First"), "a")
    second = crm.plain(plain_event("c", name="Second"), "a:b")

    assert (first["repeated"], second["repeated"]) == (False, False)
    assert (crm.facts("b:c")["name"], crm.facts("c")["name"]) == ("First", "Second")
    for event in (first, second):
        assert crm.api.http.post(f"/v1/events/{event['id']}/retry").status_code == 409


def test_an_event_is_not_taken_for_another_that_an_earlier_release_keyed_alike(crm: Crm) -> None:
    with _an_earlier_release():
        assert crm.plain(plain_event("b:c", name="First"), "a")["key"] == "events:a:b:c"

    assert crm.plain(plain_event("c", name="Second"), "a:b")["status"] == "applied"
    assert crm.plain(plain_event("b:c", name="First"), "a")["repeated"] is True


def test_a_change_event_of_a_record_with_a_colon_is_recorded_once_after_an_upgrade(crm: Crm) -> None:
    told = change("acc:1", at=AT, Name="Acme")
    with _an_earlier_release():
        crm.changes(told)

    assert [each["repeated"] for each in crm.changes(told)] == [True]
