"""What is done once for an idempotency key: the key, and what was answered with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

CallerKey: TypeAlias = tuple[str, str]
"""Who calls, and the key."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told, and told again for the same idempotency key: a body, and where to find its subject."""

    body: bytes
    reference: str = ""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, whose ``fingerprint`` tells it from any other."""

    caller: str
    key: str
    fingerprint: str

    def of_part(self, number: int) -> "IdempotencyKey":
        """The key of a part of the request, which is recorded by itself.

        The first has the caller's own, and tells itself from a whole request, of which an earlier release may have kept
        the answer. No caller's key has a blank, and none of another request finds the others.
        """
        if number == 0:
            return replace(self, fingerprint=f"{self.fingerprint} in parts")
        return replace(self, key=f"{self.key} {number} {self.fingerprint}")


@dataclass(frozen=True, slots=True)
class Once(Generic[T]):
    """The key of what is to be done once, and what to answer of what was made: rendered and kept in the same commit."""

    key: IdempotencyKey
    answer: Callable[[T], Answer]


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What was done once for a key. ``made`` is None where it was done before, and now nothing was."""

    answer: Answer
    made: T | None
