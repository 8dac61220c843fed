"""The tables of what is counted beside decisions, by triggers of the schema: no code of ours writes a difference."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

EVER = -1
"""The number that stands for all quarters of an hour."""
FIRST_BLOCK, QUARTERS_OF_A_BLOCK = -1_000_000_000, 16
"""The number of the block of four hours that 1970 began with, and its length: blocks are numbered on from there."""


class DecisionCountRow(SQLModel, table=True):
    """How many decisions of a facet were recorded in a quarter of an hour, numbered from the beginning of 1970 (UTC).

    ``EVER`` stands for all quarters, a block of four hours for those within. In PostgreSQL they are as many as
    ``DecisionCountChangeRow`` adds more.
    """

    __tablename__: ClassVar[str] = "decision_counts"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}

    quarter: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    facet: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    count: int = Field(sa_type=BigInteger)


class DecisionCountChangeRow(SQLModel, table=True):
    """What a statement added to a count: a row of its own, for which nobody waits. Always empty in SQLite."""

    __tablename__: ClassVar[str] = "decision_count_changes"

    id: UUID = Field(primary_key=True)
    quarter: int
    facet: int = Field(sa_type=BigInteger)
    count: int = Field(sa_type=BigInteger)
