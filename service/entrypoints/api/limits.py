"""The limits that the API keeps to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a body may be, and how many seconds it may take to arrive."""

    body_bytes: int
    body_seconds: float
