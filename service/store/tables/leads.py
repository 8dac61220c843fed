"""The table of leads as they stand. What it holds is checked before."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant

_WAITS = text("due_at IS NOT NULL AND touched_at IS NULL")
UNTOLD_OVERDUE = text("due_at IS NOT NULL AND touched_at IS NULL AND noticed IS NULL")
"""That nobody was told yet that its hour is over, if it is."""
UNTOLD_LEFT = text("touched_at IS NULL AND (noticed = 'lead.overdue' OR (due_at IS NULL AND noticed IS NULL))")
"""That nobody was told yet that its account executive may step in; but that its hour is over, if it has one."""


class LeadClockRow(SQLModel, table=True):
    """The clocks of a lead, which follow from what is recorded of it, so that overdue ones are found.

    ``assignment`` is the record by which it stands, ``sdr`` whose it is, however the name is spelled; ``due_at`` the
    end of its hour, if it has one; ``days_alone`` how many days its SDR has, None as many as the handbook says;
    ``touched_at`` the first touch since it was assigned; ``noticed`` the notice that was told last of that.
    """

    __tablename__: ClassVar[Any] = "lead_clocks"
    __table_args__ = (
        Index("ix_lead_clocks_sdr", "sdr", "assignment"),
        Index("ix_lead_clocks_waiting", "assignment", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_lead_clocks_sdr_waiting", "sdr", "assignment", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_lead_clocks_overdue", "due_at", sqlite_where=UNTOLD_OVERDUE, postgresql_where=UNTOLD_OVERDUE),
        Index("ix_lead_clocks_left", "assigned_at", sqlite_where=UNTOLD_LEFT, postgresql_where=UNTOLD_LEFT),
    )

    lead_id: str = Field(primary_key=True)
    assignment: UUID = Field(index=True)
    sdr: str
    due_at: datetime | None = instant(nullable=True)
    touched_at: datetime | None = instant(nullable=True)
    assigned_at: datetime | None = instant(default=None, nullable=True)
    days_alone: int | None = None
    noticed: str | None = None
