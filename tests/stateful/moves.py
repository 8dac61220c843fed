"""The move that stands on an account of the model (MOVE-1 to MOVE-3)."""

from dataclasses import dataclass
from typing import TypeAlias

from tests.stateful.facts import SIZES

Numbers: TypeAlias = tuple[int | None, int | None]
"""The employees and the potential users that were discovered."""


@dataclass(frozen=True)
class Move:
    """From which team, to which, and what it rests on: from none, a handoff or its answer holds the account."""

    left: str | None
    to: str
    rests_on: str = "nothing"
    found: Numbers = (None, None)

    def stands(self, kind: str, *, decided: bool) -> bool | None:
        """Whether what it rests on holds of facts, told from the rules; what was discovered is kept.

        Where the VP has ``decided``, no number leads.
        """
        if self.rests_on != "MOVE-3":
            return True  # of a kind that is not available the move is out of reach anyway
        led, marked = SIZES[kind]
        led = None if decided else led
        employees, users = self.found
        employees, users = led if employees is None else employees, marked if users is None else users
        if (users is not None and users <= 100) or (employees is not None and employees >= 500):
            return False
        return None if employees is None or users is None else True
