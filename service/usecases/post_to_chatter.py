"""Post to Chatter what the handbook wants said on an account: each text once, and none that is superseded by then.

What was tried before may be there, although nobody noted that: its mark is looked for before it is posted again.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from service.crm.salesforce_id import is_account_id
from service.delivery.chatter import AccountFeeds, NotPosted, Posted, fitted
from service.delivery.outcomes import Failed, Failure, NotSent, Outcome, Sent
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
from service.usecases.write_back import LEASE as LONGEST_REQUEST

LEASE: Final = 2 * LONGEST_REQUEST
"""How long nobody else posts on an account: a post begins within the first half of it, and ends within the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatterPosting:
    """Posts on accounts of Salesforce, on each of them one post after the other."""

    feeds: AccountFeeds
    database: Database
    now: Clock

    async def post(self, claimed: Claimed) -> Outcome:
        """Post what a notice asks for; what came of it.

        Raises:
            StoreUnavailableError: the database cannot be reached. What was posted by then is found again by its mark.
        """
        if not is_account_id(claimed.account_id):
            return NotSent(reason="The identifier is none of an account of Salesforce, which begin with 001")
        engine, at = self.database.engine, self.now()
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

        came, is_free = await self._carry_out(post, begun, at, superseded=text if isinstance(text, NotSent) else None)
        is_there = came.post_id if isinstance(came, Posted) else None
        ending = partial(end_post, engine, post.id, until, is_there=is_there, at=self.now(), free=is_free)
        await asyncio.to_thread(ending)
        if not isinstance(came, Posted):
            return came
        note = f"It is the post {came.post_id}"
        return Sent(status=HTTPStatus.CREATED, retry_after=None, body=b"", note=note)

    async def _carry_out(
        self, post: Post, begun: Begun, at: datetime, superseded: NotSent | None
    ) -> tuple[Posted | Outcome, bool]:
        """What came of it, and whether nothing is under way any more."""
        if begun.since is not None:
            found = await self.feeds.find(post.account_id, post.mark, begun.since)
            if not isinstance(found, NotPosted):
                return found, True
        if superseded is not None:
            return superseded, True
        if self.now() > at + LONGEST_REQUEST:
            return NotSent(reason="The search for an earlier attempt took too long", again=True), True
        came = await self.feeds.post(post.account_id, post.text, post.mark)
        return came, not _may_go_on(came)

    def _text_of(self, claimed: Claimed) -> str | NotSent:
        """The text that a notice asks for as things stand now."""
        engine, account_id, subject_id = self.database.engine, claimed.account_id, _subject_of(claimed)
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
        return chatter_post(found.handoff)


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
