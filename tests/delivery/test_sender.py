import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from service.delivery.addresses import NOTHING_MORE, Allowance
from service.delivery.connections import Resolve
from service.delivery.outcomes import Failed, Fault, Outcome, Sent
from service.delivery.sender import Bounds, Sender
from tests.delivery.endpoints import (
    LOOPBACK,
    Authority,
    Received,
    Script,
    answering,
    endpoint,
    message,
    taking_no_connections,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOST = "hooks.example.com"
LOOPBACK_ALLOWED = Allowance.of(("127.0.0.0/8",), http=True)
SHORT = Bounds(connect_seconds=0.3, read_seconds=0.3, total_seconds=0.6, body_bytes=1000)


def names(answers: Mapping[str, Sequence[str]]) -> Resolve:
    """A resolver that knows these names alone."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        assert port > 0
        if host not in answers:
            raise OSError("no such name")
        return answers[host]

    return resolve


def sender(
    *addresses: str, allowance: Allowance = LOOPBACK_ALLOWED, bounds: Bounds = SHORT, authority: Authority | None = None
) -> Sender:
    """A sender for whom the host is at these addresses."""
    return Sender(
        now=lambda: NOW,
        ticks=time.monotonic,
        allowance=allowance,
        bounds=bounds,
        resolve=names({HOST: addresses or (LOOPBACK,)}),
        tls=None if authority is None else authority.client(),
    )


async def sent_to(port: int, sending: Sender, *, path: str = "/in", scheme: str = "http", host: str = HOST) -> Outcome:
    async with sending:
        return await sending.send(f"{scheme}://{host}:{port}{path}", b"{}", {"webhook-id": "msg_1"})


async def outcome_of(script: Script, bounds: Bounds = SHORT) -> Outcome:
    async with endpoint(script) as served:
        return await sent_to(served.port, sender(bounds=bounds))


def answered(script: Script, bounds: Bounds = SHORT) -> Sent:
    outcome = asyncio.run(outcome_of(script, bounds))
    assert isinstance(outcome, Sent), outcome
    return outcome


def failed(script: Script) -> Failed:
    outcome = asyncio.run(outcome_of(script))
    assert isinstance(outcome, Failed), outcome
    return outcome


def test_the_body_and_the_headers_arrive_as_they_were_given_under_the_name_of_the_host() -> None:
    async def scenario() -> None:
        async with endpoint(answering("202 Accepted", b"thank\nyou")) as served:
            outcome = await sent_to(served.port, sender(), path="/in?a=%20b")

        (request,) = served.received
        assert isinstance(outcome, Sent)
        assert (outcome.status, outcome.accepted, outcome.excerpt) == (202, True, "thank you")
        assert 0 < outcome.took < 0.3
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


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def scenario() -> None:
        async with (
            endpoint(answering()) as elsewhere,
            endpoint(answering("307 Temporary Redirect", Location=f"http://127.0.0.1:{elsewhere.port}/")) as served,
        ):
            outcome = await sent_to(served.port, sender())

        assert isinstance(outcome, Sent)
        assert (outcome.status, outcome.accepted) == (307, False)
        assert (len(served.received), elsewhere.connections) == (1, 0)

    asyncio.run(scenario())


def test_variables_that_name_a_proxy_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")

    assert answered(answering()).status == 200


def test_a_cookie_is_not_sent_back_and_a_connection_is_used_again() -> None:
    async def scenario() -> None:
        script = answering(Set_Cookie="session=1; Path=/", Connection="keep-alive")
        async with endpoint(script) as served, sender() as sending:
            for _ in range(2):
                await sending.send(f"http://{HOST}:{served.port}/", b"{}", {})

            assert ["cookie" in request.headers for request in served.received] == [False, False]
            assert served.connections == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::1",), ("169.254.169.254",)])
def test_a_name_with_any_address_that_is_not_public_gets_no_connection(addresses: tuple[str, ...]) -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            outcome = await sent_to(served.port, sender(*addresses, allowance=Allowance(http=True)))

        assert outcome == Failed(fault=Fault.REFUSED, reason="The URL's host stands for an address that is not public")
        assert served.connections == 0

    asyncio.run(scenario())


def test_a_url_that_is_not_accepted_gets_no_connection() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            outcome = await sent_to(served.port, sender(allowance=NOTHING_MORE), host="127.0.0.1")

        assert isinstance(outcome, Failed)
        assert outcome.fault is Fault.REFUSED
        assert served.connections == 0

    asyncio.run(scenario())


def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    """The first answer is allowed, and every later one is the address of what is to be protected."""

    async def scenario() -> None:
        answers = itertools.chain([("127.0.0.2",)], itertools.repeat(("127.0.0.3",)))

        async def rebinding(_host: str, _port: int) -> Sequence[str]:
            return next(answers)

        async with (
            endpoint(answering(), address="127.0.0.2") as allowed,
            endpoint(answering(), address="127.0.0.3", port=allowed.port) as protected,
            Sender(
                now=lambda: NOW,
                ticks=time.monotonic,
                allowance=Allowance.of(("127.0.0.2/32",), http=True),
                resolve=rebinding,
            ) as sending,
        ):
            url = f"http://{HOST}:{allowed.port}/"
            outcomes = [await sending.send(url, b"{}", {}) for _ in range(3)]

        assert [type(outcome) for outcome in outcomes] == [Sent, Failed, Failed]
        assert allowed.received[0].headers["host"] == f"{HOST}:{allowed.port}"
        assert (allowed.connections, protected.connections) == (1, 0)

    asyncio.run(scenario())


def test_an_address_that_takes_no_connection_is_passed_over_for_the_next_one() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            outcome = await sent_to(served.port, sender("127.0.0.9", LOOPBACK))
        assert isinstance(outcome, Sent)

    asyncio.run(scenario())


def test_a_name_that_nobody_knows_and_one_without_an_address_are_unresolved() -> None:
    async def scenario() -> tuple[Outcome, Outcome]:
        sending = Sender(
            now=lambda: NOW, ticks=time.monotonic, allowance=LOOPBACK_ALLOWED, resolve=names({"empty.example": ()})
        )
        async with sending:
            return (
                await sending.send("https://unknown.example/", b"", {}),
                await sending.send("https://empty.example/", b"", {}),
            )

    unresolved = Failed(fault=Fault.UNRESOLVED, reason="The URL's host stands for no address")
    assert asyncio.run(scenario()) == (unresolved, unresolved)


def test_the_resolver_of_the_system_is_asked_unless_told_otherwise() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            sending = Sender(now=lambda: NOW, ticks=time.monotonic, allowance=LOOPBACK_ALLOWED)
            assert isinstance(await sent_to(served.port, sending, host=LOOPBACK), Sent)

    asyncio.run(scenario())


def test_a_closed_port_is_unreachable() -> None:
    async def scenario() -> Outcome:
        async with endpoint(answering()) as served:
            pass
        return await sent_to(served.port, sender())

    assert asyncio.run(scenario()) == Failed(fault=Fault.UNREACHABLE, reason="Nobody took the connection")


def test_a_connection_that_hangs_is_given_up_in_time() -> None:
    with taking_no_connections() as port:
        began = time.monotonic()
        outcome = asyncio.run(sent_to(port, sender()))

    assert outcome == Failed(fault=Fault.TIMEOUT, reason="No answer came in time")
    assert time.monotonic() - began < 2


def test_a_resolver_that_hangs_is_given_up_in_time() -> None:
    async def scenario() -> Outcome:
        async def hanging(_host: str, _port: int) -> Sequence[str]:
            await asyncio.sleep(60)
            return ()

        sending = Sender(now=lambda: NOW, ticks=time.monotonic, bounds=SHORT, resolve=hanging)
        return await sent_to(8443, sending, scheme="https")

    assert asyncio.run(scenario()) == Failed(fault=Fault.TIMEOUT, reason="No answer came in time")


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
    assert failed(script).fault is Fault.TIMEOUT


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
    outcome = answered(script)

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
    assert failed(script).fault is Fault.PROTOCOL


def test_a_header_cannot_smuggle_in_another() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served, sender() as sending:
            url = f"http://{HOST}:{served.port}/"
            outcome = await sending.send(url, b"", {"webhook-id": "1\r\nX-Injected: 1"})

        assert isinstance(outcome, Failed)
        assert (outcome.fault, served.received) == (Fault.PROTOCOL, [])

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


def test_over_tls_the_name_is_asked_for_and_its_certificate_is_held_to_it() -> None:
    async def scenario() -> None:
        authority = Authority()
        async with endpoint(answering(), tls=authority.server(HOST)) as served:
            outcome = await sent_to(served.port, sender(authority=authority), scheme="https")

        assert isinstance(outcome, Sent), outcome
        assert served.names == [HOST]
        assert served.received[0].headers["host"] == f"{HOST}:{served.port}"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("certified", "trusted", "sentence"),
    [
        (HOST, "another authority", "The certificate is not accepted: unable to get local issuer certificate"),
        (
            "other.example.com",
            "its authority",
            "The certificate is not accepted: Hostname mismatch, certificate is not valid for 'hooks.example.com'.",
        ),
    ],
)
def test_a_certificate_that_is_not_trusted_or_of_another_name_is_a_failure_of_tls(
    certified: str, trusted: str, sentence: str
) -> None:
    async def scenario() -> None:
        authority = Authority()
        async with endpoint(answering(), tls=authority.server(certified)) as served:
            sending = sender(authority=authority if trusted == "its authority" else Authority())
            outcome = await sent_to(served.port, sending, scheme="https")

        assert outcome == Failed(fault=Fault.TLS, reason=sentence)
        assert served.received == []

    asyncio.run(scenario())


def test_a_server_without_tls_is_a_failure_of_tls() -> None:
    async def scenario() -> Outcome:
        async def greeting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(message("400 Bad Request"))
            writer.close()

        async with await asyncio.start_server(greeting, LOOPBACK) as server:
            return await sent_to(server.sockets[0].getsockname()[1], sender(), scheme="https")

    assert asyncio.run(scenario()) == Failed(fault=Fault.TLS, reason="No encrypted connection came about")
