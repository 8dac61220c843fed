"""Pages by days of effect, and of accounts that were updated since: they are what reading everything finds."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, select, text, update
from sqlmodel import Session, col

from bench.filling import UNTIL, YEAR, account_of, fill
from service.domain.terms import Team
from service.store import accounts
from service.store.accounts import AccountFilter, page_of_accounts
from service.store.decisions import page_of_decisions
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from service.store.guards import unguarded
from service.store.tables.decisions import AccountRow, DecisionRow
from tests.databases import PostgresDatabases, SqliteDatabases

ROWS = 600


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Decisions of a year, each of any day of it or of the years before."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    chance = random.Random(5)
    with databases.fresh() as url:
        fill(url, ROWS, 3)
        engine = connect_engine(url)
        with engine.begin() as connection, unguarded(connection, "decisions"):
            own = col(DecisionRow.id)
            for identifier in connection.scalars(select(own)).all():
                day = (UNTIL - timedelta(days=chance.choice([chance.randrange(60), chance.randrange(2_000)]))).date()
                connection.execute(update(DecisionRow).where(own == identifier).values(effective_on=day))
        yield engine
        engine.dispose()


@pytest.mark.parametrize("seed", range(25))
def test_a_page_by_days_of_effect_has_the_newest_of_them(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    since, until = sorted((UNTIL - timedelta(days=chance.randrange(2_100))).date() for _ in range(2))
    team = chance.choice([(), (Team.SMB,), (Team.MMKAFO, Team.MM_TERRITORY)])
    wanted: dict[str, Any] = {"effective_since": chance.choice([None, since]), "effective_until": until, "team": team}
    asked, limit = DecisionFilter(**wanted), chance.choice([1, 3, 7])
    everything = page_of_decisions(engine, DecisionFilter(), limit=ROWS)
    expected = [
        each.id
        for each in everything
        if (asked.effective_since is None or each.decision.effective_on >= asked.effective_since)
        and each.decision.effective_on <= until
        and (not team or each.decision.team in team)
    ]

    found, before = [], None
    while page := page_of_decisions(engine, asked, limit=limit, before=before):
        found += [each.id for each in page]
        before = found[-1]

    assert found == expected


@pytest.mark.parametrize("few", [5, 5_000])
@pytest.mark.parametrize("team", [(), (Team.SMB,)])
def test_accounts_that_were_updated_since_are_those_whose_row_says_so(
    engine: Engine, few: int, team: tuple[Team, ...]
) -> None:
    with Session(engine) as session:
        rows = session.execute(select(col(AccountRow.decision_id), col(AccountRow.recorded_at))).all()
    for since in (UNTIL - timedelta(days=20), UNTIL - YEAR / 2, UNTIL):
        updated = {identifier for identifier, at in rows if at >= since}
        asked = AccountFilter(decided=DecisionFilter(recorded_since=since, team=team))
        with patch.object(accounts, "_RECORDED", few):
            found = page_of_accounts(engine, asked, limit=ROWS)

        standing = page_of_accounts(engine, AccountFilter(decided=DecisionFilter(team=team)), limit=ROWS)
        assert found == [each for each in standing if each.recorded.id in updated]


def test_an_account_is_updated_by_what_was_recorded_under_the_shorter_form_of_its_id(engine: Engine) -> None:
    short, full = "001000000000001", "001000000000001AAA"
    with engine.begin() as connection, unguarded(connection, "decisions"):
        newest = text("SELECT account_id FROM accounts WHERE account_id <> :own ORDER BY decision_id DESC LIMIT 1")
        account = connection.scalar(newest, {"own": account_of(1)})
        for table, name in (("accounts", full), ("decisions", short)):
            renamed = text(f"UPDATE {table} SET account_id = :name WHERE account_id = :account")  # noqa: S608 - our own names
            connection.execute(renamed, {"name": name, "account": account})
    asked = AccountFilter(decided=DecisionFilter(recorded_since=UNTIL - timedelta(days=20)))

    (first, *_) = page_of_accounts(engine, asked, limit=5)

    assert first.recorded.account_id in {short, full}
