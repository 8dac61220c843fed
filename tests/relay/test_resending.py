"""Deliveries that are sent again or given up, and what becomes of faults and claims that ran out."""

import asyncio
from datetime import timedelta

import pytest

from service.domain.subscriptions import DeliveryStatus
from service.store.delivery.attempts import Attempt, FailuresBefore, Ruling, record_attempts
from service.store.delivery.claims import claim
from service.store.delivery.outbox import hand_out
from service.store.errors import DeliveryPendingError, SubscriberNotEnabledError
from tests.delivery.endpoints import endpoint, message
from tests.relay.failing import ACCEPTED, AWAY, NO_PORT, in_turn, resend
from tests.relay.place import decision_of, relaying
from tests.store.jobs import ASKED


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

            place.office.end(subscriber, ASKED)
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
            ended = place.office.end(subscriber, ASKED)
            again = place.office.end(subscriber, ASKED)

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

            def judge(ended: Attempt, _: FailuresBefore) -> Ruling:
                assert ended.accepted
                return Ruling(status=DeliveryStatus.DELIVERED)

            for _ in range(2):
                record_attempts(engine, [attempt], judge)

            (delivery,) = place.deliveries()
            assert (delivery.status, len(place.attempts(delivery))) == (status, 1)
            assert place.subscriber(subscriber).failing_since is None

    asyncio.run(scenario())
