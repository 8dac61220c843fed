"""What the command line loads, and what it says of itself."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from service import cli_wiring
from service.entrypoints.cli.app import COMMANDS, loaded
from tests.servers import REPOSITORY

SAY_WHAT_IS_LOADED = """
import sys
from service.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SAY_WHAT_IS_LOADED, *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_what_runs_no_command_loads_nothing_that_one_needs(words: list[str]) -> None:
    modules = run(*words).stderr.splitlines()[-1].split()

    assert {name for name in modules if name.partition(".")[0] == "service"} == {
        "service",
        "service.__main__",
        "service.entrypoints",
        "service.entrypoints.cli",
        "service.entrypoints.cli.app",
    }
    heavy = {
        "pydantic",
        "sqlalchemy",
        "psycopg",
        "asyncpg",
        "pysqlite3",
        "fastapi",
        "ibis",
        "duckdb",
        "pyarrow",
        "rich",
    }
    assert heavy.isdisjoint(modules)


def test_a_command_that_serves_nothing_loads_no_web_framework_and_none_for_tables() -> None:
    modules = run("classify", "--help").stderr.splitlines()[-1].split()

    assert {"fastapi", "uvicorn", "ibis", "duckdb", "pyarrow"}.isdisjoint(modules)


def test_serving_on_sqlite_loads_nothing_for_tables_migrations_or_postgresql() -> None:
    command = [sys.executable, "-c", "import sys, service.server; print(*sys.modules)"]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)

    seldom = {"ibis", "duckdb", "pyarrow", "polars", "pyspark", "typer", "alembic", "psycopg"}
    assert seldom.isdisjoint(told.stdout.split())


def test_the_application_is_made_by_name_for_other_servers(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from service.server import asgi; print(asgi().title)"]
    environment = os.environ | {"CHALKLINE_DATABASE_URL": f"sqlite:///{tmp_path}/chalkline.db"}
    told = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)

    assert told.stdout == "Chalkline\n"


def test_the_version_is_the_installed_one() -> None:
    assert run("--version").stdout == f"chalkline {version('chalkline')}\n"


def test_a_mistyped_command_is_told_the_near_one() -> None:
    assert "Did you mean 'classify'?" in run("clasify").stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_says_of_each_command_what_the_command_says_itself(name: str) -> None:
    command = loaded(name, cli_wiring.context)

    assert " ".join(command.help.split()).startswith(COMMANDS[name][1])
    assert COMMANDS[name][1] in " ".join(run("--help").stdout.split())


OPEN_AN_ENGINE = """
import ibis, service.bulk.history
from service.bulk.engines.open import open_engine
print(ibis.options.sql.fuse_selects)
open_engine("duckdb").close()
print(ibis.options.sql.fuse_selects)
"""


def test_loading_what_decides_tables_changes_no_option_of_ibis_and_opening_it_does() -> None:
    command = [sys.executable, "-c", OPEN_AN_ENGINE]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["True", "False"]
