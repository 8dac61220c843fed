"""Posts to Chatter on accounts of Salesforce, and looks in an account's feed for what was posted there before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import urlencode

import orjson
from pydantic import TypeAdapter

from service.delivery.outcomes import EXCERPT_CHARACTERS, Declined, Failed, Failure, NotSent, Outcome, Sent
from service.delivery.salesforce import GONE
from service.delivery.salesforce_session import DATA, SalesforceSession

LONGEST: Final = 10_000
"""The characters that a post may have. Salesforce counts as UTF-16 does, in which some take two."""
MOST_SEARCHED: Final = 1000
"""The posts of one account that are looked through for a mark."""

_CUT = "... (cut here: a post has no room for more)"
_PAGE = 50
_CLOCKS_DIFFER_BY = timedelta(days=1)
_UNREADABLE = Failed(fault=Failure.PROTOCOL, reason="Salesforce's answer does not say which posts there are")
_OF_ALL_REQUESTS = {"REQUEST_LIMIT_EXCEEDED"}
_OF_ONE_REQUEST = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that is there, by Salesforce's identifier, as an answer of that status told."""

    post_id: str
    status: int


@dataclass(frozen=True, slots=True)
class NotPosted:
    """No post of the account has the mark."""


Found: TypeAlias = Posted | NotPosted | Outcome
"""What comes of a search. An outcome says why that cannot be told."""


class AccountFeeds:
    """The feeds of accounts of an organization."""

    def __init__(self, session: SalesforceSession) -> None:
        self._session = session

    async def post(self, account_id: str, text: str, mark: str) -> Posted | Outcome:
        """Post a plain text on an account, with a mark as its last line.

        Where there was no answer it may be there, or come to be.
        """
        body = orjson.dumps(
            {
                "feedElementType": "FeedItem",
                "subjectId": account_id,
                "body": {"messageSegments": [{"type": "Text", "text": marked(text, mark)}]},
            }
        )
        outcome = await self._session.send("POST", f"{DATA}/chatter/feed-elements", body)
        if isinstance(outcome, Failed):
            return outcome
        if not outcome.accepted:
            return _refused(outcome)
        try:
            return Posted(_MADE.validate_json(outcome.body).id, outcome.status)
        except ValueError:
            return Failed(fault=Failure.PROTOCOL, reason="Salesforce's answer does not name the post")

    async def find(self, account_id: str, mark: str, since: datetime) -> Found:
        """Find the post with a mark among those made on an account since an instant of our clock."""
        # Read from the record and not by the search of Chatter, whose index may lag; and not from the feed that a user
        # sees, of which Salesforce says that its composition may change.
        earliest = (since - _CLOCKS_DIFFER_BY).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = (
            f"SELECT Id, Body FROM AccountFeed WHERE ParentId = '{account_id}' AND Type != 'TrackedChange' "  # noqa: S608 - not ours to run
            f"AND CreatedDate >= {earliest} ORDER BY CreatedDate DESC, Id DESC LIMIT {_PAGE}"
        )
        searched = 0
        while searched < MOST_SEARCHED:
            asked = urlencode({"q": f"{query} OFFSET {searched}"})
            outcome = await self._session.send("GET", f"{DATA}/query?{asked}")
            if isinstance(outcome, Failed):
                return outcome
            if not outcome.accepted:
                return _refused(outcome)
            try:
                page = _PAGE_OF_FEED.validate_json(outcome.body)
            except ValueError:
                return _UNREADABLE
            found = next((record.Id for record in page.records if mark in (record.Body or "")), None)
            if found is not None:
                return Posted(found, outcome.status)
            if page.done and len(page.records) < _PAGE:
                return NotPosted()
            searched += len(page.records)
            if not page.records:
                return _UNREADABLE
        said = f"It may be there, behind the {MOST_SEARCHED} newest posts since it was tried: look for {mark!r} by hand"
        return NotSent(reason=said)


def marked(text: str, mark: str) -> str:
    """A text as it is posted: with its mark as the last line."""
    return f"{text}\n\n{mark}"


def fitted(text: str, mark: str) -> str:
    """As much of a text as a post has room for beside a mark; that it is cut, it says."""
    if _length(marked(text, mark)) <= LONGEST:
        return text
    room = LONGEST - _length(marked(_CUT, mark))
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore") + _CUT


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True)
class _Made:
    id: str


@dataclass(frozen=True, slots=True)
class _Record:
    Id: str
    Body: str | None = None


@dataclass(frozen=True, slots=True)
class _PageOfFeed:
    records: list[_Record]
    done: bool


@dataclass(frozen=True, slots=True)
class _Error:
    errorCode: str  # noqa: N815 - Salesforce's own name
    message: str = ""


_MADE: Final = TypeAdapter(_Made)
_PAGE_OF_FEED: Final = TypeAdapter(_PageOfFeed)
_ERRORS: Final = TypeAdapter(list[_Error])


def _refused(answer: Sent) -> Outcome:
    """What an answer of no success says: of the one request, where it does not speak of all."""
    try:
        errors = _ERRORS.validate_json(answer.body)
    except ValueError:
        errors = []
    codes = {error.errorCode for error in errors}
    if answer.status not in _OF_ONE_REQUEST or codes & _OF_ALL_REQUESTS:
        return answer
    said = "; ".join(f"{error.errorCode}: {error.message}" for error in errors)[:EXCERPT_CHARACTERS]
    if GONE in codes:
        return NotSent(reason=f"Salesforce has deleted the account ({said})")
    return Declined(status=answer.status, reason=said or answer.excerpt)
