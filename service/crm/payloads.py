"""What a CRM posts, before it is known to be sound: JSON read step by step, and a refusal that says where it is not.

Text that came from outside is shown so that nothing in it may move a cursor, hide, or break a line.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unicodedata import category

import orjson
from jiter import from_json

from service.crm.json_items import BLANK, UnusualError, is_crowded, items_between

LATEST_MOMENT: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, counted from 1970 in UTC."""
LARGEST_NUMBER: Final = 2**63 - 1
"""The largest that a number of a payload may be."""
_EARLIEST_MOMENT: Final = 915_148_800_000
_FURTHEST_AHEAD: Final = 86_400_000
_SECONDS: Final = range(100_000_000, 100_000_000_000)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_LONGEST_TEXT = 1000
_LONGEST_QUOTATION = 60
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_AT_ONCE = 512 * 1024
_MOST_AT_ONCE = 50_000
"""The bytes, and the fields and items, that a parser reads at once: no other thread has a turn until it has."""
_BEGIN, _END = re.compile(BLANK + rb"\[" + BLANK), re.compile(BLANK + rb"\]" + BLANK + rb"\Z")
_ABSENT: Final = object()


class MalformedPayloadError(ValueError):
    """A payload that is not what its sender promises. The message is a sentence for the person who looks into it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a JSON payload, with where it stands in it, for example ``[2].ChangeEventHeader.recordIds``.

    Every reading of it raises ``MalformedPayloadError`` where the part is missing or of another kind.
    """

    value: Any
    where: str = ""

    @property
    def is_given(self) -> bool:
        """Whether the part is there and not null."""
        return self.value is not _ABSENT and self.value is not None

    def has(self, name: str) -> bool:
        """Whether the part is an object with a member of that name."""
        return isinstance(self.value, dict) and name in self.value

    def member(self, name: str) -> "Part":
        """A member of an object, which may turn out to be missing once it is read."""
        where = f"{self.where}.{name}" if self.where else name
        return Part(self.members().get(name, _ABSENT), where)

    def members(self) -> Mapping[str, Any]:
        """The members of an object."""
        if not isinstance(self.value, dict):
            raise self.refused("is not an object")
        return self.value

    def items(self, *, at_most: int) -> tuple["Part", ...]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.refused("is not a list")
        if len(self.value) > at_most:
            raise self.refused(f"has {len(self.value):,} items; the most is {at_most:,}")
        return tuple(Part(item, f"{self.where}[{index}]") for index, item in enumerate(self.value))

    def text(self) -> str:
        """Text with something in it."""
        if not isinstance(self.value, str):
            raise self.refused("is not text")
        if not self.value or len(self.value) > _LONGEST_TEXT or not self.value.isprintable():
            raise self.refused(f"is empty, longer than {_LONGEST_TEXT:,} characters, or holds one that cannot be seen")
        return self.value

    def whole_number(self, *, at_most: int) -> int:
        """A whole number from 0."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refused("is not a whole number")
        if not 0 <= self.value <= at_most:
            raise self.refused(f"is {self.value}, which is not within 0 and {at_most}")
        return self.value

    def refused(self, reason: str) -> MalformedPayloadError:
        """The error which says that this part, for a reason, is not what it should be."""
        said = "is missing" if self.value is _ABSENT else reason
        return MalformedPayloadError(f"{printable(self.where[:200]) or 'The body'} {said}")


def parse_json(body: bytes, *, at_most: int) -> Part:
    """Read a body as JSON: UTF-8, with or without a byte-order mark, and of a bounded size.

    A key that is given twice in one object has the list of its values, which is no value of any fact. A large list is
    read item by item, so that other threads have their turns.

    Raises:
        MalformedPayloadError: it is larger, or no JSON, or has very much in it and is no list as is usually written.
    """
    if len(body) > at_most:
        raise MalformedPayloadError(f"The body has {len(body):,} bytes; the most is {at_most:,}")
    text = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        return Part(_value_of(text) if len(text) <= _AT_ONCE else _value_of_large(text))
    except orjson.JSONDecodeError as error:
        raise MalformedPayloadError(f"The body is not JSON: {quoted(str(error))}") from None


def _value_of_large(text: bytes) -> Any:  # noqa: ANN401 - JSON
    # Where it is no JSON is told of the whole.
    with suppress(UnusualError, orjson.JSONDecodeError):
        return [_value_of(item) for item in items_between(_BEGIN, _END, text, _AT_ONCE)]
    if is_crowded(text, _MOST_AT_ONCE):
        raise MalformedPayloadError(
            f"The body is no list as JSON is usually written, and has more than {_MOST_AT_ONCE:,} fields and items"
        )
    return _value_of(text)


def _value_of(text: bytes) -> Any:  # noqa: ANN401 - JSON
    value = orjson.loads(text)
    try:
        from_json(text, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        # Python's own reader takes longer, and nobody waits for it who gives no key twice.
        with suppress(ValueError, RecursionError):
            value = json.loads(text, object_pairs_hook=_all_given)
    return value


def _all_given(members: list[tuple[str, Any]]) -> dict[str, Any]:
    given: dict[str, list[Any]] = {}
    for key, value in members:
        given.setdefault(key, []).append(value)
    return {key: values if len(values) > 1 else values[0] for key, values in given.items()}


def moment_of(instant_ms: int) -> datetime:
    """The moment, in UTC, of so many milliseconds from 1970."""
    return _EPOCH + instant_ms * _MILLISECOND


def milliseconds_to(moment: datetime) -> int:
    """The whole milliseconds from 1970 to a moment, as ``moment_of`` takes them."""
    return (moment - _EPOCH) // _MILLISECOND


def milliseconds_from(number: int) -> int:
    """The milliseconds from 1970 that a number counts, at most ``LATEST_MOMENT``: 9 to 11 digits are seconds.

    As milliseconds they would be an instant of before 1974, when there was none of these CRMs.
    """
    return min(number * 1000 if number in _SECONDS else number, LATEST_MOMENT)


def impossible(instant_ms: int, received_ms: int) -> str | None:
    """Why nothing that was received at one instant can have happened at another: a sentence. None where it can.

    It cannot be of before 1999, nor be more than a day ahead of the clock.
    """
    if instant_ms < _EARLIEST_MOMENT:
        return f"It is dated {_written(instant_ms)}, before 1999; an instant is counted in milliseconds from 1970"
    if instant_ms > received_ms + _FURTHEST_AHEAD:
        return f"It is dated {_written(instant_ms)}, more than a day after it came ({_written(received_ms)})"
    return None


def _written(instant_ms: int) -> str:
    return moment_of(instant_ms).isoformat(timespec="seconds").replace("+00:00", "Z")


def printable(text: str) -> str:
    """The text on one line, with every character that cannot be seen written as its escape.

    Lone surrogates are escaped too, so the result can be encoded as UTF-8; spaces of other widths become plain ones.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def quoted(text: str) -> str:
    """The text in quotation marks, printable, cut where it is long."""
    cut = text if len(text) <= _LONGEST_QUOTATION else f"{text[: _LONGEST_QUOTATION - 1]}…"
    return f'"{printable(cut)}"'


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if category(character) == "Zs":
        return " "
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
