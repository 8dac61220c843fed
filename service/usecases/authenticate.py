"""Authenticate a caller by its API key, without asking the database for every request."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from service.domain.keys import PREFIX, is_well_formed, key_hash
from service.store.database import Database
from service.store.keys import ApiKey, find_key
from service.store.recording import Clock

_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Remembered:
    key: ApiKey | None
    until: float


class Authenticator:
    """Remembers what the database said of a key for ``believed_for`` seconds: that long a revoked key works on."""

    def __init__(self, database: Database, clock: Clock, believed_for: float) -> None:
        self._database = database
        self._clock = clock
        self._believed_for = believed_for
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Remembered]] = {}

    async def authenticate(self, key: str) -> ApiKey | None:
        """The key, if it works now; None if it is malformed, unknown, expired or revoked.

        Raises:
            StoreUnavailableError: the database had to be asked, and cannot be reached.
        """
        name, now = key_hash(key), self._clock()
        remembered = self._remembered.get(name)
        if remembered is None or remembered.until <= now.timestamp():
            if key.startswith(PREFIX) and not is_well_formed(key):
                return None
            # Shielded: others may wait for the same answer.
            remembered = await asyncio.shield(self._asked_once(name, key))
        found = remembered.key
        return found if found is not None and found.works_at(now) else None

    def _asked_once(self, name: str, key: str) -> "asyncio.Task[_Remembered]":
        """Ask the database, but once for all the requests that wait for its answer about one key."""
        task = self._asking.get(name)
        if task is None:
            task = self._asking[name] = asyncio.create_task(self._ask(name, key))
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return task

    async def _ask(self, name: str, key: str) -> _Remembered:
        found = await asyncio.to_thread(find_key, self._database.engine, key)
        remembered = _Remembered(found, self._clock().timestamp() + self._believed_for)
        self._remembered[name] = remembered
        self._remembered.move_to_end(name)
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return remembered
