"""Deliveries that were settled long ago are removed with their attempts; whatever is pending, or newer, stays."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, func, insert, text, update
from sqlmodel import Session, select

from service.background import background
from service.domain.identifiers import uuid7
from service.domain.subscriptions import DeliveryStatus
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.retention import remove_old_deliveries
from service.settings import Settings
from service.store.delivery import removal
from service.store.delivery.attempts import Attempt, Ruling, record_attempts
from service.store.delivery.claims import claim, due_subscribers
from service.store.delivery.outbox import hand_out
from service.store.delivery.removal import remove_settled, settled_before
from service.store.errors import NotFoundError
from service.store.tables.events import DeliveryAttemptRow, DeliveryRow
from tests.api import Api, eventually, serving
from tests.console.operating import given_up
from tests.delivery.endpoints import endpoint
from tests.problems import hold_problem
from tests.relay.failing import ACCEPTED, AWAY, NO_PORT, resend
from tests.relay.place import Place, relaying
from tests.store.jobs import ASKED
from tests.store.plans import indexes_read, plan_faults

DAY, MANY = timedelta(days=1), 5_000


def old(place: Place, *, days: int) -> list[UUID]:
    """The deliveries that were settled so long ago or longer."""
    return settled_before(place.database.engine, place.clock() - timedelta(days=days), 100)


def remove(place: Place, *, days: int) -> int:
    return remove_settled(place.database.engine, old(place, days=days), place.clock() - timedelta(days=days))


def attempts_kept(engine: Engine) -> int:
    with Session(engine) as opened:
        return opened.exec(select(func.count()).select_from(DeliveryAttemptRow)).one()


def test_what_was_delivered_and_given_up_is_removed_when_it_is_older_than_it_is_kept(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served, endpoint(AWAY) as away:
            taking, _ = place.subscribe(served.port)
            refusing, _ = place.subscribe(away.port)
            await place.record("acc-1", "acc-2")
            await place.quiet()
            place.office.end(refusing, ASKED)
            place.clock.advance(days=30)
            await place.record("acc-1")
            await place.quiet()
            before = {each.id for each in place.deliveries()}

            assert (len(old(place, days=30)), len(old(place, days=29))) == (0, 4)
            assert remove(place, days=29) == 4

            (left,) = place.deliveries()
            assert (left.subscriber_id, left.status) == (taking, DeliveryStatus.DELIVERED)
            assert left.id in before
            assert attempts_kept(place.database.engine) == len(place.attempts(left)) == 1
            assert remove(place, days=29) == 0

    asyncio.run(scenario())


def test_what_is_pending_stays_however_old_and_so_does_what_is_sent_again(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port)
            disabled, _ = place.subscribe(NO_PORT)
            await place.record("acc-1", "acc-2")
            await place.quiet()
            place.clock.advance(days=30)
            found = old(place, days=1)
            assert len(found) == 2
            again = found[0]
            resend(place, again)

            assert remove_settled(place.database.engine, found, place.clock() - DAY) == 1

            assert place.statuses(disabled) == [DeliveryStatus.PENDING] * 2
            await place.quiet()
            assert again in {each.id for each in place.deliveries()}
            assert remove(place, days=1) == 0, "it was delivered now"

    asyncio.run(scenario())


def test_of_what_a_downgrade_gave_up_the_day_that_it_was_made_counts(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place:
            place.subscribe(NO_PORT)
            await place.record("acc-1")
            engine = place.database.engine
            hand_out(engine, place.clock(), place.office.new_id)
            with Session(engine) as opened:
                opened.exec(update(DeliveryRow).values(status=DeliveryStatus.GIVEN_UP, next_at=None))
                opened.commit()
            place.clock.advance(days=2)

            assert (remove(place, days=2), remove(place, days=1)) == (0, 1)

    asyncio.run(scenario())


def test_an_attempt_that_ended_after_its_delivery_was_removed_changes_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place:
            subscriber, _ = place.subscribe(NO_PORT)
            await place.record("acc-1")
            engine, now = place.database.engine, place.clock()
            hand_out(engine, now, place.office.new_id)
            (claimed,) = claim(engine, dict.fromkeys(due_subscribers(engine, now), 8), now, now + DAY)
            place.office.end(subscriber, ASKED)
            place.clock.advance(days=9)
            assert remove(place, days=1) == 1
            late = Attempt(
                id=place.office.new_id(),
                delivery_id=claimed.delivery_id,
                subscriber_id=subscriber,
                number=claimed.number,
                at=place.clock(),
                accepted=True,
                outcome="accepted",
                http_status=204,
                detail=None,
                took=1.0,
            )

            assert record_attempts(engine, [late], lambda *_: Ruling(status=DeliveryStatus.DELIVERED)) == []

            assert attempts_kept(engine) == 0

    asyncio.run(scenario())


def test_a_delivery_that_is_gone_is_sent_again_no_more(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port)
            await place.record("acc-1")
            await place.quiet()
            (delivery,) = place.deliveries()
            place.clock.advance(days=2)
            assert remove(place, days=1) == 1

            with pytest.raises(NotFoundError):
                resend(place, delivery.id)
            await place.quiet()
            assert (place.deliveries(), len(served.received)) == ([], 1), "nor is its decision handed out again"

    asyncio.run(scenario())


def test_the_worker_removes_a_few_to_a_commit_until_none_is_left(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []

    def remove_some(engine: Engine, delivery_ids: list[UUID], before: Any) -> int:  # noqa: ANN401 - an instant
        commits.append(removal.remove_settled(engine, delivery_ids, before))
        return commits[-1]

    for name, value in (("remove_settled", remove_some), ("_DELIVERIES_AT_ONCE", 2), ("_DELIVERIES_FOUND", 5)):
        monkeypatch.setattr(f"service.entrypoints.worker.retention.{name}", value)

    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port)
            await place.record(*(f"acc-{number}" for number in range(7)))
            await place.quiet()
            place.clock.advance(days=2)
            logged: list[dict[str, Any]] = []
            context = WorkerContext(
                database=place.database,
                now=place.clock,
                pause=0,
                log=lambda event, **told: logged.append({"event": event, **told}),
                warn=lambda *_, **__: None,
                log_fault=lambda *_: None,
            )

            assert [await remove_old_deliveries(context, DAY) for _ in range(3)] == [True, True, False]
            assert commits == [2, 2, 1, 2]
            assert logged == [{"event": "deliveries_removed", "deliveries": count} for count in (5, 2)]

    asyncio.run(scenario())


def test_what_is_old_is_found_by_an_index_whatever_else_there_is(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place:
            subscriber, _ = place.subscribe(NO_PORT)
            engine, now = place.database.engine, place.clock()
            with engine.begin() as connection:
                connection.execute(insert(DeliveryRow), [_delivery(subscriber, number, now) for number in range(MANY)])
                connection.execute(text("ANALYZE"))
            place.clock.advance(days=400)

            delivered, given_up = indexes_read(engine, lambda: old(place, days=200))
            assert given_up == {"ix_deliveries_status"}
            # Where next to all were delivered, that of the identifiers is as good.
            assert len(delivered & {"ix_deliveries_status", "deliveries_pkey"}) == 1
            assert plan_faults(engine, lambda: old(place, days=200), "deliveries") == []

    asyncio.run(scenario())


def _delivery(subscriber: UUID, number: int, now: datetime) -> dict[str, object]:
    """One of many: most were delivered, one of a thousand was given up, and the newest tenth is pending."""
    at = now + number * timedelta(minutes=1)
    given_up = DeliveryStatus.GIVEN_UP if number % 1000 == 999 else DeliveryStatus.DELIVERED
    is_pending = number >= MANY * 9 // 10
    return {
        "id": uuid7(at, 2 * number),
        "subscriber_id": subscriber,
        "decision_id": uuid7(at, 2 * number + 1),
        "account_id": f"acc-{number}",
        "status": DeliveryStatus.PENDING if is_pending else given_up,
        "attempts": 1,
        "failures": 0,
        "next_at": at if is_pending else None,
        "created_at": at,
        "settled_at": None if is_pending else at,
    }


@contextmanager
def _a_delivery_of_long_ago(url: str) -> Iterator[tuple[Api, str]]:
    with serving(url) as api:
        made = api.http.post("/v1/subscribers", json={"name": "receiver", "url": "https://hooks.example.com/in"})
        api.classify(id="acc-1", df=640)
        delivery = given_up(api, made.json()["id"])
        api.http.delete(f"/v1/subscribers/{made.json()['id']}")
        yield api, delivery


@pytest.mark.parametrize(("days", "stays"), [(0, True), (1, False)])
def test_it_is_the_settings_that_have_them_removed(database_url: str, days: int, *, stays: bool) -> None:
    with _a_delivery_of_long_ago(database_url) as (api, delivery):
        tasks = background(Settings(delivery_retention_days=days), api.database, CollectorRegistry())
        assert len(tasks) == len(background(Settings(delivery_retention_days=0), api.database, CollectorRegistry())) + (
            not stays
        )
        if stays:
            return

        async def until_removed() -> None:
            task = asyncio.ensure_future(tasks[-1]())
            gone = lambda: api.http.get(f"/v1/deliveries/{delivery}").status_code == 404  # noqa: E731 - one question
            await asyncio.to_thread(eventually, gone)
            task.cancel()

        asyncio.run(until_removed())
        assert api.get("/v1/deliveries")["items"] == []
        hold_problem(api.http.post(f"/v1/deliveries/{delivery}/resending"), 404, "not_found")
