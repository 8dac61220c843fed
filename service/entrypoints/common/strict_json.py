"""JSON in which each key of an object stands once: read as usual, the second value takes the place of the first."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from jiter import from_json

Place: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""
TWICE = "This key stands more than once in its object"


class _Members(list[tuple[str, object]]):
    """An object as its members stand, the keys that stand twice among them."""


def keys_given_twice(text: bytes) -> list[Place]:
    """Where an object has a key that it has already, at any depth; of a text that is not JSON nothing is said."""
    try:
        from_json(text, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        # Which of them there are takes longer to find out, and nobody waits for that who sends none.
        return list(_twice(_members_of(text), ()))
    return []


def _members_of(text: bytes) -> object:
    try:
        return json.loads(text, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        return None


def _twice(value: object, place: Place) -> Iterator[Place]:
    if isinstance(value, _Members):
        times = Counter(key for key, _ in value)
        yield from ((*place, key) for key, count in times.items() if count > 1)
        for key, member in value:
            yield from _twice(member, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _twice(item, (*place, index))
