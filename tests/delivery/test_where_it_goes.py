import asyncio
import itertools
from collections.abc import Sequence

import pytest

from service.delivery.addresses import NOTHING_MORE, Allowance
from service.delivery.outcomes import Failed, Failure, SendResult, Sent
from service.delivery.sender import Sender
from tests.delivery.endpoints import (
    LOOPBACK,
    answering,
    endpoint,
)
from tests.delivery.sending import HOST, LOOPBACK_ALLOWED, NOW, answered, names, sender, sent_to


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

        assert outcome == Failed(
            fault=Failure.REFUSED, reason="The URL's host stands for an address that is not public"
        )
        assert served.connections == 0

    asyncio.run(scenario())


def test_a_url_that_is_not_accepted_gets_no_connection() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            outcome = await sent_to(served.port, sender(allowance=NOTHING_MORE), host="127.0.0.1")

        assert isinstance(outcome, Failed)
        assert outcome.fault is Failure.REFUSED
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
    async def scenario() -> tuple[SendResult, SendResult]:
        sending = Sender(now=lambda: NOW, allowance=LOOPBACK_ALLOWED, resolve=names({"empty.example": ()}))
        async with sending:
            return (
                await sending.send("https://unknown.example/", b"", {}),
                await sending.send("https://empty.example/", b"", {}),
            )

    unresolved = Failed(fault=Failure.UNRESOLVED, reason="The URL's host stands for no address")
    assert asyncio.run(scenario()) == (unresolved, unresolved)


def test_the_resolver_of_the_system_is_asked_unless_told_otherwise() -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            sending = Sender(now=lambda: NOW, allowance=LOOPBACK_ALLOWED)
            assert isinstance(await sent_to(served.port, sending, host=LOOPBACK), Sent)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "url", ["https://token@{host}/", "http://{host}:1/token", "https://unknown.example/?token", "token"]
)
def test_a_reason_repeats_nothing_of_the_url(url: str) -> None:
    async def scenario() -> SendResult:
        async with sender() as sending:
            return await sending.send(url.format(host=HOST), b"token", {"Authorization": "Bearer token"})

    outcome = asyncio.run(scenario())
    assert isinstance(outcome, Failed)
    assert "token" not in outcome.reason
