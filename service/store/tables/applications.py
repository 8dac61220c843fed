"""The table of applications of policies. What it holds is checked before."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant


class ApplicationRow(SQLModel, table=True):
    """A policy revision that accounts under older ones are decided anew under, or tried on, and how far that is.

    ``progress`` is JSON.
    """

    __tablename__: ClassVar[Any] = "applications"

    id: UUID = Field(primary_key=True)
    policy_id: str
    policy_version: int
    effective_on: date
    dry_run: bool
    status: str
    requested_by: str
    requested_at: datetime = instant()
    request_id: str
    progress: str = Field(sa_type=Text)
    leased_until: datetime | None = instant(nullable=True)
    finished_at: datetime | None = instant(nullable=True)
