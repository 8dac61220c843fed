"""Rows that are recorded together are recorded as they would be one by one: every column of every table."""

import asyncio
import csv
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import text

from service.bulk import read_csv as csv_blocks
from service.crm.facts_by_name import FACTS_BY_NAME
from service.domain.fy23 import fy23
from service.domain.policies import BUILT_IN, Policies
from service.domain.program import DOUBLE_CHECK
from service.domain.rows import Summary
from service.entrypoints.common.tables.tables_in import open_table
from service.store.database import Database, open_database
from service.store.recorder import copies
from service.store.recorder.copies import Classifications, Copies, Fate, Fates
from service.store.recording import Asked
from service.usecases.record_table import record_table
from tests.builders import ON
from tests.bulk.everything import recorded_tables
from tests.bulk.exports import flat, requests
from tests.bulk.tables import written_to
from tests.crm.mapped import USUAL
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.programs import with_asked
from tests.store.publishing import draft, publish

ROWS = 2_000
TODAY = date(2026, 1, 5)
NAMES = ("Acme", 'Acme "the" Corp', "C:\\Acme", "Ünïcode 日本", " padded ", "a,b;c", "'x'", "", "Tab\\t")
OFTEN = (None,) * 12
PLAIN = tuple(name for name in FACTS_BY_NAME if name not in {"salesforce_id", "customer_type"})


def _export(seed: int, *, rows: int = ROWS) -> list[dict[str, Any]]:
    """Rows with everything that a table can state, mistakes and accounts that stand twice among them."""
    random = Random(seed)
    exported: list[dict[str, Any]] = []
    for body in requests(rows, seed=seed):
        row = flat(body) | {
            "name": random.choice(NAMES),
            "last_activity_on": random.choice((None, "2022-01-31")),
            "size_cleanup_feb_2019": random.choice((None, None, "SMB")),
            "size_cleanup_nov_2019": random.choice((None, None, "Large")),
            "datafox_observed_on": random.choice((None, "2022-02-01")),
            "zoominfo_url": random.choice((None, 'https://zoominfo.example/?q="x"')),
            "linkedin_gap": random.choice((*OFTEN, 'Counts "one" office\\', "Größe")),
            "effective_on": random.choice((*OFTEN, str(ON), str(ON), "2022-06-01", "2021-01-01")),
            "dedup_requested_by": random.choice((*OFTEN * 5, "ae@example.com")),
            "region": random.choice((*OFTEN, " emea ", "DACH")) or body["account"]["region"],
        }
        if random.random() < 0.05:
            row["crm_segment"] = "Enterprise West"
        if random.random() < 0.02:
            row[random.choice(("motion", "customer", "datafox_employees", "crm_created_on", "id"))] = "perhaps?"
        if random.random() < 0.02:
            row["id"] = random.choice(exported)["id"] if exported else row["id"]
        exported.append(row)
    return exported


def _changed(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """A later export: some accounts with another number, some back-filled, some gone, all others as they were."""
    random = Random(seed)
    kept = [dict(row) for row in rows if random.random() < 0.9]
    for row in kept:
        if random.random() < 0.3:
            row[random.choice(("datafox_employees", "lam_dev_count"))] = random.choice((50, 700, 3000))
        if row["effective_on"] == "2022-06-01":
            row["effective_on"] = "2022-03-01"
    return kept


def _written(rows: list[dict[str, Any]], file: Path) -> Path:
    lines = io.StringIO()
    sheet = csv.DictWriter(lines, PLAIN, extrasaction="ignore")
    sheet.writeheader()
    sheet.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    file.write_text(lines.getvalue())
    return file


class _Clock:
    def __init__(self, hour: int) -> None:
        self.at, self.bits = datetime(2022, 3, 15, hour, tzinfo=UTC), 0

    def now(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def random_bits(self) -> int:
        self.bits += 1
        return self.bits


def _record(url: str, file: Path, *, together: bool, on: date, run: int, fates: list[Fates]) -> Summary:
    clock = _Clock(9 + run)
    opened = open_database(url, clock=clock.now, random_bits=clock.random_bits, observe=lambda _size, _took: None)
    opened = replace(opened, copies=_counting(opened, fates) if together else list)
    asked = Asked("chalkline bulk", "cli", f"run-{run}")
    try:
        with (
            open_table(str(file), on, BUILT_IN, USUAL, keep=("name", "datafox_gap")) as table,
            written_to(file.with_suffix(".parquet"), rows := table.in_blocks(), on) as outputs,
        ):
            return asyncio.run(record_table(opened, rows, on, TODAY, asked, outputs, lambda: None))
    finally:
        opened.engine.dispose()


def _counting(
    opened: Database, fates: list[Fates], before: Callable[[], object] = lambda: None
) -> Callable[[], list[Copies]]:
    """The database's own writers, watched."""

    def watched(writer: Copies) -> Copies:
        record = writer.record

        async def counted(rows: Classifications) -> Fates:
            before()
            fates.append(await record(rows))
            return fates[-1]

        writer.record = counted  # type: ignore[method-assign]  # it is the real one that records
        return writer

    return lambda: [*map(watched, opened.copies())]


def _run(url: str, *statements: str) -> None:
    opened = open_database(url, clock=_Clock(1).now, random_bits=lambda: 1, observe=lambda _size, _took: None)
    with opened.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    opened.engine.dispose()


def _tables(url: str) -> list[list[Any]]:
    opened = open_database(url, clock=_Clock(1).now, random_bits=lambda: 1, observe=lambda _size, _took: None)
    try:
        return recorded_tables(opened.engine)
    finally:
        opened.engine.dispose()


SUBSCRIBED = (
    "INSERT INTO subscribers (id, name, target, url, kinds, teams, fields, status, secret, created_by, created_at) "
    "VALUES ('017f8d5c-0000-7000-8000-000000000001', 's', 'webhook', 'https://example.com', '', '', '', 'enabled', "
    "'s', 'a', '2022-03-15 00:00:00')"
)
MOVED = (
    """UPDATE accounts SET move = '{"rule":"MOVE-1","moved_from":"MMKAFO","moved_to":"MM_TERRITORY","""
    """"moved_on":"2022-03-01"}', changed_over_on = '2022-02-01' WHERE account_id LIKE 'acc-1%'"""
).replace(":", "\\:")
CHANGED_OVER = "UPDATE accounts SET changed_over_on = '2022-02-01' WHERE account_id LIKE 'acc-2%'"
RESOLVED = (
    "UPDATE reviews SET status = 'resolved', resolved_segment = 'MM', resolved_reason = 'r', resolved_by = 'vp' "
    "WHERE account_id LIKE '%7'"
)


@pytest.fixture(params=["sqlite_databases", "postgres"])
def databases(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresDatabases:
    found: SqliteDatabases | PostgresDatabases = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def two(databases: SqliteDatabases | PostgresDatabases) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        yield stack.enter_context(databases.fresh()), stack.enter_context(databases.fresh())


def test_rows_are_recorded_together_as_they_are_one_by_one(
    two: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", 1 << 17)
    monkeypatch.setattr(copies, "_PART", 100)
    export = _export(31)
    runs = [(export, ON), (export, ON), (_changed(export, 32), ON), (export, ON + timedelta(days=1))]
    told: list[Summary] = []
    for run, (rows, on) in enumerate(runs):
        file = _written(rows, tmp_path / "accounts.csv")
        fates: list[Fates] = []
        outputs = []
        tallies = []
        for url, together in zip(two, (True, False), strict=True):
            tallies.append(_record(url, file, together=together, on=on, run=run, fates=fates))
            decided = pyarrow.parquet.read_table(file.with_suffix(".parquet")).to_pylist()
            outputs.append(sorted(map(str, decided)))
            if run == 0:
                _run(url, SUBSCRIBED)
            if run == 1:
                _run(url, MOVED, CHANGED_OVER, RESOLVED)
        for ours, theirs in zip(*map(_tables, two), strict=True):
            assert ours == theirs
        assert outputs[0] == outputs[1]
        assert tallies[0] == tallies[1]
        told.append(tallies[0])
        assert sum(len(each) for each in fates) > ROWS // 4
    # An account that stands twice with different facts is recorded anew each time.
    assert told[0].recorded > 0.8 * ROWS < told[1].stood_already
    assert told[2].recorded > ROWS // 8 < told[2].stood_already
    assert told[3].recorded > 0.7 * ROWS
    assert sum(decision.stands in (False, 0) for decision in _tables(two[0])[0]) > ROWS // 100


def test_rows_are_decided_anew_both_ways_where_their_revision_has_come_to_be_read_otherwise(
    two: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _written(_export(33, rows=600), tmp_path / "accounts.csv")
    told: list[Summary] = []
    for run in range(2):
        tallies = [_record(url, file, together=url == two[0], on=ON, run=run, fates=[]) for url in two]
        assert tallies[0] == tallies[1]
        told.append(tallies[0])
        for ours, theirs in zip(*map(_tables, two), strict=True):
            assert ours == theirs
        step = fy23().steps[DOUBLE_CHECK]
        retold = type(step)(step.rule, step.part, "Told otherwise", step.expression, step.citation)
        monkeypatch.setattr("service.store.policy_cache.BUILT_IN", Policies((with_asked(fy23(), retold),)))

    assert told[1].recorded == told[0].recorded > 400


def test_rows_that_another_revision_has_overtaken_are_decided_under_it(
    databases: SqliteDatabases | PostgresDatabases, tmp_path: Path
) -> None:
    file = _written([flat(body) for body in requests(200, seed=3)], tmp_path / "accounts.csv")
    with databases.fresh() as url:
        clock = _Clock(9)
        opened = open_database(url, clock=clock.now, random_bits=clock.random_bits, observe=lambda _size, _took: None)
        made = draft(opened.engine)
        fates: list[Fates] = []
        watched = _counting(opened, fates, before=lambda: publish(opened.engine, made.draft.id))
        with (
            open_table(str(file), ON, BUILT_IN, USUAL) as table,
            written_to(tmp_path / "o.parquet", rows := table.in_blocks()) as outputs,
        ):
            asked = Asked("chalkline bulk", "cli", "run-1")
            recorded = record_table(replace(opened, copies=watched), rows, ON, TODAY, asked, outputs, lambda: None)
            tally = asyncio.run(recorded)
        with opened.engine.connect() as connection:
            versions = connection.execute(text("SELECT policy_version, count(*) FROM decisions GROUP BY 1")).all()
        opened.engine.dispose()

    assert [set(each.tolist()) for each in fates] == [{Fate.ASIDE}]
    assert [tuple(row) for row in versions] == [(2, tally.recorded)]
