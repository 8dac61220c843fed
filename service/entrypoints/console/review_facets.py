"""What the queue of reviews can be narrowed down by, with how many there are of each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from service.domain.review_queue import ReviewFilter
from service.domain.reviews import ReviewStatus
from service.domain.terms import Team
from service.entrypoints.console.facets import Chip, Facet, Item, Pairs, path_with
from service.entrypoints.console.review_words import REVIEW_KINDS, REVIEW_STATUSES
from service.entrypoints.console.words import team_words
from service.store.database import Database
from service.store.reviews import ReviewCount, count_reviews

PATH = "/console/reviews"
_ANY: Pairs = [("status", each.value) for each in ReviewStatus]
_FLAGS = ("blocking", "has_recommendation")
_ANSWERS = {"true": "yes", "false": "no"}


def without(pairs: Pairs, name: str) -> Pairs:
    """What is asked for, but for one name."""
    return [each for each in pairs if each[0] != name]


def review_facets(database: Database, wanted: ReviewFilter, pairs: Pairs) -> list[Facet]:
    """What there is of each value, with every filter but those of its own kind."""
    counted = count_reviews(database.engine, wanted)

    def counts(name: str) -> list[ReviewCount]:
        any_of_it: dict[str, Any] = {name: None if name in _FLAGS else ()}
        is_set = any(name == each for each, _ in pairs)
        return count_reviews(database.engine, replace(wanted, **any_of_it)) if is_set else counted

    either = sum(each.count for each in counts("has_recommendation"))
    recommended = sum(each.count for each in count_reviews(database.engine, replace(wanted, has_recommendation=True)))
    has = {"true": recommended, "false": either - recommended}
    return [
        _facet("Status", "status", pairs, counts("status"), lambda each: each.status.value),
        _facet("Kind", "kind", pairs, counts("kind"), lambda each: each.kind.value),
        _facet("It blocks", "blocking", pairs, counts("blocking"), lambda each: str(each.blocking).lower()),
        _facet("Team now", "team", pairs, counts("team"), lambda each: each.team or ""),
        _items("A segment is recommended", "has_recommendation", pairs, has),
    ]


def _facet(
    title: str, name: str, pairs: Pairs, counted: Sequence[ReviewCount], value_of: Callable[[ReviewCount], str]
) -> Facet:
    totals: dict[str, int] = {}
    for each in counted:
        totals[value_of(each)] = totals.get(value_of(each), 0) + each.count
    return _items(title, name, pairs, totals)


def _items(title: str, name: str, pairs: Pairs, totals: dict[str, int]) -> Facet:
    items = []
    for value, count in sorted(totals.items(), key=lambda each: -each[1]):
        is_on = (name, value) in pairs
        others = (
            [each for each in pairs if each != (name, value)] if is_on else [*_added_to(pairs, name), (name, value)]
        )
        to = path_with(PATH, _with_any(others)) if value else ""
        items.append(Item(_value(name, value), count, to, is_on))
    return Facet(title, items, max(totals.values(), default=0))


def _added_to(pairs: Pairs, name: str) -> Pairs:
    """What a value is added to: of a flag there is one."""
    return without(pairs, name) if name in _FLAGS else pairs


def _with_any(pairs: Pairs) -> Pairs:
    """What is asked for; of no status, all of them, for without one it is those that are open."""
    return pairs if any(name == "status" for name, _ in pairs) else [*pairs, *_ANY]


_TITLES = {
    "status": "Status",
    "kind": "Kind",
    "blocking": "It blocks",
    "team": "Team now",
    "has_recommendation": "A segment is recommended",
    "account_id": "Account",
    "sort": "Order",
}


def review_chips(pairs: Pairs) -> list[Chip]:
    """The filters that are set; all statuses are none."""
    set_here = [each for each in dict.fromkeys(pairs) if each[0] != "sort"]
    if set(_ANY) <= set(set_here):
        set_here = without(set_here, "status")
    return [
        Chip(
            _TITLES[name],
            _value(name, value),
            path_with(PATH, _with_any([one for one in pairs if one != (name, value)])),
        )
        for name, value in set_here
    ]


def _value(name: str, value: str) -> str:
    if name == "team":
        return next((team_words(team) for team in Team if team == value), "No team yet")
    return _VALUES.get((name, value), value)


_VALUES = {
    **{("status", status.value): pill.text for status, pill in REVIEW_STATUSES.items()},
    **{("kind", kind.value): text for kind, text in REVIEW_KINDS.items()},
    **{(name, flag): text.capitalize() for name in _FLAGS for flag, text in _ANSWERS.items()},
}
