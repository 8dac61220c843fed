"""Seal what is queued: the one transaction that gives numbers to entries, and signs the tree over them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, select

from service.domain.acts import ActKind
from service.domain.ledger.merkle import EMPTY_ROOT, leaf_hash, root
from service.domain.ledger.tiles import grown, hash_in
from service.store.engine import open_session, open_writer
from service.store.ledger.adding import add_rows
from service.store.ledger.contents import Content, spelled
from service.store.ledger.queue import Queued, contents, queued, remove, without_sealed
from service.store.ledger.tiles import KeptTiles, write_tiles
from service.store.recorder.postgres_connection import lock_number
from service.store.tables.ledger import ActRow, LedgerCheckpointRow, LedgerEntryRow, LedgerSaltsRow

_LOCK = lock_number("ledger")
"""Whoever seals, or takes away what opens what was sealed, holds it to the end of the transaction."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree that was signed: its size, its root, the signed note, what that is checked with, and when."""

    size: int
    root: bytes
    note: str
    key: str
    signed_at: datetime


NOTHING = Checkpoint(0, EMPTY_ROOT, "", "", datetime.min.replace(tzinfo=UTC))
"""The tree before the first checkpoint."""
GONE = {"gone": True}
"""What is sealed of a row that is gone before it was sealed."""


@dataclass(frozen=True, slots=True)
class Made:
    """An entry as it is sealed, with its salts by the pointer of their field."""

    entry: bytes
    salts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """How is sealed: ``check`` refuses to go on from a checkpoint, ``make`` makes an entry, ``sign`` signs a tree.

    ``key`` is what its signature is checked with.
    """

    check: Callable[[Checkpoint], None]
    make: Callable[[str, Content], Made]
    sign: Callable[[int, bytes], str]
    key: str
    now: Callable[[], datetime]


class BrokenLedgerError(Exception):
    """The ledger in the database is not the one that was signed. The message is a sentence without its end."""


def newest_checkpoint(session: Session) -> Checkpoint:
    """The newest checkpoint; ``NOTHING`` before the first."""
    row = session.exec(select(LedgerCheckpointRow).order_by(col(LedgerCheckpointRow.size).desc()).limit(1)).first()
    return NOTHING if row is None else checkpoint_of(row)


def checkpoint_of(row: LedgerCheckpointRow) -> Checkpoint:
    """The checkpoint that a row holds."""
    return Checkpoint(row.size, row.root, row.note, row.key, row.signed_at)


def seal_queued(engine: Engine, seal: Seal, at_most: int) -> tuple[Checkpoint, datetime] | None:
    """Seal the first rows of the queue; gives the checkpoint over them once it is durable, and since when one waited.

    None where nothing waits, or where another sealer was faster: what it left is found again.

    Raises:
        BrokenLedgerError: the tree in the database is not the one of its newest checkpoint.
        StoreUnavailableError: the database cannot be reached; nothing was sealed.
    """
    with open_session(engine) as session:
        rows = queued(session, at_most)
        if not rows:
            return None
        began = newest_checkpoint(session)
        seal.check(began)
        new = without_sealed(session, rows)
        redactions = _redactions(session)  # before what they would change is read
        made = _made(session, new, seal)
    with open_writer(engine) as session:
        if not _locked(session) or newest_checkpoint(session).size != began.size or not remove(session, rows):
            return None
        if _redactions(session) != redactions:
            return None  # what was read to be sealed may have been redacted since
        checkpoint = _write(session, began, new, made, seal) if new else began
        session.commit()
        return checkpoint, rows[0].at


def _made(session: Session, rows: Sequence[Queued], seal: Seal) -> list[Made]:
    found = contents(session, ((row.kind, row.subject) for row in rows))
    return [seal.make(row.kind, found.get((row.kind, row.subject)) or _gone(row)) for row in rows]


def _gone(row: Queued) -> Content:
    """Nothing recorded is ever removed: where a row is gone, that is a fact for the ledger to keep."""
    return Content(row.subject, spelled(row.at), GONE, {})


def _locked(session: Session) -> bool:
    """Be the one sealer until the transaction ends; SQLite has one writer as it is."""
    if session.connection().dialect.name == "sqlite":
        return True
    return bool(session.connection().scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _LOCK}))


def hold_ledger(session: Session) -> None:
    """Let nothing be sealed until the transaction ends, and nothing after it that was read before its end."""
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def _redactions(session: Session) -> int:
    """How many redactions were carried out, or begun to be."""
    return session.exec(select(func.count()).select_from(ActRow).where(ActRow.kind == ActKind.REDACTED)).one()


def _write(session: Session, began: Checkpoint, rows: Sequence[Queued], made: Sequence[Made], seal: Seal) -> Checkpoint:
    kept, size = KeptTiles(session), began.size + len(rows)
    if root(began.size, hash_in(began.size, kept.at)) != began.root:
        raise BrokenLedgerError(f"The tree of {began.size} entries is not the one that was signed")
    changed = grown(began.size, [leaf_hash(each.entry) for each in made], kept.at)
    write_tiles(session, began.size, changed)
    top = root(size, hash_in(size, lambda tile: changed.get(tile) or kept.at(tile)))
    numbered = list(enumerate(zip(rows, made, strict=True), began.size))
    entries = [(number, row.kind, row.subject, each.entry) for number, (row, each) in numbered]
    add_rows(session, LedgerEntryRow, entries)
    salts = [(number, orjson.dumps(each.salts).decode()) for number, (_, each) in numbered if each.salts]
    add_rows(session, LedgerSaltsRow, salts)
    checkpoint = Checkpoint(size, top, seal.sign(size, top), seal.key, seal.now())
    session.add(LedgerCheckpointRow(**asdict(checkpoint)))
    session.flush()
    return checkpoint
