"""The relay end to end: decisions in, signed messages out, on both databases and over real HTTP."""

import asyncio
import json
import random
from datetime import timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from service.crm.signed.standard_webhooks import SignedHeaders, verify
from service.domain.decision import Kind
from service.domain.subscriptions import DeliveryStatus
from service.domain.terms import Team
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_decision
from service.store.decisions import find_decision
from service.store.once import Answer
from tests.delivery.endpoints import Received, answering, endpoint, message
from tests.relay.place import Place, account_of, decision_of, hanging, relaying, workers
from tests.store.jobs import ASKED, recording

ACCEPTED = answering("204 No Content")


def signed(received: Received) -> SignedHeaders:
    return SignedHeaders(
        message_id=received.headers["webhook-id"],
        timestamp=received.headers["webhook-timestamp"],
        signatures=received.headers["webhook-signature"],
    )


def test_a_decision_arrives_as_the_api_answers_it_signed_as_standard_webhooks_says(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            _, secret = place.subscribe(served.port)
            (decision,) = await place.record("acc-1")
            await place.quiet()

            (received,) = served.received
            found = find_decision(place.database.engine, UUID(decision))
            assert found is not None
            assert json.loads(received.body) == {
                "type": "decision.recorded",
                "timestamp": json.loads(to_json(found.recorded_at)),
                "data": json.loads(to_json(render_decision(found))),
            }
            (delivery,) = place.deliveries()
            assert received.line == "POST /in HTTP/1.1"
            assert received.headers["content-type"] == "application/json"
            assert verify(signed(received), received.body, [secret], place.clock()) == str(delivery.id)
            theirs = Webhook(secret).sign(str(delivery.id), place.clock(), received.body.decode())
            assert received.headers["webhook-signature"] == theirs
            assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)
            (attempt,) = place.attempts(delivery)
            assert (attempt.outcome, attempt.http_status, attempt.detail) == ("accepted", 204, None)
            assert attempt.took > 0

    asyncio.run(scenario())


def test_decisions_of_one_account_arrive_in_order_however_often_they_are_declined(database_url: str) -> None:
    drawn, accepted = random.Random(7), list[str]()

    async def now_and_then(received: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        if drawn.random() < 0.4:
            writer.write(message("503 Service Unavailable"))
        else:
            accepted.append(decision_of(received))
            writer.write(message("200 OK"))

    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(now_and_then) as served:
            place.subscribe(served.port)
            accounts = [f"acc-{number}" for number in range(6)]
            recorded = {account: await place.record(*[account] * 5) for account in accounts}
            while DeliveryStatus.PENDING in place.statuses() or not place.deliveries():
                await place.pass_time(hours=1, step=timedelta(minutes=5))

            for account, decisions in recorded.items():
                assert [one for one in accepted if one in decisions] == decisions, account
                tried = [decision_of(one) for one in served.received if account_of(one) == account]
                assert tried == sorted(tried)
            assert len(served.received) > len(accepted) == 30
            assert place.faults == []

    asyncio.run(scenario())


def test_a_message_is_the_same_at_every_attempt_but_for_its_moment_and_signature(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(answering("500 Internal Server Error")) as served:
            _, secret = place.subscribe(served.port)
            await place.record("acc-1")
            await place.pass_time(hours=1, step=timedelta(minutes=10))

            assert len(served.received) >= 3
            assert len({(one.body, one.headers["webhook-id"]) for one in served.received}) == 1
            moments = {int(one.headers["webhook-timestamp"]) for one in served.received}
            assert len(moments) == len(served.received)
            last = served.received[-1]
            verify(signed(last), last.body, [secret], place.clock(), tolerance=timedelta(hours=1))

    asyncio.run(scenario())


def test_accounts_are_served_side_by_side_and_each_one_after_the_other(database_url: str) -> None:
    present, most, of_an_account = 0, 0, dict[str, int]()

    async def slow(received: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal present, most
        account = account_of(received)
        present, of_an_account[account] = present + 1, of_an_account.get(account, 0) + 1
        most = max(most, present)
        assert of_an_account[account] == 1
        await asyncio.sleep(0.2)
        present, of_an_account[account] = present - 1, 0
        writer.write(message("200 OK"))

    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(slow) as served:
            place.subscribe(served.port)
            await place.record(*[f"acc-{number % 10}" for number in range(20)])
            await place.quiet()

            assert len(served.received) == 20
            assert most == 8
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 20

    asyncio.run(scenario())


def test_a_subscriber_gets_the_kinds_teams_and_fields_that_it_chose(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port, name="all")
            chosen, _ = place.subscribe(served.port, name="chosen", teams=(Team.MM_TERRITORY,), fields=("team", "rule"))
            others, _ = place.subscribe(served.port, name="others", kinds=(Kind.DISCOVERY,))
            small, territory = await place.record("acc-small", df=12) + await place.record("acc-mm", df=640)
            await place.quiet()

            assert len(served.received) == 3
            assert place.deliveries(others) == []
            (delivery,) = place.deliveries(chosen)
            assert str(delivery.decision_id) == territory != small
            (received,) = [one for one in served.received if one.headers["webhook-id"] == str(delivery.id)]
            assert json.loads(received.body)["data"] == {
                "id": territory,
                "account_id": "acc-mm",
                "stands": True,
                "team": "MM_TERRITORY",
                "rule": json.loads(received.body)["data"]["rule"],
            }

    asyncio.run(scenario())


def test_nothing_is_queued_while_nobody_subscribes(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            await place.record("acc-1")
            subscriber, _ = place.subscribe(served.port)
            (after,) = await place.record("acc-1")
            place.office.end(subscriber, ASKED)
            await place.record("acc-1")
            await place.quiet()

            assert served.received == []
            assert place.deliveries() == []
            assert after

    asyncio.run(scenario())


def test_messages_are_signed_with_both_secrets_for_as_long_as_they_overlap(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            subscriber, old = place.subscribe(served.port)
            new = place.office.rotate(subscriber, timedelta(hours=24), ASKED, None, lambda _: Answer(b"")).secret
            assert new is not None
            assert new != old
            for _ in range(2):
                await place.record("acc-1")
                await place.quiet()
                place.clock.advance(hours=24)

            during, after = served.received
            at = place.clock()
            for secret in (old, new):
                verify(signed(during), during.body, [secret], at - timedelta(hours=48))
            assert during.headers["webhook-signature"].count("v1,") == 2
            assert after.headers["webhook-signature"].count("v1,") == 1
            verify(signed(after), after.body, [new], at - timedelta(hours=24))

    asyncio.run(scenario())


def test_one_that_hangs_slows_no_other(database_url: str) -> None:
    async def scenario() -> None:
        with hanging() as hang:
            async with relaying(database_url) as place, endpoint(hang) as stuck, endpoint(ACCEPTED) as served:
                place.subscribe(stuck.port, name="stuck")
                subscriber, _ = place.subscribe(served.port, name="served")
                accounts = [f"acc-{number}" for number in range(20)]
                began = asyncio.get_running_loop().time()
                await place.record(*accounts * 3)
                await place.until(lambda: len(served.received) == 60)

                assert asyncio.get_running_loop().time() - began < 8
                assert len(stuck.received) == 8
                await place.until(lambda: set(place.statuses(subscriber)) == {DeliveryStatus.DELIVERED})

    asyncio.run(scenario())


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_workers_deliver_each_decision_in_the_order_of_its_account(database_url: str, count: int) -> None:
    async def work(place: Place, done: asyncio.Event) -> None:
        while not done.is_set():
            if not await place.relay.step(place.context):
                await asyncio.sleep(0.01)

    async def scenario() -> None:
        done = asyncio.Event()
        async with (
            endpoint(ACCEPTED) as served,
            relaying(database_url) as place,
            workers(place.database, place.clock, count) as others,
        ):
            place.subscribe(served.port)
            working = [asyncio.create_task(work(other, done)) for other in others]
            recorded = [await place.record(*[f"acc-{number}" for number in range(10)]) for _ in range(6)]
            await place.until(lambda: len(place.statuses()) == 60 and set(place.statuses()) == {"delivered"})
            done.set()
            await asyncio.gather(*working)

            arrived = [decision_of(one) for one in served.received]
            assert len(arrived) == len(set(arrived)) == 60
            for of_one_account in zip(*recorded, strict=True):
                assert [one for one in arrived if one in of_one_account] == list(of_one_account)

    asyncio.run(scenario())


def test_what_a_dead_worker_had_in_hand_is_taken_up_by_another(database_url: str) -> None:
    async def scenario() -> None:
        with hanging() as hang:
            async with endpoint(hang) as stuck, endpoint(ACCEPTED) as served, relaying(database_url) as place:
                subscriber, _ = place.subscribe(stuck.port)
                await place.record("acc-1", "acc-1")
                await place.until(lambda: len(stuck.received) == 1)
                async with workers(place.database, place.clock, 1) as (other,):
                    await other.quiet()
                    assert len(stuck.received) == 1
                    place.clock.advance(seconds=11)
                    await other.until(lambda: len(stuck.received) == 2)

                assert [one.attempts for one in place.deliveries(subscriber)] == [2, 0]
                assert served.received == []

    asyncio.run(scenario())


def test_a_worker_that_is_told_to_stop_leaves_what_it_has_in_hand_to_others_at_once(database_url: str) -> None:
    async def scenario() -> None:
        with hanging() as hang:
            async with endpoint(hang) as stuck, recording(database_url) as database:
                async with relaying(database_url) as place:
                    place.subscribe(stuck.port)
                    await place.record("acc-1")
                    await place.until(lambda: len(stuck.received) == 1)
                    clock = place.clock
                async with workers(database, clock, 1) as (other,):
                    await other.until(lambda: len(stuck.received) == 2)

    asyncio.run(scenario())
