"""Ask witnesses for cosignatures of the newest checkpoint, once a minute, all at once. One that hangs holds up none."""

import asyncio
from collections.abc import Callable, Sequence

from service.delivery.sender import Sender
from service.delivery.witnesses import Witness
from service.entrypoints.common.background import WorkerContext, repeat
from service.usecases.cosign import UncosignedError, cosign

WITNESSING_SECONDS = 60.0
"""How long it rests: so often witnesses are asked at the most, and so often it is said what is wrong with them."""


async def run_witnesses(context: WorkerContext, open_sender: Callable[[], Sender], asked: Sequence[Witness]) -> None:
    """Go on until cancelled."""
    async with open_sender() as sender:

        async def step(context: WorkerContext) -> bool:
            await ask_witnesses(context, sender, asked)
            return False

        await repeat(context, "witnesses", step)


async def ask_witnesses(context: WorkerContext, sender: Sender, asked: Sequence[Witness]) -> None:
    """Ask each for its cosignature, and say in one warning who gave none.

    Raises:
        StoreUnavailableError: the database is away; they are asked when it is back.
    """
    cosigning = [cosign(context.database, sender, witness, context.now) for witness in asked]
    came = await asyncio.gather(*cosigning, return_exceptions=True)
    reasons = [str(each) for each in came if isinstance(each, UncosignedError)]
    if reasons:
        context.warn("checkpoint_uncosigned", reasons=reasons)
    for each in came:
        if isinstance(each, BaseException) and not isinstance(each, UncosignedError):
            raise each
