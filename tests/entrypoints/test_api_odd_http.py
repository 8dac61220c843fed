"""What arrives that is hardly HTTP, too large, or too slow: refused or cut off, never a fault, and never recorded."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from select import select
from urllib.parse import urlsplit

import httpx
import pytest

from service.entrypoints.common.context import Limits
from tests.api import Api, serving
from tests.builders import request
from tests.problems import hold_problem

LARGE = 80 * 1024 * 1024
CHUNK = b" " * (1024 * 1024)
CLASSIFY = "POST /v1/classifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
def slow_api(database_url: str) -> Iterator[Api]:
    with serving(database_url, limits=Limits(body_bytes=16 * 1024 * 1024, body_seconds=0.3)) as served:
        yield served


def authorization(api: Api) -> str:
    return f"Authorization: {api.http.headers['Authorization']}\r\n"


def exchange(api: Api, *pieces: bytes, pause: float = 0, heedless: bool = True) -> bytes:
    """What the server answers to bytes as they are: the head and some of the body, or nothing in a while.

    ``heedless``: what is left of them once it answers is sent all the same.
    """
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            if heedless:
                time.sleep(pause)
            elif select([connection], [], [], pause)[0]:
                break
        connection.settimeout(0.3)
        answer = b""
        with suppress(TimeoutError):
            answer = connection.recv(65536)
            if answer.endswith(b"\r\n\r\n"):  # the head came by itself
                answer += connection.recv(65536)
        return answer


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_body_that_is_too_large_is_refused_without_being_read_whole(both: tuple[Api, Api], *, chunked: bool) -> None:
    for api in both:
        before = api.rows()
        headers = {"Content-Type": "application/json"} | ({} if chunked else {"Content-Length": str(LARGE)})
        chunks = (CHUNK for _ in range(LARGE // len(CHUNK)))

        answer = api.http.post("/v1/classifications/batch", content=chunks, headers=headers)

        problem = hold_problem(answer, 413, "body_too_large")
        assert "16,777,216 bytes" in problem["detail"]
        assert api.rows() == before


def test_a_client_that_sends_before_it_listens_still_reads_the_refusal_of_a_large_body(both: tuple[Api, Api]) -> None:
    """As most clients do: the refusal must not be lost with the connection."""
    api = both[0]
    address = urlsplit(api.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    headers = {"Content-Type": "application/json", "Authorization": api.http.headers["Authorization"]}

    connection.request("POST", "/v1/classifications", body=b" " * LARGE, headers=headers)
    answer = connection.getresponse()

    assert answer.status == 413
    assert json.loads(answer.read())["type"] == "urn:chalkline:problem:body_too_large"
    connection.close()


def test_a_client_that_asks_first_is_refused_before_it_sends_a_large_body(both: tuple[Api, Api]) -> None:
    head = CLASSIFY + authorization(both[0]) + f"Content-Length: {LARGE}\r\nExpect: 100-continue\r\n\r\n"

    answer = exchange(both[0], head.encode())

    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("pause", [0, 0.1], ids=["too large", "too slow"])
def test_a_body_without_end_is_cut_off(slow_api: Api, pause: float) -> None:
    head = CLASSIFY + authorization(slow_api) + "Transfer-Encoding: chunked\r\n\r\n"
    chunk = f"{len(CHUNK):x}\r\n".encode() + CHUNK + b"\r\n"

    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        exchange(slow_api, head.encode(), *([chunk] * 2000), pause=pause)


def test_a_body_of_the_largest_size_is_taken(both: tuple[Api, Api]) -> None:
    text = json.dumps({"items": [request(id="largest", df=640)]}).encode()
    for api in both:
        content = text + b" " * (16 * 1024 * 1024 - len(text))
        headers = {"Content-Type": "application/json"}

        assert api.http.post("/v1/classifications/batch", content=content, headers=headers).status_code == 200
        assert api.http.post("/v1/classifications/batch", content=content + b" ", headers=headers).status_code == 413


def test_a_body_that_takes_too_long_is_given_up(slow_api: Api) -> None:
    before = slow_api.rows()
    head = CLASSIFY + authorization(slow_api) + "Content-Length: 1000\r\n\r\n"
    began = time.monotonic()

    answer = exchange(slow_api, head.encode(), *[b'{"account":'] + [b" "] * 3, pause=0.06, heedless=False)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:chalkline:problem:body_too_slow" in answer
    assert time.monotonic() - began < 3
    assert slow_api.rows() == before


def test_a_client_that_goes_away_halfway_records_nothing(both: tuple[Api, Api]) -> None:
    for api in both:
        before = api.rows()
        head = CLASSIFY + authorization(api) + "X-Request-ID: half\r\nContent-Length: 1000\r\n\r\n"

        exchange(api, head.encode(), b'{"account": {"id": "half"')

        assert [(line["event"], line["status"]) for line in api.log_of("half")] == [("request", 408)]
        assert api.rows() == before


ODDITIES = {
    "nonsense": b"\x00\x01\x02\x03\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a whole address": b"GET http://elsewhere.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT": b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
    "TRACE": b"TRACE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a method of nobody's": b"BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a header beyond ASCII": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Odd: \xff\xfe\r\n\r\n".encode("latin-1"),
    "a header's name with a space": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX Odd: 1\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Odd: 1\r\n 2\r\n\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Odd: a\x00b\r\n\r\n",
    "a path beyond ASCII": "GET /v1/accounts/\xff HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("latin-1"),
    "a query beyond ASCII": "GET /v1/decisions?rule=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("latin-1"),
    "a broken escape": b"GET /v1/accounts/%zz?rule=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a very long address": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a thousand headers": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X-Odd: 1\r\n" * 1000 + b"\r\n",
    "two lengths": b"POST /v1/classifications HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length and chunks": CLASSIFY.encode() + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": CLASSIFY.encode() + b"Content-Length: -1\r\n\r\n",
    "a length in words": CLASSIFY.encode() + b"Content-Length: two\r\n\r\n",
    "a length in superscript": CLASSIFY.encode() + b"Content-Length: \xb2\r\n\r\n",
    "a length beyond all": CLASSIFY.encode() + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a broken chunk": CLASSIFY.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "two keys": CLASSIFY.encode() + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 0\r\n\r\n",
    "an upgrade": b"GET /v1/decisions HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "an expectation of nobody's": CLASSIFY.encode() + b"Expect: 200-ok\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("title", ODDITIES)
def test_what_is_hardly_http_is_no_fault_of_the_service(both: tuple[Api, Api], title: str) -> None:
    api = both[0]
    before, logged = api.rows(), len(api.logged)

    answer = exchange(api, ODDITIES[title])

    assert not answer or answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4")), answer[:200]
    assert b"Traceback" not in answer
    assert api.rows() == before
    assert all(line["event"] == "request" for line in api.logged[logged:])
    assert httpx.get(f"{api.url}/healthz").status_code == 200
