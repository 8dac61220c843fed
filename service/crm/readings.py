"""Read the text of one cell as a fact: nothing is guessed, and a bad value says what would be a good one.

A reading takes text with something in it, without blanks around it. It answers the value, or ``NotOurs`` for a value
that is sound but that the rules do not know, and raises ``BadValueError`` for one that cannot be read, which names the
options of commands by which it could be.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from service.crm.dialect import PLAIN, DayOrder, Dialect, Thousands
from service.crm.payloads import quoted
from service.domain.account_ids import checked_id
from service.domain.fields import LARGEST_COUNT, CrmUserId
from service.domain.numbers import as_whole, may_be_thousands
from service.domain.ranges import Range, count_from, is_range
from service.domain.terms import Motion, Segment, Team
from service.domain.wording import SEGMENT_NAMES, TEAM_NAMES, listing


class BadValueError(ValueError):
    """A cell that cannot be read as its fact. The message is a sentence for the person who mends the file.

    ``options`` are those of commands by which it would be read, such as ``--days mdy``.
    """

    def __init__(self, message: str, options: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.options = options


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A value that the CRM may hold and the rules do not know: the fact is unknown, and ``reason`` says so."""

    reason: str


LONGEST_LINE = 255
ReadText: TypeAlias = Callable[[str], object]

_USER_ID: TypeAdapter[str] = TypeAdapter(CrmUserId)
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_SWAPPED = str.maketrans(",.", ".,")
_DAY_AND_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = r"(?:[ ,T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?)?"
_IN_PARTS = re.compile(rf"([0-9]{{1,4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,4}}){_TIME}")
_ORDERS = {DayOrder.YMD: (0, 1, 2), DayOrder.MDY: (2, 0, 1), DayOrder.DMY: (2, 1, 0)}
"""Where year, month and day stand."""
_YEAR = 4
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?([AaPp]))?")
_NOON = 12
_NAMED_DAY = re.compile(r"[0-9]{1,2}[-. ]+[^\W\d_]{3,9}\.?|[^\W\d_]{3,9}\.?[- ]+[0-9]{1,2}")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LIKE_TRUE = frozenset(
    {"wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "ja", "oui", "si", "sí", "y", "t", "x"}
)
_LIKE_FALSE = frozenset({"falsch", "faux", "falso", "onwaar", "nein", "non", "nee", "n", "f"})
"""What spreadsheets and people write in other languages, or in short."""
_CUSTOMER_TYPE = re.compile(r"(customer|prospect)\b", re.IGNORECASE)
_REGIONS = {"AMER": "NORAM", "NORAM": "NORAM", "EMEA": "EMEA", "LATAM": "LATAM", "APAC": "APAC"}


_Named = TypeVar("_Named", Segment, Team)


def _spellings(names: Mapping[_Named, str]) -> dict[str, _Named]:
    codes = {member.value.casefold(): member for member in names}
    return codes | {name.casefold(): member for member, name in names.items()}


_SEGMENTS = _spellings(SEGMENT_NAMES)
_TEAMS = _spellings(TEAM_NAMES)
_MOTIONS = {member.value: member for member in Motion}


def whole_number(text: str, thousands: Thousands | None = None) -> int:
    """A count of people, as 640, 640.0 or 6.4E2; with separators only where it is said what parts thousands."""
    plain = text.translate(_SWAPPED) if thousands is Thousands.POINT else text
    if thousands is not None and _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    number = as_whole(plain, point=thousands is not None)
    if number is None:
        raise _no_number(text, thousands)
    if number < 0:
        raise BadValueError(f"{quoted(text)} is negative; a count is 0 (no data) or more")
    if number > LARGEST_COUNT:
        raise BadValueError(f"{quoted(text)} is more than any employer has ({LARGEST_COUNT:,})")
    return number


def count(text: str, thousands: Thousands | None = None) -> int | Range:
    """A count of people, or a range of them, such as 201-500 or 10,001+."""
    plain = text.translate(_SWAPPED) if thousands is Thousands.POINT else text
    if not is_range(plain) or text[:1] == "-":
        return whole_number(text, thousands)
    try:
        return count_from(plain)
    except PydanticCustomError as error:
        raise BadValueError(f"{quoted(text)} is no range of people: {error.message()}") from None


def _no_number(text: str, thousands: Thousands | None) -> BadValueError:
    if _DAY.match(text) or _IN_PARTS.fullmatch(text) or _NAMED_DAY.fullmatch(text):
        said = f"{quoted(text)} is a day; a spreadsheet reads a range such as 2-10 as one: bring the column as text"
        return BadValueError(said)
    others = () if thousands is not None else tuple(Thousands)
    options = tuple(f"--thousands {other}" for other in others if _is_read(text, other))
    if may_be_thousands(text):
        return BadValueError(f"{quoted(text)} may have a fraction or thousands; write digits only, as 1200", options)
    return BadValueError(f"{quoted(text)} is not a whole number; write digits only, for example 1200", options)


def _is_read(text: str, thousands: Thousands) -> bool:
    try:
        count(text, thousands)
    except BadValueError:
        return False
    return True


def day(text: str, zone: tzinfo = UTC, order: DayOrder | None = None) -> date:
    """A day, or the day of a moment in a time zone; a moment without an offset is taken as it stands.

    It begins with its year, or has the ``order`` that is said.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _DAY_AND_TIME.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return moment.date() if moment.tzinfo is None else moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        raise BadValueError(f"{quoted(text)} is not a day of the calendar") from None
    parts = _IN_PARTS.fullmatch(text)
    if parts is not None and _YEAR not in {len(parts[1]), len(parts[4])}:
        raise BadValueError(f"{quoted(text)} has no year of four digits; write it as 2022-03-15")
    if parts is not None:
        _time_of_day(text)
    found = None if order is None else _in_order(text, order)
    if found is not None:
        return found
    options = tuple(f"--days {other}" for other in DayOrder if order is None and _in_order(text, other) is not None)
    raise BadValueError(f"{quoted(text)} is not a day; write it as 2022-03-15", options)


def moment(text: str, zone: tzinfo = UTC, order: DayOrder | None = None) -> datetime:
    """A moment, or the beginning of a day, written as ``day`` reads it; without an offset it is of the time zone."""
    try:
        if _DAY.fullmatch(text) or _DAY_AND_TIME.fullmatch(text):
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.replace(tzinfo=zone)
    except ValueError:
        raise BadValueError(f"{quoted(text)} is not a day of the calendar") from None
    on = day(text, zone, order)
    return datetime.combine(on, _time_of_day(text), zone)


def _time_of_day(text: str) -> time:
    """The time behind a day, or its beginning where there is none."""
    said = _CLOCK.search(text)
    if said is None:
        return time()
    hour, half = int(said[1]), (said[4] or "").casefold()
    if half:
        hour = hour % _NOON + _NOON * (half == "p") if 0 < hour <= _NOON else -1
    try:
        return time(hour, int(said[2]), int(said[3] or 0))
    except ValueError:
        raise BadValueError(f"{quoted(text)} has a time that no day has") from None


def _in_order(text: str, order: DayOrder) -> date | None:
    """The day that a text is where its parts have an order; None where it is none so. A year has four digits."""
    found = _IN_PARTS.fullmatch(text)
    if found is None:
        return None
    parts = (found[1], found[3], found[4])
    year, month, number = (parts[place] for place in _ORDERS[order])
    if len(year) != _YEAR or max(len(month), len(number)) >= _YEAR - 1:
        return None
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def always_means(word: str) -> bool | None:
    """What a word means whatever else is said: true or false; None for one that means neither by itself."""
    return _TRUTH.get(word.casefold())


def truth(text: str, dialect: Dialect = PLAIN) -> bool:
    """True or false, as CRMs and spreadsheets write them, or by the words that are said to mean it."""
    folded = text.casefold()
    if folded in dialect.true or folded in dialect.false:
        return folded in dialect.true
    answer = _TRUTH.get(folded)
    if answer is None:
        likely = {True: _LIKE_TRUE, False: _LIKE_FALSE}
        options = tuple(f"--{str(meant).lower()} {text}" for meant, some in likely.items() if folded in some)
        raise BadValueError(f"{quoted(text)} is neither true nor false", options)
    return answer


def read_written(read: ReadText, text: str, zone: tzinfo, dialect: Dialect) -> object:
    """What a reading makes of a text that is written in a dialect."""
    if read is day:
        return day(text, zone, dialect.days)
    if read is truth:
        return truth(text, dialect)
    if read in (count, whole_number):
        return (count if read is count else whole_number)(text, dialect.thousands)
    return read(text)


def words(text: str) -> str:
    """Text as it stands; what it may hold is the fact's own affair."""
    return text


def picked(text: str) -> str:
    """A value of a pick list, as it stands."""
    if len(text) > LONGEST_LINE or not text.isprintable():
        raise BadValueError(f"{quoted(text)} is not one line of at most {LONGEST_LINE} characters")
    return text


def account_id(text: str) -> str:
    """The id of an account: one of Salesforce in its form of 18 characters, any other as it stands."""
    try:
        return checked_id(text)
    except PydanticCustomError as error:
        raise BadValueError(error.message()) from None


def owner(text: str) -> str | NotOurs:
    """The id of the user who owns an account; any other text is none, and costs no row, for it decides nothing."""
    try:
        return _USER_ID.validate_python(text)
    except ValidationError:
        return NotOurs("is no id of a user; the owner is taken as unknown")


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
