import asyncio
from datetime import UTC, datetime

import pytest

from service.delivery.outcomes import Failed, Failure, SendResult, Sent
from service.delivery.sender import Sender
from tests.delivery.endpoints import (
    LOOPBACK,
    Authority,
    answering,
    endpoint,
    message,
)
from tests.delivery.sending import HOST, sender, sent_to


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

        assert outcome == Failed(fault=Failure.TLS, reason=sentence)
        assert served.received == []

    asyncio.run(scenario())


def test_a_server_without_tls_is_a_failure_of_tls() -> None:
    async def scenario() -> SendResult:
        async def greeting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(message("400 Bad Request"))
            writer.close()

        async with await asyncio.start_server(greeting, LOOPBACK) as server:
            return await sent_to(server.sockets[0].getsockname()[1], sender(), scheme="https")

    assert asyncio.run(scenario()) == Failed(fault=Failure.TLS, reason="No encrypted connection came about")


def test_no_certificate_is_read_before_something_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them all would hold up the start of the service, and whoever asks it meanwhile."""

    def reads() -> None:
        raise AssertionError("The certificates were read")

    async def scenario() -> None:
        monkeypatch.setattr("httpcore.default_ssl_context", reads)
        async with Sender(now=lambda: datetime(2022, 3, 15, tzinfo=UTC)):
            pass

    asyncio.run(scenario())
