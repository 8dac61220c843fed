"""The table of what is recorded of sales work beside decisions. What it holds is checked before."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant


class SalesRecordRow(SQLModel, table=True):
    """Something that was said of an opportunity, a rank, a lead or a call. Triggers refuse every change.

    ``subject`` is what it is about, by its kind: the id of an opportunity, an account or a lead. ``person`` is whose
    work it is, however the name is spelled; ``happened_at`` when it happened, where that is asked for; ``program`` the
    digest of the program that reads it.
    """

    __tablename__: ClassVar[Any] = "sales_records"
    __table_args__ = (
        Index("ix_sales_records_subject", "kind", "subject", "id"),
        Index("ix_sales_records_account_id", "account_id", "kind", "id"),
        Index("ix_sales_records_person", "kind", "person", "happened_at"),
        Index("ix_sales_records_kind", "kind", "id"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    subject: str
    account_id: str | None
    person: str | None
    happened_at: datetime | None = instant(default=None, nullable=True)
    body: str = Field(sa_type=Text)
    program: str | None = None
    recorded_by: str
    recorded_at: datetime = instant()
    request_id: str
