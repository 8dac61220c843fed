"""What computes for seconds, in a process of its own: a thread would take its turns from all that answer."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from types import ModuleType
from typing import TypeVar, TypeVarTuple

from anyio import CapacityLimiter, from_thread, to_process
from fastapi import Response

from service.domain.drafts import linted, revision
from service.domain.lab.lint import Finding
from service.domain.parameters import AnyParameters
from service.domain.policy import AnyPolicy
from service.store.database import Database, Elsewhere, Readable

Ts = TypeVarTuple("Ts")
Made = TypeVar("Made")
_NICE = 5


async def answer_apart(database: Database, compute: Callable[[Readable, *Ts], bytes], *asked: *Ts) -> Response:
    """The JSON that a function of a module makes of the database, in a process that stays a while for others.

    As many compute at once as there are cores; the process ends with the caller's task.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    return Response(await made_apart(database, compute, *asked), media_type="application/json")


async def made_apart(
    database: Database, compute: Callable[[Readable, *Ts], Made], *asked: *Ts, limiter: CapacityLimiter | None = None
) -> Made:
    """What a function of a module makes of the database, as ``answer_apart`` does.

    ``limiter`` has places of its own for what nobody waits for.
    """
    return await _apart(_read, database.elsewhere, compute, *asked, limiter=limiter)


def lint_apart(policy: AnyPolicy) -> tuple[Finding, ...]:
    """What is odd in a published policy or a draft, found in such a process; the caller's thread waits for it."""
    asked = policy.id, policy.version, policy.parameters, policy.effective_from, policy.effective_until
    return from_thread.run(_apart, _lint, *asked)


async def _apart(compute: Callable[[*Ts], Made], *asked: *Ts, limiter: CapacityLimiter | None = None) -> Made:
    # Before it loads what it needs, which takes a second: on few cores that would hold up all that answer.
    nice = max(_NICE, os.getpriority(os.PRIO_PROCESS, 0))
    await to_process.run_sync(os.setpriority, os.PRIO_PROCESS, 0, nice, limiter=limiter)
    return await to_process.run_sync(_compute, compute, *asked, cancellable=True, limiter=limiter)


def _compute(compute: Callable[[*Ts], Made], *asked: *Ts) -> Made:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which a terminal sends to the service as well, which ends this
    # It is left out where the service began from no file, and DuckDB does not load without it.
    sys.modules.setdefault("__main__", ModuleType("__main__"))
    return compute(*asked)


def _read(elsewhere: Elsewhere, compute: Callable[[Readable, *Ts], Made], *asked: *Ts) -> Made:
    return compute(_connected(elsewhere), *asked)


def _lint(
    policy_id: str, version: int, parameters: AnyParameters, effective_from: date, effective_until: date | None
) -> tuple[Finding, ...]:
    # What a policy is read by cannot be sent to another process; it is made anew of what the policy was made of.
    return linted(revision(policy_id, version, parameters, effective_from, effective_until))


@lru_cache(maxsize=1)
def _connected(elsewhere: Elsewhere) -> Readable:
    """The database, connected to once: with it stays what is known of its policies, and all that is found of these."""
    return elsewhere.connect()
