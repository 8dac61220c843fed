import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from service.store.engine import connect_engine
from tests.databases import SqliteDatabases
from tests.durability.changeovers import ON, EndState, command, end_state, fill, moved_so_far
from tests.durability.clients import pause
from tests.durability.process import AUTHORIZED, ServiceProcess, wait_until

pytestmark = pytest.mark.slow
ACCOUNTS = 6_000
_PATH = f"/v1/changeovers/{ON}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = connect_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def undisturbed(sqlite_databases: SqliteDatabases) -> EndState:
    """What a run that nobody disturbs comes to, on whichever database."""
    with sqlite_databases.fresh() as url:
        due = fill(url, ACCOUNTS)
        code = command(url).wait(60)
        found = end_state(url)
    assert (code, found.accounts, found.moved) == (0, ACCOUNTS, due)
    assert (found.moved_again, found.broken) == (0, 0)
    return found


def test_a_changeover_killed_in_its_middle_and_run_again_ends_as_one_that_nobody_disturbs(
    database_url: str, engine: Engine, undisturbed: EndState, tmp_path: Path
) -> None:
    moments = random.Random(1)
    due = fill(database_url, ACCOUNTS)

    for share in (0.0, 0.2, 0.5):
        running = command(database_url)
        wait_until_moved(engine, more_than=share * due)
        pause(moments.uniform(0, 0.15))
        running.kill()
        assert share * due < moved_so_far(engine) < due
    code = command(database_url, tmp_path / "said").wait(60)

    assert code == 0
    assert f"({due:,} in all)" in (tmp_path / "said").read_text()
    assert end_state(database_url) == undisturbed


def test_a_service_killed_in_the_middle_of_a_changeover_goes_on_with_it_by_itself(
    database_url: str, engine: Engine, undisturbed: EndState
) -> None:
    due = fill(database_url, ACCOUNTS)
    service = ServiceProcess(database_url)
    service.start()
    try:
        with httpx.Client(base_url=service.url, headers=AUTHORIZED) as http:
            assert http.post("/v1/changeovers", json={"on": ON.isoformat()}).status_code == 202
            for share in (0.0, 0.4):
                wait_until_moved(engine, more_than=share * due)
                service.kill()
                assert moved_so_far(engine) < due
                let_the_lease_run_out(engine)
                service.start()
            wait_until(lambda: http.get(_PATH).json()["status"] == "done", 60)
            told = http.get(_PATH).json()
    finally:
        service.end()

    assert told["moved"] == due
    assert told["finished_at"] is not None
    assert end_state(database_url) == undisturbed


def wait_until_moved(engine: Engine, *, more_than: float) -> None:
    wait_until(lambda: moved_so_far(engine) > more_than, 30)


def let_the_lease_run_out(engine: Engine) -> None:
    """As a minute would: nobody else takes up a changeover sooner, for its process might be alive."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE changeovers SET leased_until = NULL"))
