"""The tables of reviews by the VP of Commercial Sales: of employee counts, and of what somebody disputes."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant

_IS_OPEN = text("status = 'open'")


class ReviewRow(SQLModel, table=True):
    """A review by the VP of the employee counts of an account (SEG-4). One for each set of counts.

    With a ``dispute_id`` nobody reviewed these counts: the row has what was decided of that dispute, which leads over
    them. The release before goes by it, too.
    """

    __tablename__: ClassVar[Any] = "reviews"
    __table_args__ = (
        UniqueConstraint("account_id", "counts_fingerprint", name="uq_reviews_account_id_counts_fingerprint"),
        Index("ix_reviews_status", "status", "id"),
    )

    id: UUID = Field(primary_key=True)
    account_id: str
    counts_fingerprint: str
    blocking: bool
    status: str
    opened_at: datetime = instant()
    opened_by_decision_id: UUID
    resolved_at: datetime | None = instant(nullable=True)
    resolved_by: str | None
    resolved_segment: str | None
    resolved_reason: str | None = Field(sa_type=Text)
    resolution_decision_id: UUID | None
    dispute_id: UUID | None = None


class DisputeRow(SQLModel, table=True):
    """A dispute (SEG-5): a review that is superseded by nothing, and that the release before does not know.

    ``opened_by_decision_id`` is the decision that stood then. Triggers refuse to change what was put forward.
    """

    __tablename__: ClassVar[Any] = "disputes"
    __table_args__ = (
        Index("ix_disputes_account_id", "account_id", "id"),
        Index("ix_disputes_status", "status", "id"),
        Index("uq_disputes_open", "account_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: UUID = Field(primary_key=True)
    account_id: str
    status: str
    reason: str = Field(sa_type=Text)
    employee_counts: str = Field(sa_type=Text)
    evidence: str | None = Field(sa_type=Text)
    opened_by: str
    opened_at: datetime = instant()
    opened_by_decision_id: UUID
    request_id: str
    resolved_at: datetime | None = instant(nullable=True)
    resolved_by: str | None
    resolved_segment: str | None
    resolved_reason: str | None = Field(sa_type=Text)
    resolution_decision_id: UUID | None
