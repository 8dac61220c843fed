"""The tables of the ledger: what waits to be sealed, and what was sealed, with the tree over it (docs/how/ledger.md).

Triggers of the recorded tables add what is recorded to the queue, in the statement that records it: whichever release
runs that. What was sealed refuses every change, but that tiles grow until they are full.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class ActRow(SQLModel, table=True):
    """An act of administration that stands in no other table that is only added to. Triggers refuse every change.

    ``body`` is JSON, as ``service.domain.acts`` has it.
    """

    __tablename__: ClassVar[str] = "acts"
    __table_args__ = (Index("ix_acts_kind", "kind", "id"), Index("ix_acts_actor", "actor", "id"))

    id: UUID = Field(primary_key=True)
    kind: str
    actor: str
    at: datetime = instant()
    request_id: str
    body: str = Field(sa_type=Text)


class LedgerQueueRow(SQLModel, table=True):
    """A recorded row that is yet to be sealed: its kind, which says the table, and what names it there."""

    __tablename__: ClassVar[str] = "ledger_queue"

    id: int = Field(primary_key=True, sa_type=_NUMBER)
    kind: str
    subject: str
    queued_at: datetime = instant()


class LedgerFillRow(SQLModel, table=True):
    """A table that is yet to be queued: what follows ``after``, up to the newest row as there came to be a queue."""

    __tablename__: ClassVar[str] = "ledger_fills"

    kind: str = Field(primary_key=True)
    after: str | None
    until: str | None


class LedgerEntryRow(SQLModel, table=True):
    """A sealed entry, by its number, from 0 on without holes. ``subject`` names the row of its kind."""

    __tablename__: ClassVar[str] = "ledger_entries"
    __table_args__ = (Index("uq_ledger_entries_subject", "subject", "kind", unique=True),)

    number: int = Field(primary_key=True, sa_type=_NUMBER, sa_column_kwargs={"autoincrement": False})
    kind: str
    subject: str
    entry: bytes = Field(sa_type=LargeBinary)


class LedgerSaltsRow(SQLModel, table=True):
    """The salts of an entry, which stand beside the ledger and not in it: JSON, by the pointer of each field."""

    __tablename__: ClassVar[str] = "ledger_salts"

    number: int = Field(primary_key=True, sa_type=_NUMBER, sa_column_kwargs={"autoincrement": False})
    salts: str = Field(sa_type=Text)


class LedgerTileRow(SQLModel, table=True):
    """A tile of the tree: up to 256 hashes, one behind the other, of a level, from ``place * 256`` on."""

    __tablename__: ClassVar[str] = "ledger_tiles"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int = Field(primary_key=True, sa_type=_NUMBER, sa_column_kwargs={"autoincrement": False})
    hashes: bytes = Field(sa_type=LargeBinary)


class LedgerToldRow(SQLModel, table=True):
    """Which checkpoint subscribers were told last, by its size, and when: one row. None was, where ``at`` is None."""

    __tablename__: ClassVar[str] = "ledger_told"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int = Field(sa_type=_NUMBER)
    at: datetime | None = instant(nullable=True)


class LedgerCheckpointRow(SQLModel, table=True):
    """A signed checkpoint, by the size of its tree, and what its signature is checked with."""

    __tablename__: ClassVar[str] = "ledger_checkpoints"

    size: int = Field(primary_key=True, sa_type=_NUMBER, sa_column_kwargs={"autoincrement": False})
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    signed_at: datetime = instant()


class LedgerCosignatureRow(SQLModel, table=True):
    """What a witness said of a checkpoint: the line of its signature, by the checkpoint's size and the witness's key.

    Triggers refuse every change.
    """

    __tablename__: ClassVar[str] = "ledger_cosignatures"
    __table_args__ = (Index("ix_ledger_cosignatures_key", "key", "size"),)

    size: int = Field(primary_key=True, sa_type=_NUMBER, sa_column_kwargs={"autoincrement": False})
    key: str = Field(primary_key=True, sa_type=Text)
    line: str = Field(sa_type=Text)
    kept_at: datetime = instant()
