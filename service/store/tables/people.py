"""The table of people. What it holds is checked before."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant


class PersonPeriodRow(SQLModel, table=True):
    """What was said of a person from a day on. Triggers refuse every change: the newest said of that day stands.

    ``number`` counts all that was said of anybody, one after the other.
    """

    __tablename__: ClassVar[Any] = "person_periods"
    __table_args__ = (
        UniqueConstraint("person_id", "active_from", "number", name="uq_person_periods_person_id_active_from_number"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    person_id: str
    active_from: date
    active_until: date | None
    name: str
    email: str | None
    role: str
    team: str | None
    regions: str = Field(sa_type=Text)
    manager_id: str | None
    crm_user_id: str | None = Field(default=None, index=True)
    recorded_by: str
    recorded_at: datetime = instant()
    request_id: str
