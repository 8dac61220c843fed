"""The tables of decisions, what follows them, and the policies they rest on. What they hold is checked before.

A row becomes a value in the module of its noun.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant

_HAS_FACET, _HAS_ACTOR = text("facet IS NOT NULL"), text("actor IS NOT NULL")
_HAS_MOVED = text("move IS NOT NULL")
_HAS_OWNER = text("owner_id IS NOT NULL")


class DecisionRow(SQLModel, table=True):
    """A recorded decision. Triggers refuse every change: a wrong decision is followed by another, never mended.

    ``stands`` is false for history, and null where an earlier release let the newest decision stand; ``told_by`` says
    who told the facts, and is null where an earlier release did not keep that. ``team_before`` is the team of the
    decision before it. ``unchanged`` is true where applying a policy revision left the account as it was.
    """

    __tablename__: ClassVar[Any] = "decisions"
    __table_args__ = (
        # With what is counted by, so that no row is looked at.
        Index("ix_decisions_account_id", "account_id", "id", "stands", "facet"),
        Index("ix_decisions_account_day", "account_id", "effective_on", "id", "facet"),
        Index("ix_decisions_effective_on", "effective_on", "id", "facet"),
        # Said for the same reason: SQLite would skip through all who asked.
        Index("ix_decisions_actor", "actor", "facet", "id", sqlite_where=_HAS_ACTOR, postgresql_where=_HAS_ACTOR),
        # Every decision has a facet; said here, so that no database takes this index where no facet is asked for.
        Index("ix_decisions_facet", "facet", "id", sqlite_where=_HAS_FACET, postgresql_where=_HAS_FACET),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    account_id: str
    status: str
    segment: str | None
    team: str | None
    rule: str
    leading_source: str | None
    leading_employees: int | None
    missing_facts: str
    advice: str
    actions: str
    policy_id: str
    policy_version: int
    program: str | None
    effective_on: date
    facts: str = Field(sa_type=Text)
    trail: str = Field(sa_type=Text)
    actor: str
    source: str
    request_id: str
    previous_decision_id: UUID | None
    review_id: UUID | None
    recorded_at: datetime = instant()
    facet: int = Field(sa_type=BigInteger)
    stands: bool | None
    told_by: str | None = Field(sa_type=Text)
    team_before: str | None
    unchanged: bool | None


class ProgramRow(SQLModel, table=True):
    """A program that decisions were taken under. Triggers refuse every change."""

    __tablename__: ClassVar[Any] = "programs"

    digest: str = Field(primary_key=True)
    program: str = Field(sa_type=Text)


class FacetRow(SQLModel, table=True):
    """A combination of values that decisions are filtered by. See ``service.store.facets``.

    ``actor`` is of the release before, which made facets of it and not of what stands behind it.
    """

    __tablename__: ClassVar[Any] = "facets"

    facet: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    kind: str
    status: str
    segment: str | None
    team: str | None
    rule: str
    actor: str
    source: str
    policy_id: str
    policy_version: int | None
    team_before: str | None
    moved: bool | None
    leading_source: str | None
    missing_facts: str | None
    region: str | None


class AccountRow(SQLModel, table=True):
    """Where an account stands: on which decision, the move that stands, the last changeover that moved it.

    ``recorded_at`` is when anything was last recorded of it, history too. ``facet`` is that of the decision,
    ``name`` what the account is searched by, ``owner_id`` the CRM's of its owner; an earlier release leaves them as
    they were.
    """

    __tablename__: ClassVar[Any] = "accounts"
    __table_args__ = (
        Index("ix_accounts_facet", "facet", "decision_id"),
        Index("ix_accounts_moved", "decision_id", sqlite_where=_HAS_MOVED, postgresql_where=_HAS_MOVED),
        Index("ix_accounts_owner_id", "owner_id", "decision_id", sqlite_where=_HAS_OWNER, postgresql_where=_HAS_OWNER),
    )

    account_id: str = Field(primary_key=True)
    decision_id: UUID
    recorded_at: datetime = instant()
    move: str | None = Field(sa_type=Text)
    changed_over_on: date | None = Field(default=None, index=True)
    facet: int | None = Field(default=None, sa_type=BigInteger)
    name: str | None = Field(default=None, sa_type=Text)
    owner_id: str | None = None


class ConductMatterRow(SQLModel, table=True):
    """A conduct matter of an AE (MOVE-4, ROUTE-5). Apart from decisions, so that nothing of it shows where they do."""

    __tablename__: ClassVar[Any] = "conduct_matters"
    __table_args__ = (
        Index("ix_conduct_matters_account_executive", "account_executive", "fiscal_year"),
        Index("ix_conduct_matters_account_id", "account_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    account_id: str
    decision_id: UUID
    account_executive: str
    actor: str
    recorded_at: datetime = instant()
    rule: str | None
    reason: str | None = Field(sa_type=Text)
    occurred_on: date | None
    fiscal_year: int | None


class HandoffRow(SQLModel, table=True):
    """A First Order handoff: what it started with, and what lists ask for, as it stands after its last step.

    ``noticed`` is the type of the last notice of its due day. The AEs are null where nobody is known, and where an
    earlier release started the handoff.
    """

    __tablename__: ClassVar[Any] = "handoffs"
    __table_args__ = (
        UniqueConstraint("account_id", "opportunity_id", name="uq_handoffs_account_id_opportunity_id"),
        Index("ix_handoffs_status", "status", "due_on"),
    )

    id: UUID = Field(primary_key=True)
    account_id: str
    opportunity_id: str
    status: str
    receiver: str | None
    due_on: date
    two_way_on: date | None
    terms: str = Field(sa_type=Text)
    started_by: str
    started_at: datetime = instant()
    started_decision_id: UUID
    noticed: str | None = None
    first_order_ae: str | None = None
    named_ae: str | None = None


class HandoffStepRow(SQLModel, table=True):
    """A step of a handoff. Triggers refuse every change: the steps in order are the handoff's state."""

    __tablename__: ClassVar[Any] = "handoff_steps"
    __table_args__ = (Index("ix_handoff_steps_handoff_id", "handoff_id", "id"),)

    id: UUID = Field(primary_key=True)
    handoff_id: UUID
    step: str = Field(sa_type=Text)
    request_id: str
    decision_id: UUID | None


class StatementRow(SQLModel, table=True):
    """What was said in a handoff's terms, a resolution of a review or an event's verdict. Triggers refuse every change.

    ``subject_id`` is that of the handoff, review or event, in whose own row the newest stands too, and is read there.
    Triggers of those tables add what is said: nothing is missing of what the release before says on this schema.
    That a policy draft was withdrawn is said here alone.
    """

    __tablename__: ClassVar[Any] = "statements"
    __table_args__ = (Index("ix_statements_subject_id", "subject_id", "said_at"),)

    id: UUID = Field(primary_key=True)
    kind: str
    subject_id: UUID
    said_by: str
    said_at: datetime = instant()
    body: str = Field(sa_type=Text)


class ChangeoverRow(SQLModel, table=True):
    """A quarter changeover that was asked for (MOVE-3), and how far it is."""

    __tablename__: ClassVar[Any] = "changeovers"

    changeover_on: date = Field(primary_key=True)
    status: str
    requested_by: str
    requested_at: datetime = instant()
    request_id: str
    examined: int
    unsettled: int
    after_account_id: str | None
    leased_until: datetime | None = instant(nullable=True)
    finished_at: datetime | None = instant(nullable=True)


class IdempotencyRow(SQLModel, table=True):
    """The first answer to a request that came with an idempotency key."""

    __tablename__: ClassVar[Any] = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_recorded_at", "recorded_at"),)

    caller: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    reference: str
    body: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = instant()


class ApiKeyRow(SQLModel, table=True):
    """An API key, of which only the hash is kept. Who made it is not known of one that an earlier release made."""

    __tablename__: ClassVar[Any] = "api_keys"
    __table_args__ = (UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),)

    id: UUID = Field(primary_key=True)
    name: str
    key_hash: str
    hint: str
    scopes: str
    team: str | None
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)
    created_by: str | None
    revoked_by: str | None
    last_used_at: datetime | None = instant(nullable=True)
