"""Endpoints that are gone, or accept nothing for long: disabled, sent little, and caught up with."""

import asyncio
from datetime import timedelta

import pytest

from service.domain.subscriptions import DeliveryStatus, SubscriberStatus
from tests.delivery.endpoints import Received, endpoint, message
from tests.relay.failing import AWAY, enable, in_turn
from tests.relay.place import decision_of, relaying

pytestmark = pytest.mark.slow


def test_an_endpoint_that_is_gone_is_disabled_at_once_and_somebody_is_told(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(in_turn(message("410 Gone"))) as served:
            subscriber, _ = place.subscribe(served.port, name="planning")
            await place.record("acc-1", "acc-1")
            await place.quiet()

            reason = "The endpoint answered 410: it is gone"
            found = place.subscriber(subscriber)
            assert (found.status, found.disabled_reason) == (SubscriberStatus.DISABLED, reason)
            assert found.disabled_at == place.clock()
            assert place.warned == [
                {
                    "event": "subscriber_disabled",
                    "subscriber_id": str(subscriber),
                    "name": "planning",
                    "reason": reason,
                }
            ]
            await place.record("acc-2")
            await place.pass_time(days=1)
            assert len(served.received) == 1

            enable(place, subscriber)
            await place.quiet()
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 2
            assert place.is_enabled(subscriber)

    asyncio.run(scenario())


def test_an_endpoint_that_accepts_nothing_for_five_days_is_disabled(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(AWAY) as served:
            subscriber, _ = place.subscribe(served.port)
            for _ in range(5):
                await place.record("acc-1")
                await place.pass_time(hours=23.9, step=timedelta(hours=2))
            assert place.is_enabled(subscriber)
            assert place.warned == []

            await place.pass_time(hours=8)

            found = place.subscriber(subscriber)
            assert (found.status, found.disabled_reason) == (
                SubscriberStatus.DISABLED,
                "The endpoint has accepted nothing for 5 days",
            )
            assert [line["event"] for line in place.warned] == ["subscriber_disabled"]

    asyncio.run(scenario())


def test_one_acceptance_within_five_days_keeps_an_endpoint_enabled(database_url: str) -> None:
    async def scenario() -> None:
        days = 0

        async def moody(_: Received, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0)
            writer.write(message("200 OK") if days % 4 == 0 else message("500 Internal Server Error"))

        async with relaying(database_url) as place, endpoint(moody) as served:
            subscriber, _ = place.subscribe(served.port)
            for days in range(1, 13):  # noqa: B007 - the script looks at it
                await place.record("acc-1")
                await place.pass_time(days=1, step=timedelta(hours=3))

            assert place.is_enabled(subscriber)

    asyncio.run(scenario())


def test_a_delivery_is_given_up_after_three_days_and_the_next_of_its_account_goes(database_url: str) -> None:
    async def scenario() -> None:
        refused = ""

        async def picky(received: Received, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0)
            writer.write(message("422 Unprocessable Content" if decision_of(received) == refused else "200 OK"))

        async with relaying(database_url) as place, endpoint(picky) as served:
            subscriber, _ = place.subscribe(served.port)
            refused, following = await place.record("acc-1", "acc-1")
            await place.record("acc-2")
            await place.pass_time(days=2.5)
            assert sorted(place.statuses()) == ["delivered", "pending", "pending"]
            tried = len(served.received)
            assert 12 <= tried <= 70

            await place.pass_time(days=1)

            assert sorted(place.statuses()) == ["delivered", "delivered", "given_up"]
            assert sorted(place.settled) == sorted(place.statuses())  # each is counted once, and none that is pending
            assert decision_of(served.received[-1]) == following
            assert place.is_enabled(subscriber)

    asyncio.run(scenario())


def test_what_waited_for_an_endpoint_that_was_away_goes_as_soon_as_it_accepts_again(database_url: str) -> None:
    async def scenario() -> None:
        is_away = True

        async def sometimes(_: Received, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0)
            writer.write(message("503 Service Unavailable" if is_away else "200 OK"))

        async with relaying(database_url) as place, endpoint(sometimes) as served:
            place.subscribe(served.port)
            await place.record(*[f"acc-{number}" for number in range(12)] * 2)
            await place.pass_time(days=1, step=timedelta(hours=2))
            is_away = False
            await place.pass_time(hours=6)

            accepted = served.received[-24:]
            assert len({decision_of(one) for one in accepted}) == 24
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 24
            settled = {one.settled_at for one in place.deliveries()}
            assert len(settled) == 1

    asyncio.run(scenario())


def test_an_endpoint_that_accepts_nothing_is_sent_one_delivery_at_a_time(database_url: str) -> None:
    async def scenario() -> None:
        present = most = 0
        together = asyncio.Event()

        async def away(_: Received, writer: asyncio.StreamWriter) -> None:
            nonlocal present, most
            present += 1
            most = max(most, present)
            if present == 8:
                together.set()
            await asyncio.wait_for(together.wait(), 10)
            await asyncio.sleep(0.02)
            present -= 1
            writer.write(message("500 Internal Server Error"))

        async with relaying(database_url) as place, endpoint(away) as served:
            place.subscribe(served.port)
            await place.record(*[f"acc-{number}" for number in range(12)])
            await place.quiet()
            assert most == 8

            place.clock.advance(minutes=5)
            most = 0
            await place.quiet()
            assert most == 1
            assert len(served.received) == 24

    asyncio.run(scenario())
