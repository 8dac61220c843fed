"""The tables of policy revisions: drafts, what is odd about a policy, and publications. All are written once."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant


class PolicyDraftRow(SQLModel, table=True):
    """A drafted policy revision. Triggers refuse every change: a draft that is not right is followed by another."""

    __tablename__: ClassVar[Any] = "policy_drafts"

    id: UUID = Field(primary_key=True)
    policy_id: str
    based_on: int
    parameters: str = Field(sa_type=Text)
    effective_from: date
    effective_until: date | None
    reason: str = Field(sa_type=Text)
    drafted_by: str
    drafted_at: datetime = instant()
    request_id: str


class PolicyFindingsRow(SQLModel, table=True):
    """What a release, ``found_by``, found odd in policies of a digest. Without a row it looks anew."""

    __tablename__: ClassVar[Any] = "policy_findings"

    digest: str = Field(primary_key=True)
    found_by: str = Field(primary_key=True)
    findings: str = Field(sa_type=Text)


class PolicyRevisionRow(SQLModel, table=True):
    """A draft that was published, and as which revision. Triggers refuse every change.

    ``number`` counts the publications of all policies, one after the other.
    """

    __tablename__: ClassVar[Any] = "policy_revisions"
    __table_args__ = (
        UniqueConstraint("policy_id", "version", name="uq_policy_revisions_policy_id_version"),
        UniqueConstraint("draft_id", name="uq_policy_revisions_draft_id"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    policy_id: str
    version: int
    draft_id: UUID
    published_by: str
    published_at: datetime = instant()
    request_id: str
