"""What a list can be narrowed down by: the values there are, how many of each, and the filters that are set."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from service.entrypoints.console.words import facet_words
from service.store.counts import Counted
from service.usecases.counts import By, summed

Pairs = list[tuple[str, str]]
_MOST = 12
TITLES = {
    "team": "Team",
    "team_before": "Team before",
    "status": "Status",
    "segment": "Segment",
    "region": "Region",
    "rule": "Rule",
    "kind": "What happened",
    "leading_source": "Source that led",
    "missing_fact": "What is missing",
    "policy_version": "Policy revision",
    "policy": "Policy",
    "q": "Name or identifier",
    "owner": "The book of",
    "manager": "The books under",
    "on": "Held for",
    "as_of": "As known by",
    "updated_since": "Recorded since",
    "standing_move": "A move stands",
    "policy_version_before": "Under a revision before",
    "account_id": "Account",
    "actor": "Asked by",
    "source": "Came through",
    "moved": "The team changed",
    "recorded_since": "Recorded since",
    "recorded_until": "Recorded before",
    "effective_since": "Effective since",
    "effective_until": "Effective until",
    "since": "Recorded from",
    "until": "Recorded until",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A value, how many there are, and the path that adds it to the filters, or takes it away."""

    text: str
    count: int
    path: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """Something to narrow a list down by. ``most`` is the largest count."""

    title: str
    items: Sequence[Item]
    most: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the path without it."""

    title: str
    text: str
    path: str


def asked_pairs(request: Request) -> Pairs:
    """What a list is asked for, but for the place in it, and whether it is counted."""
    return [pair for pair in request.query_params.multi_items() if pair[0] not in {"cursor", "limit", "counts"}]


def path_with(path: str, pairs: Pairs) -> str:
    """A path with what is asked for."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def chips(path: str, pairs: Pairs) -> list[Chip]:
    """The filters that are set."""
    return [
        Chip(TITLES[name], _words(name, value), path_with(path, [each for each in pairs if each != (name, value)]))
        for name, value in dict.fromkeys(pairs)
    ]


def facets(
    path: str, pairs: Pairs, names: Sequence[By], found: Sequence[Counted], count: Callable[[str], Sequence[Counted]]
) -> list[Facet]:
    """What there is of each value, with every filter but those of its own kind.

    ``found`` is counted with every filter; ``count`` counts with all but those of a name.
    """
    own = {name for name, _ in pairs}
    return [_facet(path, pairs, by, count(by.value) if by.value in own else found) for by in names]


def total(counted: Iterable[Counted]) -> int:
    """How many there are in all."""
    return sum(each.count for each in counted)


def _facet(path: str, pairs: Pairs, by: By, counted: Iterable[Counted]) -> Facet:
    items = []
    for each in summed(counted, [by])[:_MOST]:
        value = each[by.value]
        pair = (by.value, str(value))
        is_on = pair in pairs
        others = [one for one in pairs if one != pair] if is_on else [*pairs, pair]
        to = "" if value is None else path_with(path, others)
        items.append(Item(facet_words(by.value, value), each["count"], to, is_on))
    return Facet(TITLES[by.value], items, max([each.count for each in items], default=0))


def _words(name: str, value: str) -> str:
    if name in {"standing_move", "moved"}:
        return "yes" if value in {"true", "1"} else "no"
    return facet_words(name, value)
