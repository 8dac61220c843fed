"""Post to Chatter what the handbook wants said on an account: each text once, and none that is superseded by then.

What was tried before may be there, although nobody noted that: its mark is looked for before it is posted again.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from service.delivery.backoff import rested_until
from service.delivery.chatter import AccountFeeds, Found, NotPosted, Posted, fitted
from service.delivery.outcomes import Failed, Failure, NotSent, Outcome, Sent
from service.domain.account_ids import is_account_id
from service.domain.handoff.texts import chatter_post
from service.domain.reviews import ReviewStatus, chatter_text, recommendation_of
from service.domain.subscriptions import MessageType
from service.store.database import Database
from service.store.delivery.claims import Claimed
from service.store.delivery.posts import AlreadySaid, Begun, Busy, Post, begin_post, end_post, find_post
from service.store.events import known_records
from service.store.handoffs import find_handoff
from service.store.recording import Clock
from service.store.reviews import find_review
from service.usecases.event_settlements import read_known
from service.usecases.people import addressed
from service.usecases.write_back import LEASE as LONGEST_REQUEST

LEASE: Final = 2 * LONGEST_REQUEST
"""How long nobody else posts on an account: a post begins within the first half of it, and ends within the other."""


class ChatterPosting:
    """Posts on accounts of Salesforce, on each of them one post after the other.

    While Salesforce takes no request of it, it rests: of posts it takes fewer in an hour than of anything else.
    """

    def __init__(self, feeds: AccountFeeds, database: Database, now: Clock, today: Callable[[], date]) -> None:
        self._feeds = feeds
        self._database = database
        self._now = now
        self._today = today
        self._failing_since: datetime | None = None
        self._rests_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether nothing is to be posted for a while."""
        return self._rests_until is not None and now < self._rests_until

    async def post(self, claimed: Claimed) -> Outcome:
        """Post what a notice asks for; what came of it.

        Raises:
            StoreUnavailableError: the database cannot be reached. What was posted by then is found again by its mark.
        """
        if not is_account_id(claimed.account_id):
            return NotSent(reason="The identifier is none of an account of Salesforce, which begin with 001")
        engine, at = self._database.engine, self._now()
        tried = await asyncio.to_thread(find_post, engine, claimed.decision_id)
        text = await asyncio.to_thread(self._text_of, claimed)
        if not isinstance(text, NotSent):
            post = _post(claimed, text, at)
        elif tried is not None:
            post = tried
        else:
            return text

        until = at + LEASE
        begun = await asyncio.to_thread(begin_post, engine, post, at, until)
        if isinstance(begun, Busy):
            wait = (begun.until - at).total_seconds()
            return NotSent(reason="A post on the account may be under way", again=True, retry_after=wait)
        if isinstance(begun, AlreadySaid):
            return NotSent(reason=f"The text is there already, as the post {begun.by.post_id}")

        superseded = text if isinstance(text, NotSent) else None
        came, is_free = await self._carry_out(post, begun, at, superseded)
        is_there = came.post_id if isinstance(came, Posted) else None
        ending = partial(end_post, engine, post.id, until, is_there=is_there, at=self._now(), free=is_free)
        await asyncio.to_thread(ending)
        if isinstance(came, Posted):
            return Sent(status=came.status, retry_after=None, body=b"", note=f"It is the post {came.post_id}")
        return came

    async def _carry_out(
        self, post: Post, begun: Begun, at: datetime, superseded: NotSent | None
    ) -> tuple[Posted | Outcome, bool]:
        """What came of it, and whether nothing is under way any more."""
        if begun.since is not None:
            found = await self._feeds.find(post.account_id, post.mark, begun.since)
            # That a feed can be read does not say that posts are taken again.
            if isinstance(found, Sent | Failed):
                self._rest_after(found)
            if not isinstance(found, NotPosted):
                return found, True
        if superseded is not None:
            return superseded, True
        if self._now() > at + LONGEST_REQUEST:
            return NotSent(reason="The search for an earlier attempt took too long", again=True), True
        came = await self._feeds.post(post.account_id, post.text, post.mark)
        self._rest_after(came)
        return came, not _may_go_on(came)

    def _rest_after(self, came: Found) -> None:
        if not isinstance(came, Sent | Failed):
            self._failing_since = self._rests_until = None
            return
        at = self._now()
        self._failing_since = self._failing_since or at
        self._rests_until = rested_until(came, at, self._failing_since)

    def _text_of(self, claimed: Claimed) -> str | NotSent:
        """The text that a notice asks for as things stand now."""
        engine, account_id, subject_id = self._database.engine, claimed.account_id, _subject_of(claimed)
        known = read_known(known_records(engine, "account", [account_id]).get(account_id), account_id)
        if known.deleted is not None:
            return NotSent(reason="The CRM has deleted the account")
        if claimed.type is MessageType.REVIEW_OPENED:
            review = find_review(engine, subject_id)
            if review is None or review.status is not ReviewStatus.OPEN:
                return NotSent(reason="The review is open no more")
            decision = review.decision.decision
            return chatter_text(decision, recommendation_of(decision)[1])
        found = find_handoff(engine, subject_id)
        if found is None or not found.handoff.asks_for_its_post:
            return NotSent(reason="The handoff asks for its Chatter post no more")
        return chatter_post(found.handoff, addressed(self._database, found.handoff, self._today()))


def _told(claimed: Claimed) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(claimed.body or "{}")
    return told


def _subject_of(claimed: Claimed) -> UUID:
    """The review or the handoff that a notice is about."""
    return UUID(_told(claimed)["id"])


def _post(claimed: Claimed, text: str, at: datetime) -> Post:
    """The post of a notice. Its mark says to a person what it is about, and to nobody else's post can it belong."""
    subject_id = _subject_of(claimed)
    mark = f"Chalkline {claimed.type.partition('.')[0]} {subject_id} of {_told(claimed)['at']}"
    return Post(
        id=claimed.decision_id,
        account_id=claimed.account_id,
        type=claimed.type,
        subject_id=subject_id,
        mark=mark,
        text=fitted(text, mark),
        began_at=at,
    )


def _may_go_on(came: Posted | Outcome) -> bool:
    """Whether the post may come to be still, although nothing of the kind was said: a proxy may have given up first."""
    if isinstance(came, Sent):
        return came.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(came, Failed) and came.fault in {Failure.TIMEOUT, Failure.PROTOCOL}
