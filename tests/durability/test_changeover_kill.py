import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from service.store.engine import connect_engine
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.durability.changeovers import ON, EndState, command, end_state, fill, moved_so_far
from tests.durability.clients import pause
from tests.durability.process import AUTHORIZED, ServiceProcess, wait_until

pytestmark = pytest.mark.slow
ACCOUNTS, DUE = 6_000, 4_200
_PATH = f"/v1/changeovers/{ON}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest) -> Iterator[tuple[SqliteDatabases | PostgresDatabases, str]]:
    """A database of each kind with the accounts, and what makes copies of it."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url:
        assert fill(url, ACCOUNTS) == DUE
        yield databases, url


@pytest.fixture
def database_url(filled: tuple[SqliteDatabases | PostgresDatabases, str]) -> Iterator[str]:
    databases, url = filled
    with databases.copy_of(url) as copy:
        yield copy


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = connect_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def undisturbed(sqlite_databases: SqliteDatabases) -> EndState:
    """What a run that nobody disturbs comes to, on whichever database."""
    with sqlite_databases.fresh() as url:
        fill(url, ACCOUNTS)
        code = command(url).wait(60)
        found = end_state(url)
    assert (code, found.accounts, found.moved) == (0, ACCOUNTS, DUE)
    assert (found.moved_again, found.broken) == (0, 0)
    return found


def test_a_changeover_killed_in_its_middle_and_run_again_ends_as_one_that_nobody_disturbs(
    database_url: str, engine: Engine, undisturbed: EndState, tmp_path: Path
) -> None:
    moments = random.Random(1)

    for share in (0.0, 0.2, 0.5):
        running = command(database_url)
        wait_until_moved(engine, more_than=share * DUE)
        pause(moments.uniform(0, 0.15))
        running.kill()
        assert share * DUE < moved_so_far(engine) < DUE
    code = command(database_url, tmp_path / "said").wait(60)

    assert code == 0
    assert f"({DUE:,} in all)" in (tmp_path / "said").read_text()
    assert end_state(database_url) == undisturbed


def test_a_service_killed_in_the_middle_of_a_changeover_goes_on_with_it_by_itself(
    database_url: str, engine: Engine, undisturbed: EndState
) -> None:
    service = ServiceProcess(database_url)
    service.start()
    try:
        with httpx.Client(base_url=service.url, headers=AUTHORIZED) as http:
            assert http.post("/v1/changeovers", json={"on": ON.isoformat()}).status_code == 202
            for share in (0.0, 0.4):
                wait_until_moved(engine, more_than=share * DUE)
                service.kill()
                assert moved_so_far(engine) < DUE
                let_the_lease_run_out(engine)
                service.start()
            wait_until(lambda: http.get(_PATH).json()["status"] == "done", 60)
            told = http.get(_PATH).json()
    finally:
        service.end()

    assert told["moved"] == DUE
    assert told["finished_at"] is not None
    assert end_state(database_url) == undisturbed


def wait_until_moved(engine: Engine, *, more_than: float) -> None:
    wait_until(lambda: moved_so_far(engine) > more_than, 30)


def let_the_lease_run_out(engine: Engine) -> None:
    """As a minute would: nobody else takes up a changeover sooner, for its process might be alive."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE changeovers SET leased_until = NULL"))
