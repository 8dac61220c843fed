import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlmodel import Session, select

from service.store.decisions import standing_decision
from service.store.engine import connect_engine
from service.store.tables.events import PayloadRow
from tests.commands import run_for_text
from tests.inbox.messages import (
    KEY_ACCOUNT,
    PLAIN_ACCOUNT,
    as_json,
    change,
    company_event,
    message,
    notification,
    plain_event,
)

Replay: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
GOOD = message(notification("acc-1", KEY_ACCOUNT), notification("acc-2", KEY_ACCOUNT, number=2))
WITH_A_BAD_ONE = message(
    notification("acc-1", KEY_ACCOUNT),
    notification("acc-2", {**KEY_ACCOUNT, "SystemModstamp": "2226-03-15T08:30:00Z"}, number=2),
)


@pytest.fixture
def replay(database_url: str, tmp_path: Path) -> Replay:
    """``chalkline events replay`` of a payload, over a database of each kind."""

    def run(payload: bytes, source: str, *words: str, file: str = "payload") -> subprocess.CompletedProcess[str]:
        (tmp_path / file).write_bytes(payload)
        environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url}
        return run_for_text("events", "replay", file, "--as", source, *words, environment=environment, folder=tmp_path)

    return run


def told(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(ran.stdout)["events"]
    return events


def test_a_saved_payload_is_applied_once_and_told_as_known_afterwards(replay: Replay, database_url: str) -> None:
    first, second = replay(GOOD, "salesforce-outbound"), replay(GOOD, "salesforce-outbound")

    assert (first.returncode, first.stdout) == (0, "2 events: 2 applied; 0 recorded before.\n")
    assert (second.returncode, second.stdout) == (0, "2 events: none new; 2 recorded before.\n")
    engine = connect_engine(database_url)
    decision = standing_decision(engine, "acc-1")
    engine.dispose()
    assert decision is not None
    assert (decision.source, decision.actor) == ("salesforce-outbound", "chalkline events replay")


def test_a_rejected_event_is_told_with_its_reason_and_by_the_exit_code(replay: Replay) -> None:
    first, second = replay(WITH_A_BAD_ONE, "salesforce-outbound"), replay(WITH_A_BAD_ONE, "salesforce-outbound")

    assert (first.returncode, second.returncode) == (1, 1)
    assert first.stdout == "2 events: 1 applied, 1 rejected; 0 recorded before.\n"
    assert first.stderr == second.stderr
    assert first.stderr.startswith("acc-2: the event: It is dated 2226-03-15T08:30:00Z")


def test_what_is_kept_of_a_saved_message_is_without_its_session(replay: Replay, database_url: str) -> None:
    replay(GOOD.replace(b'<SessionId xsi:nil="true"/>', b"<SessionId>a-session</SessionId>"), "salesforce-outbound")

    engine = connect_engine(database_url)
    with Session(engine) as session:
        (payload,) = session.exec(select(PayloadRow)).all()
    engine.dispose()
    assert (b"a-session" in payload.body, b"acc-1" in payload.body) == (False, True)


def test_json_holds_every_event_with_what_became_of_it(replay: Replay) -> None:
    ran = replay(WITH_A_BAD_ONE, "salesforce-outbound", "--json")

    assert ran.returncode == 1
    assert [(event["record_id"], event["status"], event["repeated"]) for event in told(ran)] == [
        ("acc-1", "applied", False),
        ("acc-2", "rejected", False),
    ]
    assert all(event["repeated"] for event in told(replay(WITH_A_BAD_ONE, "salesforce-outbound", "--json")))


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("salesforce-changes", as_json(change("acc-1", at=1_640_995_200_000, Name="Acme"))),
        ("hubspot", as_json([company_event(7, 1, 1_640_995_200_000, "name", "Acme")])),
        ("events", as_json(plain_event("acc-1", **PLAIN_ACCOUNT))),
    ],
)
def test_payloads_of_every_webhook_can_be_fed_again(replay: Replay, source: str, payload: bytes) -> None:
    (event,) = told(replay(payload, source, "--json"))
    assert (event["status"], event["source"]) == ("applied", source)


def test_a_signed_event_is_known_by_its_message_s_id_or_else_by_what_is_in_it(replay: Replay) -> None:
    first = as_json(plain_event("acc-1", **PLAIN_ACCOUNT))
    second = as_json(plain_event("acc-1", "2022-03-02T08:00:00Z", name="Acme"))
    events = [
        told(replay(body, "events", "--json", *words, file=file))[0]
        for body, words, file in (
            (first, (), "payload"),
            (second, (), "payload"),  # another file of that name, of another folder say
            (first, (), "copy"),
            (first, ("--message-id", "msg_1"), "payload"),
        )
    ]
    assert [event["repeated"] for event in events] == [False, False, True, False]
    assert [event["status"] for event in events[:2]] == ["applied", "applied"]
    assert events[3]["key"] == "events:msg_1:acc-1"


def test_a_payload_of_nothing_that_concerns_us_is_told_as_such(replay: Replay) -> None:
    ran = replay(message(notification("003", {"Name": "X"}, kind="Contact")), "salesforce-outbound")
    assert (ran.returncode, ran.stdout) == (0, "0 events: none new; 0 recorded before.\n")
    assert told(replay(b"[]", "hubspot", "--json")) == []


@pytest.mark.parametrize("source", ["salesforce-outbound", "salesforce-changes", "hubspot", "events"])
def test_a_file_that_is_no_payload_is_refused_in_a_sentence(replay: Replay, source: str) -> None:
    ran = replay(b"<a/>", source)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"is no payload of {source}" in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr


def test_a_file_that_is_not_there_and_a_source_that_is_none_are_refused(replay: Replay, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    unknown = replay(GOOD, "carrier-pigeon")
    assert (unknown.returncode, "carrier-pigeon" in unknown.stderr) == (2, True)
    ran = run_for_text("events", "replay", "folder", "--as", "hubspot", folder=tmp_path)
    assert (ran.returncode, "cannot be read" in ran.stderr) == (2, True)
