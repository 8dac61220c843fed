"""Seal what was recorded into the ledger: the one verb that signs. The worker calls it, over and over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pydantic_core import to_json

from service.domain.ledger.canonical import NotCanonicalError
from service.domain.ledger.checkpoint import Checkpoint as Signed
from service.domain.ledger.checkpoint import open_checkpoint, why_not
from service.domain.ledger.entries import SALT_BYTES, LongEntryError, seal
from service.domain.ledger.notes import NoteFault, NoteSigner
from service.store.database import Readable
from service.store.ledger.contents import ONE_TEXT, Content
from service.store.ledger.queue import fill
from service.store.ledger.reading import find_checkpoint, root_of
from service.store.ledger.sealing import BrokenLedgerError, Checkpoint, Made, Seal, seal_queued
from service.store.recording import Clock
from service.usecases.ledger_key import KeyPlace, LedgerStoppedError

AT_ONCE = 500
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


def as_one_text(content: Content) -> Content:
    """What the ledger cannot write as it is, or what is too long for it: one salted text."""
    text = to_json({"plain": content.plain, "personal": content.personal}).decode()
    return replace(content, plain={}, personal={ONE_TEXT: text})


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

    def step(self) -> bool:
        """Seal some of what waits; whether there may be more.

        Raises:
            LedgerStoppedError: the key, or what the database holds, is not that of what was signed.
            StoreError: the database is away; what waits is sealed when it is back.
        """
        engine = self.database.engine
        if not self._signers:
            self._signers = self._begin()
        how = Seal(
            check=partial(self._check, self._signers),
            make=self._make,
            sign=self._sign,
            key=" ".join(str(signer.key) for signer in self._signers),
            now=self.now,
        )
        try:
            sealed = seal_queued(engine, how, AT_ONCE)
        except BrokenLedgerError as error:
            raise LedgerStoppedError(str(error)) from error
        if sealed is None:
            # What is new goes before what is old: of that, so much is queued as is sealed next.
            return fill(engine, self.now(), AT_ONCE)
        checkpoint, since = sealed
        self._last, self.lag = checkpoint, (checkpoint.signed_at - since).total_seconds()
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

    def _make(self, kind: str, content: Content) -> Made:
        try:
            return self._salted(kind, content)
        except (NotCanonicalError, LongEntryError):
            return self._salted(kind, as_one_text(content))

    def _salted(self, kind: str, content: Content) -> Made:
        random = self.random(SALT_BYTES * len(content.personal))
        salts = {
            pointer: random[place * SALT_BYTES : (place + 1) * SALT_BYTES]
            for place, pointer in enumerate(content.personal)
        }
        entry = seal(kind, content.id, content.at, content.plain, content.personal, salts.__getitem__)
        return Made(entry, {pointer: salt.hex() for pointer, salt in salts.items()})
