"""What the handbook wants posted to Chatter is posted on the account, where that is asked for, while it still holds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeAlias

import pytest

from service.domain.handoff.texts import chatter_post
from service.domain.subscriptions import DeliveryStatus, Target
from service.store.delivery.deliveries import Delivery
from tests.builders import third_party
from tests.databases import SqliteDatabases
from tests.delivery.feeds import POST, QUERY
from tests.delivery.salesforce import ACCOUNT, StandIn, salesforce
from tests.relay.place import Place, relaying
from tests.relay.subjects import handoff, open_review, posts, reopen, resolve, team_of, text_of, tick, win
from tests.relay.test_write_back import OTHER, tell

Scene: TypeAlias = tuple[StandIn, Place]


@asynccontextmanager
async def posting(url: str, *accounts: str, chatter: bool = True) -> AsyncIterator[Scene]:
    """A place that writes back to the stand-in, and posts there."""
    async with salesforce(*accounts) as crm, relaying(url, salesforce_url=crm.url, chatter=chatter) as place:
        crm.feeds.now = place.clock
        place.subscribe(0, target=Target.SALESFORCE)
        yield crm, place


def deliveries_of_posts(place: Place) -> list[Delivery]:
    return [one for one in place.deliveries() if not one.type.startswith("decision.")]


def outcomes(place: Place) -> list[tuple[str, str | None]]:
    """How the last attempt at each post came out, and what is said of it."""
    last = [place.attempts(one)[-1] for one in deliveries_of_posts(place)]
    return [(one.outcome, one.detail) for one in last]


def test_the_text_of_a_review_is_posted_on_its_account_and_the_posts_id_is_kept(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            review_id = await open_review(place)
            await place.quiet()

            (kept,) = posts(place, review_id)
            assert kept.text == text_of(place, review_id)
            assert kept.mark.startswith(f"Chalkline review {review_id} of 2026-01-05T09:00:00")
            assert crm.feeds.texts(ACCOUNT) == [f"{kept.text}\n\n{kept.mark}"]
            assert kept.post_id == crm.feeds.posts[0]["Id"]
            assert outcomes(place) == [("accepted", f"It is the post {kept.post_id}")]
            assert crm.requests.count(QUERY) == 0, "Nothing was tried before"
            assert place.statuses() == [DeliveryStatus.DELIVERED]

            await open_review(place)
            await place.quiet()
            assert crm.requests.count(POST) == 1, "The same facts open no second review"

    asyncio.run(scenario())


def test_nothing_is_posted_unless_that_is_asked_for_nor_later_what_was_recorded_until_then(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url, chatter=False) as (crm, place):
            await open_review(place)
            await place.quiet()
            url = crm.url
            async with relaying(database_url, salesforce_url=url, chatter=True) as asked:
                await asked.quiet()

            assert crm.requests == []

    asyncio.run(scenario())


def test_what_waits_when_it_is_asked_for_no_more_is_not_posted(sqlite_databases: SqliteDatabases) -> None:
    async def scenario(url: str) -> None:
        async with posting(url) as (crm, place):
            crm.away = True
            await open_review(place)
            await place.quiet()
            crm.away = False
            place.clock.advance(hours=1)
            async with relaying(url, salesforce_url=crm.url) as other:
                other.clock.at = place.clock()
                await other.quiet()

            assert outcomes(place) == [("not_sent", "Nothing is to be posted to Chatter any more")]
            assert crm.feeds.posts == []

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))


@pytest.mark.parametrize("ended", ["resolved", "superseded"])
def test_a_review_that_ended_before_it_was_posted_is_not(database_url: str, ended: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            crm.away = True
            review_id = await open_review(place)
            await place.quiet()
            if ended == "resolved":
                await resolve(place, review_id)
            else:
                await place.record(ACCOUNT, df=640)
            crm.away = False
            await place.pass_time(hours=1, step=timedelta(minutes=10))

            assert outcomes(place) == [("not_sent", "The review is open no more")]
            assert crm.requests.count(POST) == 0
            assert crm.team() == team_of(place) == "MM_TERRITORY"

    asyncio.run(scenario())


def test_an_account_that_is_deleted_gets_no_post(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url, ACCOUNT, OTHER) as (crm, place):
            crm.away = True
            await open_review(place)
            await open_review(place, OTHER)
            await place.quiet()
            await tell(place, "DELETE")
            crm.feeds.deleted.add(OTHER)
            crm.away = False
            await place.pass_time(hours=1, step=timedelta(minutes=10))

            assert outcomes(place) == [
                ("not_sent", "The CRM has deleted the account"),
                ("not_sent", "Salesforce has deleted the account (ENTITY_IS_DELETED: entity is deleted)"),
            ]
            assert crm.feeds.posts == []

    asyncio.run(scenario())


@pytest.mark.parametrize("record", ["003AAA000000001AAA", "acc-1"])
def test_what_is_no_account_of_salesforce_gets_no_post(sqlite_databases: SqliteDatabases, record: str) -> None:
    async def scenario(url: str) -> None:
        async with posting(url) as (crm, place):
            await open_review(place, record)
            await place.quiet()

            strange = ("not_sent", "The identifier is none of an account of Salesforce, which begin with 001")
            assert outcomes(place) == [strange] * (len(record) == 18)
            assert crm.requests == []

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))


def test_the_post_of_a_handoff_goes_when_its_turn_on_the_list_comes_and_names_who_was_found(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):
            handoff_id = await win(place)
            await tick(place, handoff_id, "find-named-ae")
            await place.quiet()
            assert crm.feeds.posts == []

            await tick(place, handoff_id, "license-installed")
            await place.quiet()
            (kept,) = posts(place, handoff_id)
            assert kept.text == chatter_post(handoff(place, handoff_id).handoff)
            assert "in the name of the Named AE: Sample Named AE." in kept.text
            assert kept.mark.startswith(f"Chalkline handoff {handoff_id} of ")

            await reopen(place, handoff_id, "find-named-ae")
            await tick(place, handoff_id, "find-named-ae", named_ae="Another Named AE")
            await place.quiet()
            assert ["Another Named AE" in text for text in crm.feeds.texts(ACCOUNT)] == [False, True]
            assert [post.post_id for post in posts(place, handoff_id)] == [post["Id"] for post in crm.feeds.posts]

    asyncio.run(scenario())


def test_what_somebody_has_posted_by_hand_meanwhile_is_not_posted(sqlite_databases: SqliteDatabases) -> None:
    async def scenario(url: str) -> None:
        async with posting(url) as (crm, place):
            handoff_id = await win(place)
            await place.quiet()
            crm.away = True
            for item in ("find-named-ae", "license-installed"):
                await tick(place, handoff_id, item)
            await place.quiet()
            await tick(place, handoff_id, "chatter-posted")
            crm.away = False
            await place.pass_time(hours=1, step=timedelta(minutes=10))

            assert outcomes(place) == [("not_sent", "The handoff asks for its Chatter post no more")]
            assert crm.feeds.posts == []

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))


def test_a_review_that_opens_again_is_posted_again_only_behind_another(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url) as (crm, place):

            async def opened(size: int) -> None:
                place.clock.advance(minutes=1)
                await open_review(place, size=size)
                await place.quiet()

            await opened(12)
            await place.record(ACCOUNT, df=640)
            await opened(12)
            first = crm.feeds.posts[0]["Id"]
            assert outcomes(place)[-1] == ("not_sent", f"The text is there already, as the post {first}")

            await opened(13)
            await opened(12)
            shown = [text.split("\n")[2] for text in crm.feeds.texts(ACCOUNT)]
            assert [line.split(" ")[1] for line in shown] == ["12", "13", "12"]

    asyncio.run(scenario())


def test_a_text_that_is_longer_than_a_post_may_be_is_cut_and_says_so(sqlite_databases: SqliteDatabases) -> None:
    async def scenario(url: str) -> None:
        async with posting(url) as (crm, place):
            gap = "\N{GRINNING FACE}" * 999
            wrong = dict.fromkeys(("df", "zi", "li"), gap)
            thirds = [third_party(640, name=f"Filing {number} " + "x" * 200) for number in range(40)]
            await place.record(ACCOUNT, df=12, zi=9, li=4, wrong=wrong, third=thirds)
            await place.quiet()

            (text,) = crm.feeds.texts(ACCOUNT)
            assert "... (cut here: a post has no room for more)\n\nChalkline review " in text

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))
