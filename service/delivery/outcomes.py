"""What can come of sending: an answer, or a failure to get one."""

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import TypeAlias

EXCERPT_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The other side answered.

    ``retry_after`` is what it asked for, in seconds from the answer on. ``body`` is as much of the answer as was read,
    all of it where that is ``whole``, and may hold secrets: ``excerpt`` is for keeping and showing. ``note`` is what is
    to be known of a success.
    """

    status: int
    retry_after: float | None
    body: bytes = field(repr=False)
    note: str | None = None
    whole: bool = field(default=True, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def excerpt(self) -> str:
        """The beginning of the body as one line of text, with what cannot be shown replaced."""
        text = " ".join(self.body[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace").split())
        shown = (character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
        return "".join(shown)[:EXCERPT_CHARACTERS]


class Failure(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    """The URL or the address is one that nothing is sent to."""
    UNRESOLVED = "unresolved"
    """The name stands for no address."""
    UNREACHABLE = "unreachable"
    """Nobody took the connection."""
    TLS = "tls"
    """No trusted, encrypted connection came about."""
    TIMEOUT = "timeout"
    """It took too long."""
    PROTOCOL = "protocol"
    """The connection broke, or what came over it was not HTTP."""
    UNAUTHORIZED = "unauthorized"
    """The other side gave no token for the credentials that the settings name."""
    INTERNAL = "internal"
    """Something went wrong on our side before anything was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No answer came. ``reason`` is a sentence that holds no secret and no part of the URL."""

    fault: Failure
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The other side took a request, and refused one record of it: that says nothing of the others."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Nothing was sent, because nothing has to be; with ``again``, because it cannot be now.

    ``retry_after`` is in how many seconds it can be, where that is known.
    """

    reason: str
    again: bool = False
    retry_after: float | None = None


SendResult: TypeAlias = Sent | Failed
Outcome: TypeAlias = SendResult | Declined | NotSent
"""What comes of a delivery."""
