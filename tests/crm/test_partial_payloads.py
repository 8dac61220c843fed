"""What a payload tells of a record is taken out of it, and what it tells of others stays as it was."""

import pytest

from service.crm.known_record import RecordChange
from service.crm.partial_payloads import without_records
from service.domain.redaction import REDACTED, Leaving
from service.usecases.read_payload import EventSource, changes_in
from tests.application import INBOUND
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, as_json, change, company_event, message, notification

NAME = "EMEA"
"""A name that is a value of other fields, too."""
NAMED = {**KEY_ACCOUNT, "Name": NAME}
MESSAGE = message(notification("1", NAMED), notification("2", NAMED, number=2))
TOLD = {
    EventSource.SALESFORCE_OUTBOUND: [MESSAGE, MESSAGE.decode().replace("UTF-8", "UTF-16", 1).encode("utf-16")],
    EventSource.SALESFORCE_CHANGES: [
        as_json([change("1", at=1_646_000_000_000, Name=NAME), change("2", at=1_646_000_000_001, Name=NAME)])
    ],
    EventSource.HUBSPOT: [
        as_json([company_event(each, each, 1_646_000_000_000, "name", NAME) for each in (1, 2)]),
        b"\xef\xbb\xbf " + as_json([company_event(each, each, 1_646_000_000_000, "name", NAME) for each in (2, 1)]),
    ],
}


def _changes(source: EventSource, body: bytes) -> dict[str, RecordChange]:
    return {each.about: each for each in changes_in(source, body, "", INBOUND.mapping, NOW)}


@pytest.mark.parametrize(("source", "body"), [(source, body) for source, bodies in TOLD.items() for body in bodies])
def test_what_is_told_of_others_is_read_as_before(source: EventSource, body: bytes) -> None:
    left = without_records(body, Leaving({"1"}, {"2"}, {NAME}))

    assert _changes(source, left) == {"2": _changes(source, body)["2"]}


def test_what_tells_of_both_loses_the_names_however_they_are_spelled() -> None:
    leaving = Leaving({"1"}, {"2"}, {"Ä & Söhne"})
    spelled = rb'[{"recordIds": ["1", "2"], "Name": "\u00C4 & S\u00f6hne", "Amount": 1.50, "Big": 1e400}]'
    in_xml = message(notification("2", {**KEY_ACCOUNT, "ParentId": "1", "Parent": "@"}))

    assert without_records(spelled, leaving) == spelled.replace(rb"\u00C4 & S\u00f6hne", REDACTED.encode())
    left = without_records(in_xml.replace(b"@", b"&#xC4; &amp; S&#246;hne"), leaving)
    assert f">{REDACTED}<".encode() in left
    assert _changes(EventSource.SALESFORCE_OUTBOUND, left).keys() == {"2"}


@pytest.mark.parametrize("needed", ["*", "?"])
def test_where_all_are_needed_none_goes(needed: str) -> None:
    body = as_json([change("1", at=1_646_000_000_000, Name="A name", Region="EMEA")])

    assert without_records(body, Leaving({"1"}, {needed}, {"A name"})) == body.replace(b"A name", REDACTED.encode())


@pytest.mark.parametrize("body", [b"", b"neither", b"[1, ", b"[" * 100_000, b"<a>", b"\xff{"])
def test_of_what_cannot_be_read_nothing_is_left(body: bytes) -> None:
    assert without_records(body, Leaving({"1"}, {"2"}, {NAME})) == b""
