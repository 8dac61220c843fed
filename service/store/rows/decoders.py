"""How the forms are read in which a database keeps identifiers, instants and days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Decoders:
    """One function for each kind of value."""

    identifier: Callable[[Any], UUID]
    instant: Callable[[Any], datetime]
    day: Callable[[Any], date]
