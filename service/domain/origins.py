"""Who told the facts that a decision rests on: an event of a CRM, a line of a file, the key of a caller."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import orjson


class OriginKind(StrEnum):
    """What told a fact. An earlier decision did where a person stated it with that one, and an event came since."""

    EVENT = "event"
    FILE = "file"
    KEY = "key"
    DECISION = "decision"


class Origin(NamedTuple):
    """What told some facts: the key of an event, a file's name and a line in it, a key's name, or a decision."""

    kind: OriginKind
    id: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Origins:
    """Who told which facts, by their plain names; ``rest`` told all others."""

    rest: Origin | None = None
    of: tuple[tuple[Origin, tuple[str, ...]], ...] = ()

    def told(self, fact: str) -> Origin | None:
        """Who told a fact; None where that is not known, or nobody did."""
        return next((origin for origin, facts in self.of if fact in facts), self.rest)


Told: TypeAlias = Origins | None
"""None: it was decided before this was kept."""


def grouped(told: Iterable[tuple[str, Origin]]) -> Origins:
    """Facts with who told each."""
    by_origin: dict[Origin, list[str]] = {}
    for fact, origin in told:
        by_origin.setdefault(origin, []).append(fact)
    return Origins(of=tuple((origin, tuple(facts)) for origin, facts in by_origin.items()))


@lru_cache(maxsize=1024)
def origins_to_text(origins: Origins) -> str:
    """Origins as a row holds them: in JSON, a list for each, with its facts behind it where those are not the rest."""
    rest = () if origins.rest is None else (origins.rest,)
    return orjson.dumps([*rest, *((*origin, *facts) for origin, facts in origins.of)], default=tuple).decode()


def origins_from_text(text: str) -> Origins:
    """What ``origins_to_text`` wrote."""
    rest: Origin | None = None
    of: list[tuple[Origin, tuple[str, ...]]] = []
    for kind, name, line, *facts in orjson.loads(text):
        origin = Origin(OriginKind(kind), name, line)
        if facts:
            of.append((origin, tuple(facts)))
        else:
            rest = origin
    return Origins(rest, tuple(of))


def texts_of_lines(file: Origin, lines: Iterable[int]) -> list[str]:
    """The text for each of some lines of a file, of which every fact is told by that line."""
    before = origins_to_text(Origins(file._replace(line=0))).removesuffix("0]]")
    return [f"{before}{line}]]" for line in lines]
