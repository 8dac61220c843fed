"""How a table is to be read, as whoever gives it says: what is not said is never guessed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.crm.dialect import PLAIN, Dialect


class Leader(StrEnum):
    """Which of the rows of an account leads, where it stands in several."""

    FIRST = "first"
    LAST = "last"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a person says of a table. ``footer`` lines end it, and ``sheet`` is that of a workbook.

    Without a ``leader`` no row of an account that stands in several is decided. ``newest_by`` is a column.
    """

    dialect: Dialect = PLAIN
    encoding: str | None = None
    footer: int = 0
    sheet: str | None = None
    leader: Leader | None = None
    newest_by: str | None = None


AS_IT_STANDS: Final = Reading()
"""Nothing is said of the table."""
