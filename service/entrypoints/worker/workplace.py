"""What the background is given to work with, and how each of its tasks goes on for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from service.store.database import Database
from service.store.errors import StoreError
from service.store.recording import Clock

Task: TypeAlias = "Callable[[Workplace], Awaitable[bool]]"
"""Does what waits to be done; whether there was anything, and so perhaps more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Made in ``service.wiring``. ``pause`` is how many seconds to wait when there is nothing to do.

    ``log`` tells what happened, ``warn`` what somebody has to look at.
    """

    database: Database
    now: Clock
    pause: float
    log: Callable[..., None]
    warn: Callable[..., None]
    log_fault: Callable[[str, BaseException], None]


async def go_on(workplace: Workplace, name: str, task: Task) -> None:
    """Go on with a task until cancelled. What goes wrong is logged, and tried again after a pause."""
    while True:
        try:
            if await task(workplace):
                continue
        except StoreError as error:
            workplace.log("put_off", task=name, code=error.code)
        except Exception as error:  # noqa: BLE001 - the background must not end because of one fault
            workplace.log_fault(name, error)
        await asyncio.sleep(workplace.pause)
