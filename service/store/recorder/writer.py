"""What a batch writer promises, whichever database it writes to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from service.store.inbox import RecordName
from service.store.recorder.plan import JobResult
from service.store.recording import CallerKey, Loaded, Writes

Plan: TypeAlias = Callable[[Loaded], tuple[Writes, list[JobResult]]]
"""Decides a batch on what was loaded. Called between the reads and the writes of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What a batch must have read, and locked, before it decides; each in the order of its locks."""

    account_ids: list[str]
    keys: list[CallerKey]
    records: list[RecordName]
    event_keys: list[str]
    whole: list[str]
    """The accounts whose newest decision and handoffs are wanted too."""
    proof: bool = False
    """Write something in any case, to see that it can be done."""


class BatchWriter(Protocol):
    """Carries out one batch at a time: lock, load, plan, write, commit, all or nothing."""

    async def write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        """Give back the results of the plan once everything it writes is durable.

        Raises:
            StoreUnavailableError: the database could not be reached, or went away. Whether a commit that was under
                way took effect is then not known; nothing is half-written either way.
        """

    async def close(self) -> None:
        """Let go of the database."""
