"""Seal what was recorded into the ledger: the one verb that signs. The worker calls it, over and over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from service.domain.ledger.checkpoint import Checkpoint as Signed
from service.domain.ledger.checkpoint import open_checkpoint, why_not
from service.domain.ledger.notes import NoteFault, NoteSigner
from service.store.database import Readable
from service.store.ledger.queue import Part, fill, waiting_parts
from service.store.ledger.reading import find_checkpoint, root_of
from service.store.ledger.sealing import BrokenLedgerError, Checkpoint, Prepared, Seal, seal_prepared
from service.store.recording import Clock
from service.usecases.ledger_key import KeyPlace, LedgerStoppedError
from service.usecases.prepare_entries import prepare_entries

AT_ONCE = 125
"""So many entries to a transaction: on SQLite whoever records waits for it."""
_SEED_BYTES = 32
_NAME_BYTES = 8
_KEY_LOST = "The ledger has {} entries, and the key that signed them is not here"


def examine_ledger(database: Readable, place: KeyPlace) -> str:
    """How the ledger stands, in a few words, without changing anything.

    Raises:
        LedgerStoppedError: its key is not the one that signed what is sealed.
        StoreUnavailableError: the database cannot be reached.
    """
    signers, newest = place.read(), find_checkpoint(database.engine)
    if newest.size:
        if not signers:
            raise LedgerStoppedError(_KEY_LOST.format(newest.size))
        check_signed(signers, newest)
    elif not signers:
        return "its key will be made" if place.file else "nothing is sealed: it has no key"
    return f"{newest.size} sealed, signed by {signers[0].key}"


def check_signed(signers: Sequence[NoteSigner], checkpoint: Checkpoint) -> None:
    """See that one of some keys signed a checkpoint, and that what stands beside it says the same.

    Raises:
        LedgerStoppedError: otherwise.
    """
    opened = open_checkpoint(checkpoint.note.encode(), [signer.key for signer in signers])
    if isinstance(opened, NoteFault):
        raise LedgerStoppedError(f"Of the newest checkpoint, of {checkpoint.size} entries: {why_not(opened)}")
    if (opened.size, opened.root) != (checkpoint.size, checkpoint.root):
        raise LedgerStoppedError(f"The checkpoint of {checkpoint.size} entries does not say what stands beside it")


@dataclass(slots=True, kw_only=True)
class Sealer:
    """Seals the queue of a database, from the checkpoint on that it finds there.

    ``random`` gives so many random bytes. ``publish`` is told of each checkpoint once it is durable, ``published``
    gives what was published last, if that is kept, and ``announce`` is told where a key was made, and its public part.
    ``lag`` is how many seconds the oldest had waited of what was sealed last.
    """

    database: Readable
    place: KeyPlace
    now: Clock
    random: Callable[[int], bytes]
    publish: Callable[[str], None]
    published: Callable[[], str | None]
    announce: Callable[[str, str], None]
    lag: float = 0.0
    _signers: tuple[NoteSigner, ...] = ()
    _last: Checkpoint | None = None

    def step(self, waiting: Sequence[Part] | None = None) -> bool:
        """Seal the first part of what waits, as ``waiting`` gave it or gives it now; whether there may be more.

        Raises:
            LedgerStoppedError: the key, or what the database holds, is not that of what was signed.
            StoreError: the database is away; what waits is sealed when it is back.
        """
        waiting = self.waiting(2) if waiting is None else waiting
        # What came while the last part was sealed waits for more: of few entries, a commit costs as much as of many.
        if waiting and self.seal(prepare_entries(self.database, waiting[0], self.random)) and len(waiting) > 1:
            return True
        # What is new goes before what is old: of that, so much is queued as is sealed next.
        return fill(self.database.engine, self.now(), AT_ONCE)

    def waiting(self, at_most: int) -> list[Part]:
        """The first parts of what waits, each as large as is sealed at once.

        Raises:
            LedgerStoppedError: the key is not that of what was signed, or an older copy of it was put back.
            StoreError: the database is away.
        """
        if not self._signers:
            self._signers = self._begin()
        # Before entries are made: while it is stopped, they would be made over and over.
        self._check(self._signers, find_checkpoint(self.database.engine))
        return waiting_parts(self.database.engine, AT_ONCE, at_most)

    def seal(self, prepared: Prepared | None) -> bool:
        """Seal what was prepared; false where it no longer can be, for another sealer was faster.

        Raises:
            LedgerStoppedError: the key, or what the database holds, is not that of what was signed.
            StoreError: the database is away; nothing was sealed.
        """
        if prepared is None:
            return False
        how = Seal(
            check=partial(self._check, self._signers),
            sign=self._sign,
            key=" ".join(str(signer.key) for signer in self._signers),
            now=self.now,
        )
        try:
            checkpoint = seal_prepared(self.database.engine, prepared, how)
        except BrokenLedgerError as error:
            raise LedgerStoppedError(str(error)) from error
        if checkpoint is None:
            return False
        self._last, self.lag = checkpoint, (checkpoint.signed_at - prepared.since).total_seconds()
        self.publish(checkpoint.note)
        return True

    def _begin(self) -> tuple[NoteSigner, ...]:
        """The signers, once it is sure that they signed what was published last, and that it is here still."""
        signers, newest, kept = self.place.read(), find_checkpoint(self.database.engine), self.published()
        size = newest.size
        if signers and kept is not None:
            opened = open_checkpoint(kept.encode(), [signer.key for signer in signers])
            if isinstance(opened, NoteFault):
                raise LedgerStoppedError(f"Of the checkpoint that was published last: {why_not(opened)}")
            if opened.size > size or root_of(self.database.engine, opened.size) != opened.root:
                raise LedgerStoppedError(
                    f"The ledger has {size} entries, and is not the one of {opened.size} that was published last: was "
                    "an older copy of the database put back?"
                )
        if signers and size:
            self._check(signers, newest)
            self.publish(newest.note)
        if signers:
            return signers
        if size:
            raise LedgerStoppedError(_KEY_LOST.format(size))
        made = self.place.make(self.random(_SEED_BYTES), f"chalkline/{self.random(_NAME_BYTES).hex()}")
        self.announce(str(self.place.file), str(made.key))
        return (made,)

    def _check(self, signers: Sequence[NoteSigner], began: Checkpoint) -> None:
        """Refuse to go on from a tree that our key did not sign, or that is an older one than was signed here."""
        last = self._last
        if began == last:
            return
        if began.size:
            check_signed(signers, began)
        if last is not None and (began.size, began.root) != (last.size, last.root) and began.size <= last.size:
            raise LedgerStoppedError(
                f"The ledger has {began.size} entries, and another one of {last.size} was signed here: was an older "
                "copy of the database put back?"
            )

    def _sign(self, size: int, root: bytes) -> str:
        return Signed(origin=self._signers[0].name, size=size, root=root).signed(*self._signers)
