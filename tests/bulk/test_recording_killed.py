"""A run that records a table, killed in its middle, leaves nothing half, and is finished by running it again."""

import json
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from service.store.engine import connect_engine
from tests.builders import ON
from tests.bulk.exports import as_csv, requests
from tests.commands import Command
from tests.databases import PostgresDatabases


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_no_half_and_run_again_doubles_nothing(
    postgres: PostgresDatabases, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(as_csv(requests(8_000, seed=41)))
    with postgres.fresh() as url:
        running = _started(url, file)
        done = first_counted(url, running)
        running.kill()
        killed = counted(url)
        again = _started(url, file)
        code = again.wait(60)
        finished = counted(url)

    told = file.with_suffix(".said").read_bytes()
    assert code == 0
    assert done <= killed[0] < finished[0]
    assert json.loads(told)["on_record_already"] == killed[0]
    assert json.loads(told)["recorded"] == finished[0] - killed[0]
    assert finished[0] == finished[1] == json.loads(told)["decided"]


def _started(url: str, file: Path) -> Command:
    words = ("bulk", "classify", file, "--out", file.with_suffix(".parquet"), "--on", ON, "--record", "--json")
    environment = os.environ | {"CHALKLINE_DATABASE_URL": url}
    return Command(*words, environment=environment, stdout=file.with_suffix(".said"))


def first_counted(url: str, running: Command) -> int:
    """How many decisions there are as soon as a command has recorded some."""
    while not (done := counted(url)[0]):
        assert running.poll() is None
        time.sleep(0.02)
    return done


def counted(url: str) -> tuple[int, int]:
    """The decisions, and the accounts that stand on one."""
    engine = connect_engine(url)
    query = "SELECT (SELECT count(*) FROM decisions), count(*) FROM accounts a JOIN decisions d ON d.id = a.decision_id"
    with engine.connect() as connection:
        decisions, accounts = connection.execute(text(query)).one()
    engine.dispose()
    return decisions, accounts
