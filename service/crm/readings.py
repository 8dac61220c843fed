"""Read the text of one cell as a fact: nothing is guessed, and a bad value says what would be a good one.

A reading takes text with something in it, without blanks around it. It answers the value, or ``NotOurs`` for a value
that is sound but that the rules do not know, and raises ``BadValueError`` for one that cannot be read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import TypeAlias, TypeVar

from pydantic_core import PydanticCustomError

from service.crm.payloads import quoted
from service.domain.fields import LARGEST_COUNT
from service.domain.ranges import Range, count_from, is_range
from service.domain.terms import Motion, Segment, Team
from service.domain.wording import SEGMENT_NAMES, TEAM_NAMES, listing


class BadValueError(ValueError):
    """A cell that cannot be read as its fact. The message is a sentence for the person who mends the file."""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A value that the CRM may hold and the rules do not know: the fact is unknown, and ``reason`` says so."""

    reason: str


ReadText: TypeAlias = Callable[[str], object]

_DIGITS = re.compile(r"[0-9]+")
_DAY_AND_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_CUSTOMER_TYPE = re.compile(r"(customer|prospect)\b", re.IGNORECASE)
_REGIONS = {"AMER": "NORAM", "NORAM": "NORAM", "EMEA": "EMEA", "LATAM": "LATAM", "APAC": "APAC"}


_Named = TypeVar("_Named", Segment, Team)


def _spellings(names: Mapping[_Named, str]) -> dict[str, _Named]:
    codes = {member.value.casefold(): member for member in names}
    return codes | {name.casefold(): member for member, name in names.items()}


_SEGMENTS = _spellings(SEGMENT_NAMES)
_TEAMS = _spellings(TEAM_NAMES)
_MOTIONS = {member.value: member for member in Motion}


def whole_number(text: str) -> int:
    """A count of people: digits only, so that no separator is taken for another."""
    if not _DIGITS.fullmatch(text):
        if _DIGITS.fullmatch(text.removeprefix("-")):
            raise BadValueError(f"{quoted(text)} is negative; a count is 0 (no data) or more")
        raise BadValueError(f"{quoted(text)} is not a whole number; write digits only, for example 1200")
    if len(text) > len(str(LARGEST_COUNT)) or int(text) > LARGEST_COUNT:
        raise BadValueError(f"{quoted(text)} is more than any employer has ({LARGEST_COUNT:,})")
    return int(text)


def count(text: str) -> int | Range:
    """A count of people, or a range of them, such as 201-500 or 10,001+."""
    if not is_range(text) or _DIGITS.fullmatch(text.removeprefix("-")):
        return whole_number(text)
    try:
        return count_from(text)
    except PydanticCustomError as error:
        raise BadValueError(f"{quoted(text)} is no range of people: {error.message()}") from None


def day(text: str, zone: tzinfo = UTC) -> date:
    """A day, or the day of a moment in a time zone; a moment without an offset is taken as it stands."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _DAY_AND_TIME.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return moment.date() if moment.tzinfo is None else moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        raise BadValueError(f"{quoted(text)} is not a day of the calendar") from None
    raise BadValueError(f"{quoted(text)} is not a day; write it as 2022-03-15")


def truth(text: str) -> bool:
    """True or false, as CRMs and spreadsheets write them."""
    answer = _TRUTH.get(text.casefold())
    if answer is None:
        raise BadValueError(f"{quoted(text)} is neither true nor false")
    return answer


def words(text: str) -> str:
    """Text as it stands; what it may hold is the fact's own affair."""
    return text


def region(text: str) -> str:
    """A region, in whatever case; AMER is NORAM, and any other text stands as it is."""
    return _REGIONS.get(text.upper()) or text


def segment(text: str) -> Segment | NotOurs:
    """A segment as the CRM marks it; PubSec, JiHu and the like are not ours."""
    names = listing(list(SEGMENT_NAMES.values()), "or")
    return _SEGMENTS.get(text.casefold()) or NotOurs(f"is not {names}, so the segment is taken as unknown")


def team(text: str) -> Team | NotOurs:
    """A team by its code or its name."""
    codes = listing([member.value for member in Team], "or")
    return _TEAMS.get(text.casefold()) or NotOurs(f"is not {codes}, so the team is taken as unknown")


def customer_type(text: str) -> bool | NotOurs:
    """Whether an account type says customer or prospect, for example ``Customer - Direct``."""
    said = _CUSTOMER_TYPE.match(text)
    if said is None:
        return NotOurs("is neither Customer nor Prospect, so customer is taken as unknown")
    return said.group(1).casefold() == "customer"


def motion(text: str) -> Motion:
    """How the account comes."""
    found = _MOTIONS.get(text.casefold())
    if found is None:
        raise BadValueError(f"{quoted(text)} is not {listing(list(_MOTIONS), 'or')}")
    return found
