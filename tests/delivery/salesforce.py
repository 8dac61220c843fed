"""A stand-in of the part of Salesforce's REST API that is written to: tokens, accounts that take fields, and feeds.

It refuses what Salesforce refuses, in its words: stale sessions, requests beyond a limit, values that a restricted
picklist does not have, records of other objects, deleted or unknown ones, rows that another transaction has locked.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from service.domain.terms import Team
from tests.delivery.endpoints import Received, endpoint, message
from tests.delivery.feeds import POST, QUERY, Feeds, in_json, problem

CLIENT_ID = "3MVG9.connected-app"
CLIENT_SECRET = "a-secret-of-the-connected-app"  # noqa: S105 - of the stand-in alone
ACCOUNT = "0018a00001XyZaBAAV"
PATCH = "PATCH /services/data/v59.0/composite/sobjects"
_MOST_RECORDS = 200
_LONGEST_REASON = 255
_TEAM, _REASON = "Account_Owner_Team__c", "Chalkline_Reason__c"
_Error: TypeAlias = tuple[str, str]


@dataclass(kw_only=True)
class StandIn:
    """What the stand-in knows, and how it is to misbehave.

    ``accounts`` are the fields of records by their identifiers, ``written`` what was accepted, in its order. It answers
    503 while it is ``away``, and only so many ``requests_left`` where there is a limit. What stands in place of a token
    or a patch is given first, one a request.
    """

    url: str
    accounts: dict[str, dict[str, Any]] = field(default_factory=lambda: {ACCOUNT: {}})
    fields: set[str] = field(default_factory=lambda: {_TEAM, _REASON})
    picklist: set[str] = field(default_factory=lambda: set(map(str, Team)))
    deleted: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    away: bool = False
    requests_left: int | None = None
    tokens_given: int = 0
    tokens_that_work: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    written: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    instead_of_a_token: list[bytes] = field(default_factory=list)
    instead_of_a_patch: list[bytes] = field(default_factory=list)
    feeds: Feeds = field(init=False)

    def __post_init__(self) -> None:
        self.feeds = Feeds(accounts=self.accounts, deleted=self.deleted)

    def expire(self) -> None:
        """Let no token that was given so far work any more."""
        self.tokens_that_work.clear()

    def team(self, account_id: str = ACCOUNT) -> str | None:
        """The team that an account is said to be owned by."""
        return self.accounts[account_id].get(_TEAM)

    def answer(self, request: Received) -> bytes:
        """The answer to a request."""
        method, path, _ = request.line.split(" ")
        path = path.partition("?")[0]
        asked = f"{method} {path}"
        self.requests.append(asked)
        if self.away:
            return message("503 Service Unavailable", b"<html>Down for maintenance</html>")
        if asked == "POST /services/oauth2/token":
            return self.instead_of_a_token.pop(0) if self.instead_of_a_token else self._token(request)
        if asked not in {PATCH, POST, QUERY}:
            return problem("404 Not Found", "NOT_FOUND", "The requested resource does not exist")
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens_that_work:
            return problem("401 Unauthorized", "INVALID_SESSION_ID", "Session expired or invalid")
        if self.requests_left is not None:
            if self.requests_left <= 0:
                return problem("403 Forbidden", "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            self.requests_left -= 1
        if asked != PATCH:
            return self.feeds.answer(asked, request)
        return self.instead_of_a_patch.pop(0) if self.instead_of_a_patch else self._patched(request)

    def _token(self, request: Received) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        right = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if asked != right or request.headers["content-type"] != "application/x-www-form-urlencoded":
            return message("400 Bad Request", b'{"error":"invalid_client"}')
        self.tokens_given += 1
        token = f"00D!token-{self.tokens_given}"
        self.tokens_that_work.add(token)
        return in_json("200 OK", {"access_token": token, "token_type": "Bearer"})

    def _patched(self, request: Received) -> bytes:
        if request.headers["content-type"] != "application/json":
            return problem("415 Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
        asked = json.loads(request.body)
        assert asked["allOrNone"] is False
        if len(asked["records"]) > _MOST_RECORDS:
            return problem("400 Bad Request", "EXCEEDED_MAX_SIZE_REQUEST", "record limit reached: 200")
        return in_json("200 OK", [self._saved(record) for record in asked["records"]])

    def _saved(self, record: dict[str, Any]) -> dict[str, Any]:
        attributes, given = record.pop("attributes"), record.pop("id")
        account_id = next((known for known in self.accounts if known[:15] == given[:15]), given)
        error = self._error(attributes["type"], account_id, record)
        if error is not None:
            return {"success": False, "errors": [{"statusCode": error[0], "message": error[1], "fields": []}]}
        self.accounts[account_id].update(record)
        self.written.append((account_id, record))
        return {"id": account_id, "success": True, "errors": []}

    def _error(self, kind: str, account_id: str, values: dict[str, Any]) -> _Error | None:
        if kind != "Account" or not account_id.startswith("001"):
            return "MALFORMED_ID", f"Record ID: id value of incorrect type: {account_id}"
        if account_id in self.deleted:
            return "ENTITY_IS_DELETED", "entity is deleted"
        if account_id not in self.accounts:
            return "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"
        if strange := values.keys() - self.fields:
            return "INVALID_FIELD", f"No such column '{strange.pop()}' on sobject of type Account"
        if values.get(_TEAM, next(iter(self.picklist))) not in self.picklist:
            said = f"Account Owner Team: bad value for restricted picklist field: {values[_TEAM]}"
            return "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", said
        if len(values.get(_REASON, "")) > _LONGEST_REASON:
            return "STRING_TOO_LONG", "Chalkline Reason: data value too large (max length=255)"
        if account_id in self.locked:
            return "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records"
        return None


@asynccontextmanager
async def salesforce(*account_ids: str) -> AsyncIterator[StandIn]:
    """A stand-in on a socket of the loopback, with these accounts, or the one."""
    stand_in = StandIn(url="", accounts={account_id: {} for account_id in account_ids or [ACCOUNT]})

    async def script(request: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        answer = stand_in.answer(request)
        if stand_in.feeds.holding is not None and request.line.startswith(POST):
            await stand_in.feeds.holding.wait()
        writer.write(answer)
        if not answer:
            writer.close()

    async with endpoint(script) as served:
        stand_in.url = f"http://127.0.0.1:{served.port}"
        yield stand_in
