"""Authenticate a caller by its API key, without asking the database for every request."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.domain.keys import PREFIX, is_well_formed, key_hash
from service.store.database import Database
from service.store.keys import USE_KNOWN_TO, ApiKey, find_key, note_use
from service.store.recording import Clock

_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Remembered:
    key: ApiKey | None
    until: float


class Authenticator:
    """Remembers what the database said of a key for ``believed_for`` seconds: that long a revoked key works on.

    ``ticks`` counts these seconds and goes on whatever the clock is set to. The clock says whether a key has expired.
    """

    def __init__(self, database: Database, clock: Clock, ticks: Callable[[], float], believed_for: float) -> None:
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._believed_for = believed_for
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Remembered]] = {}
        self._noted: dict[UUID, float] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def authenticate(self, key: str) -> ApiKey | None:
        """The key, if it works now; None if it is malformed, unknown, expired or revoked.

        Raises:
            StoreUnavailableError: the database had to be asked, and cannot be reached.
        """
        now = self._clock()
        remembered = self._remembered.get(key_hash(key))
        if remembered is None or remembered.until <= self._ticks():
            if key.startswith(PREFIX) and not is_well_formed(key):
                return None
            remembered = await self._asked(key)
        found = remembered.key
        if found is None or not found.works_at(now):
            return None
        self._note(found.id, now)
        return found

    async def _asked(self, key: str) -> _Remembered:
        """What the database says of the key: asked once for all who want to know at the time."""
        name = key_hash(key)
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._ask(name, key))
            asking.add_done_callback(lambda done: self._answered(name, done))
        return await asyncio.shield(asking)

    async def _ask(self, name: str, key: str) -> _Remembered:
        until = self._ticks() + self._believed_for
        remembered = _Remembered(await asyncio.to_thread(find_key, self._database.engine, key), until)
        self._remembered[name] = remembered
        self._remembered.move_to_end(name)
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return remembered

    def _note(self, key_id: UUID, now: datetime) -> None:
        """Have it kept that a key is used. No request waits for that, and none fails because it cannot be done."""
        ticks = self._ticks()
        noted = self._noted.get(key_id)
        if noted is None or noted + USE_KNOWN_TO.total_seconds() <= ticks:
            self._noted[key_id] = ticks
            noting = asyncio.create_task(asyncio.to_thread(note_use, self._database.engine, key_id, now))
            self._noting.add(noting)
            noting.add_done_callback(self._did_note)

    def _did_note(self, done: asyncio.Task[None]) -> None:
        self._noting.discard(done)
        if not done.cancelled():
            done.exception()  # what is wrong with the database, others tell

    def _answered(self, name: str, done: asyncio.Task[_Remembered]) -> None:
        del self._asking[name]
        if not done.cancelled():
            done.exception()  # those who still wait are told of it; those who hung up will not ask for it
