"""A policy is applied to each account once, whoever stops meanwhile, and with everything that was found counted."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from uuid import UUID

import pytest

from service.domain.decision import Kind
from service.domain.identifiers import uuid7
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.applications import run_applications
from service.store import applications
from service.store.applications import (
    Application,
    ApplicationStatus,
    Applied,
    Older,
    accounts_to_decide,
    claim_application,
    find_application,
    note_application,
    request_application,
)
from service.store.database import Database
from service.store.decisions import page_of_decisions
from service.store.engine import open_writer
from service.store.filters import DecisionFilter
from service.usecases.apply_policy import apply_policy, revision_to_apply
from tests.application import Clock
from tests.store.jobs import AT, recording, submission
from tests.store.publishing import draft, publish

TODAY = AT.date()
MOVED, SAME = [f"moved-{place}" for place in range(5)], [f"same-{place}" for place in range(4)]


class Killed(Exception):  # noqa: N818 - it is no error of ours
    """What a process does not survive."""


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of two accounts."""
    monkeypatch.setattr(applications, "_SLICE", 2)


async def fill(database: Database) -> None:
    """Accounts of which a second revision, which is published, moves some."""
    between, large = ({"df": count, "max_family_employees": count} for count in (550, 640))
    await database.recorder.record([submission(account, **between) for account in MOVED])
    await database.recorder.record([submission(account, **large) for account in SAME])
    publish(database.engine, draft(database.engine).draft.id)


def ask(database: Database, *, dry_run: bool = False) -> Application:
    """Ask for an application."""
    with open_writer(database.engine) as session:
        choose = partial(revision_to_apply, policy_id="fy23", today=TODAY)
        asked = request_application(
            session,
            choose,
            application_id=uuid7(AT, 77),
            on=TODAY,
            dry_run=dry_run,
            by="tester",
            at=AT,
            request_id="request-77",
        )
        session.commit()
    return asked


def at_work(database: Database, clock: Clock) -> WorkerContext:
    nothing = lambda *_, **__: None  # noqa: E731 - nobody is told
    return WorkerContext(database=database, now=clock, pause=0, log=nothing, warn=nothing, log_fault=nothing)


def found(database: Database, application_id: UUID) -> Application:
    application = find_application(database.engine, application_id)
    assert application is not None
    return application


def decided(database: Database) -> Counter[str]:
    """How often an application decided each account."""
    page = page_of_decisions(database.engine, DecisionFilter(kind=(Kind.APPLICATION,)), limit=500)
    return Counter(each.account_id for each in page)


@pytest.mark.parametrize("noted", [True, False], ids=["once a slice is noted", "before a slice is noted"])
def test_one_that_is_killed_half_way_goes_on_and_decides_each_account_once(
    database_url: str,
    noted: bool,  # noqa: FBT001 - a case
) -> None:
    async def scenario() -> None:
        async with recording(database_url) as database:
            await fill(database)
            asked, clock = ask(database), Clock(AT)
            claimed = claim_application(database.engine, clock(), clock.advance(seconds=60))
            assert claimed is not None
            slices = 0

            def note(progress: Applied) -> None:
                nonlocal slices
                slices += 1
                if slices < 2 or noted:
                    note_application(database.engine, claimed.id, progress, clock())
                if slices == 2:
                    raise Killed

            with pytest.raises(Killed):
                await apply_policy(database, claimed, lambda: TODAY, note)
            assert sum(decided(database).values()) == 4
            assert not await run_applications(at_work(database, clock), lambda: TODAY)  # it might be alive
            clock.advance(seconds=61)
            assert await run_applications(at_work(database, clock), lambda: TODAY)

            done = found(database, asked.id)
            assert decided(database) == dict.fromkeys((*MOVED, *SAME), 1)
            assert (done.status, done.progress.decided, done.progress.unchanged) == (ApplicationStatus.DONE, 9, 4)
            assert [each.count for each in done.progress.moves] == [5]

    asyncio.run(scenario())


def test_a_publication_between_two_slices_stops_it_behind_the_first(database_url: str) -> None:
    async def scenario() -> None:
        async with recording(database_url) as database:
            await fill(database)
            asked = ask(database)

            def note(progress: Applied) -> None:
                note_application(database.engine, asked.id, progress, AT)
                publish(database.engine, draft(database.engine, 2, first_order_min_employees="700").draft.id)

            status = await apply_policy(database, asked, lambda: TODAY, note)

            assert (status, found(database, asked.id).progress.decided) == (ApplicationStatus.STOPPED, 2)
            assert sum(decided(database).values()) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("at_once", [5, 6], ids=["decided together", "decided one by one"])
def test_an_account_that_was_decided_meanwhile_under_the_revision_is_left_as_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(applications, "_SLICE", at_once)

    async def scenario() -> None:
        async with recording(database_url) as database:
            await fill(database)
            asked = ask(database)
            with as_found_before(monkeypatch, accounts_to_decide(database.engine, asked, None)[:5]):
                await database.recorder.record([submission(MOVED[0], df=550, max_family_employees=550)])
                status = await apply_policy(database, asked, lambda: TODAY, lambda _: None)

            assert status is ApplicationStatus.DONE
            assert decided(database) == dict.fromkeys(MOVED[1:], 1)

    asyncio.run(scenario())


@contextmanager
def as_found_before(monkeypatch: pytest.MonkeyPatch, accounts: list[Older]) -> Iterator[None]:
    """Have accounts found that stood under an older revision when they were looked for."""
    slices = iter([accounts, []])
    with monkeypatch.context() as patched:
        patched.setattr("service.usecases.apply_policy.accounts_to_decide", lambda *_: next(slices))
        yield


def test_one_that_goes_on_past_midnight_decides_for_the_day_on_which_it_was_asked_for(database_url: str) -> None:
    tomorrow = date.fromordinal(TODAY.toordinal() + 1)

    async def scenario() -> None:
        async with recording(database_url) as database:
            await fill(database)
            asked = ask(database)
            clock = Clock(AT)
            clock.advance(days=1)
            await run_applications(at_work(database, clock), lambda: tomorrow)

            page = page_of_decisions(database.engine, DecisionFilter(kind=(Kind.APPLICATION,)), limit=500)
            assert {each.decision.effective_on for each in page} == {TODAY}
            assert found(database, asked.id).status is ApplicationStatus.DONE

    asyncio.run(scenario())
