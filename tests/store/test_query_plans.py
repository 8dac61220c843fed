"""Every query of the record goes by an index, on both databases, however many decisions there are."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlmodel import Session, col

from bench.audit import asked_for
from bench.filling import AUDITOR, UNTIL, YEAR, account_of, fill
from service.domain.identifiers import first_uuid7
from service.store.accounts import AccountFilter, page_of_accounts
from service.store.decisions import (
    decision_as_of,
    decision_on,
    oldest_decision,
    page_of_decisions,
    standing_decision,
    team_as_prospect,
)
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from service.store.tables.decisions import DecisionRow
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.store.plans import FEW, faults_of_postgres, faults_of_sqlite, plan_faults

ROWS = 20_000
"""Enough for both databases to prefer an index to reading everything."""
HALF_A_YEAR_AGO = UNTIL - YEAR / 2
A_MONTH = {"recorded_since": HALF_A_YEAR_AGO, "recorded_until": HALF_A_YEAR_AGO + timedelta(days=30)}
FILTERS: list[dict[str, Any]] = [
    {},
    {"account_id": account_of(7)},
    {"account_id": account_of(7), "team": "SMB"},
    {"status": "final"},
    {"status": "pending_review"},
    {"kind": "review"},
    {"segment": "LARGE"},
    {"team": "MMKAFO"},
    {"rule": "ROUTE-1"},
    {"actor": AUDITOR},
    {"source": "webhook"},
    {"policy": "fy23"},
    {"status": "provisional", "team": "MM_TERRITORY"},
    {"segment": "LARGE", "actor": "crm-backfill"},
    {"kind": "classification", "team": "SMB", "source": "cli"},
    A_MONTH,
    A_MONTH | {"status": "pending_review"},
    A_MONTH | {"team": "MM_TERRITORY"},
    {"recorded_since": UNTIL - YEAR, "actor": AUDITOR},
    {"team_before": "SMB", "team": "MM_TERRITORY"},
    {"leading_source": "zoominfo", "status": "final"},
    {"missing_fact": "lam_dev_count"},
    {"policy_version": 1},
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with many decisions, and statistics of them."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url:
        fill(url, ROWS)
        opened = connect_engine(url)
        yield opened
        opened.dispose()


@pytest.mark.parametrize("before", [None, first_uuid7(HALF_A_YEAR_AGO)], ids=["newest", "further back"])
@pytest.mark.parametrize("wanted", FILTERS, ids=lambda wanted: " and ".join(wanted) or "anything")
def test_a_page_is_found_by_an_index(engine: Engine, wanted: dict[str, Any], before: Any) -> None:  # noqa: ANN401 - an identifier or none
    asked = asked_for(wanted)

    assert plan_faults(engine, lambda: page_of_decisions(engine, asked, limit=51, before=before)) == []


@pytest.mark.parametrize("wanted", [{}, {"team": "MM_TERRITORY"}], ids=["anything", "team"])
def test_a_month_is_found_by_an_index_wherever_in_the_year_it_is(engine: Engine, wanted: dict[str, Any]) -> None:
    faults = []
    for day in range(0, 336, 6):
        since = UNTIL - YEAR + timedelta(days=day)
        asked = asked_for(wanted | {"recorded_since": since, "recorded_until": since + timedelta(days=30)})
        faults += plan_faults(engine, partial(page_of_decisions, engine, asked, limit=51))
    assert faults == []


def test_a_standing_is_found_by_an_index(engine: Engine) -> None:
    assert plan_faults(engine, lambda: standing_decision(engine, account_of(7))) == []
    assert plan_faults(engine, lambda: decision_as_of(engine, account_of(7), HALF_A_YEAR_AGO)) == []
    assert plan_faults(engine, lambda: decision_on(engine, account_of(7), HALF_A_YEAR_AGO.date())) == []


def test_an_account_of_salesforce_is_found_by_an_index_under_either_form_of_its_id(engine: Engine) -> None:
    account = "0018a00001XyZaBAAV"
    asks: list[Callable[[], object]] = [
        lambda: page_of_decisions(engine, DecisionFilter(account_id=account), limit=51),
        lambda: page_of_decisions(engine, asked_for({"account_id": account, "team": "SMB"}), limit=51),
        lambda: decision_as_of(engine, account, HALF_A_YEAR_AGO),
        lambda: decision_on(engine, account, HALF_A_YEAR_AGO.date()),
        lambda: oldest_decision(engine, account),
        lambda: team_as_prospect(engine, account),
    ]
    # Of each form a few are found, which SQLite may sort.
    faults = [fault for ask in asks for fault in plan_faults(engine, ask) if "TEMP B-TREE" not in fault]
    assert faults == []


@pytest.mark.parametrize("wanted", [{}, {"team": "SMB"}, {"status": "pending_review"}], ids=["any", "team", "status"])
def test_a_page_of_accounts_is_found_by_an_index(engine: Engine, wanted: dict[str, Any]) -> None:
    asked = AccountFilter(decided=asked_for(wanted))
    known = replace(asked, known=first_uuid7(HALF_A_YEAR_AGO))

    assert plan_faults(engine, lambda: page_of_accounts(engine, asked, limit=51)) == []
    assert plan_faults(engine, lambda: page_of_accounts(engine, known, limit=51)) == []


def test_a_page_of_a_filter_is_what_reading_everything_finds(engine: Engine) -> None:
    asked: list[dict[str, Any]] = [
        {"status": "pending_review"},
        {"team": "SMB", "source": "cli"},
        {"actor": AUDITOR, "status": "final"},
    ]
    for wanted in asked:
        conditions = " AND ".join(f"{name} = :{name}" for name in wanted)
        query = text(f"SELECT count(*) FROM decisions WHERE {conditions}")  # noqa: S608 - our own names
        with engine.connect() as connection:
            expected = connection.execute(query, wanted).scalar_one()

        found = page_of_decisions(engine, asked_for(wanted), limit=ROWS)

        assert len(found) == expected
        assert [decision.id for decision in found] == sorted((decision.id for decision in found), reverse=True)


@pytest.mark.parametrize(
    "wanted", [{}, {"team": "SMB"}, {"team": "SMB", "rule": "ROUTE-2"}], ids=["any", "team", "none"]
)
def test_the_first_accounts_for_a_day_are_what_reading_everything_finds(engine: Engine, wanted: dict[str, Any]) -> None:
    by_day: tuple[Any, ...] = (col(DecisionRow.effective_on), col(DecisionRow.id))
    every = select(*by_day, col(DecisionRow.account_id), col(DecisionRow.team), col(DecisionRow.rule))
    with Session(engine) as session:
        rows = session.execute(every.order_by(*by_day)).all()
    for days, known in product((0, 3, 180, 364), (None, first_uuid7(HALF_A_YEAR_AGO))):
        on = (UNTIL - timedelta(days=days)).date()
        stood = {each.account_id: each for each in rows if each.effective_on <= on and (not known or each.id < known)}
        fits = [each.id for each in stood.values() if all(getattr(each, name) == it for name, it in wanted.items())]

        asked = AccountFilter(decided=asked_for(wanted), on=on, known=known)
        found = page_of_accounts(engine, asked, limit=51)

        assert [each.recorded.id for each in found] == sorted(fits, reverse=True)[:51]


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM decisions WHERE request_id = 'r-1'", "SELECT * FROM decisions ORDER BY request_id LIMIT 51"],
    ids=["reads everything", "sorts everything"],
)
def test_a_query_without_an_index_is_found_out(engine: Engine, statement: str) -> None:
    with engine.connect() as connection:
        assert plan_faults(engine, lambda: connection.execute(text(statement)).all())


def test_a_sort_of_what_an_index_finds_is_found_out_unless_it_is_small_or_limited_first() -> None:
    scan = {"Node Type": "Index Scan", "Relation Name": "decisions", "Plan Rows": FEW + 1}
    assert faults_of_postgres({"Node Type": "Sort", "Plans": [scan]})
    assert not faults_of_postgres({"Node Type": "Sort", "Plans": [{"Node Type": "Limit", "Plans": [scan]}]})
    assert not faults_of_postgres({"Node Type": "Sort", "Plans": [scan | {"Plan Rows": FEW}]})
    assert faults_of_sqlite(
        ["SEARCH decisions USING INDEX ix_decisions_facet (facet=?)", "USE TEMP B-TREE FOR ORDER BY"]
    )
