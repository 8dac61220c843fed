"""Requests to Salesforce's REST API with a token that is got when it is first needed, and again when it is refused."""

import asyncio
import re
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import orjson

from service.delivery.outcomes import Failed, Failure, SendResult
from service.delivery.sender import Bounds, Method, Sender

DATA: Final = "/services/data/v59.0"
"""Where the resources are of the version of the API that is spoken here."""
BOUNDS: Final = Bounds(read_seconds=60, total_seconds=60, body_bytes=4 * 1024 * 1024, connections=16)
"""Of a request: the automation of an organization may take long with many records, and each has its own answer."""

_TOKEN = re.compile(r"[!-~]+")
_WORTH_WAITING_FOR = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class SalesforceSession:
    """Sends to an organization. Keeps the token that it got in memory, until Salesforce refuses it."""

    def __init__(self, sender: Sender, instance_url: str, client_id: str, client_secret: str) -> None:
        self._sender = sender
        self._base = instance_url.rstrip("/")
        self._credentials = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._token: str | None = None
        self._asking: asyncio.Task[str | SendResult] | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self._asking is not None:
            self._asking.cancel()
        await self._sender.close()

    async def send(self, method: Method, path: str, body: bytes = b"") -> SendResult:
        """Send with a token, and once more with a new one where Salesforce refuses it."""
        token = await self._current_token(refused=None)
        if not isinstance(token, str):
            return token
        outcome = await self._sent(method, path, body, token)
        if isinstance(outcome, Failed) or outcome.status != HTTPStatus.UNAUTHORIZED:
            return outcome

        token = await self._current_token(refused=token)
        return await self._sent(method, path, body, token) if isinstance(token, str) else token

    async def _sent(self, method: Method, path: str, body: bytes, token: str) -> SendResult:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
        return await self._sender.send(f"{self._base}{path}", body, headers, method=method)

    async def _current_token(self, refused: str | None) -> str | SendResult:
        """A token other than the refused one: that which another got meanwhile, or else a new one.

        Those who ask at once share the answer, so that none waits for longer than for one.
        """
        if self._token is not None and self._token != refused:
            return self._token
        if self._asking is None:
            self._token = None
            self._asking = asyncio.ensure_future(self._ask_for_token())
            self._asking.add_done_callback(self._keep)
        return await asyncio.shield(self._asking)

    def _keep(self, asked: "asyncio.Task[str | SendResult]") -> None:
        self._asking = None
        if not asked.cancelled() and asked.exception() is None and isinstance(answer := asked.result(), str):
            self._token = answer

    async def _ask_for_token(self) -> str | SendResult:
        outcome = await self._sender.send(
            f"{self._base}/services/oauth2/token",
            urlencode(self._credentials).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )
        if (
            isinstance(outcome, Failed)
            or outcome.status in _WORTH_WAITING_FOR
            or outcome.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            return outcome
        token = _token_in(outcome.body) if outcome.status == HTTPStatus.OK else None
        if token is None:
            return Failed(fault=Failure.UNAUTHORIZED, reason=f"Salesforce gave no token: it answered {outcome.status}")
        return token


def _token_in(body: bytes) -> str | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None
