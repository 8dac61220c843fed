"""Sealers and decisions for the ledger's tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from service.domain.acts import Act, ActKind
from service.domain.ledger.notes import NoteSigner
from service.store.database import Database, Readable
from service.store.ledger.reading import SealedEntry, entries_from, find_checkpoint
from service.store.ledger.sealing import Checkpoint
from service.usecases.ledger_key import KeyPlace
from service.usecases.seal import Sealer
from tests.store.jobs import AT, job, recorded, submission

SIGNER = NoteSigner(name="example.org/ledger", seed=bytes(range(32)))
OTHER_SIGNER = NoteSigner(name="example.org/ledger", seed=bytes(range(1, 33)))


@dataclass
class Published:
    """What a sealer told."""

    notes: list[str] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)


def sealer(
    database: Readable, *signers: NoteSigner, place: KeyPlace | None = None, told: Published | None = None
) -> Sealer:
    """A sealer that signs with some keys, or with what a place has."""
    bits, told = iter(range(1 << 30)), told or Published()
    lines = " ".join(signer.secret for signer in signers or (SIGNER,))
    return Sealer(
        database=database,
        place=place or KeyPlace(lines=lines),
        now=lambda: AT,
        random=lambda size: b"".join(next(bits).to_bytes(16) for _ in range(size // 16 + 1))[:size],
        publish=told.notes.append,
        published=lambda: told.notes[-1] if told.notes else None,
        announce=lambda *made: told.keys.append(made),
    )


def seal_all(by: Sealer) -> None:
    """Seal until nothing waits."""
    while by.step():
        pass


async def record(database: Database, *accounts: str, **stated: Any) -> list[str]:  # noqa: ANN401 - what facts take
    """Record a decision about each account; their identifiers."""
    done: Sequence[Any] = await recorded(database, job(*(submission(account, **stated) for account in accounts)))
    return [str(each.id) for each in done]


def sealed(database: Readable) -> tuple[Checkpoint, list[SealedEntry]]:
    """The newest checkpoint, and every entry."""
    entries = [told.sealed for told in entries_from(database.engine, 0, 1_000_000)]
    return find_checkpoint(database.engine), entries


def waiting_rows(database: Database) -> int:
    """How many rows the queue has."""
    with database.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM ledger_queue")) or 0)


def an_act() -> Act:
    """An act of somebody."""
    return Act(id=UUID(int=5), kind=ActKind.EXPORTED, actor="somebody", at=AT, body={"what": "decisions"})
