import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import text

from service.bulk import statements
from service.bulk.rows import Layout, Piece, Table
from service.domain.identifiers import uuid7
from service.domain.ranges import Range
from service.domain.rows import Row, StatedRow, Summary
from service.store.database import Database, open_database
from service.store.recording import Asked, allow_refusal
from service.store.rows.decisions import facts_of
from service.usecases import record_table as recording
from service.usecases.classify import propose_classification
from service.usecases.record_table import record_table
from tests.builders import ON, parsed, stated
from tests.bulk.exports import requests
from tests.bulk.tables import written_to

TODAY = date(2026, 1, 5)
ASKED = Asked("a", "cli", "1")
COUNTED = ("decisions", "accounts", "facets", "reviews", "outbox", "conduct_matters")
TOLD = (
    "kind, account_id, status, segment, team, rule, leading_source, missing_facts, advice, actions, facts, trail, actor"
)


class Clock:
    """Begins at the same instant each time; no two have the same bits, as no two processes have."""

    bits = 0

    def __init__(self) -> None:
        self.at = datetime(2022, 3, 15, 9, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def random_bits(self) -> int:
        Clock.bits += 1
        return Clock.bits


def open_for_tests(url: str) -> Database:
    clock = Clock()
    return open_database(url, clock=clock.now, random_bits=clock.random_bits, observe=lambda _size, _took: None)


def _entries(number: int = 700, *, seed: int = 21) -> list[Row]:
    return [
        StatedRow(number=row, facts=parsed(body).facts(), dedup_requested_by="ae@example.com" if row == 3 else None)
        for row, body in enumerate(requests(number, seed=seed))
    ]


def _table(pieces: Iterator[Piece]) -> Table:
    return Table(pieces=pieces, layout=Layout(), column_at=str)


def _record(url: str, entries: list[Row], folder: Path, *, on: date = ON, request_id: str = "run-1") -> Summary:
    opened = open_for_tests(url)
    asked = Asked("chalkline bulk", "cli", request_id)
    try:
        table = _table(iter(entries))
        with written_to(folder / "o.parquet", table, on) as outputs:
            return asyncio.run(record_table(opened, table, on, TODAY, asked, outputs, lambda: None))
    finally:
        opened.engine.dispose()


def rows_of(url: str, query: str) -> list[Any]:
    opened = open_for_tests(url)
    try:
        with opened.engine.connect() as connection:
            return list(connection.execute(text(query)).all())
    finally:
        opened.engine.dispose()


def _counts(url: str) -> dict[str, int]:
    return {table: rows_of(url, f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED}  # noqa: S608 - our own names


def test_what_is_recorded_is_what_the_api_records(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    entries = [entry for entry in _entries() if isinstance(entry, StatedRow)]
    tally = _record(database_url, list(entries), tmp_path)
    told = rows_of(database_url, f"SELECT {TOLD} FROM decisions ORDER BY account_id")  # noqa: S608 - our own names
    reviews = rows_of(database_url, "SELECT account_id, counts_fingerprint, blocking, status FROM reviews ORDER BY 1")

    kind = "sqlite_databases" if database_url.startswith("sqlite") else "postgres"
    with request.getfixturevalue(kind).fresh() as another:
        asyncio.run(record_one_by_one(another, entries))
        assert rows_of(another, f"SELECT {TOLD} FROM decisions ORDER BY account_id") == told  # noqa: S608 - our own names
        again = rows_of(another, "SELECT account_id, counts_fingerprint, blocking, status FROM reviews ORDER BY 1")
        assert again == reviews
        assert _counts(another) == _counts(database_url)
    assert tally.recorded == len(told) > 600
    assert tally.rejected == 700 - len(told)
    assert len(reviews) > 20
    assert _counts(database_url)["conduct_matters"] == 1


async def record_one_by_one(url: str, entries: list[StatedRow]) -> None:
    opened = open_for_tests(url)
    asked = Asked("chalkline bulk", "cli", "run-1")
    await opened.recorder.start()
    for entry in entries:
        submission = propose_classification(entry.facts, ON, TODAY, entry.dedup_requested_by, asked)
        await opened.recorder.record([allow_refusal(submission)])
    await opened.recorder.stop()
    opened.engine.dispose()


def test_ranges_are_recorded_as_they_are_and_once(database_url: str, tmp_path: Path) -> None:
    ranged: list[Row] = [
        StatedRow(number=row, facts=stated(id=f"acc-{row}", df=count))
        for row, count in enumerate(["501-1000", 640, "9+"])
    ]
    first, again = (_record(database_url, ranged, tmp_path, request_id=f"run-{run}") for run in range(2))
    written = pyarrow.parquet.read_table(tmp_path / "o.parquet").sort_by("account_id")

    assert written["leading_range"].to_pylist() == ["501-1000", None, None]
    assert written["leading_employees"].to_pylist() == [None, 640, None]
    told = rows_of(database_url, "SELECT facts, segment FROM decisions ORDER BY account_id")
    assert [(facts_of(facts).employee_counts[0].employees, segment) for facts, segment in told] == [
        (Range(501, 1000), "MM"),
        (640, "MM"),
        (Range(9, None), None),
    ]
    assert (first.recorded, again.recorded, again.stood_already) == (3, 0, 3)


def test_a_run_again_records_nothing_twice(database_url: str, tmp_path: Path) -> None:
    first = _record(database_url, _entries(), tmp_path)
    before = _counts(database_url)
    again = _record(database_url, _entries(), tmp_path, request_id="run-2")

    assert _counts(database_url) == before
    assert (again.recorded, again.stood_already) == (0, first.recorded)
    assert again.groups == first.groups


def test_rows_of_an_earlier_day_are_history_although_the_accounts_stand_on_the_same_facts(
    database_url: str, tmp_path: Path
) -> None:
    later = _record(database_url, _entries(200), tmp_path, on=date(2022, 6, 1))
    earlier = _record(database_url, _entries(200), tmp_path, request_id="run-2")
    again = _record(database_url, _entries(200), tmp_path, request_id="run-3")

    assert (earlier.recorded, earlier.stood_already) == (later.recorded, 0)
    assert (again.recorded, again.stood_already) == (0, later.recorded)


def test_a_run_that_broke_off_is_finished_by_running_it_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_BATCH", 100)
    monkeypatch.setattr(statements, "_TOGETHER_AT_MOST", 100)
    entries = _entries(500)

    def breaks_off() -> Iterator[Row]:
        yield from entries[:250]
        raise KeyboardInterrupt

    opened, table = open_for_tests(database_url), _table(breaks_off())
    with pytest.raises(KeyboardInterrupt), written_to(tmp_path / "o.parquet", table) as outputs:
        asyncio.run(record_table(opened, table, ON, TODAY, ASKED, outputs, lambda: None))
    opened.engine.dispose()
    assert list(tmp_path.iterdir()) == []
    done = _counts(database_url)["decisions"]
    assert 0 < done < 250
    finished = _record(database_url, entries, tmp_path, request_id="run-2")

    assert finished.stood_already == done
    assert _counts(database_url)["decisions"] == finished.recorded + done == _counts(database_url)["accounts"]


def test_other_facts_or_an_later_day_are_recorded_anew_after_what_stood(database_url: str, tmp_path: Path) -> None:
    _record(database_url, _entries(10), tmp_path)
    later = _record(database_url, _entries(10), tmp_path, on=ON + timedelta(days=1), request_id="run-2")
    earlier = _record(database_url, _entries(10), tmp_path, on=ON, request_id="run-3")
    other = _record(database_url, _entries(10, seed=22), tmp_path, on=ON + timedelta(days=1), request_id="run-4")

    assert later.recorded == later.decided > 0
    assert (earlier.recorded, earlier.stood_already) == (0, earlier.decided)
    assert other.recorded == other.decided
    follows = rows_of(database_url, "SELECT count(*) FROM decisions WHERE previous_decision_id IS NOT NULL")
    assert follows[0][0] >= later.decided


def test_an_account_that_stands_twice_in_a_table_is_recorded_once(database_url: str, tmp_path: Path) -> None:
    again = [replace(entry, number=entry.number + 5) for entry in _entries(5)]
    tally = _record(database_url, [*_entries(5), *again], tmp_path)
    assert (tally.recorded, tally.stood_already) == (tally.decided // 2,) * 2


def test_many_decisions_are_queued_for_subscribers_as_few_are(database_url: str, tmp_path: Path) -> None:
    subscribe = (
        "INSERT INTO subscribers (id, name, target, url, kinds, teams, fields, status, secret, created_by, created_at) "
        "VALUES ('{}', 's', 'webhook', 'https://example.com', '', '', '', 'enabled', 's', 'a', '2022-03-15 00:00:00')"
    )
    identifier = uuid7(datetime(2022, 3, 15, tzinfo=UTC), 1)
    opened = open_for_tests(database_url)
    with opened.engine.begin() as connection:
        connection.execute(text(subscribe.format(identifier.hex)))
    opened.engine.dispose()
    tally = _record(database_url, _entries(), tmp_path)

    queued = rows_of(database_url, "SELECT count(*) FROM outbox JOIN decisions ON decisions.id = outbox.decision_id")
    assert queued[0][0] == tally.recorded


def test_a_table_leaves_a_customer_just_won_with_the_team_that_the_record_has(
    database_url: str, tmp_path: Path
) -> None:
    account = {"id": "just-won", "region": "EMEA", "crm_created_on": "2021-06-01", "max_family_employees": 640}
    counts = {"employee_counts": [{"source": "datafox", "employees": 640}], "motion": "existing"}
    prospect = {"account": account | {"customer": False, "first_order_available": True}} | counts
    customer = {"account": account | {"customer": True, "first_order_available": False}} | counts
    for number, body in enumerate((prospect, customer)):
        stated = StatedRow(number=1, facts=parsed(body | {"effective_on": "2022-03-15"}).facts())
        _record(database_url, [stated], tmp_path, request_id=f"run-{number}")

    told = rows_of(database_url, "SELECT team, rule, missing_facts, actions FROM decisions ORDER BY id")
    assert tuple(told[-1]) == ("MMKAFO", "ROUTE-2", "key_account", "discover;start_or_finish_handoff")
