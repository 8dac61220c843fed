"""The table of who is signed in to the console. What it holds is checked before."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Field, SQLModel

from service.store.tables.types import instant


class ConsoleSessionRow(SQLModel, table=True):
    """Somebody who is signed in with a key. Of what their browser sends, only the hash is kept.

    Without a key it is a link of the first start, which makes one.
    """

    __tablename__: ClassVar[Any] = "console_sessions"

    hash: str = Field(primary_key=True)
    key_id: UUID | None
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant(index=True)
