"""A sender for tests, for whom the names of the tests are at the loopback, and what comes of sending with it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from service.delivery.addresses import Allowance
from service.delivery.connections import Resolve
from service.delivery.outcomes import Failed, SendResult, Sent
from service.delivery.sender import Bounds, Sender
from tests.delivery.endpoints import LOOPBACK, Authority, Script, endpoint

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOST = "hooks.example.com"
LOOPBACK_ALLOWED = Allowance.of(("127.0.0.0/8",), http=True)
PATIENT = Bounds()
SHORT = Bounds(connect_seconds=0.3, read_seconds=0.3, total_seconds=0.6)
"""For what is to be given up; a busy machine would turn an answer into a failure with them."""


def names(answers: Mapping[str, Sequence[str]]) -> Resolve:
    """A resolver that knows these names alone."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        assert port > 0
        if host not in answers:
            raise OSError("no such name")
        return answers[host]

    return resolve


def sender(
    *addresses: str,
    allowance: Allowance = LOOPBACK_ALLOWED,
    bounds: Bounds = PATIENT,
    authority: Authority | None = None,
) -> Sender:
    """A sender for whom the host is at these addresses."""
    return Sender(
        now=lambda: NOW,
        allowance=allowance,
        bounds=bounds,
        resolve=names({HOST: addresses or (LOOPBACK,)}),
        tls=None if authority is None else authority.client(),
    )


async def sent_to(
    port: int, sending: Sender, *, path: str = "/in", scheme: str = "http", host: str = HOST
) -> SendResult:
    async with sending:
        return await sending.send(f"{scheme}://{host}:{port}{path}", b"{}", {"webhook-id": "msg_1"})


async def outcome_of(script: Script, bounds: Bounds = PATIENT) -> SendResult:
    async with endpoint(script) as served:
        return await sent_to(served.port, sender(bounds=bounds))


def answered(script: Script, bounds: Bounds = PATIENT) -> Sent:
    outcome = asyncio.run(outcome_of(script, bounds))
    assert isinstance(outcome, Sent), outcome
    return outcome


def failed(script: Script, bounds: Bounds = PATIENT) -> Failed:
    outcome = asyncio.run(outcome_of(script, bounds))
    assert isinstance(outcome, Failed), outcome
    return outcome
