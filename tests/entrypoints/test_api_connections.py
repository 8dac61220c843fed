"""Connections below the application: which heads are taken, what is refused there, and when a connection is closed."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from service.entrypoints.common.context import Limits
from tests.api import Api, serving
from tests.builders import request
from tests.databases import SqliteDatabases
from tests.published import PROBLEM

HEAD_BYTES = 64 * 1024
HOST = b"Host: localhost\r\n"
POST = b"POST /v1/classifications HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQBAAAAAAIAAAAA\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST


@pytest.fixture(scope="module")
def edge(sqlite_databases: SqliteDatabases) -> Iterator[Api]:
    """The running service, with little patience."""
    limits = Limits(body_bytes=1024 * 1024, body_seconds=0.3, head_bytes=HEAD_BYTES, idle_seconds=0.3)
    with sqlite_databases.fresh() as url, serving(url, limits=limits) as served:
        yield served


class Line:
    """A connection, and what came over it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._came = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._connection.sendall(piece)

    def drip(self, drop: bytes) -> bytes:
        """Send one drop after another, and give what is answered until the connection is closed."""
        self._connection.settimeout(0.03)
        while True:
            try:
                self._connection.sendall(drop)
                if not self._more():
                    return self._came
            except TimeoutError:
                continue
            except ConnectionError:
                return self._came

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer that has a length: its status, headers and body."""
        while b"\r\n\r\n" not in self._came:
            assert self._more(), self._came
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers["content-length"])
        while len(self._came) < length:
            assert self._more(), self._came
        body, self._came = self._came[:length], self._came[length:]
        return int(status.split()[1]), headers, body

    def rest(self) -> bytes:
        """What comes until the connection is closed."""
        while self._more():
            pass
        return self._came

    def problem(self, status: int, code: str) -> None:
        """Fail unless a problem is answered, and the connection closed."""
        answered, headers, body = self.answer()
        assert (answered, headers["content-type"], headers["connection"]) == (status, PROBLEM, "close")
        problem = json.loads(body)
        assert problem["type"] == f"urn:chalkline:problem:{code}"
        assert problem["instance"] == f"urn:chalkline:request:{headers['x-request-id']}"
        assert self.rest() == b""

    def _more(self) -> bytes:
        came = self._connection.recv(65536)
        self._came += came
        return came


@contextmanager
def connected(api: Api) -> Iterator[Line]:
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        yield Line(connection)


def authorized(api: Api, head: bytes) -> bytes:
    return head + f"Authorization: {api.http.headers['Authorization']}\r\n".encode()


@pytest.mark.parametrize("upgrade", [H2C, b"Connection: Upgrade\r\nUpgrade: websocket\r\n"], ids=["h2c", "websocket"])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize("packets", [1, 2])
def test_a_request_that_offers_another_protocol_is_answered_as_http_1(
    edge: Api, upgrade: bytes, packets: int, *, chunked: bool
) -> None:
    body = json.dumps(request(id="offers", df=640)).encode()
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    head = authorized(edge, POST) + upgrade + framing + b"\r\n\r\n"
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body

    with connected(edge) as line:
        line.send(*([head, sent] if packets == 2 else [head + sent]))
        assert line.answer()[0] == 201
        line.send(head + sent + HEALTH + H2C + b"\r\n")
        assert line.answer()[0] == 201
        assert line.answer()[2] == b'{"status":"ok"}'


def test_a_client_of_http_1_0_gets_no_chunks(edge: Api) -> None:
    edge.classify(id="exported", df=640)
    with connected(edge) as line:
        line.send(authorized(edge, b"GET /v1/decisions HTTP/1.0\r\nAccept: text/csv\r\n") + b"\r\n")
        head, _, body = line.rest().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == edge.http.get("/v1/decisions", headers={"Accept": "text/csv"}).content


def test_a_client_of_http_1_0_needs_no_host(edge: Api) -> None:
    with connected(edge) as line:
        line.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert line.answer()[2] == b'{"status":"ok"}'
        assert line.rest() == b""


NO_REQUESTS = {
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two hosts in HTTP/1.0": b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "HTTP/0.9 by name": b"GET /healthz HTTP/0.9\r\nHost: a\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2 by name": b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
    "nonsense": b"\x00\x01\x02\x03\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a broken chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
}


@pytest.mark.parametrize("title", NO_REQUESTS)
def test_what_is_refused_below_the_application_is_a_problem_too(edge: Api, title: str) -> None:
    logged = len(edge.logged)

    with connected(edge) as line:
        line.send(NO_REQUESTS[title])
        line.problem(400, "malformed_request")

    assert next(each["status"] for each in edge.logged[logged:] if each["event"] == "request") == 400


def test_what_follows_a_request_and_is_none_does_not_harm_its_answer(edge: Api) -> None:
    """Nor is the refusal taken for it."""
    body = json.dumps(request(id="first", df=640)).encode()
    head = authorized(edge, POST) + b"Content-Length: %d\r\n\r\n" % len(body)

    with connected(edge) as line:
        line.send(head + body + head + body + NO_REQUESTS["nonsense"])
        assert [line.answer()[0], line.answer()[0]] == [201, 201]
        assert line.rest() == b""


def test_a_head_may_have_as_many_bytes_as_are_allowed_and_no_more(edge: Api) -> None:
    for more in (0, 1):
        head = HEALTH + b"X-Long: \r\n\r\n"
        head = head.replace(b"X-Long: ", b"X-Long: " + b"a" * (HEAD_BYTES - len(head) + more))
        with connected(edge) as line:
            line.send(head)
            if more:
                line.problem(431, "headers_too_large")
            else:
                assert line.answer()[0] == 200


ENDLESS = {
    "an address": b"GET /",
    "a header's name": HEALTH,
    "a header": HEALTH + b"X-Long: ",
    "a trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nX-Long: ",
    "an extension of a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;",
}


@pytest.mark.parametrize("title", ENDLESS)
def test_what_has_no_end_and_is_no_body_is_not_read_on(edge: Api, title: str) -> None:
    with connected(edge) as line:
        line.send(ENDLESS[title].replace(HOST, authorized(edge, HOST)))

        assert line.drip(b"A" * HEAD_BYTES).startswith(b"HTTP/1.1 431 ")


def test_a_connection_on_which_nothing_comes_is_closed(edge: Api) -> None:
    with connected(edge) as line:
        assert line.rest() == b""
    with connected(edge) as line:
        line.send(HEALTH + b"\r\n")
        assert line.answer()[0] == 200
        assert line.rest() == b""


@pytest.mark.parametrize("half", [b"GET /hea", HEALTH])
def test_half_a_request_is_refused_after_a_while_and_its_connection_closed(edge: Api, half: bytes) -> None:
    with connected(edge) as line:
        line.send(half)
        line.problem(408, "request_too_slow")


@pytest.mark.parametrize("begins", [b"GET /", HEALTH, HEALTH + b"\r\nGET /"])
def test_a_head_that_drips_is_not_waited_for_without_end(edge: Api, begins: bytes) -> None:
    with connected(edge) as line:
        line.send(begins)

        assert b"request_too_slow" in line.drip(b"A")


@pytest.mark.parametrize(("key", "status"), [("a key", 408), ("no key", 401)])
@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n500\r\n"])
def test_a_connection_is_closed_where_a_body_was_not_read(edge: Api, key: str, status: int, framing: bytes) -> None:
    with connected(edge) as line:
        line.send((authorized(edge, POST) if key == "a key" else POST) + framing)
        answer = line.drip(b" ")

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in answer.lower()


def test_a_refusal_is_not_lost_with_a_body_that_nobody_reads(edge: Api) -> None:
    """Who sends all before listening gets it still."""
    with connected(edge) as line:
        line.send(POST + b"Content-Length: 8000000\r\n\r\n", b" " * 8_000_000)
        status, headers, _ = line.answer()

        assert (status, headers["connection"]) == (401, "close")
        assert line.rest() == b""


def test_a_connection_stays_open_where_the_body_was_read(edge: Api) -> None:
    with connected(edge) as line:
        line.send(authorized(edge, POST) + b"Content-Length: 2\r\n\r\n{}")
        status, headers, _ = line.answer()
        line.send(HEALTH + b"\r\n")

        assert (status, headers.get("connection")) == (422, None)
        assert line.answer()[0] == 200
