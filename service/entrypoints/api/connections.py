"""Connections below the application: what uvicorn leaves open of HTTP/1, its bounds, and refusals that are problems."""

from asyncio import BaseTransport
from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from service.entrypoints.common.context import ApiContext
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.problems import KNOWN, MEDIA_TYPE, problem_body

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent


def connections_to(context: ApiContext) -> type["Connection"]:
    """The connections of an application that works with ``context``."""

    class ConnectionTo(Connection):
        pass

    ConnectionTo.context = context
    return ConnectionTo


class Connection(HttpToolsProtocol):
    """A connection of HTTP/1.0 or 1.1 that is closed where no request comes, and stays HTTP/1 whatever is offered.

    From its start, and from the end of an answer on, it waits ``idle_seconds`` for the head of a request. The parser
    may hold ``head_bytes`` of which it has told nothing yet: a head, or what stands between the chunks of a body.
    """

    context: ApiContext
    _held = 0
    _refused = False
    _waits_since: float | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # it says Transport, and is given what asyncio gives
        self._waits_since = self.loop.time()
        self._timer = self.loop.call_later(self.context.limits.idle_seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, no more at a time than the parser may hold."""
        most = self.context.limits.head_bytes
        while len(data) > (left := most - self._held) and not self._refused:
            self._parse(data[:left])
            data = data[left:]
            if self._held >= most:
                self._refuse("headers_too_large", f"The head of a request has at most {most:,} bytes")
        if not self._refused:
            self._parse(data)

    def on_headers_complete(self) -> None:
        """Begin to answer a request, unless its head is none of HTTP/1."""
        self._held, self._waits_since = 0, None
        if self.parser.should_upgrade():
            return
        version = self.parser.get_http_version()
        hosts = [name for name, _ in self.headers].count(b"host")
        if version not in {"1.0", "1.1"} or hosts > 1 or (hosts < 1 and version == "1.1"):
            self._refuse(
                "malformed_request", "A request is of HTTP/1.0 or 1.1, and names one Host; in 1.0 it may do without"
            )
            raise HttpParserError
        super().on_headers_complete()
        if version == "1.0":
            self.cycle.__class__ = _UntilClosed

    def on_body(self, body: bytes) -> None:
        """Hand on a part of the body."""
        self._held = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of the body."""
        self._held = 0
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if not self.pipeline:
            self._waits_since = self.loop.time()

    def _parse(self, data: bytes) -> None:
        self._held += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as offered:
            self._stay(data[offered.args[0] :])
        except HttpParserError:
            self._refuse("malformed_request", "What came is no request of HTTP/1.1")

    def _stay(self, rest: bytes) -> None:
        """Take the request as if it offered no other protocol: the parser would take what follows for the other."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":
            self._refuse("malformed_request", "This is no proxy: CONNECT is not answered")
            return
        kept = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._parse(b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(kept)))
        self.data_received(rest)

    def _look(self) -> None:
        """Close the connection where it has waited too long, or where nobody reads what it was closed with."""
        seconds, now = self.context.limits.idle_seconds, self.loop.time()
        waited = 0.0 if self._waits_since is None else now - self._waits_since
        if waited < seconds:
            self._timer = self.loop.call_later(seconds - waited, self._look)
        elif self._held and not self._refused:
            self._refuse("request_too_slow", f"The head of a request has {seconds:g} seconds to arrive")
            self.transport.close()
            self._waits_since = now
            self._timer = self.loop.call_later(seconds, self._look)
        else:
            self.transport.abort()

    def _refuse(self, code: str, detail: str) -> None:
        """Answer that what came is no request, and read no more; not before the requests ahead of it are answered."""
        if self._refused:
            return
        self._refused = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self.pipeline or cycle.response_started or not cycle.more_body:
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if self._waits_since is None:
            self._waits_since = self.loop.time()
        request_id, status = self.context.new_id().hex, KNOWN[code][0]
        body = to_json(problem_body(code, detail, f"urn:chalkline:request:{request_id}"))
        headers = [
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        self.transport.write(STATUS_LINE[status] + b"".join(b"%s: %s\r\n" % each for each in headers) + b"\r\n" + body)
        # It is closed by the other side, or a little later: what still comes would destroy an answer on its way.
        self.transport.write_eof()
        self.context.log(
            "request", request_id=request_id, method=None, path="unmatched", status=status, ms=0.0, actor=None
        )


class _UntilClosed(RequestResponseCycle):
    """An answer to a client of HTTP/1.0, which knows no chunks: what has no length ends with the connection."""

    _sized = True

    async def send(self, message: "ASGISendEvent") -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self._sized = any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
            if not self._sized:
                self.chunked_encoding = False
        elif message["type"] == "http.response.body" and not self._sized:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)
