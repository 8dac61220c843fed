import pytest

from tests.inbox.client import CHANGES, EVENTS, HUBSPOT, OUTBOUND, TEXT_XML, Crm
from tests.inbox.messages import KEY_ACCOUNT, as_json, change, hubspot_headers, message, notification, signed_headers
from tests.problems import hold_problem

GOOD = message(notification("acc-1", KEY_ACCOUNT))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"\xff\xfe\x00",
        b"<a/>",
        b"{}",
        message(),
        message(*[notification(f"acc-{place}", KEY_ACCOUNT, number=place) for place in range(101)]),
        GOOD.replace(b"UTF-8", b"rot13"),
    ],
)
def test_a_message_that_is_none_is_refused_and_not_acknowledged(shared: Crm, body: bytes) -> None:
    answer = shared.api.http.post(OUTBOUND, content=body, headers=TEXT_XML)

    hold_problem(answer, 400, "malformed_payload")
    assert "Ack" not in answer.text
    assert shared.events() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"null",
        b"7",
        b"{}",
        b'[{"ChangeEventHeader": 1}]',
        as_json([change("acc-1", at=1)] * 1001),
        as_json(change("acc-1", at=1, entity="")),
        b'{"ChangeEventHeader": {"entityName": "Account", "entityName": {"a": 1e999}}}',
    ],
)
def test_what_is_no_change_event_is_refused(shared: Crm, body: bytes) -> None:
    answer = shared.api.http.post(CHANGES, content=body, headers={"Content-Type": "application/json"})

    hold_problem(answer, 400, "malformed_payload")
    assert shared.events() == []


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\xff",
        b"not json",
        as_json([]),
        as_json({"type": "account.updated"}),
        as_json({"type": "account.exploded", "timestamp": "2022-03-01T08:00:00Z", "data": {"id": "a"}}),
        as_json({"type": "account.updated", "timestamp": "yesterday", "data": {"id": "a"}}),
        as_json({"type": "account.updated", "timestamp": "2022-02-30T08:00:00Z", "data": {"id": "a"}}),
        as_json({"type": "account.updated", "timestamp": "2022-03-01T08:00:00Z", "data": {"id": "a b"}}),
        as_json({"type": "account.updated", "timestamp": "2022-03-01T08:00:00Z", "data": []}),
        as_json({"test": 2432232314}),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(shared: Crm, told: bytes) -> None:
    answer = shared.api.http.post(EVENTS, content=told, headers=signed_headers(told, shared.api.clock()))

    hold_problem(answer, 400, "malformed_payload")
    assert shared.events() == []


@pytest.mark.parametrize("told", [b"", b"\xff", b"{}", as_json([{"eventId": 1}] * 101)])
def test_a_signed_body_that_is_no_list_of_hubspot_s_is_refused(shared: Crm, told: bytes) -> None:
    answer = shared.api.http.post(HUBSPOT, content=told, headers=hubspot_headers(told, shared.api.clock()))

    hold_problem(answer, 400, "malformed_payload")
    assert shared.events() == []


@pytest.mark.parametrize("path", [OUTBOUND, CHANGES, EVENTS, HUBSPOT])
def test_a_body_of_another_type_and_one_that_is_too_large_are_refused(shared: Crm, path: str) -> None:
    other = shared.api.http.post(path, content=b"{}", headers={"Content-Type": "text/csv"})
    hold_problem(other, 415, "unsupported_media_type")
    kind = "text/xml" if path == OUTBOUND else "application/json"
    too_large = shared.api.http.post(path, content=b" " * (17 * 1024 * 1024), headers={"Content-Type": kind})
    hold_problem(too_large, 413, "body_too_large")
