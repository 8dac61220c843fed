"""Since when an account may be outdated: by what Salesforce lost of it, until that is read again."""

import json
import os
from pathlib import Path

import pytest
from sqlmodel import Session

from service.store.tables.events import CrmRecordRow
from tests.commands import run_for_text
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, PLAIN_ACCOUNT, Event, change, company_event, milliseconds, plain_event
from tests.inbox.test_change_events import PROSPECT

AT = milliseconds(NOW, days=-10)
OVERFLOW = change("000000000000000AAA", at=AT + 5000, kind="GAP_OVERFLOW")


def _gap(account: str, at: int) -> Event:
    return change(account, at=at, kind="GAP_UPDATE")


def _reread(*records: str, at: int) -> Event:
    return change(*records, at=at, kind="REREAD", sequence=0)


def _stale_since(crm: Crm, account: str) -> int | None:
    """Seconds after ``AT``."""
    since: str | None = crm.state(account)["stale_since"]
    return None if since is None else int(since[-3:-1])


@pytest.mark.parametrize("turn", [1, -1])
def test_an_account_is_stale_since_the_first_gap_after_all_was_told_in_any_order(shared: Crm, turn: int) -> None:
    account = f"acc-first-{turn}"
    told = [
        change(account, at=AT, kind="CREATE", **PROSPECT),
        *(_gap(account, AT + seconds * 1000) for seconds in (10, 20, 30)),
        change(account, at=AT + 15_000, kind="UNDELETE", **PROSPECT),
        change(account, at=AT + 25_000, Name="Acme"),
    ]
    for event in told[::turn]:
        shared.changes(event)

    # The day of the worked examples is at half past eight, sharp.
    assert _stale_since(shared, account) == 20


def test_an_overflow_concerns_what_salesforce_had_told_of_by_then_and_no_other(crm: Crm) -> None:
    crm.changes(change("acc-before", at=AT, Name="Before"), change("acc-whole", at=AT, kind="CREATE", **PROSPECT))
    crm.hubspot(company_event(901, 1, AT, "name", "Acme"))
    crm.plain(plain_event("acc-signed", **PLAIN_ACCOUNT), "msg_1")
    crm.changes(OVERFLOW, change("acc-whole", at=AT + 9000, kind="UNDELETE", **PROSPECT))
    crm.changes(change("acc-later", at=AT + 6000, Name="Later"), change("acc-late", at=AT + 4000, Name="Late"))
    crm.account("acc-message", KEY_ACCOUNT, 1)

    stale = {name: _stale_since(crm, name) for name in ("acc-before", "acc-late", "acc-message")}
    assert stale == {"acc-before": 5, "acc-late": 5, "acc-message": 5}
    whole = {name: _stale_since(crm, name) for name in ("901", "acc-signed", "acc-whole", "acc-later")}
    assert not any(whole.values()), whole


def test_a_statement_that_it_was_read_again_ends_what_was_lost_before(crm: Crm) -> None:
    crm.changes(*(change(f"acc-{number}", at=AT + number, Name="Acme") for number in range(3)))
    crm.changes(OVERFLOW, _gap("acc-0", AT + 7000), _gap("acc-2", AT + 9000))
    (one,) = crm.changes(_reread("acc-1", at=AT + 6000))
    assert (one["status"], one["decision_id"]) == ("applied", None)
    assert [_stale_since(crm, f"acc-{number}") for number in range(3)] == [5, None, 5]

    (every,) = crm.changes(_reread("001*", at=AT + 8000))
    assert (every["record_id"], every["status"]) == ("*", "applied")
    assert [_stale_since(crm, f"acc-{number}") for number in range(3)] == [None, None, 9]
    assert crm.facts("acc-0")["name"] == "Acme"


def test_the_command_states_that_accounts_were_read_again(crm: Crm, database_url: str, tmp_path: Path) -> None:
    def reread(*words: str) -> tuple[int, str, str]:
        environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url}
        ran = run_for_text("events", "reread", *words, environment=environment, folder=tmp_path)
        return ran.returncode, ran.stdout, ran.stderr

    crm.changes(*(change(f"acc-{number}", at=AT, sequence=number, Name="Acme") for number in range(2)), OVERFLOW)
    assert reread("--at", "2022-03-15T08:30:00Z")[:2] == (0, "1 events: 1 applied; 0 recorded before.\n")
    assert [_stale_since(crm, "acc-0"), _stale_since(crm, "acc-1")] == [None, None]
    assert crm.newest("*")["actor"] == "chalkline events reread"

    code, _, said = reread("--at", "2022-03-15T08:30:00")
    assert (code, "names no time zone" in said) == (2, True)


def test_of_records_from_before_the_newest_gap_stands_for_those_of_salesforce(crm: Crm) -> None:
    for number, (account, key) in enumerate(
        (("acc-1", "transaction-1/1/acc-1"), ("902", "62515/company.propertyChange/902/name/1/1"), ("acc-3", "msg_3"))
    ):
        crm.changes(change(account, at=AT, sequence=number, Name="Acme"))
        _write_as_before(crm, account, key, None)
    crm.changes(change("acc-4", at=AT, sequence=9, Name="Acme"))
    _write_as_before(crm, "acc-4", "transaction-1/1/acc-4", [AT + 9000, 1, "transaction-2/1/acc-4"])
    crm.changes(OVERFLOW)

    stale = {account: _stale_since(crm, account) for account in ("acc-1", "902", "acc-3", "acc-4")}
    assert stale == {"acc-1": 5, "902": None, "acc-3": None, "acc-4": 5}


def test_a_gap_of_before_is_known_again(crm: Crm) -> None:
    crm.changes(change("acc-1", at=AT, Name="Acme"))
    _write_as_before(crm, "acc-1", "transaction-1/1/acc-1", [AT + 9000, 1, "transaction-2/1/acc-1"])
    assert _stale_since(crm, "acc-1") == 9


def _write_as_before(crm: Crm, account: str, key: str, gap_at: object) -> None:
    """Have what is known of an account as the release before wrote it."""
    known: dict[str, object] = {"record_id": account, "told": [[[AT, 1, key], {"name": "Acme"}]]}
    known |= {"gone_at": None, "there_at": None, "gap_at": gap_at, "whole_at": None}
    with Session(crm.api.database.engine) as session:
        row = session.get_one(CrmRecordRow, ("account", account))
        row.known = json.dumps(known)
        session.add(row)
        session.commit()
