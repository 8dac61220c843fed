"""Sends one request and says what came of it: an answer or a failure, never an exception of a library."""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, Self, TypeAlias

import httpcore

from service.delivery.addresses import NOTHING_MORE, AddressRefusedError, Allowance, CheckedUrl, check_url
from service.delivery.connections import CheckedNetwork, NameUnresolvedError, Resolve, resolve_by_the_system
from service.delivery.outcomes import Failed, Failure, SendResult, Sent

Method: TypeAlias = Literal["GET", "POST", "PATCH"]
_SECONDS = re.compile(r"[0-9]{1,12}")
_LONGEST_DATE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long one request may take and how much of its answer is read. ``total_seconds`` is for all of it."""

    connect_seconds: float = 5
    read_seconds: float = 10
    total_seconds: float = 20
    body_bytes: int = 16 * 1024
    connections: int = 100
    idle_seconds: float = 5


class Sender:
    """Sends to public addresses, and to those that are allowed.

    It is made on httpcore, below httpx's client, because there no redirect, proxy, environment variable, cookie or log
    of URLs exists that would have to be turned off. A connection to a checked address may carry further requests for
    the same host until it has been idle for a few seconds. ``now`` gives the instant, aware of its time zone.
    To be used and closed within one event loop.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        allowance: Allowance = NOTHING_MORE,
        bounds: Bounds = Bounds(),
        resolve: Resolve = resolve_by_the_system,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._now = now
        self._allowance = allowance
        self._bounds = bounds
        self._network = CheckedNetwork(resolve, allowance)
        self._tls = tls
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    async def send(self, url: str, body: bytes, headers: Mapping[str, str], *, method: Method = "POST") -> SendResult:
        """Send a body. Any answer whose status came is ``Sent``, even where its body broke off or was not read on."""
        try:
            return await self._sent(check_url(url, self._allowance), body, headers, method)
        except AddressRefusedError as refused:
            return Failed(fault=Failure.REFUSED, reason=str(refused))
        except NameUnresolvedError:
            return Failed(fault=Failure.UNRESOLVED, reason="The URL's host stands for no address")
        except (TimeoutError, httpcore.TimeoutException):
            return Failed(fault=Failure.TIMEOUT, reason="No answer came in time")
        except httpcore.ConnectError as error:
            return _no_connection(error)
        except (httpcore.NetworkError, httpcore.ProtocolError):
            return Failed(fault=Failure.PROTOCOL, reason="The connection broke, or what came over it was not HTTP")

    async def _sent(self, target: CheckedUrl, body: bytes, headers: Mapping[str, str], method: Method) -> Sent:
        deadline = asyncio.get_running_loop().time() + self._bounds.total_seconds
        async with asyncio.timeout_at(deadline):
            pool = await self._opened_pool()
            answer = await pool.handle_async_request(self._request(target, body, headers, method))
        read, whole = await self._read(answer, deadline)
        asked = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
        retry_after = _seconds_asked_for(asked.decode("latin-1"), self._now())
        return Sent(status=answer.status, retry_after=retry_after, body=read, whole=whole)

    async def _opened_pool(self) -> httpcore.AsyncConnectionPool:
        async with self._opening:
            if self._pool is None:
                # In a thread and not at the start: it reads every certificate that the machine trusts.
                tls = self._tls or await asyncio.to_thread(httpcore.default_ssl_context)
                self._pool = httpcore.AsyncConnectionPool(
                    ssl_context=tls,
                    max_connections=self._bounds.connections,
                    keepalive_expiry=self._bounds.idle_seconds,
                    network_backend=self._network,
                )
            return self._pool

    def _request(self, target: CheckedUrl, body: bytes, headers: Mapping[str, str], method: Method) -> httpcore.Request:
        whole = {
            "User-Agent": "Chalkline",
            "Accept-Encoding": "identity",
            **headers,
            "Host": target.authority,
            "Content-Length": str(len(body)),
        }
        return httpcore.Request(
            method=method,
            url=target.url,
            headers=[(name.encode(), value.encode()) for name, value in whole.items()],
            content=body,
            extensions={
                "timeout": {
                    "connect": self._bounds.connect_seconds,
                    "read": self._bounds.read_seconds,
                    "write": self._bounds.read_seconds,
                    "pool": self._bounds.total_seconds,
                }
            },
        )

    async def _read(self, answer: httpcore.Response, deadline: float) -> tuple[bytes, bool]:
        """What there is of the body, up to the bound, and whether that is all. Not reading on closes the connection."""
        read, whole = bytearray(), False
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in answer.aiter_stream():
                    read += chunk
                    if len(read) >= self._bounds.body_bytes:
                        break
                else:
                    whole = True
        except (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
            pass  # the status has come, and only that is asked for
        finally:
            await answer.aclose()
        return bytes(read[: self._bounds.body_bytes]), whole


def _seconds_asked_for(retry_after: str, now: datetime) -> float | None:
    """The seconds from ``now`` on, at least 0, that a number of seconds or an HTTP date asks for.

    None where the header is absent, or is neither.
    """
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    if len(text) > _LONGEST_DATE:
        return None
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _no_connection(error: httpcore.ConnectError) -> Failed:
    cause = error.__cause__ or error.__context__  # the pool cuts off the first
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Failed(fault=Failure.TLS, reason=f"The certificate is not accepted: {cause.verify_message}")
    if isinstance(cause, ssl.SSLError):
        return Failed(fault=Failure.TLS, reason="No encrypted connection came about")
    return Failed(fault=Failure.UNREACHABLE, reason="Nobody took the connection")
