"""A stand-in of the part of Salesforce's REST API that is written to: tokens, and accounts that take fields."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.delivery.endpoints import Received, endpoint, message

CLIENT_ID = "3MVG9.connected-app"
CLIENT_SECRET = "a-secret-of-the-connected-app"  # noqa: S105 - of the stand-in alone
ACCOUNT = "0018a00001XyZaBAAV"
_ACCOUNTS = "/services/data/v59.0/sobjects/Account/"


@dataclass(kw_only=True)
class StandIn:
    """What the stand-in knows, and how it is to misbehave: answers that it gives first, one a request."""

    url: str
    accounts: dict[str, dict[str, Any]] = field(default_factory=lambda: {ACCOUNT: {}})
    tokens_given: int = 0
    tokens_that_work: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    instead_of_a_token: list[bytes] = field(default_factory=list)
    instead_of_a_patch: list[bytes] = field(default_factory=list)

    def expire(self) -> None:
        """Let no token that was given so far work any more."""
        self.tokens_that_work.clear()

    def answer(self, request: Received) -> bytes:
        """The answer to a request."""
        method, path, _ = request.line.split(" ")
        self.requests.append(f"{method} {path}")
        if (method, path) == ("POST", "/services/oauth2/token"):
            return self.instead_of_a_token.pop(0) if self.instead_of_a_token else self._token(request)
        if method == "PATCH" and path.startswith(_ACCOUNTS):
            known = request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens_that_work
            if not known:
                return _problem("401 Unauthorized", "INVALID_SESSION_ID")
            return self.instead_of_a_patch.pop(0) if self.instead_of_a_patch else self._patched(path, request)
        return _problem("404 Not Found", "NOT_FOUND")

    def _token(self, request: Received) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        right = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if asked != right or request.headers["content-type"] != "application/x-www-form-urlencoded":
            return message("400 Bad Request", b'{"error":"invalid_client"}')
        self.tokens_given += 1
        token = f"00D!token-{self.tokens_given}"
        self.tokens_that_work.add(token)
        return message("200 OK", json.dumps({"access_token": token, "token_type": "Bearer"}).encode())

    def _patched(self, path: str, request: Received) -> bytes:
        account = self.accounts.get(path.removeprefix(_ACCOUNTS))
        if account is None:
            return _problem("404 Not Found", "ENTITY_IS_DELETED")
        if request.headers["content-type"] != "application/json":
            return _problem("415 Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE")
        account.update(json.loads(request.body))
        return b"HTTP/1.1 204 No Content\r\n\r\n"


@asynccontextmanager
async def salesforce() -> AsyncIterator[StandIn]:
    """A stand-in on a socket of the loopback."""
    stand_in = StandIn(url="")

    async def script(request: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        writer.write(stand_in.answer(request))

    async with endpoint(script) as served:
        stand_in.url = f"http://127.0.0.1:{served.port}"
        yield stand_in


def _problem(status: str, code: str) -> bytes:
    return message(status, json.dumps([{"message": "A sentence of Salesforce", "errorCode": code}]).encode())
