"""Seal what is queued: the one transaction that gives numbers to entries, and signs the tree over them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine, func, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, insert, select

from service.domain.acts import ActKind
from service.domain.ledger.merkle import EMPTY_ROOT, leaf_hash, root
from service.domain.ledger.tiles import Tile, grown, hash_in
from service.store.engine import open_session, open_writer
from service.store.ledger.adding import add_rows
from service.store.ledger.contents import Content, spelled
from service.store.ledger.queue import Part, Queued, each_content, queued, queued_at, remove, sealed_of
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


class Made(NamedTuple):
    """An entry as it is sealed, and the JSON of its salts by the pointer of their field, which is empty without any."""

    kind: str
    subject: str
    entry: bytes
    salts: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is made of a part of the queue: of these rows of it, the first of which waited ``since`` then.

    ``redactions`` is how many there had been before the first row was read.
    """

    queued: list[int]
    since: datetime
    made: list[Made]
    redactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """How is sealed: ``check`` refuses to go on from a checkpoint, ``sign`` signs a tree.

    ``key`` is what its signature is checked with.
    """

    check: Callable[[Checkpoint], None]
    sign: Callable[[int, bytes], str]
    key: str
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Growth:
    """A ledger with more entries: the tree that it grew from, the tiles that change, and the tree that was signed."""

    began: Checkpoint
    tiles: Mapping[Tile, bytes]
    ended: Checkpoint


class BrokenLedgerError(Exception):
    """The ledger in the database is not the one that was signed. The message is a sentence without its end."""


def newest_checkpoint(session: Session) -> Checkpoint:
    """The newest checkpoint; ``NOTHING`` before the first."""
    row = session.exec(select(LedgerCheckpointRow).order_by(col(LedgerCheckpointRow.size).desc()).limit(1)).first()
    return NOTHING if row is None else checkpoint_of(row)


def checkpoint_of(row: LedgerCheckpointRow) -> Checkpoint:
    """The checkpoint that a row holds."""
    return Checkpoint(row.size, row.root, row.note, row.key, row.signed_at)


def prepare(engine: Engine, part: Part, make: Callable[[str, Content], Made]) -> Prepared | None:
    """Make the entries of a part of the queue, without sealing any; None where nothing of it waits any more.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        redactions = _redactions(session)  # before what they would change is read
        rows = queued(session, part)
        since = queued_at(session, rows[0].id) if rows else None
        if since is None:
            return None
        # One by one: what an entry is made of would otherwise be looked through, again and again, by the collector.
        found = each_content(session, ((row.kind, row.subject) for row in rows))
        by_row = {(kind, content.id): make(kind, content) for kind, content in found}
        made = [by_row.get((row.kind, row.subject)) or make(row.kind, _gone(session, row, since)) for row in rows]
        return Prepared([row.id for row in rows], since, made, redactions)


def seal_prepared(engine: Engine, prepared: Prepared, seal: Seal) -> Checkpoint | None:
    """Seal what was prepared; gives the checkpoint over it once it is durable.

    None where another sealer was faster, or something was redacted meanwhile: what it left is found again.

    Raises:
        BrokenLedgerError: the tree in the database is not the one of its newest checkpoint.
        StoreUnavailableError: the database cannot be reached; nothing was sealed.
    """
    try:
        return _seal(engine, prepared, seal)
    except IntegrityError:  # what was recorded as the queue came to be may be queued twice
        with open_session(engine) as session:
            new = _without_sealed(session, prepared.made)
        return _seal(engine, replace(prepared, made=new), seal)


def _seal(engine: Engine, prepared: Prepared, seal: Seal) -> Checkpoint | None:
    with open_session(engine) as session:  # of a writer's time no more is taken than must be: all others wait for it
        growth = _grow(session, prepared.made, seal)
    with open_writer(engine) as session:
        if not _locked(session) or not remove(session, prepared.queued):
            return None
        if _redactions(session) != prepared.redactions:
            return None  # what was read to be sealed may have been redacted since
        if newest_checkpoint(session) != growth.began:
            return None
        if prepared.made:
            _write(session, growth, prepared.made)
        session.commit()
        return growth.ended


def _without_sealed(session: Session, made: Sequence[Made]) -> list[Made]:
    """Those that are not sealed yet, each once."""
    seen = sealed_of(session, [each.subject for each in made])
    left = []
    for each in made:
        if (each.subject, each.kind) not in seen:
            seen.add((each.subject, each.kind))
            left.append(each)
    return left


def _gone(session: Session, row: Queued, since: datetime) -> Content:
    """Nothing recorded is ever removed: where a row is gone, that is a fact for the ledger to keep."""
    return Content(row.subject, spelled(queued_at(session, row.id) or since), GONE, {})


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


def _grow(session: Session, made: Sequence[Made], seal: Seal) -> _Growth:
    """What the ledger becomes with these entries, unless it grows otherwise meanwhile."""
    began, kept = newest_checkpoint(session), KeptTiles(session)
    seal.check(began)
    if not made:
        return _Growth(began, {}, began)
    if root(began.size, hash_in(began.size, kept.at)) != began.root:
        raise BrokenLedgerError(f"The tree of {began.size} entries is not the one that was signed")
    tiles, size = grown(began.size, [leaf_hash(each.entry) for each in made], kept.at), began.size + len(made)
    top = root(size, hash_in(size, lambda tile: tiles.get(tile) or kept.at(tile)))
    return _Growth(began, tiles, Checkpoint(size, top, seal.sign(size, top), seal.key, seal.now()))


def _write(session: Session, growth: _Growth, made: Sequence[Made]) -> None:
    write_tiles(session, growth.began.size, growth.tiles)
    numbered = list(enumerate(made, growth.began.size))
    entries = [(number, each.kind, each.subject, each.entry) for number, each in numbered]
    add_rows(session, LedgerEntryRow, entries)
    add_rows(session, LedgerSaltsRow, [(number, each.salts) for number, each in numbered if each.salts])
    session.execute(insert(LedgerCheckpointRow), asdict(growth.ended))
