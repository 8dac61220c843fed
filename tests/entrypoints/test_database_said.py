"""A database that a command cannot use ends it with a sentence, not with a trace; its address is looked at first."""

import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url, text

from service import server
from service.settings import Settings
from service.store.engine import connect_engine
from service.store.errors import SchemaBehindError
from service.store.migrations import NEWEST, check_schema, migrate
from service.store.urls import UnusableUrlError, asyncpg_arguments, check_url, postgres_parameters
from tests.api import serving
from tests.builders import request
from tests.commands import run_for_text
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.servers import REPOSITORY

NEWER = "2031_01_02_what_comes"
COMMANDS = [
    "serve",
    "worker",
    "migrate",
    "keys list",
    "keys create crm --scope read",
    "policies list",
    "changeover --on 2022-05-01",
    "changeover --on 2022-05-01 --dry-run",
    "lab backtest --set first_order_min_employees=600",
    f"classify {REPOSITORY}/examples/accounts.csv",
    f"events replay {REPOSITORY}/README.md --as events",
]
NOBODY = "postgresql://nobody:a-secret@127.0.0.1:1/chalkline"


def run(url: str, command: str) -> subprocess.CompletedProcess[str]:
    return run_for_text(*command.split(), environment=os.environ | {"CHALKLINE_DATABASE_URL": url})


def said(ran: subprocess.CompletedProcess[str]) -> str:
    """What was said of what stands in the way: one sentence."""
    assert ran.returncode == 2, (ran.stdout, ran.stderr)
    assert ran.stdout == ""
    assert "a-secret" not in ran.stderr
    assert re.fullmatch(r"[A-Z/][^\n]+\.?\n", ran.stderr), ran.stderr
    return ran.stderr


@pytest.mark.parametrize("command", COMMANDS[:-1])
def test_a_database_that_no_command_can_use_is_said_in_a_sentence(command: str, tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"no database" * 1000)

    assert said(run(f"sqlite:///{tmp_path}/damaged.db", command)) == (
        "The database's file is damaged, or holds no database.\n"
    )
    assert said(run(NOBODY, command)) == "The database cannot be reached.\n"


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_folder_or_a_file_that_cannot_be_made_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for place, why in (("file", "File exists"), ("file/folder", "Not a directory")):
        told = said(run(f"sqlite:///{tmp_path}/{place}/chalkline.db", command))
        assert told == f"{tmp_path}/{place} cannot be made for the database: {why}.\n"
    assert said(run(f"sqlite:///{tmp_path}", command)).startswith("The database's file cannot be opened")


def test_what_a_command_is_to_write_and_cannot_is_named(tmp_path: Path) -> None:
    ran = run(f"sqlite:///{tmp_path}/x.db", f"openapi --out {tmp_path}/nowhere/openapi.yaml")

    assert said(ran) == f"{tmp_path}/nowhere/openapi.yaml: No such file or directory.\n"


def test_no_command_but_those_that_migrate_makes_a_file(tmp_path: Path) -> None:
    told = said(run(f"sqlite:///{tmp_path}/none.db", "keys list"))

    assert told == "The database's file is not there: chalkline migrate.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_user_who_may_not_make_tables_is_told_so(postgres: PostgresDatabases) -> None:
    with postgres.empty() as url, psycopg.connect(url, autocommit=True) as connection:
        name = f"reader_{make_url(url).database}"
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'a-secret'").format(sql.Identifier(name)))
        try:
            reader = make_url(url).set(username=name, password="a-secret").render_as_string(hide_password=False)
            for command in ("migrate", "serve", "worker"):
                assert said(run(reader, command)) == "The database gives this user no right to do that.\n"
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://a-secret@h/b", "must start with sqlite:/// or postgresql://"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///x.db?mode=ro", "has mode"),
        ("postgresql://u:a-secret@h/b?colour=red", "is not understood here: colour"),
        ("postgresql://u:a-secret@h/b?channel_binding=require", "channel_binding that can only be disable or prefer"),
        ("postgresql://u:a-secret@h/b?gssencmode=require", "gssencmode"),
        ("postgresql://u:a-secret@h/b?hostaddr=127.0.0.1", "hostaddr"),
        ("postgresql://u:a-secret@h/b?service=x", "service"),
        ("postgresql://u:a-secret@h/b?sslmode=maybe", "sslmode that can only be allow"),
        ("postgresql://u:a-secret@h/b?sslrootcert=system", "sslrootcert"),
        ("postgresql://u:a-secret@h/b?target_session_attrs=writable", "target_session_attrs"),
        ("postgresql://u:a-secret@h/b?keepalives_idle=long", "keepalives_idle that is no whole number"),
        ("postgresql://u:a-secret@h:x/b", "port"),
        ("postgresql://u:a-secret@h1:1,h2:2,h3/b?port=1,2", "port"),
        ("postgresql://u:a-%secret@h/b", "cannot be read as postgresql://"),
    ],
)
def test_an_address_that_one_of_the_drivers_would_not_understand_is_refused_by_name(url: str, told: str) -> None:
    with pytest.raises(UnusableUrlError) as refused:
        check_url(url)

    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_start_with_such_an_address_names_the_setting() -> None:
    told = said(run("postgresql://u:a-secret@h/b?colour=red", "serve"))

    assert told.startswith("CHALKLINE_DATABASE_URL: ")
    assert "colour" in told


WITH_PARAMETERS = [
    "sslmode=prefer&channel_binding=prefer",
    "connect_timeout=5",
    "keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=20000",
    "application_name=sales&options=-c%20search_path%3Dpublic&client_encoding=utf8&gssencmode=disable",
    "target_session_attrs=read-write&load_balance_hosts=disable",
]


@pytest.mark.parametrize("parameters", WITH_PARAMETERS)
def test_what_both_drivers_understand_reads_and_records(postgres: PostgresDatabases, parameters: str) -> None:
    with postgres.fresh() as url:
        together = f"{url}{'&' if '?' in url else '?'}{parameters}"
        with serving(together) as api:
            decision = api.classify(request(id="acc-1", df=640))
            assert api.get(f"/v1/decisions/{decision['id']}") == decision


def test_of_several_servers_the_first_that_takes_changes_reads_and_records(postgres: PostgresDatabases) -> None:
    with postgres.fresh() as url:
        found = make_url(url)
        host, port = found.query.get("host", found.host), found.port or 5432
        several = f"host=/nowhere,{host}&port=1,{port}&target_session_attrs=read-write"
        with serving(f"postgresql://{found.username}:{found.password or ''}@/{found.database}?{several}") as api:
            decision = api.classify(request(id="acc-1", df=640))
            assert api.get(f"/v1/decisions/{decision['id']}") == decision


def test_the_parameters_of_an_address_mean_the_same_to_both_drivers() -> None:
    parameters = postgres_parameters("postgresql://u%40x:p%2Fw@h1:1,[::1]:2/b%20c?sslmode=require&connect_timeout=5")

    assert parameters["host"] == "h1,::1"
    first, second = asyncpg_arguments(parameters)
    assert (first["host"], first["port"], second["host"], second["port"]) == ("h1", 1, "::1", 2)
    assert (first["user"], first["password"], first["database"]) == ("u@x", "p/w", "b c")
    assert first["dsn"] == second["dsn"] == "postgresql://?sslmode=require"


def at_revision(url: str, revision: str) -> None:
    engine = connect_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


def test_a_release_goes_on_serving_and_is_ready_while_a_newer_one_migrates(database_url: str) -> None:
    with serving(database_url) as api:
        at_revision(database_url, NEWER)

        assert api.http.get("/readyz").status_code == 200
        assert api.get(f"/v1/decisions/{api.classify(id='acc-1')['id']}")


def test_an_older_release_says_that_the_schema_is_newer_and_leaves_it(database_url: str) -> None:
    at_revision(database_url, NEWER)
    told = f"The schema is at {NEWER}, made by a newer release than this one, and is left as it is.\n"

    ran = run(database_url, "migrate")

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"The schema is at {NEWER}.\n", told)
    assert run(database_url, "keys list").returncode == 0


def test_an_older_release_serves_on_a_newer_schema_and_says_so(
    sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("configure_logs", "share_the_interpreter"):
        monkeypatch.setattr(server, name, lambda *_: None)
    monkeypatch.setattr(server, "listen", lambda _, sockets, **__: [each.close() for each in sockets])
    with sqlite_databases.fresh() as url:
        at_revision(url, NEWER)
        server.serve(Settings(database_url=url, port=0))

    assert f"The schema is at {NEWER}, made by a newer release" in capsys.readouterr().err


@pytest.mark.parametrize("revision", ["another", "2001_01_01_long_ago"])
def test_a_schema_of_no_release_is_said_in_a_sentence(sqlite_databases: SqliteDatabases, revision: str) -> None:
    with sqlite_databases.fresh() as url:
        at_revision(url, revision)

        assert said(run(url, "migrate")) == "The schema is at a revision that no release before this one made.\n"
        assert said(run(url, "keys list")).startswith(f"The schema is at {revision}, not at {NEWEST}")
        engine = connect_engine(url)
        with pytest.raises(SchemaBehindError):
            migrate(engine)
        with pytest.raises(SchemaBehindError):
            check_schema(engine)
        engine.dispose()


def test_the_names_of_revisions_say_which_came_first() -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - for this test alone

    scripts = list(ScriptDirectory(str(REPOSITORY / "alembic")).walk_revisions())
    assert [script.revision for script in scripts if not re.match(r"\d{4}_\d\d_\d\d_\w", script.revision)] == []
    days = [script.revision[:10] for script in scripts]
    assert days == sorted(days, reverse=True)
    assert [Path(script.path).stem for script in scripts] == [script.revision for script in scripts]
