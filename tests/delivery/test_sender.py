import asyncio
import itertools
import time
from collections.abc import Sequence

import pytest

from service.delivery.outcomes import Failed, Failure, SendResult, Sent
from service.delivery.sender import Bounds, Sender
from tests.delivery.endpoints import (
    Received,
    Script,
    answering,
    endpoint,
    taking_no_connections,
)
from tests.delivery.sending import HOST, NOW, PATIENT, SHORT, answered, failed, sender, sent_to


def test_the_body_and_the_headers_arrive_as_they_were_given_under_the_name_of_the_host() -> None:
    async def scenario() -> None:
        async with endpoint(answering("202 Accepted", b"thank\nyou")) as served:
            outcome = await sent_to(served.port, sender(), path="/in?a=%20b")

        (request,) = served.received
        assert isinstance(outcome, Sent)
        assert (outcome.status, outcome.accepted, outcome.excerpt) == (202, True, "thank you")
        assert request.line == "POST /in?a=%20b HTTP/1.1"
        assert request.body == b"{}"
        assert request.headers == {
            "host": f"{HOST}:{served.port}",
            "user-agent": "Chalkline",
            "accept-encoding": "identity",
            "webhook-id": "msg_1",
            "content-length": "2",
        }

    asyncio.run(scenario())


def test_a_closed_port_is_unreachable() -> None:
    async def scenario() -> SendResult:
        async with endpoint(answering()) as served:
            pass
        return await sent_to(served.port, sender())

    assert asyncio.run(scenario()) == Failed(fault=Failure.UNREACHABLE, reason="Nobody took the connection")


def test_a_connection_that_hangs_is_given_up_in_time() -> None:
    with taking_no_connections() as port:
        began = time.monotonic()
        outcome = asyncio.run(sent_to(port, sender(bounds=SHORT)))

    assert outcome == Failed(fault=Failure.TIMEOUT, reason="No answer came in time")
    assert time.monotonic() - began < PATIENT.connect_seconds


def test_a_resolver_that_hangs_is_given_up_in_time() -> None:
    async def scenario() -> SendResult:
        async def hanging(_host: str, _port: int) -> Sequence[str]:
            await asyncio.sleep(60)
            return ()

        sending = Sender(now=lambda: NOW, bounds=SHORT, resolve=hanging)
        return await sent_to(8443, sending, scheme="https")

    assert asyncio.run(scenario()) == Failed(fault=Failure.TIMEOUT, reason="No answer came in time")


async def _silence(_: Received, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)
    writer.close()


async def _drip_headers(_: Received, writer: asyncio.StreamWriter) -> None:
    """Never silent for as long as a read may take, and never done."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        writer.write(f"X-{number}: 1\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("script", [_silence, _drip_headers])
def test_a_server_that_is_slow_to_answer_is_given_up_in_time(script: Script) -> None:
    assert failed(script, SHORT).fault is Failure.TIMEOUT


async def _endless(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"a" * 65536)
        await writer.drain()


async def _drip_body(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _broken_body(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\naaa")
    await writer.drain()
    writer.close()


def test_no_more_of_a_body_is_read_than_the_bound() -> None:
    outcome = answered(_endless, Bounds(body_bytes=1000))

    assert outcome.status == 200
    assert outcome.body == b"a" * 1000
    assert outcome.excerpt == "a" * 400


@pytest.mark.parametrize("script", [_drip_body, _broken_body])
def test_a_body_that_does_not_come_whole_does_not_take_the_status_away(script: Script) -> None:
    outcome = answered(script, Bounds(total_seconds=1.5))

    assert outcome.status == 200
    assert 0 < len(outcome.body) < 100


async def _hang_up(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _speak_something_else(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example.com ESMTP\r\n\r\n")


async def _send_endless_headers(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: " + b"a" * 10000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("script", [_hang_up, _speak_something_else, _send_endless_headers])
def test_what_is_not_http_is_a_failure_of_the_protocol(script: Script) -> None:
    assert failed(script).fault is Failure.PROTOCOL


def test_a_header_cannot_smuggle_in_another() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served, sender() as sending:
            url = f"http://{HOST}:{served.port}/"
            outcome = await sending.send(url, b"", {"webhook-id": "1\r\nX-Injected: 1"})

        assert isinstance(outcome, Failed)
        assert (outcome.fault, served.received) == (Failure.PROTOCOL, [])

    asyncio.run(scenario())


def test_an_excerpt_is_one_line_of_text_that_can_be_shown() -> None:
    assert answered(answering(body=b"a\x00b\x1b[1m\r\n\xffc")).excerpt == "a\ufffdb\ufffd[1m \ufffdc"


def test_the_body_of_an_answer_is_not_in_its_representation() -> None:
    assert "secret" not in repr(answered(answering(body=b"secret")))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 05 Jan 2026 09:01:30 GMT", 90),
        ("Monday, 05-Jan-26 09:01:30 GMT", 90),
        ("Mon Jan  5 09:01:30 2026", 90),
        ("Mon, 05 Jan 2026 10:01:30 +0100", 90),
        ("Mon, 05 Jan 2026 08:00:00 GMT", 0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 40, None),
        ("Mon, 05 Jan 99999 09:01:30 GMT", None),
        ("a" * 10_000, None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert answered(answering("429 Too Many Requests", Retry_After=header)).retry_after == seconds


def test_without_retry_after_nothing_is_asked_for() -> None:
    assert answered(answering("503 Service Unavailable")).retry_after is None
