import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest

from service.delivery.chatter import LONGEST, MOST_SEARCHED, AccountFeeds, NotPosted, Posted, fitted
from service.delivery.outcomes import Declined, Failed, NotSent, Outcome, Sent
from service.delivery.salesforce import SalesforceAccounts
from service.delivery.salesforce_session import BOUNDS
from service.delivery.sender import Sender
from tests.delivery.endpoints import message
from tests.delivery.feeds import QUERY, Feeds, problem
from tests.delivery.salesforce import ACCOUNT, StandIn, salesforce
from tests.delivery.test_salesforce import LOOPBACK_ALLOWED, organization

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MARK = "Chalkline review 0198c0de-0000-7000-a000-000000000008 of 2026-01-05T09:00:00Z"

Scenario: TypeAlias = Callable[[StandIn, AccountFeeds], Awaitable[None]]


def run(scenario: Scenario) -> None:
    """Play a scenario between the stand-in and who posts there."""

    async def play() -> None:
        sending = Sender(now=lambda: NOW, allowance=LOOPBACK_ALLOWED, bounds=BOUNDS)
        async with salesforce() as stand_in, sending as sender:
            await scenario(stand_in, AccountFeeds(SalesforceAccounts(sender, organization(stand_in.url)).session))

    asyncio.run(play())


def test_a_post_is_a_plain_text_on_the_account_with_the_mark_as_its_last_line() -> None:
    async def scenario(stand_in: StandIn, feeds: AccountFeeds) -> None:
        text = 'Employee count of Acme & Co <b>, for "review"\n\nDatafox: 12 employees \N{GRINNING FACE}'
        posted = await feeds.post(ACCOUNT, text, MARK)

        (there,) = stand_in.feeds.posts
        assert posted == Posted(there["Id"], 201)
        assert there["Body"] == f"{text}\n\n{MARK}"
        assert await feeds.find(ACCOUNT, MARK, NOW) == Posted(there["Id"], 200)
        assert await feeds.find(ACCOUNT, MARK.replace("8 of", "9 of"), NOW) == NotPosted()

    run(scenario)


@pytest.mark.parametrize("letter", ["a", "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("over", [-1, 0, 1, 9000])
def test_what_is_posted_has_room_whatever_its_letters_are(letter: str, over: int) -> None:
    each = len(letter.encode("utf-16-le")) // 2
    text = letter * ((LONGEST - len(MARK) - 2) // each + over)

    async def scenario(stand_in: StandIn, feeds: AccountFeeds) -> None:
        posted = await feeds.post(ACCOUNT, fitted(text, MARK), MARK)

        assert isinstance(posted, Posted)
        (body,) = stand_in.feeds.texts(ACCOUNT)
        assert body.endswith(MARK)
        assert ("(cut here" in body) is (over > 0)
        assert len(body.encode("utf-16-le")) // 2 > LONGEST - 4 - each or over < 0

    run(scenario)


def test_a_mark_is_found_behind_many_posts_in_pages_of_any_size_and_no_tracked_change_counts() -> None:
    async def scenario(stand_in: StandIn, feeds: AccountFeeds) -> None:
        posted = await feeds.post(ACCOUNT, "Text", MARK)
        assert isinstance(posted, Posted)
        for number in range(180):
            stand_in.feeds.add(ACCOUNT, f"Post {number}")
            stand_in.feeds.add(ACCOUNT, None, kind="TrackedChange")
        for rows, pages in ((1000, 4), (30, 7)):
            stand_in.feeds.rows = rows
            before = stand_in.requests.count(QUERY)
            assert await feeds.find(ACCOUNT, MARK, NOW) == replace(posted, status=200)
            assert stand_in.requests.count(QUERY) - before == pages

    run(scenario)


def test_of_more_posts_than_are_looked_through_it_is_said_that_somebody_has_to_look() -> None:
    async def scenario(stand_in: StandIn, feeds: AccountFeeds) -> None:
        await feeds.post(ACCOUNT, "Text", MARK)
        for number in range(MOST_SEARCHED):
            stand_in.feeds.add(ACCOUNT, f"Post {number}")
        found = await feeds.find(ACCOUNT, MARK, NOW)

        assert isinstance(found, NotSent)
        assert MARK in found.reason
        assert not found.again

    run(scenario)


def test_what_was_posted_before_the_first_attempt_is_not_looked_through_but_for_what_clocks_differ_by() -> None:
    async def scenario(_: StandIn, feeds: AccountFeeds) -> None:
        await feeds.post(ACCOUNT, "Text", MARK)

        assert isinstance(await feeds.find(ACCOUNT, MARK, NOW + timedelta(hours=23)), Posted)
        assert await feeds.find(ACCOUNT, MARK, NOW + timedelta(hours=25)) == NotPosted()

    run(scenario)


def _off(feeds: Feeds) -> None:
    feeds.off = True


def _deleted(feeds: Feeds) -> None:
    feeds.deleted.add(ACCOUNT)


def _gone(feeds: Feeds) -> None:
    feeds.accounts.clear()


def _limited(feeds: Feeds) -> None:
    feeds.instead_of_a_post = [problem("403 Forbidden", "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")]


def _busy(feeds: Feeds) -> None:
    feeds.instead_of_a_post = [message("503 Service Unavailable", b"[]", Retry_After="60")]


def _nameless(feeds: Feeds) -> None:
    feeds.instead_of_a_post = [message("201 Created", b'{"id": null}')]


@pytest.mark.parametrize(
    ("trouble", "kind", "says"),
    [
        (_off, Declined, "FUNCTIONALITY_NOT_ENABLED"),
        (_deleted, NotSent, "Salesforce has deleted the account"),
        (_gone, Declined, "NOT_FOUND"),
        (_limited, Sent, "status=403"),
        (_busy, Sent, "retry_after=60.0"),
        (_nameless, Failed, "does not name the post"),
    ],
)
def test_what_is_refused_says_something_of_the_one_post_or_of_all_that_is_sent(
    trouble: Callable[[Feeds], None], kind: type[Outcome], says: str
) -> None:
    async def scenario(stand_in: StandIn, feeds: AccountFeeds) -> None:
        trouble(stand_in.feeds)
        outcome = await feeds.post(ACCOUNT, "Text", MARK)

        assert isinstance(outcome, kind)
        assert says in repr(outcome)
        assert stand_in.feeds.posts == []

    run(scenario)


def test_those_who_ask_for_a_token_at_once_share_the_refusal_too() -> None:
    async def scenario(stand_in: StandIn, feeds: AccountFeeds) -> None:
        stand_in.instead_of_a_token = [message("400 Bad Request", b'{"error":"invalid_client"}')]
        outcomes = await asyncio.gather(*(feeds.post(ACCOUNT, "Text", MARK) for _ in range(8)))

        assert {type(outcome) for outcome in outcomes} == {Failed}
        assert stand_in.requests == ["POST /services/oauth2/token"]
        assert isinstance(await feeds.post(ACCOUNT, "Text", MARK), Posted)

    run(scenario)
