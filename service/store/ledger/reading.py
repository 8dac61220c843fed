"""Read the ledger: its newest checkpoint, tiles and bundles of entries as they are served, proofs, and entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from service.domain.ledger.merkle import consistency_proof, inclusion_proof, root, whole_subtrees
from service.domain.ledger.tiles import WIDTH, Bundle, Tile, hash_in, tile_of, write_bundle
from service.store.engine import open_session
from service.store.ledger.contents import Content
from service.store.ledger.cosignatures import with_cosignatures
from service.store.ledger.numbers import numbers_of
from service.store.ledger.queue import contents
from service.store.ledger.sealing import Checkpoint, checkpoint_of, newest_checkpoint
from service.store.ledger.tiles import KeptTiles
from service.store.tables.ledger import LedgerCheckpointRow, LedgerEntryRow, LedgerSaltsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """An entry by its number, and what it was sealed of."""

    number: int
    kind: str
    subject: str
    entry: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEntry:
    """An entry with its salts, and what stands in the database of what it was sealed of; None where that is gone."""

    sealed: SealedEntry
    salts: dict[str, str]
    content: Content | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedEntry:
    """An entry, and the hashes that lead from it to the root of a checkpoint."""

    told: ToldEntry
    hashes: list[bytes]
    checkpoint: Checkpoint


def find_checkpoint(engine: Engine) -> Checkpoint:
    """The newest checkpoint, with the cosignatures that it has; ``NOTHING`` before the first.

    Raises:
        StoreUnavailableError: the database cannot be reached. So of all that is read here.
    """
    with open_session(engine) as session:
        return with_cosignatures(session, newest_checkpoint(session))


def root_of(engine: Engine, size: int) -> bytes:
    """The root of the first entries, of which there are so many at least, by the tiles."""
    with open_session(engine) as session:
        return root(size, hash_in(size, KeptTiles(session).at))


def all_checkpoints(engine: Engine) -> list[Checkpoint]:
    """Every checkpoint that was signed, oldest first."""
    with open_session(engine) as session:
        rows = session.exec(select(LedgerCheckpointRow).order_by(col(LedgerCheckpointRow.size)))
        return [checkpoint_of(row) for row in rows]


def find_tile(engine: Engine, wanted: Tile | Bundle) -> bytes | None:
    """The bytes of a tile, or of a bundle of entries; None where the newest checkpoint has none that is so wide."""
    level = wanted.level if isinstance(wanted, Tile) else 0
    with open_session(engine) as session:
        size = newest_checkpoint(session).size
        if tile_of(level, wanted.index, size).width < wanted.width:
            return None
        if isinstance(wanted, Tile):
            return KeptTiles(session).at(wanted)
        first = wanted.index * WIDTH
        return write_bundle(each.entry for each in _entries(session, first, first + wanted.width))


def prove(engine: Engine, kind: str, subject: str) -> ProvedEntry | None:
    """What was sealed of a recorded row, proved by the newest checkpoint; None where it is not sealed."""
    with open_session(engine) as session:
        number = numbers_of(session, kind, [subject]).get(subject)
        if number is None:
            return None
        checkpoint = with_cosignatures(session, newest_checkpoint(session))
        (told,) = _told(session, number, number + 1)
        hashes = inclusion_proof(number, checkpoint.size, hash_in(checkpoint.size, KeptTiles(session).at))
        return ProvedEntry(told=told, hashes=hashes, checkpoint=checkpoint)


def prove_consistency(engine: Engine, first: int, second: int) -> list[bytes] | None:
    """The hashes that show that one tree is the beginning of another; None where the second is larger than the ledger.

    ``first`` is at least 1, and at most ``second``.
    """
    with open_session(engine) as session:
        if second > newest_checkpoint(session).size:
            return None
        return consistency_proof(first, second, hash_in(second, KeptTiles(session).at))


def entries_from(engine: Engine, since: int, limit: int) -> list[ToldEntry]:
    """At most ``limit`` entries that a checkpoint is over, from a number on, each with what stands beside it."""
    with open_session(engine) as session:
        return _told(session, since, min(since + limit, newest_checkpoint(session).size))


def hashes_before(engine: Engine, number: int) -> list[bytes]:
    """The hashes of the whole subtrees over the entries before one."""
    with open_session(engine) as session:
        hash_at = hash_in(number, KeptTiles(session).at)
        return [hash_at(level, index) for level, index in whole_subtrees(0, number)]


def _told(session: Session, first: int, end: int) -> list[ToldEntry]:
    sealed = list(_entries(session, first, end))
    salts, beside = _salts(session, first, end), dict[tuple[str, str], Content]()
    before = None
    while before != salts:  # else a redaction came in between, and they would not fit together
        beside = contents(session, ((each.kind, each.subject) for each in sealed))
        before, salts = salts, _salts(session, first, end)
    return [
        ToldEntry(sealed=each, salts=salts.get(each.number, {}), content=beside.get((each.kind, each.subject)))
        for each in sealed
    ]


def _salts(session: Session, first: int, end: int) -> dict[int, dict[str, str]]:
    number = col(LedgerSaltsRow.number)
    kept = select(LedgerSaltsRow.number, LedgerSaltsRow.salts).where(number >= first, number < end)
    return {of: orjson.loads(salts) for of, salts in session.exec(kept)}


def _entries(session: Session, first: int, end: int) -> Iterator[SealedEntry]:
    number = col(LedgerEntryRow.number)
    for row in session.exec(select(LedgerEntryRow).where(number >= first, number < end).order_by(number)):
        yield SealedEntry(number=row.number, kind=row.kind, subject=row.subject, entry=row.entry)


def decision_subject(decision_id: UUID) -> tuple[str, str]:
    """The kind and the subject of the entry of a decision."""
    return "decision", str(decision_id)
