"""Where an event stands among all those of its CRM, however late and however often it is delivered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class EventOrder:
    """Events compare by instant, then by sequence within it; the key, which no two events share, breaks a tie."""

    instant_ms: int
    sequence: int
    key: str
