"""What computes for seconds, in a process of its own: a thread would take its turns from all that answer."""

import os
import signal
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import TypeVarTuple

from anyio import to_process
from fastapi import Response

from service.store.database import Database, Elsewhere, Readable

Ts = TypeVarTuple("Ts")
_NICE = 5


async def answer_apart(database: Database, compute: Callable[[Readable, *Ts], bytes], *asked: *Ts) -> Response:
    """The JSON that a function of a module makes of the database, in a process that stays a while for others.

    As many compute at once as there are cores; the process ends with the caller's task.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    made = await to_process.run_sync(_compute, database.elsewhere, compute, *asked, cancellable=True)
    return Response(made, media_type="application/json")


def _compute(elsewhere: Elsewhere, compute: Callable[[Readable, *Ts], bytes], *asked: *Ts) -> bytes:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which a terminal sends to the service as well, which ends this
    # It is left out where the service began from no file, and DuckDB does not load without it.
    sys.modules.setdefault("__main__", ModuleType("__main__"))
    os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    return compute(_connected(elsewhere), *asked)


@lru_cache(maxsize=1)
def _connected(elsewhere: Elsewhere) -> Readable:
    """The database, connected to once: with it stays what is known of its policies, and all that is found of these."""
    return elsewhere.connect()
