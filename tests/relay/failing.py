"""Endpoints that fail in turn, and what somebody does about it."""

import asyncio
from uuid import UUID

from service.store.once import Answer
from tests.delivery.endpoints import Received, Script, answering, message
from tests.relay.place import Place
from tests.store.jobs import ASKED

ACCEPTED = answering("204 No Content")
AWAY = answering("503 Service Unavailable", b"Back <b>soon</b>")
NO_PORT = 1024


def in_turn(*answers: bytes) -> Script:
    """A script that gives answers one after the other, and then accepts everything."""
    waiting = list(answers)

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        writer.write(waiting.pop(0) if waiting else message("204 No Content"))

    return answer


def resend(place: Place, delivery_id: UUID) -> None:
    place.office.resend(delivery_id, None, lambda _: Answer(b""))


def enable(place: Place, subscriber_id: UUID) -> None:
    place.office.enable(subscriber_id, ASKED, None, lambda _: Answer(b""))
