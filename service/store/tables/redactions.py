"""The table of redactions that were asked for. What it holds is checked before."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant

_IS_OPEN = text("redacted_at IS NULL")


class RedactionRow(SQLModel, table=True):
    """A redaction of an account. It waits for a second person where ``needs_second`` and nobody has confirmed it.

    ``redacted_at`` is when nothing of what it takes out was left, None before that.
    """

    __tablename__: ClassVar[Any] = "redactions"
    __table_args__ = (
        Index("ix_redactions_account_id", "account_id", "id"),
        Index("uq_redactions_open", "account_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: UUID = Field(primary_key=True)
    account_id: str
    reason: str = Field(sa_type=Text)
    requested_by: str
    requested_at: datetime = instant()
    request_id: str
    needs_second: bool
    confirmed_by: str | None = None
    confirmed_at: datetime | None = instant(default=None, nullable=True)
    redacted_at: datetime | None = instant(default=None, nullable=True)
