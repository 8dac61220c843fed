"""Deliveries that fail: when they are tried again, when they are given up, and when a subscriber is left alone."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from service.delivery.addresses import NOTHING_MORE
from service.domain.subscriptions import DeliveryStatus, SubscriberStatus
from service.store.claiming import claim
from service.store.errors import DeliveryPendingError, SubscriberNotEnabledError
from service.store.outbox import hand_out
from service.store.recording import Answer
from service.store.settling import Attempt, Before, Ruling, settle
from tests.delivery.endpoints import Received, Script, answering, endpoint, message
from tests.delivery.sending import HOST, names
from tests.relay.place import Place, decision_of, relaying

ACCEPTED = answering("204 No Content")
AWAY = answering("503 Service Unavailable", b"Back <b>soon</b>")
NO_PORT = 1024


def in_turn(*answers: bytes) -> Script:
    """A script that gives answers one after the other, and then accepts everything."""
    waiting = list(answers)

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        writer.write(waiting.pop(0) if waiting else message("204 No Content"))

    return answer


def resend(place: Place, delivery_id: UUID) -> None:
    place.office.resend(delivery_id, None, lambda _: Answer(b""))


def enable(place: Place, subscriber_id: UUID) -> None:
    place.office.enable(subscriber_id, None, lambda _: Answer(b""))


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
                await place.pass_time(hours=23.9)
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
                await place.pass_time(days=1, step=timedelta(hours=1))

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
            await place.pass_time(days=1)
            is_away = False
            await place.pass_time(hours=6, step=timedelta(minutes=10))

            accepted = served.received[-24:]
            assert len({decision_of(one) for one in accepted}) == 24
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 24
            settled = {one.settled_at for one in place.deliveries()}
            assert len(settled) == 1

    asyncio.run(scenario())


def test_an_endpoint_that_accepts_nothing_is_sent_one_delivery_at_a_time(database_url: str) -> None:
    async def scenario() -> None:
        present = most = 0

        async def away(_: Received, writer: asyncio.StreamWriter) -> None:
            nonlocal present, most
            present += 1
            most = max(most, present)
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


def test_a_settled_delivery_is_sent_again_under_its_own_identifier(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            subscriber, _ = place.subscribe(served.port)
            await place.record("acc-1", "acc-1")
            await place.quiet()
            delivery, _ = place.deliveries()
            resend(place, delivery.id)
            with pytest.raises(DeliveryPendingError):
                resend(place, delivery.id)
            await place.record("acc-1")
            await place.quiet()

            assert place.statuses() == [DeliveryStatus.DELIVERED] * 3
            first, _, again, _ = served.received
            assert (again.body, again.headers["webhook-id"]) == (first.body, first.headers["webhook-id"])
            assert len(place.attempts(delivery)) == 2

            place.office.end(subscriber)
            with pytest.raises(SubscriberNotEnabledError):
                resend(place, delivery.id)

    asyncio.run(scenario())


def test_sending_again_while_others_of_the_account_are_on_their_way_keeps_their_order(database_url: str) -> None:
    async def scenario() -> None:
        script = in_turn(message("200 OK"), message("500 Internal Server Error"))
        async with relaying(database_url) as place, endpoint(script) as served:
            place.subscribe(served.port)
            first, second, third = await place.record(*["acc-1"] * 3)
            await place.quiet()
            resend(place, place.deliveries()[0].id)
            await place.quiet()
            await place.pass_time(hours=1, step=timedelta(minutes=1))

            assert [decision_of(one) for one in served.received] == [first, second, first, second, third]
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 3

    asyncio.run(scenario())


def test_ending_a_subscription_gives_up_what_is_pending_and_keeps_it_listed(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(AWAY) as served:
            subscriber, _ = place.subscribe(served.port)
            await place.record(*["acc-1"] * 3, "acc-2")
            await place.quiet()
            ended = place.office.end(subscriber)
            again = place.office.end(subscriber)

            assert ended == again
            assert place.statuses(subscriber) == [DeliveryStatus.GIVEN_UP] * 4
            await place.pass_time(days=1)
            assert len(served.received) == 2

    asyncio.run(scenario())


def test_a_decision_that_cannot_be_written_is_a_failed_attempt_and_a_fault_in_the_log(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port, fields=("team",))
            await place.record("acc-1")
            object.__setattr__(place.relay._courier, "render", lambda _: {"team": object()})  # noqa: SLF001 - a fault of ours, made
            await place.quiet()

            (attempt,) = place.attempts(place.deliveries()[0])
            assert attempt.outcome == "internal"
            assert [type(fault) for fault in place.faults] == [TypeError]
            assert served.received == []

    asyncio.run(scenario())


@pytest.mark.parametrize(("accepted", "status"), [(False, DeliveryStatus.PENDING), (True, DeliveryStatus.DELIVERED)])
def test_of_a_claim_that_ran_out_only_an_acceptance_still_counts(
    database_url: str, *, accepted: bool, status: DeliveryStatus
) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place:
            subscriber, _ = place.subscribe(NO_PORT)
            await place.record("acc-1")
            engine, now = place.database.engine, place.clock()
            hand_out(engine, now, place.office.new_id)
            (late,) = claim(engine, {subscriber: 8}, now, now + timedelta(seconds=10))
            assert claim(engine, {subscriber: 8}, now, now + timedelta(seconds=10)) == []
            now = place.clock.advance(seconds=10)
            (current,) = claim(engine, {subscriber: 8}, now, now + timedelta(seconds=10))
            assert (late.delivery_id, late.number, current.number) == (current.delivery_id, 1, 2)

            attempt = Attempt(
                id=place.office.new_id(),
                delivery_id=late.delivery_id,
                subscriber_id=subscriber,
                number=late.number,
                at=now,
                accepted=accepted,
                outcome="accepted" if accepted else "timeout",
                http_status=None,
                detail=None,
                took=9.5,
            )

            def judge(ended: Attempt, _: Before) -> Ruling:
                assert ended.accepted
                return Ruling(status=DeliveryStatus.DELIVERED)

            for _ in range(2):
                settle(engine, [attempt], judge)

            (delivery,) = place.deliveries()
            assert (delivery.status, len(place.attempts(delivery))) == (status, 1)
            assert place.subscriber(subscriber).failing_since is None

    asyncio.run(scenario())
