"""The tables of who signs in to the console. What they hold is checked before."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Field, SQLModel

from service.store.tables.types import instant


class ConsoleSessionRow(SQLModel, table=True):
    """Somebody who is signed in. Of what their browser sends, only the hash is kept.

    With a key, ``key_id`` has it. With the identity provider, ``issuer`` and every column from there to
    ``believed_until`` but ``team`` are there. With neither it is a link of the first start, which makes a key.
    """

    __tablename__: ClassVar[Any] = "console_sessions"

    hash: str = Field(primary_key=True)
    key_id: UUID | None
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    issuer: str | None = None
    subject: str | None = None
    name: str | None = None
    scopes: str | None = None
    team: str | None = None
    believed_until: datetime | None = instant(default=None, nullable=True)


class PersonSubjectRow(SQLModel, table=True):
    """That a subject of an identity provider is a person: by which email it was joined, and when."""

    __tablename__: ClassVar[Any] = "person_subjects"

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str
    email: str
    joined_at: datetime = instant()
