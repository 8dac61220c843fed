"""Whoever takes a list away by a command is on record, with what it was asked by, or there is no list."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.api import Api, serving
from tests.commands import run_for_text
from tests.databases import SqliteDatabases
from tests.ledger.sealing import seal_all, sealed, sealer

ON = "2022-05-01"
TABLE = "id,region,crm_created_on,zoominfo_employees,current_team\nacc-1,EMEA,2021-06-01,640,MM_TERRITORY\n"
BY_COMMAND: list[tuple[tuple[str, ...], str, str, dict[str, list[str]]]] = [
    (("leads", "--overdue"), "leads", "text/plain", {"overdue": ["True"]}),
    (("leads", "--sdr", "An SDR", "--json"), "leads", "application/x-ndjson", {"sdr": ["An SDR"]}),
    (
        ("ranks", "list", "An AE", "--rank", "1", "--rank", "2", "--stale"),
        "ranks",
        "text/plain",
        {"account_executive": ["An AE"], "rank": ["1", "2"], "stale": ["True"]},
    ),
    (("web-directs", "list", "acc-1"), "web-directs", "text/plain", {"account_id": ["acc-1"]}),
    (
        ("changeover", "--on", ON, "--dry-run", "--json"),
        "changeover",
        "application/x-ndjson",
        {"on": [ON], "dry_run": ["true"]},
    ),
    (
        ("lab", "backtest", "--set", "first_order_min_employees=900", "--history", "--since", ON, "--movers", "m.csv"),
        "movers",
        "text/csv",
        {"set": ["first_order_min_employees=900"], "history": ["True"], "since": [ON], "movers": ["m.csv"]},
    ),
    (
        ("bulk", "classify", "in.csv", "--on", "2022-03-15", "--record", "--out", "out.csv"),
        "decisions",
        "text/csv",
        {"table": ["in.csv"], "on": ["2022-03-15"], "out": ["out.csv"]},
    ),
]


def run(api: Api, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "in.csv").write_text(TABLE)
    environment = os.environ | {"CHALKLINE_DATABASE_URL": api.database.elsewhere.url}
    return run_for_text(*words, environment=environment, folder=folder)


def exports(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/audit/acts", kind="exported")["items"]
    return found


def refuse_acts(api: Api) -> None:
    refuse = {
        "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no'); END",
        "postgresql": "ALTER TABLE acts ADD CONSTRAINT refuse CHECK (false) NOT VALID",
    }
    with api.database.engine.begin() as connection:
        connection.execute(text(refuse[api.database.engine.dialect.name]))


@pytest.mark.parametrize(("words", "what", "media_type", "wanted"), BY_COMMAND)
def test_a_list_that_a_command_gives_is_an_act_by_whoever_gives_the_command(
    api: Api, tmp_path: Path, words: tuple[str, ...], what: str, media_type: str, wanted: dict[str, list[str]]
) -> None:
    before = exports(api)

    ran = run(api, tmp_path, *words, "--by", "Sample Operator")

    assert ran.returncode == 0, ran.stderr
    act, *others = exports(api)
    assert others == before
    assert act["actor"] == "Sample Operator"
    assert act["body"] == {"what": what, "as": media_type, "filter": wanted}


def test_what_cannot_be_recorded_is_not_given(fresh_api: Api, tmp_path: Path) -> None:
    refuse_acts(fresh_api)

    for words, *_ in BY_COMMAND:
        ran = run(fresh_api, tmp_path, *words)

        assert (ran.returncode, ran.stdout) == (2, ""), words
        assert "cannot be recorded, and so is not done." in ran.stderr
        assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]
    assert fresh_api.get("/v1/decisions")["items"] == []


def test_without_a_name_it_is_the_user_of_the_machine(api: Api, tmp_path: Path) -> None:
    environment = os.environ | {"CHALKLINE_DATABASE_URL": api.database.elsewhere.url, "LOGNAME": "sample-user"}

    run_for_text("leads", environment=environment, folder=tmp_path)

    assert exports(api)[0]["actor"] == "sample-user"


def test_the_filter_of_a_command_is_sealed_as_a_digest(fresh_api: Api, tmp_path: Path) -> None:
    run(fresh_api, tmp_path, "leads", "--sdr", "Aurelia", "--by", "Sample Operator")
    seal_all(sealer(fresh_api.database))

    whole = b"".join(each.entry for each in sealed(fresh_api.database)[1] if each.kind == "act")
    assert b"exported" in whole
    assert b"Aurelia" not in whole
    assert b"Sample Operator" not in whole


@pytest.fixture
def on_sqlite(sqlite_databases: SqliteDatabases) -> Iterator[Api]:
    with sqlite_databases.fresh() as url, serving(url) as api:
        yield api


def test_a_backup_is_an_export_of_everything_and_has_the_act_itself(on_sqlite: Api, tmp_path: Path) -> None:
    ran = run(on_sqlite, tmp_path, "backup", "copy.db", "--by", "Sample Operator")

    assert ran.returncode == 0, ran.stderr
    told = {"what": "database", "as": "application/vnd.sqlite3", "filter": {"file": ["copy.db"]}}
    assert [(each["actor"], each["body"]) for each in exports(on_sqlite)] == [("Sample Operator", told)]
    with serving(f"sqlite:///{tmp_path}/copy.db", key="another") as copy:
        assert [each["body"] for each in exports(copy)] == [told]


def test_a_backup_that_cannot_be_recorded_is_made_all_the_same_and_says_so(on_sqlite: Api, tmp_path: Path) -> None:
    refuse_acts(on_sqlite)

    ran = run(on_sqlite, tmp_path, "backup", "copy.db")

    assert (ran.returncode, ran.stderr) == (
        0,
        "That this backup is made cannot be recorded: the database takes no changes.\n",
    )
    assert (tmp_path / "copy.db").exists()


def test_a_database_of_an_older_schema_is_backed_up_before_it_is_brought_up_to_date(
    on_sqlite: Api, tmp_path: Path
) -> None:
    with on_sqlite.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '2026_11_24_decisions'"))

    ran = run(on_sqlite, tmp_path, "backup", "copy.db")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "its schema at 2026_11_24_decisions" in ran.stdout
