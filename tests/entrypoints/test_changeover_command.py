"""``chalkline changeover``: who would move, having them moved, and the days that it refuses (MOVE-3)."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service.store.changeovers import begin_changeover, find_changeover, note_progress
from service.store.engine import connect_engine, open_writer
from tests.api import eventually, serving
from tests.commands import run_for_text
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.store.jobs import recording, submission

ON = "2022-05-01"
IDLE: dict[str, Any] = {"df": 300, "created": "2022-03-01", "lam_dev_count": 150, "last_activity_on": "2022-01-10"}


class Changeover:
    """The command over a database of its own, in which five accounts are to move, and four are not."""

    def __init__(self, url: str) -> None:
        self.environment = os.environ | {"CHALKLINE_DATABASE_URL": url, "COLUMNS": "80"}
        asyncio.run(self._fill(url))

    async def _fill(self, url: str) -> None:
        async with recording(url, clock=lambda: datetime(2022, 4, 1, tzinfo=UTC)) as database:
            due = [submission(f"idle-{number}", **IDLE | {"name": f"Sample {number}"}) for number in range(5)]
            others = [
                submission("active", **IDLE | {"last_activity_on": "2022-04-30"}),
                submission("unknown", **IDLE | {"last_activity_on": None}),
                submission("few-users", **IDLE | {"lam_dev_count": 100}),
                submission("large", **IDLE | {"df": 640}),
            ]
            await database.recorder.record([*due, *others])

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_for_text("changeover", *words, environment=self.environment)

    def answer(self, *words: str) -> dict[str, Any]:
        ran = self.run(*words, "--json")
        assert ran.returncode == 0, ran.stderr
        told: dict[str, Any] = json.loads(ran.stdout)
        return told


@pytest.fixture(params=["sqlite", "postgresql"])
def changeover(request: pytest.FixtureRequest) -> Iterator[Changeover]:
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url:
        yield Changeover(url)


def test_a_dry_run_says_who_would_move_and_why_and_records_nothing(changeover: Changeover) -> None:
    for _ in range(2):
        ran = changeover.run("--on", ON, "--dry-run")

        assert ran.returncode == 0
        said = "5 accounts would move; 1 account would stay open for want of the last activity; nothing was recorded."
        assert said in ran.stderr
        lines = ran.stdout.splitlines()
        assert lines[::2] == [*(f"Sample {number}  idle-{number}" for number in range(5)), "unknown"]
        assert lines[-1] == "  Open for want of its last activity: it stays where it is."
        for line in lines[1:-2:2]:
            assert line == (
                f"  Changeover of {ON}: moves from Mid-Market Territory to Key Accounts First Order by MOVE-3."
            )


def test_a_dry_run_as_json_is_a_decision_a_line(changeover: Changeover) -> None:
    ran = changeover.run("--on", ON, "--dry-run", "--json")

    *decisions, open_one = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (open_one["account_id"], open_one["unsettled"], open_one["team"]) == ("unknown", True, "MM_TERRITORY")
    assert {decision["unsettled"] for decision in decisions} == {False}
    assert [decision["account_id"] for decision in decisions] == [f"idle-{number}" for number in range(5)]
    assert {(decision["id"], decision["kind"], decision["team"], decision["rule"]) for decision in decisions} == {
        (None, "changeover", "MMKAFO", "MOVE-3")
    }


def test_run_twice_it_moves_no_account_twice(changeover: Changeover) -> None:
    first, again = (changeover.answer("--on", ON) for _ in range(2))

    assert first == {"on": ON, "examined": 8, "moved": 5, "unsettled": 1, "moved_in_all": 5}
    assert again == {"on": ON, "examined": 3, "moved": 0, "unsettled": 1, "moved_in_all": 5}
    assert "0 accounts would move" in changeover.run("--on", ON, "--dry-run").stderr


def test_it_says_in_a_sentence_what_it_did(changeover: Changeover) -> None:
    ran = changeover.run("--on", ON)

    assert ran.returncode == 0
    assert ran.stdout == (
        f"Changeover of {ON}: 8 Territory accounts looked at, 5 accounts moved (5 in all), "
        "1 open for want of their last activity.\n"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--on", "2022-05-02"), "no quarter changeover"),
        (("--on", "2021-11-01"), "No policy was in force"),
        (("--on", "2999-02-01"), "has not come yet"),
        (("--on", "1 May"), "1 May"),
        (("--on", "20220501"), "20220501"),
        ((), "--on"),
    ],
)
def test_a_day_that_is_no_changeover_is_told_in_a_sentence(
    sqlite_databases: SqliteDatabases, words: tuple[str, ...], says: str
) -> None:
    with sqlite_databases.fresh() as url:
        ran = Changeover(url).run(*words)

    assert ran.returncode == 2
    assert says in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_a_changeover_to_come_can_be_tried_and_not_carried_out(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url:
        command = Changeover(url)
        tried, refused = command.run("--on", "2999-02-01", "--dry-run"), command.run("--on", "2999-02-01")

    assert (tried.returncode, refused.returncode) == (0, 2)
    assert "nothing was recorded." in tried.stderr


def test_what_was_run_by_command_is_listed_with_what_was_run_over_the_api(changeover: Changeover) -> None:
    changeover.answer("--on", ON)
    changeover.answer("--on", "2022-08-01")

    with serving(changeover.environment["CHALKLINE_DATABASE_URL"], at_work=True) as api:
        later, first = api.get("/v1/changeovers")["items"]
        api.http.post("/v1/changeovers", json={"on": "2022-08-01"})
        eventually(lambda: api.get("/v1/changeovers/2022-08-01")["status"] == "done")
        again, _ = api.get("/v1/changeovers")["items"]

    assert (first["on"], first["status"], first["requested_by"]) == (ON, "done", "chalkline changeover")
    assert (first["examined"], first["moved"], first["unsettled"]) == (8, 5, 1)
    assert (later["on"], later["requested_by"], again["requested_by"]) == (
        "2022-08-01",
        "chalkline changeover",
        "tester",
    )


def test_a_changeover_that_was_left_half_way_is_gone_on_with(changeover: Changeover) -> None:
    engine = connect_engine(changeover.environment["CHALKLINE_DATABASE_URL"])
    with open_writer(engine) as session:
        on, at = date.fromisoformat(ON), datetime(2022, 5, 1, tzinfo=UTC)
        begin_changeover(session, on, "a key", at, "request-1", at + timedelta(seconds=60))
        session.commit()
    note_progress(engine, on, "idle-2", 6, 0, at)

    told = changeover.answer("--on", ON)
    found = find_changeover(engine, on)
    engine.dispose()

    assert (told["examined"], told["moved"], told["unsettled"]) == (9, 2, 1)
    assert found is not None
    assert (found.status, found.requested_by, found.examined, found.moved) == ("done", "a key", 9, 2)
