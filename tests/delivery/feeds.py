"""The part of the stand-in of Salesforce that is about Chatter: feeds of accounts, posted to and queried.

It refuses what Salesforce refuses: what is no plain post, one that is too long, on no record or a deleted one, by a
user without Chatter; and queries that are not of a feed, or ask for too much at once.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from tests.delivery.endpoints import Received, message

POST = "POST /services/data/v59.0/chatter/feed-elements"
QUERY = "GET /services/data/v59.0/query"
_LONGEST = 10_000
_MOST_ROWS, _FARTHEST = 1000, 2000
_SOQL = re.compile(
    r"SELECT Id, Body FROM AccountFeed WHERE ParentId = '(\w{15}(?:\w{3})?)' AND Type != 'TrackedChange'"
    r" AND CreatedDate >= (\S+) ORDER BY CreatedDate DESC, Id DESC LIMIT (\d+) OFFSET (\d+)"
)


@dataclass(kw_only=True)
class Feeds:
    """The posts that were taken, oldest first, and how Chatter is to misbehave.

    ``accounts`` and ``deleted`` are those of the organization. It is ``off`` where the user may not post. ``silent``
    posts are taken and not answered, none is before the ``holding`` ends; what stands in place of a post or a query is
    given first. A query is answered with at most ``rows`` at once, whatever it asks for.
    """

    accounts: dict[str, Any]
    deleted: set[str]
    now: Callable[[], datetime] = lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    posts: list[dict[str, Any]] = field(default_factory=list)
    off: bool = False
    silent: int = 0
    holding: asyncio.Event | None = None
    rows: int = _MOST_ROWS
    instead_of_a_post: list[bytes] = field(default_factory=list)
    instead_of_a_query: list[bytes] = field(default_factory=list)

    def texts(self, account_id: str) -> list[str]:
        """What is posted on an account, oldest first."""
        return [post["Body"] for post in self.posts if post["ParentId"] == account_id]

    def add(self, account_id: str, body: str | None, kind: str = "TextPost") -> str:
        """Have a post of somebody's; gives its identifier."""
        made = {"Id": f"0D5AAA{len(self.posts):09}AAA", "ParentId": account_id, "Body": body, "Type": kind}
        self.posts.append(made | {"CreatedDate": self.now()})
        return str(made["Id"])

    def answer(self, asked: str, request: Received) -> bytes:
        """The answer to a request; nothing where it is not to be answered."""
        instead = self.instead_of_a_post if asked == POST else self.instead_of_a_query
        if instead:
            return instead.pop(0)
        if self.off:
            return problem("403 Forbidden", "FUNCTIONALITY_NOT_ENABLED", "Chatter is not enabled for the user")
        answer = self._posted(request) if asked == POST else self._queried(request)
        if asked == POST and self.silent:
            self.silent -= 1
            return b""
        return answer

    def _posted(self, request: Received) -> bytes:
        if request.headers["content-type"] != "application/json":
            return problem("415 Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
        match json.loads(request.body):
            case {
                "feedElementType": "FeedItem",
                "subjectId": str(subject),
                "body": {"messageSegments": [{"type": "Text", "text": str(text)}], **_rest},
            } if text.strip():
                pass
            case _:
                return problem("400 Bad Request", "INVALID_API_INPUT", "This is no post of plain text")
        if len(text.encode("utf-16-le")) // 2 > _LONGEST:
            return problem("400 Bad Request", "STRING_TOO_LONG", f"Post: data value too large (max length={_LONGEST})")
        account_id = next((known for known in self.accounts if known[:15] == subject[:15]), None)
        if account_id in self.deleted:
            return problem("404 Not Found", "ENTITY_IS_DELETED", "entity is deleted")
        if account_id is None:
            return problem("404 Not Found", "NOT_FOUND", "The requested resource does not exist")
        made = {"id": self.add(account_id, text), "feedElementType": "FeedItem", "body": {"text": text}}
        return in_json("201 Created", made)

    def _queried(self, request: Received) -> bytes:
        query = parse_qs(request.line.split(" ")[1].partition("?")[2], strict_parsing=True)["q"][0]
        found = _SOQL.fullmatch(query)
        if found is None or request.body:
            return problem("400 Bad Request", "MALFORMED_QUERY", "unexpected token")
        account_id, since, most, offset = found[1], datetime.fromisoformat(found[2]), int(found[3]), int(found[4])
        if most > _MOST_ROWS or offset > _FARTHEST:
            return problem("400 Bad Request", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        rows = [
            {"attributes": {"type": "AccountFeed"}, "Id": post["Id"], "Body": post["Body"]}
            for post in reversed(self.posts)
            if post["ParentId"] == account_id and post["Type"] != "TrackedChange" and post["CreatedDate"] >= since
        ][offset : offset + most]
        return in_json("200 OK", {"totalSize": len(rows), "done": len(rows) <= self.rows, "records": rows[: self.rows]})


def problem(status: str, code: str, said: str) -> bytes:
    """A refusal as Salesforce words it."""
    return in_json(status, [{"message": said, "errorCode": code}])


def in_json(status: str, body: object) -> bytes:
    """An answer whose connection goes on."""
    return message(status, json.dumps(body).encode(), Connection="keep-alive")
