"""Leads in the store: found by an index, and the same whoever writes at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from alembic.config import Config
from pydantic import TypeAdapter
from sqlalchemy import Engine, Uuid, bindparam, insert, text
from sqlmodel import Session

from alembic import command
from service.domain.identifiers import uuid7
from service.domain.leads import AssignedLead
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.domain.subscriptions import MessageType
from service.domain.terms import LeadKind
from service.store.delivery.due_leads import leads_to_notice, notice_leads
from service.store.engine import connect_engine, open_session, open_writer
from service.store.leads import StandingLead, find_lead, keep_assignment, keep_touch, page_of_leads
from service.store.migrations import migrate
from service.store.sales_records import newest_records
from service.store.tables.leads import LeadClockRow
from service.store.tables.sales_records import SalesRecordRow
from service.store.tables.types import UtcInstant
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.servers import REPOSITORY
from tests.store.plans import plan_faults

NOON = datetime(2022, 3, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROWS = 20_000
NOTICED = {100: "lead.overdue", 200: "lead.ae_may_step_in"}
BEFORE = "2026_11_30_leads"
ASSIGNED = """
INSERT INTO lead_clocks (lead_id, assignment, sdr, due_at, touched_at) VALUES ('lead-1', :id, 'an sdr', :due_at, NULL)
"""
"""What the release before adds, in its own columns."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with many leads of forty SDRs, of which one in a hundred waits, and statistics of them."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url:
        opened = connect_engine(url)
        records, clocks = [], []
        for number in range(ROWS):
            at = NOON - (ROWS - number) * timedelta(minutes=1)
            record = record_of(f"filled-{number}", at, number)
            own = {"person": f"sdr {number % 40}", "request_id": "filled"}
            records.append(SalesRecordRow.model_validate(record, update=own).model_dump())
            touched_at = None if number % 100 == 0 else at
            clock = {"lead_id": record.subject, "assignment": record.id, "sdr": own["person"], "due_at": at + HOUR}
            clocks.append(clock | {"touched_at": touched_at, "assigned_at": at, "noticed": NOTICED.get(number % 400)})
        with Session(opened) as session:
            session.connection().execute(insert(SalesRecordRow), records)
            session.connection().execute(insert(LeadClockRow), clocks)
            session.connection().execute(text("ANALYZE"))
            session.commit()
        yield opened
        opened.dispose()


def record_of(lead_id: str, at: datetime, number: int, kind: SalesRecordKind = SalesRecordKind.LEAD) -> SalesRecord:
    return SalesRecord(
        id=uuid7(at, number),
        kind=kind,
        subject=lead_id,
        person="An SDR",
        happened_at=at,
        body="{}",
        recorded_by="tester",
        recorded_at=at,
    )


@pytest.mark.parametrize("before", [None, uuid7(NOON - timedelta(days=7), 0)], ids=["newest", "further back"])
@pytest.mark.parametrize("sdrs", [None, ("SDR 20",)], ids=["anybody", "one"])
@pytest.mark.parametrize("overdue", [None, True])
def test_a_page_of_leads_is_found_by_an_index(
    engine: Engine,
    overdue: bool | None,  # noqa: FBT001 - a case
    sdrs: tuple[str, ...] | None,
    before: UUID | None,
) -> None:
    ask = partial(page_of_leads, engine, NOON, overdue=overdue, sdrs=sdrs, limit=51, before=before)

    assert plan_faults(engine, ask, "lead_clocks") == []
    assert len(ask()) >= 50


@pytest.mark.parametrize("of", [MessageType.LEAD_OVERDUE, MessageType.LEAD_AE_MAY_STEP_IN])
def test_what_is_to_be_told_of_leads_is_found_by_an_index(engine: Engine, of: MessageType) -> None:
    def ask() -> int:
        with open_session(engine) as session:
            return len(leads_to_notice(session, of, NOON + 20 * timedelta(days=1), UTC, most=201))

    assert plan_faults(engine, ask, "lead_clocks") == []
    assert ask() >= 50


@pytest.mark.parametrize(("kind", "count"), [(SalesRecordKind.LEAD, 100), (SalesRecordKind.DUTIES, 0)])
def test_the_records_that_came_last_are_found_by_an_index(engine: Engine, kind: SalesRecordKind, count: int) -> None:
    ask = partial(newest_records, engine, kind, 100)

    assert plan_faults(engine, ask, "sales_records") == []
    assert len(ask()) == count


@pytest.mark.parametrize("kind", ["sqlite_databases", "postgres"])
def test_leads_that_the_release_before_assigns_are_told_of(kind: str, request: pytest.FixtureRequest) -> None:
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(kind)
    lead = AssignedLead(id="lead-1", kind=LeadKind.OTHER_MQL, assigned_at=NOON, sdr="An SDR")
    with databases.empty() as url:
        opened, config = connect_engine(url), Config()
        config.set_main_option("script_location", str(REPOSITORY / "alembic"))
        with opened.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
        assign_as_before(opened, lead, 1)

        migrate(opened)

        assert tell(opened, HOUR) == 0
        assert tell(opened, 2 * HOUR) == 1
        assert tell(opened, timedelta(days=20)) == 1
        assign_as_before(opened, replace(lead, id="lead-2"), 2)
        assert tell(opened, timedelta(days=1)) == 1
        opened.dispose()


def assign_as_before(engine: Engine, lead: AssignedLead, number: int) -> None:
    """Assign a lead by the statements of the release before."""
    record = replace(record_of(lead.id, NOON, number), body=TypeAdapter(AssignedLead).dump_json(lead).decode())
    row = SalesRecordRow.model_validate(record, update={"request_id": "tested"}).model_dump()
    named = text(ASSIGNED.replace("lead-1", lead.id)).bindparams(
        bindparam("id", record.id, type_=Uuid()), bindparam("due_at", lead.due_at(SalesBounds()), type_=UtcInstant())
    )
    with engine.begin() as connection:
        connection.execute(insert(SalesRecordRow), [row])
        connection.execute(named)


def tell(engine: Engine, later: timedelta) -> int:
    return notice_leads(engine, NOON + later, UTC, partial(uuid7, NOON, 9))


def test_the_first_touch_is_the_same_however_many_are_told_at_once(engine: Engine) -> None:
    keep(engine, partial(keep_assignment, record=record_of("at once", NOON, 0), due_at=NOON + HOUR, days_alone=14))
    touches = [
        record_of("at once", NOON + number * timedelta(minutes=1), number, SalesRecordKind.TOUCH)
        for number in (7, 3, 5, 1, 6, 2, 4, 8)
    ]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda touch: keep(engine, partial(keep_touch, record=touch)), touches))

    found = find_lead(engine, "at once")
    assert found is not None
    assert found.touched_at == NOON + timedelta(minutes=1)


def keep(engine: Engine, act: "partial[StandingLead]") -> None:
    with open_writer(engine) as session:
        act(session, request_id="tested")
        session.commit()
