"""What every request passes: its identifier, its line in the log, its measure, and the last net for a fault."""

import re
import time
from collections.abc import Callable

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.entrypoints.api.auth import KEY_IN_THE_PATH
from service.entrypoints.api.context import ApiContext
from service.entrypoints.api.problems import MEDIA_TYPE, problem_body

_KEY_FOLLOWS = "/v1/webhooks/salesforce/outbound-messages/"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


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
        request_id = self._request_id(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        _take_out_token(scope)
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        except Exception as error:
            self.context.log_fault(request_id, error)
            if status:
                raise  # the answer is under way: breaking it off is the only honest end
            await _answer_fault(request_id, send_named)
        finally:
            self._finish(scope, state, status, time.perf_counter() - began)

    def _request_id(self, scope: Scope) -> str:
        sent = Headers(scope=scope).get("x-request-id", "")
        return sent if _REQUEST_ID.fullmatch(sent) else self.context.new_id().hex

    def _finish(self, scope: Scope, state: dict[str, str], status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "unmatched")
        self.metrics.answered(scope["method"], path, status, seconds)
        self.context.log(
            "request",
            request_id=state["request_id"],
            method=scope["method"],
            path=path,
            status=status,
            ms=round(seconds * 1000, 2),
            actor=state.get("actor"),
        )


def has_key_in_its_path(scope: Scope) -> bool:
    """Whether a webhook's key follows in the path of a request."""
    path: str = scope["path"]
    return path.startswith(_KEY_FOLLOWS) and len(path) > len(_KEY_FOLLOWS)


def _take_out_token(scope: Scope) -> None:
    """Take a webhook's key out of the path, before anything can log it or measure by it."""
    path: str = scope["path"]
    if has_key_in_its_path(scope):
        scope["state"][KEY_IN_THE_PATH] = path.removeprefix(_KEY_FOLLOWS)
        scope["path"] = _KEY_FOLLOWS.rstrip("/")
        scope["raw_path"] = scope["path"].encode()


async def _answer_fault(request_id: str, send: Send) -> None:
    detail = "Something went wrong here. Nothing was recorded, or it was recorded whole; the log has this request."
    body = orjson.dumps(problem_body("internal_error", detail, f"urn:chalkline:request:{request_id}"))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
