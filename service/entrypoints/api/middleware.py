"""What every request passes: its identifier, its line in the log, its measure, and the last net for a fault."""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.entrypoints.api.auth import KEY_IN_THE_PATH, RATE
from service.entrypoints.common.context import ApiContext, Limits
from service.entrypoints.common.payloads import READ_AND_DROPPED
from service.entrypoints.common.problems import KNOWN, MEDIA_TYPE, problem_body

_KEY_FOLLOWS = "/v1/webhooks/salesforce/outbound-messages/"
_WEBHOOK = "/v1/webhooks/"
_CALENDAR = "/v1/calendar/"
_FEED = ".ics"
_AUDIT = "/v1/audit/k/"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class HttpMetrics:
    """How many requests were answered how, and how long they took, by the path's template."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "path")
        self._requests = Counter(
            "chalkline_http_requests", "Requests answered.", (*labels, "status"), registry=registry
        )
        self._seconds = Histogram(
            "chalkline_http_request_seconds", "Seconds until the answer was complete.", labels, registry=registry
        )
        self._answered: dict[tuple[str, str, int], Callable[[float], None]] = {}

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        key = (method, path, status)
        count = self._answered.get(key)
        if count is None:
            requests = self._requests.labels(method, path, str(status))
            duration = self._seconds.labels(method, path)

            def count(took: float) -> None:
                requests.inc()
                duration.observe(took)

            self._answered[key] = count
        count(seconds)


class RequestBoundary:
    """Wraps the application: nothing that is raised inside leaves it but as a problem."""

    def __init__(self, app: ASGIApp, context: ApiContext) -> None:
        self.app = app
        self.context = context
        self.metrics = HttpMetrics(context.registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see to its end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        method, sent = scope["method"], dict[bytes, bytes](scope["headers"])
        request_id = self._request_id(sent)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        _take_out_token(scope)
        self._stand_under_prefix(scope)
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        body = _Body(receive, sent, self.context.limits)
        answer = _Answer(send, body, method, state, self.context)
        try:
            await self.app(scope, body.receive if body.unread else receive, answer.send)
        except Exception as error:
            self.context.log_fault(request_id, error)
            if answer.status:
                raise  # the answer is under way: breaking it off is the only honest end
            detail = (
                "Something went wrong here. Nothing was recorded, or it was recorded whole; the log has this request."
            )
            await answer.refuse("internal_error", detail)
        except asyncio.CancelledError:
            if not answer.status:
                await answer.refuse("stopping", "The service is stopping. Whether anything was recorded is not known")
            raise
        finally:
            self._finish(method, scope, state, answer.status, (answer.ended or time.perf_counter()) - began)

    def _request_id(self, sent: Mapping[bytes, bytes]) -> str:
        stated = sent.get(b"x-request-id")
        return stated.decode() if stated and _REQUEST_ID.fullmatch(stated) else self.context.new_id().hex

    def _stand_under_prefix(self, scope: Scope) -> None:
        """Say under which path a proxy shows the service, whether or not it leaves that in the path of a request."""
        prefix = self.context.root_path
        if prefix:
            scope["root_path"] = prefix
            if not scope["path"].startswith(f"{prefix}/"):
                scope["path"] = prefix + scope["path"]

    def _finish(self, method: str, scope: Scope, state: dict[str, str], status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "unmatched")
        self.metrics.answered(method, path, status, seconds)
        self.context.log(
            "request",
            request_id=state["request_id"],
            method=method,
            path=path,
            status=status,
            ms=round(seconds * 1000, 2),
            actor=state.get("actor"),
        )


class _Body:
    """The body of a request, and whether any of it may still be to come."""

    def __init__(self, receive: Receive, sent: Mapping[bytes, bytes], limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._waits_to_be_asked = b"expect" in sent
        self.unread = sent.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in sent

    async def receive(self) -> Message:
        """The next part."""
        message = await self._receive()
        self.unread = message.get("more_body", False)
        return message

    async def drop(self) -> None:
        """Read the rest and keep none of it, within the limits."""
        left = 0 if self._waits_to_be_asked else self._limits.body_bytes * READ_AND_DROPPED
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while self.unread and left > 0:
                    left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


class _Answer:
    """The answer to a request as it leaves: named, without a body to HEAD, the last on its connection if it must be.

    ``ended`` is when it was complete, by ``time.perf_counter``.
    """

    def __init__(self, send: Send, body: _Body, method: str, state: Mapping[str, str], context: ApiContext) -> None:
        self._send = send
        self._body = body
        self._method = method
        self._state = state
        self._request_id = state["request_id"]
        self._prefix = context.root_path
        self._rates = context.rates
        self._closes = False
        self.status = 0
        self.ended = 0.0

    async def send(self, message: Message) -> None:
        """Send a part of it."""
        if self.ended:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._complete(message)
            await self._send(message)
            return
        if self._method == "HEAD":
            message = {"type": "http.response.body"}
        if not message.get("more_body", False):
            self.ended = time.perf_counter()
            if self._closes:
                # Who sends all before listening would never see the answer, were the connection closed at once.
                await self._send({**message, "more_body": True})
                await self._body.drop()
                message = {"type": "http.response.body"}
        await self._send(message)

    def _complete(self, message: Message) -> None:
        message["headers"] = [*message["headers"], (b"x-request-id", self._request_id.encode())]
        if self._rates is None and not self._prefix and not self._body.unread:
            return
        headers = MutableHeaders(scope=message)
        if self._rates is not None and RATE in self._state:
            headers["RateLimit-Policy"], headers["RateLimit"] = self._rates.policy, self._state[RATE]
        if self._prefix and headers.get("location", "").startswith("/"):
            headers["Location"] = self._prefix + headers["location"]
        if self._body.unread and "connection" not in headers:
            self._closes = True
            headers["Connection"] = "close"

    async def refuse(self, code: str, detail: str) -> None:
        """Answer a problem."""
        body = orjson.dumps(problem_body(code, detail, f"urn:chalkline:request:{self._request_id}"))
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": KNOWN[code][0], "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def is_untraced(scope: Scope, paths: Iterable[re.Pattern[str]], prefix: str) -> bool:
    """Whether a request leaves no trace, which would hold all of its path and query as they were sent.

    It has a key in its path, a webhook's, a calendar program's or an auditor's, or might: none of the ``paths`` that
    are answered, under a ``prefix`` or without it, is its own, so that it may have missed one of these; or it sends a
    webhook what would have to be a path's.
    """
    path: str = scope["path"]
    if path.partition(_KEY_FOLLOWS)[2] or (scope["query_string"] and _WEBHOOK in path):
        return True
    if (_CALENDAR in path and path.endswith(_FEED)) or _AUDIT in path:
        return True
    if prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(prefix)
    return not any(each.match(path) for each in paths)


def _take_out_token(scope: Scope) -> None:
    """Take a program's key out of the path, before anything can log it or measure by it."""
    before, follows, key = scope["path"].partition(_KEY_FOLLOWS)
    if key:
        _put_out(scope, key, before + follows.rstrip("/"))
        return
    before, follows, name = scope["path"].partition(_CALENDAR)
    if name.endswith(_FEED):
        _put_out(scope, name.removesuffix(_FEED), f"{before}{follows}key{_FEED}")
        return
    before, follows, name = scope["path"].partition(_AUDIT)
    if follows:
        key, behind, rest = name.partition("/")
        _put_out(scope, key, f"{before}{follows}key{behind}{rest}")


def _put_out(scope: Scope, key: str, path: str) -> None:
    scope["state"][KEY_IN_THE_PATH] = key
    scope["path"] = path
    scope["raw_path"] = path.encode()
