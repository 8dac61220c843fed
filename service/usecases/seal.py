"""Seal what was recorded into the ledger: the one verb that signs. Called by the worker, over and over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.domain.ledger import checkpoint as notes
from service.domain.ledger.notes import NoteFault, NoteSigner
from service.store.database import Readable
from service.store.ledger.contents import Content
from service.store.ledger.queue import fill, oldest_queued
from service.store.ledger.sealing import BrokenLedgerError, Checkpoint, Made, Seal, newest, seal_queued
from service.store.recording import Clock
from service.usecases.ledger_key import KeyPlace, LedgerStoppedError

AT_ONCE = 500
"""So many entries to a transaction: on SQLite whoever records waits for it."""


@dataclass(slots=True, kw_only=True)
class Sealer:
    """Seals the queue of a database, from the checkpoint on that it finds there.

    ``random`` gives so many random bytes. ``publish`` is told of each checkpoint once it is durable, and ``announce``
    of a key that was made, and where.
    """

    database: Readable
    place: KeyPlace
    now: Clock
    random: Callable[[int], bytes]
    publish: Callable[[str], None]
    announce: Callable[[str, str], None]
    _signers: tuple[NoteSigner, ...] = ()
    _last: Checkpoint | None = None

    def step(self) -> bool:
        """Seal some of what waits; whether there may be more.

        Raises:
            LedgerStoppedError: the key, or what the database holds, is not what was signed.
            StoreError: the database is away; what waits is sealed when it is back.
        """
        engine = self.database.engine
        if not self._signers:
            self._signers = self._find_signers()
        seal = Seal(check=self._check, make=self._make, sign=self._sign, now=self.now)
        try:
            sealed = seal_queued(engine, seal, AT_ONCE)
        except BrokenLedgerError as error:
            raise LedgerStoppedError(str(error)) from error
        if sealed is None:
            return fill(engine, self.now(), AT_ONCE)
        self._last = sealed
        self.publish(sealed.note)
        return True

    def lag(self) -> float:
        """How many seconds ago the oldest of what waits was recorded; 0 where nothing does."""
        since = oldest_queued(self.database.engine)
        return 0.0 if since is None else max(0.0, (self.now() - since).total_seconds())

    def _find_signers(self) -> tuple[NoteSigner, ...]:
        signers = self.place.read()
        if signers:
            return signers
        size = newest(self.database.engine).size
        if size:
            raise LedgerStoppedError(f"The ledger has {size} entries, and the key that signed them is not here")
        made = self.place.make(self.random(32), f"chalkline/{self.random(8).hex()}")
        self.announce(str(self.place.file), str(made.key))
        return (made,)

    def _check(self, began: Checkpoint) -> None:
        """Refuse to go on from a tree that nobody with our key signed, or that is not the one signed here last."""
        last = self._last
        if began == last:
            return
        if began.size:
            opened = notes.open_checkpoint(began.note.encode(), [signer.key for signer in self._signers])
            if isinstance(opened, NoteFault):
                raise LedgerStoppedError(f"Of the newest checkpoint, of {began.size} entries: {notes.why_not(opened)}")
            if (opened.size, opened.root) != (began.size, began.root):
                raise LedgerStoppedError(f"The checkpoint of {began.size} entries does not say what its row says")
        if last is not None and (began.size < last.size or (began.size == last.size and began.root != last.root)):
            raise LedgerStoppedError(
                f"The ledger has {began.size} entries, and one of {last.size} was signed: an older copy was put back"
            )

    def _sign(self, size: int, root: bytes) -> str:
        return notes.Checkpoint(origin=self._signers[0].name, size=size, root=root).signed(*self._signers)

    def _make(self, kind: str, content: Content) -> Made:
        raise NotImplementedError


def behind(sealer: Sealer, bound: float) -> float | None:
    """How many seconds the ledger is behind, where that is more than a bound."""
    lag = sealer.lag()
    return lag if lag > bound else None


__all__ = ["Sealer", "datetime"]
