"""How many decisions there are of each kind that is asked for, and when they were recorded."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import islice
from typing import Any, Literal, TypeAlias

from service.domain.calendar import day_of, end_of
from service.domain.vocabulary import named_now
from service.store.counts import Counted, Period, count_decisions
from service.store.database import Database
from service.store.decisions import span_recorded
from service.store.filters import DecisionFilter


class By(StrEnum):
    """What is counted by: a value of the decision, or the day, the ISO week or the month in which it was recorded."""

    TEAM = "team"
    TEAM_BEFORE = "team_before"
    SEGMENT = "segment"
    STATUS = "status"
    REGION = "region"
    RULE = "rule"
    KIND = "kind"
    LEADING_SOURCE = "leading_source"
    MISSING_FACT = "missing_fact"
    POLICY_VERSION = "policy_version"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


OfAccounts: TypeAlias = Literal[
    By.TEAM, By.SEGMENT, By.STATUS, By.REGION, By.RULE, By.LEADING_SOURCE, By.MISSING_FACT, By.POLICY_VERSION
]
"""What accounts are counted by."""
Count: TypeAlias = dict[str, Any]
"""The values that are counted by, under their names, and the ``count``."""
_SPANS = (By.DAY, By.WEEK, By.MONTH)
_DAY, _LEAST = timedelta(days=1), timedelta(microseconds=1)
_COLUMNS = {By.MISSING_FACT: "missing_facts"}
_AT_ONCE = 2_000


def counts_of_decisions(database: Database, wanted: DecisionFilter, by: Sequence[By], zone: tzinfo) -> list[Count]:
    """How many decisions match, by some values; days are those of a time zone.

    A decision counts once for each of its missing facts where it is counted by these, and not at all without any.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    columns = [_COLUMNS.get(each, each.value) for each in by if each not in _SPANS]
    if len(columns) == len(by):
        return summed(count_decisions(database.engine, wanted, columns), by)
    recorded = span_recorded(database.engine)
    if recorded is None:
        return []
    first, last = (day_of(each, zone) for each in recorded)
    since = max(filter(None, (_start_of(first, zone), wanted.recorded_since)))
    until = min(filter(None, (_start_of(last + _DAY, zone), wanted.recorded_until)))
    asked = replace(wanted, recorded_since=None, recorded_until=None)
    days = _days(since, until, zone)
    counted: list[Counted] = []
    while periods := list(islice(days, _AT_ONCE)):
        counted += count_decisions(database.engine, asked, columns, periods)
    return summed(counted, by)


def summed(counted: Iterable[Counted], by: Sequence[By]) -> list[Count]:
    """Counts of facets as counts of some of their values, the earliest first, then the largest."""
    sums: Counter[tuple[str | int | None, ...]] = Counter()
    for each in counted:
        for values in _values(each, by):
            sums[values] += each.count
    spans = [place for place, name in enumerate(by) if name in _SPANS]

    def place(item: tuple[tuple[str | int | None, ...], int]) -> tuple[object, ...]:
        values, count = item
        return (*(str(values[each]) for each in spans), -count, *(str(value) for value in values))

    names = [each.value for each in by]
    return [
        dict(zip(names, values, strict=True)) | {"count": count} for values, count in sorted(sums.items(), key=place)
    ]


def _values(counted: Counted, by: Sequence[By]) -> Iterator[tuple[str | int | None, ...]]:
    """The values of a facet; several, where it is counted by what is missing and more than one is."""
    day = None if counted.period is None else date.fromisoformat(counted.period.name)
    own: Mapping[str, str | int | None] = counted.values | _spans_of(day)
    if By.MISSING_FACT not in by:
        yield tuple(own[name] for name in by)
        return
    for fact in named_now(filter(None, str(own["missing_facts"]).split(";"))):
        yield tuple(fact if name is By.MISSING_FACT else own[name] for name in by)


def _spans_of(day: date | None) -> dict[str, str]:
    if day is None:
        return {}
    year, week, _ = day.isocalendar()
    return {By.DAY: day.isoformat(), By.WEEK: f"{year}-W{week:02}", By.MONTH: f"{day:%Y-%m}"}


def _days(since: datetime, until: datetime, zone: tzinfo) -> Iterator[Period]:
    """The days of a time zone between two instants, the first and the last as far as they are between them."""
    first, day = since, day_of(since, zone)
    while first < until:
        end = min(_start_of(day + _DAY, zone), until)
        yield Period(day.isoformat(), first, end)
        first, day = end, day + _DAY


def _start_of(day: date, zone: tzinfo) -> datetime:
    return end_of(day - _DAY, zone) + _LEAST
