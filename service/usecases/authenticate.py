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
        now = self._clock()
        remembered = self._remembered.get(key_hash(key))
        if remembered is None or remembered.until <= now.timestamp():
            if key.startswith(PREFIX) and not is_well_formed(key):
                return None
            remembered = await self._asked(key)
        found = remembered.key
        return found if found is not None and found.works_at(now) else None

    async def _asked(self, key: str) -> _Remembered:
        """What the database says of the key: asked once for all who want to know at the time."""
        name = key_hash(key)
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._ask(name, key))
            asking.add_done_callback(lambda done: self._answered(name, done))
        return await asyncio.shield(asking)

    async def _ask(self, name: str, key: str) -> _Remembered:
        until = self._clock().timestamp() + self._believed_for
        remembered = _Remembered(await asyncio.to_thread(find_key, self._database.engine, key), until)
        self._remembered[name] = remembered
        self._remembered.move_to_end(name)
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return remembered

    def _answered(self, name: str, done: asyncio.Task[_Remembered]) -> None:
        del self._asking[name]
        if not done.cancelled():
            done.exception()  # those who still wait are told of it; those who hung up will not ask for it
