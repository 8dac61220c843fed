"""A ledger is read over HTTP: what is served, what is asked for again, and what is said where nothing comes."""

import asyncio
import re

import pytest

from service.delivery.log_reader import LogReader, NotServedError, UnreadableLogError
from tests.delivery.endpoints import Received, Script, answering, endpoint, message
from tests.delivery.sending import HOST, sender

WHOLE = message("200 OK", b"a checkpoint")
BUSY = message("503 Service Unavailable", Retry_After="0")


def one_after_the_other(*answers: bytes) -> Script:
    left = list(answers)

    async def answer(_: Received, writer: "asyncio.StreamWriter") -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()
        writer.close()

    return answer


def read(script: Script, below: str = "", key: str = "") -> tuple[bytes, list[Received]]:
    async def reading() -> tuple[bytes, list[Received]]:
        async with endpoint(script) as served, sender() as sending:
            log = LogReader(sending, f"http://{HOST}:{served.port}{below}", key, pause_seconds=0)
            return await log.read("checkpoint"), served.received

    return asyncio.run(reading())


@pytest.mark.parametrize(
    ("below", "path"),
    [
        ("", "/v1/audit/checkpoint"),
        ("/", "/v1/audit/checkpoint"),
        ("/v1/audit/k/chalk_key/", "/v1/audit/k/chalk_key/checkpoint"),
        ("/log", "/log/checkpoint"),
    ],
)
def test_the_address_of_a_service_is_that_of_its_ledger_and_any_other_is_a_ledgers_own(below: str, path: str) -> None:
    body, (asked,) = read(answering(body=b"a checkpoint"), below)
    assert (body, asked.line) == (b"a checkpoint", f"GET {path} HTTP/1.1")
    assert "authorization" not in asked.headers


def test_a_key_is_sent_as_every_client_sends_it() -> None:
    _, (asked,) = read(answering(), key="chalk_key")
    assert asked.headers["authorization"] == "Bearer chalk_key"


@pytest.mark.parametrize("first", [BUSY, WHOLE[:-3]], ids=["busy", "broken off"])
def test_what_may_come_the_next_time_is_asked_for_again(first: bytes) -> None:
    body, asked = read(one_after_the_other(first, first, WHOLE))
    assert (body, len(asked)) == (b"a checkpoint", 3)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (BUSY, "it answers with 503"),
        (WHOLE[:-3], "the answer broke off"),
        (message("500 Internal Server Error"), "it answers with 500"),
        (message("302 Found", Location="http://elsewhere.example/"), "it answers with 302"),
        (message("401 Unauthorized"), "it asks for an API key with the scope audit"),
    ],
)
def test_what_does_not_come_is_told_without_the_path_that_may_have_a_key(answer: bytes, says: str) -> None:
    with pytest.raises(UnreadableLogError, match=rf"^checkpoint of http://{HOST}:\d+: {re.escape(says)}"):
        read(one_after_the_other(answer), "/v1/audit/k/chalk_key")


def test_that_there_is_nothing_is_told_apart() -> None:
    with pytest.raises(NotServedError, match="there is nothing"):
        read(answering("404 Not Found"))
