"""A text is posted once, whatever becomes of the worker and of Salesforce's answer: its mark is looked for before."""

import asyncio
from datetime import timedelta

import pytest

from service.domain.subscriptions import DeliveryStatus
from tests.databases import SqliteDatabases
from tests.delivery.endpoints import message
from tests.delivery.feeds import POST, QUERY, problem
from tests.delivery.salesforce import ACCOUNT
from tests.relay.failing import resend
from tests.relay.place import Place, workers
from tests.relay.subjects import open_review, posts, resolve
from tests.relay.test_chatter import deliveries_of_posts, outcomes, posting

LATER = timedelta(minutes=1)


async def half_an_hour(place: Place) -> None:
    await place.pass_time(hours=0.5, step=LATER)


def test_a_post_whose_answer_was_lost_is_found_by_its_mark_and_not_posted_again(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            crm.feeds.silent = 1
            review_id = await open_review(place)
            await place.quiet()
            assert outcomes(place)[0][0] == "protocol"
            assert posts(place, review_id) == []

            await half_an_hour(place)
            (kept,) = posts(place, review_id)
            assert kept.post_id == crm.feeds.posts[0]["Id"]
            assert outcomes(place) == [("accepted", f"It is the post {kept.post_id}")]
            assert (crm.requests.count(POST), crm.requests.count(QUERY)) == (1, 1)

    asyncio.run(scenario())


def test_a_worker_that_is_killed_after_salesforce_took_the_post_leaves_one_post(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            crm.feeds.holding = asyncio.Event()
            async with workers(place.database, place.clock, 1, salesforce_url=crm.url, chatter=True) as (killed,):
                review_id = await open_review(place)
                await killed.until(lambda: len(crm.feeds.posts) == 1)
                await killed.relay._in_flight.break_off()  # noqa: SLF001 - nothing of it is noted any more
                crm.feeds.holding.set()

                place.clock.advance(seconds=30)
                await place.quiet()
                (delivery,) = deliveries_of_posts(place)
                (waits,) = place.attempts(delivery)
                assert (waits.outcome, waits.detail) == ("not_sent", "A post on the account may be under way")
                await half_an_hour(place)

            assert len(crm.feeds.posts) == 1
            assert [post.post_id for post in posts(place, review_id)] == [crm.feeds.posts[0]["Id"]]
            assert [one.outcome for one in place.attempts(delivery)] == ["not_sent", "accepted"]

    asyncio.run(scenario())


def test_one_that_is_refused_is_looked_for_and_then_posted(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            crm.feeds.instead_of_a_post = [problem("400 Bad Request", "UNKNOWN", "Not now"), message("500 Oops")]
            await open_review(place)
            await place.quiet()
            assert outcomes(place) == [("declined", "UNKNOWN: Not now")]
            await half_an_hour(place)

            assert (crm.requests.count(POST), crm.requests.count(QUERY)) == (3, 2)
            assert len(crm.feeds.posts) == 1
            assert outcomes(place)[0][0] == "accepted"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "answer",
    [
        message("200 OK", b'{"records": []}'),
        message("200 OK", b'{"done": true, "records": [{"Id"'),
        problem("400 Bad Request", "INVALID_TYPE", "sObject type 'AccountFeed' is not supported"),
        message("503 Service Unavailable"),
    ],
)
def test_as_long_as_nobody_can_tell_whether_it_is_there_it_is_not_posted(
    sqlite_databases: SqliteDatabases, answer: bytes
) -> None:
    async def scenario(url: str) -> None:
        async with posting(url) as (crm, place):
            crm.feeds.silent = 1
            crm.feeds.instead_of_a_query = [answer] * 100
            review_id = await open_review(place)
            await place.pass_time(hours=6, step=timedelta(minutes=10))
            assert crm.requests.count(QUERY) > 2
            assert crm.requests.count(POST) == 1

            crm.feeds.instead_of_a_query = []
            await place.pass_time(hours=7)
            assert crm.requests.count(POST) == 1
            assert len(posts(place, review_id)) == 1

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))


@pytest.mark.parametrize("arrived", [True, False])
def test_of_one_that_is_superseded_meanwhile_it_is_only_looked_whether_it_is_there(
    database_url: str, *, arrived: bool
) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            crm.feeds.silent = 1
            review_id = await open_review(place)
            await place.quiet()
            if not arrived:
                crm.feeds.posts.clear()
            await resolve(place, review_id)
            await half_an_hour(place)

            assert (crm.requests.count(POST), crm.requests.count(QUERY)) == (1, 1)
            assert len(posts(place, review_id)) == arrived
            assert outcomes(place)[0][0] == ("accepted" if arrived else "not_sent")

    asyncio.run(scenario())


def test_the_mark_of_another_review_is_not_taken_for_it_nor_is_a_comment_of_somebody(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            await open_review(place)
            await place.quiet()
            await place.record(ACCOUNT, df=640)
            place.clock.advance(minutes=1)
            crm.feeds.instead_of_a_post = [message("500 Internal Server Error")]
            second = await open_review(place, size=13)
            await place.quiet()
            crm.feeds.add(ACCOUNT, f"Is anybody at review {second}?")
            crm.feeds.add(ACCOUNT, None)
            await half_an_hour(place)

            assert len(crm.feeds.posts) == 4
            assert [post.post_id for post in posts(place, second)] == [crm.feeds.posts[3]["Id"]]

    asyncio.run(scenario())


def test_two_workers_at_one_delivery_post_it_once(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            crm.feeds.holding = asyncio.Event()
            await open_review(place)
            await place.until(lambda: len(crm.feeds.posts) == 1)
            async with workers(place.database, place.clock, 2, salesforce_url=crm.url, chatter=True) as others:
                for other in others:
                    place.clock.advance(minutes=2)  # as if the claim of the one before had run out
                    await other.quiet()
                crm.feeds.holding.set()
                await place.quiet()
                for _ in range(3):
                    place.clock.advance(minutes=30)
                    for other in others:
                        await other.quiet()

            assert crm.requests.count(POST) == 1
            (delivery,) = deliveries_of_posts(place)
            assert delivery.status is DeliveryStatus.DELIVERED

    asyncio.run(scenario())


def test_a_post_that_is_sent_again_by_hand_stays_the_one_that_is_there(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            await open_review(place)
            await place.quiet()
            (delivery,) = deliveries_of_posts(place)
            place.clock.at += timedelta(seconds=1)
            resend(place, delivery.id)
            await place.quiet()

            there = crm.feeds.posts[0]["Id"]
            assert outcomes(place) == [("not_sent", f"The text is there already, as the post {there}")]
            assert len(crm.feeds.posts) == 1

    asyncio.run(scenario())
