"""The application of a revision, killed in its middle, leaves nothing half, and is finished by running it again."""

import asyncio
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service.store.engine import connect_engine
from tests.commands import NOWHERE, Command
from tests.durability.clients import pause
from tests.durability.process import wait_until
from tests.store.jobs import recording, submission
from tests.store.publishing import draft, publish

pytestmark = pytest.mark.slow
ACCOUNTS, AT_ONCE = 9_000, 1_000
_APPLIED = "SELECT count(*) FROM decisions WHERE kind = 'application'"
_STANDINGS = """
SELECT d.kind, d.team, count(*), count(DISTINCT d.account_id)
FROM accounts a JOIN decisions d ON d.id = a.decision_id GROUP BY d.kind, d.team ORDER BY d.kind, d.team
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = connect_engine(database_url)
    yield opened
    opened.dispose()


async def fill(url: str) -> None:
    """Accounts of which the next revision moves a third."""
    async with recording(url) as database:
        for first in range(0, ACCOUNTS, AT_ONCE):
            numbers = range(first, first + AT_ONCE)
            stated = ((f"acc-{number:06}", 550 if number % 3 == 0 else 640) for number in numbers)
            accounts = [submission(name, df=count, max_family_employees=count) for name, count in stated]
            await database.recorder.record(accounts)


def test_an_application_killed_in_its_middle_and_run_again_decides_each_account_once(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    asyncio.run(fill(database_url))
    publish(engine, draft(engine).draft.id)

    for wait in (0.0, 0.1):
        before = applied(engine)
        running = command(database_url)
        wait_until(partial(has_applied_more, engine, before), 60)
        pause(wait)
        running.kill()
        assert before < applied(engine) < ACCOUNTS
        let_the_lease_run_out(engine)
    code = command(database_url, tmp_path / "said").wait(120)

    told = json.loads((tmp_path / "said").read_bytes())
    third = ACCOUNTS // 3
    assert (code, told["status"], told["decided"], told["moved"]) == (0, "done", ACCOUNTS, third)
    assert applied(engine) == ACCOUNTS
    with engine.connect() as connection:
        standings = [tuple(row) for row in connection.execute(text(_STANDINGS))]
    assert standings == [
        ("application", "MMKAFO", ACCOUNTS - third, ACCOUNTS - third),
        ("application", "MM_TERRITORY", third, third),
    ]


def command(url: str, stdout: Path = NOWHERE) -> Command:
    """``chalkline policies apply``, under way."""
    return Command(
        "policies", "apply", "--json", environment=os.environ | {"CHALKLINE_DATABASE_URL": url}, stdout=stdout
    )


def let_the_lease_run_out(engine: Engine) -> None:
    """As a minute would: nobody else takes up an application sooner, for its process might be alive."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE applications SET leased_until = NULL"))


def has_applied_more(engine: Engine, than: int) -> bool:
    return applied(engine) > than


def applied(engine: Engine) -> int:
    """How many decisions the application has recorded by now."""
    with engine.connect() as connection:
        return int(connection.execute(text(_APPLIED)).scalar_one())
