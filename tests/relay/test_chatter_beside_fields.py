"""Posts go in their order, beside what is written into fields, and neither holds the other up."""

import asyncio
from datetime import timedelta

from service.domain.subscriptions import Target
from tests.delivery.feeds import POST, problem
from tests.delivery.salesforce import ACCOUNT, PATCH
from tests.relay.subjects import open_review, tick, win
from tests.relay.test_chatter import deliveries_of_posts, posting
from tests.relay.test_write_back import OTHER


def test_posts_of_an_account_go_in_their_order_and_keep_no_owner_from_being_written(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url, OTHER) as (crm, place):
            crm.feeds.off = True
            handoff_id = await win(place, OTHER, df=12, wrong={"df": "Counts one office"}, zi=640)
            for item in ("find-named-ae", "license-installed"):
                await tick(place, handoff_id, item)
            await place.quiet()
            refused = ("declined", "FUNCTIONALITY_NOT_ENABLED: Chatter is not enabled for the user")
            first, second = deliveries_of_posts(place)
            assert [(one.outcome, one.detail) for one in place.attempts(first)] == [refused]
            assert place.attempts(second) == [], "It waits for the first"
            assert crm.team(OTHER) == "MMKAFO"
            assert place.subscriber(first.subscriber_id).failing_since is None

            crm.feeds.off = False
            await place.pass_time(hours=1, step=timedelta(minutes=5))
            assert [text.split(" ")[0] for text in crm.feeds.texts(OTHER)] == ["Employee", "Handoff"]

    asyncio.run(scenario())


def test_while_chatter_takes_no_more_posts_few_are_tried_and_owners_are_written_on(database_url: str) -> None:
    async def scenario() -> None:
        accounts = [f"001AAA{number:09}" for number in range(60)]
        async with posting(database_url, *accounts) as (crm, place):
            crm.feeds.instead_of_a_post = [problem("503 Service Unavailable", "REQUEST_LIMIT_EXCEEDED", "Later")] * 500
            for account in accounts[:50]:
                await open_review(place, account)
            await place.quiet()
            await place.pass_time(hours=1, step=timedelta(minutes=1))
            tried = crm.requests.count(POST)
            assert tried < 150, "Eight at once, after ever longer rests"

            for account in accounts[50:]:
                await place.record(account, df=640)
            await place.quiet()
            assert [crm.team(account) for account in accounts[50:]] == ["MM_TERRITORY"] * 10
            assert all(place.subscriber(one.subscriber_id).failing_since is None for one in place.deliveries())

            crm.feeds.instead_of_a_post = []
            await place.pass_time(hours=14)
            assert [len(crm.feeds.texts(account)) for account in accounts[:50]] == [1] * 50

    asyncio.run(scenario())


def test_however_many_subscribers_salesforce_has_a_text_is_posted_once(database_url: str) -> None:
    async def scenario() -> None:
        async with posting(database_url, ACCOUNT, OTHER) as (crm, place):
            place.subscribe(0, name="another", target=Target.SALESFORCE)
            await open_review(place)
            await open_review(place, OTHER)
            await place.quiet()

            assert [len(crm.feeds.texts(account)) for account in (ACCOUNT, OTHER)] == [1, 1]
            assert len(deliveries_of_posts(place)) == 2

    asyncio.run(scenario())


def test_posts_go_side_by_side_with_what_is_written_into_fields(database_url: str) -> None:
    async def scenario() -> None:
        accounts = [f"001AAA{number:09}" for number in range(40)]
        async with posting(database_url, *accounts) as (crm, place):
            for account in accounts:
                await place.record(account, df=640)
                await open_review(place, account)
            await place.quiet()

            assert all(len(crm.feeds.texts(account)) == 1 for account in accounts)
            assert crm.requests.count(PATCH) <= 2
            assert place.faults == []

    asyncio.run(scenario())
