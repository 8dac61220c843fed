"""Deliveries that fail: when they are tried again, when they are given up, and when a subscriber is left alone."""

import asyncio
from datetime import timedelta

import pytest

from service.delivery.addresses import NOTHING_MORE
from service.domain.subscriptions import DeliveryStatus
from tests.delivery.endpoints import answering, endpoint, message
from tests.delivery.sending import HOST, names
from tests.relay.failing import ACCEPTED, in_turn
from tests.relay.place import relaying


def test_a_failure_is_tried_again_after_a_while_and_both_attempts_are_kept(database_url: str) -> None:
    async def scenario() -> None:
        script = in_turn(message("503 Service Unavailable", b"Back soon"))
        async with relaying(database_url) as place, endpoint(script) as served:
            place.subscribe(served.port)
            await place.record("acc-1")
            await place.quiet()
            (delivery,) = place.deliveries()
            assert (delivery.status, delivery.next_at) == (
                DeliveryStatus.PENDING,
                place.clock() + timedelta(seconds=7.5),
            )
            place.clock.advance(seconds=7.4)
            await place.quiet()
            assert len(served.received) == 1

            place.clock.advance(seconds=0.1)
            await place.quiet()

            (delivery,) = place.deliveries()
            assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 2)
            declined, accepted = place.attempts(delivery)
            assert (declined.outcome, declined.http_status, declined.detail) == ("declined", 503, "Back soon")
            assert (accepted.outcome, accepted.http_status, accepted.detail) == ("accepted", 204, None)

    asyncio.run(scenario())


def test_an_endpoint_that_asks_for_it_is_left_alone_with_everything(database_url: str) -> None:
    async def scenario() -> None:
        script = in_turn(message("429 Too Many Requests", Retry_After="3600"))
        async with relaying(database_url) as place, endpoint(script) as served:
            subscriber, _ = place.subscribe(served.port)
            await place.record("acc-1")
            await place.quiet()
            assert place.subscriber(subscriber).paused_until == place.clock() + timedelta(hours=1)

            await place.record("acc-2")
            await place.pass_time(hours=0.99)
            assert len(served.received) == 1

            await place.pass_time(hours=0.02, step=timedelta(minutes=1))
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 2

    asyncio.run(scenario())


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_a_failure_and_is_not_followed(database_url: str, status: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as elsewhere:
            script = answering(status, Location=f"http://{HOST}:{elsewhere.port}/")
            async with endpoint(script) as served:
                place.subscribe(served.port)
                await place.record("acc-1")
                await place.quiet()

                assert len(served.received) == 1
                assert elsewhere.received == []
                (delivery,) = place.deliveries()
                (attempt,) = place.attempts(delivery)
                assert (delivery.status, attempt.outcome) == (DeliveryStatus.PENDING, "declined")

    asyncio.run(scenario())


def test_a_name_that_turns_private_after_it_was_subscribed_is_sent_nothing(database_url: str) -> None:
    async def scenario() -> None:
        rebound = names({HOST: ("127.0.0.1",)})
        async with (
            endpoint(ACCEPTED) as served,
            relaying(database_url, resolve=rebound, allowance=NOTHING_MORE) as place,
        ):
            place.subscribe(served.port)
            await place.record("acc-1")
            await place.quiet()

            assert served.connections == 0
            (delivery,) = place.deliveries()
            (attempt,) = place.attempts(delivery)
            assert (attempt.outcome, attempt.http_status) == ("refused", None)
            assert attempt.detail
            assert "127." not in attempt.detail

    asyncio.run(scenario())
