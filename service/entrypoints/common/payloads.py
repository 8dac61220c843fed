"""Bodies of requests as bytes, read within limits."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import FieldError, ProblemError

READ_AND_DROPPED = 8
"""How many times the largest body is read of one that is too large."""


async def payload_within(request: Request, most: float) -> bytes:
    """The bytes of a body within the limits of time and of size, and of ``most`` bytes.

    Raises:
        ProblemError: the body is too large, or took too long to arrive.
    """
    limits = context_of(request).limits
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read(request, limits.body_bytes, int(min(limits.body_bytes, most)))
    except TimeoutError:
        # Without the header what still comes would be read on and dropped, for as long as it comes.
        detail = "The body took too long to arrive; nothing was recorded"
        raise ProblemError("body_too_slow", detail, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise ProblemError("body_too_slow", "The client went away before the body had arrived") from None


async def _read(request: Request, most_of_any: int, most: int) -> bytes:
    announced = request.headers.get("content-length", "")
    too_large = announced.isdecimal() and int(announced) > most
    if too_large and "expect" in request.headers:
        raise _too_large(most)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            # Read on and drop it, within reason: who listens only after sending all would never see the refusal.
            too_large = True
            chunks.clear()
        if size > most_of_any * READ_AND_DROPPED:
            break
        if not too_large:
            chunks.append(chunk)
    if too_large:
        raise _too_large(most)
    return b"".join(chunks)


def _too_large(most: int) -> ProblemError:
    detail = f"A body has at most {most:,} bytes here; nothing was recorded"
    return ProblemError("body_too_large", detail, [FieldError("", detail)], {"Connection": "close"})
