"""Read a ledger that somebody serves: checkpoint, tiles and entries, over HTTP."""

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

from service.delivery.outcomes import Failed
from service.delivery.sender import Sender

_TRIES = 4
_LONGEST_WAIT_SECONDS = 30.0
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_NOT_ALLOWED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_LOG = "/v1/audit"


class UnreadableLogError(Exception):
    """A log cannot be read. The message is a sentence without its end."""


class NotServedError(UnreadableLogError):
    """The log has nothing at a path."""


class LogReader:
    """Reads what a log serves below its prefix; of the address of a service alone, that of its ledger.

    ``key`` is an API key with the scope ``audit``; empty where the prefix asks for none. Before it asks again, it lets
    ``pause_seconds`` pass, unless it is told how long to wait.
    """

    def __init__(self, sender: Sender, url: str, key: str = "", *, pause_seconds: float = 1.0) -> None:
        bare = url.rstrip("/")
        self._prefix = bare if urlsplit(bare).path else bare + _LOG
        parts = urlsplit(bare)
        self._host = f"{parts.scheme}://{parts.netloc}"  # the path may have a key in it
        self._sender, self._pause_seconds = sender, pause_seconds
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def read(self, path: str) -> bytes:
        """The bytes at a path below the prefix. A service that is busy is asked again, a few times.

        Raises:
            NotServedError: there is nothing.
            UnreadableLogError: nobody answers, or not with what was asked for.
        """
        what = f"{path} of {self._host}"
        for last in (*[False] * (_TRIES - 1), True):
            answer = await self._sender.send(f"{self._prefix}/{path}", b"", self._headers, method="GET")
            if isinstance(answer, Failed):
                raise UnreadableLogError(f"{what}: {answer.reason}")
            if answer.accepted and answer.whole:
                return answer.body
            if answer.accepted and last:
                raise UnreadableLogError(f"{what}: the answer broke off")
            if answer.status == HTTPStatus.NOT_FOUND:
                raise NotServedError(f"{what}: there is nothing")
            if answer.status in _NOT_ALLOWED:
                raise UnreadableLogError(f"{what}: it asks for an API key with the scope audit, in CHALKLINE_KEY")
            if not answer.accepted and (answer.status not in _BUSY or last):
                raise UnreadableLogError(f"{what}: it answers with {answer.status}")
            asked = self._pause_seconds if answer.retry_after is None else answer.retry_after
            await asyncio.sleep(min(asked, _LONGEST_WAIT_SECONDS))
        raise AssertionError(what)  # the last try raises or returns
