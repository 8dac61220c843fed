"""The items of a batch, taken out of its bytes one by one: read at once, a large one would hold up all others."""

import asyncio
import re

from pydantic_core import from_json
from pydantic_core import to_json as plain_json

from service.entrypoints.api.bodies import is_crowded, not_json
from service.entrypoints.api.needs import Need
from service.entrypoints.api.problems import FieldError, ProblemError, invalid_request, pointer_to
from service.entrypoints.common.reasons import UNKNOWN_FIELD
from service.entrypoints.common.strict_json import TWICE, keys_given_twice

MOST_ITEMS = 1000
_WITHOUT_A_REST = 128 * 1024
"""How many bytes are gone through before others have their turn."""
_DEEPEST = 12
_BLANK = rb"[ \t\r\n]*+"
_TEXT = rb'"(?:[^"\\]++|\\.)*+"'
_BETWEEN = rb'[^"{}\[\]]++|' + _TEXT


def _value(depth: int) -> bytes:
    """What a value looks like from outside, brackets in brackets: whether it is JSON is for the parser."""
    brackets = rb"[{\[](?:" + _BETWEEN + rb"){0,5000}+[}\]]"
    for _ in range(depth):
        brackets = rb"[{\[](?:" + _BETWEEN + rb"|" + brackets + rb"){0,5000}+[}\]]"
    return rb'[^",{}\[\] \t\r\n]++|' + _TEXT + rb"|" + brackets


_BEGIN = re.compile(_BLANK + rb"\{" + _BLANK + rb'"items"' + _BLANK + rb":" + _BLANK + rb"\[" + _BLANK)
_ITEM = re.compile(_value(_DEEPEST), re.DOTALL)
_NEXT = re.compile(_BLANK + rb"," + _BLANK)
_END = re.compile(_BLANK + rb"\]" + _BLANK + rb"\}" + _BLANK + rb"\Z")


async def items_of(body: bytes, need: Need) -> list[bytes]:
    """The bytes of each item, of which one needs so much.

    Raises:
        ProblemError: the body is no batch of 1 to 1,000 items.
    """
    begins = _BEGIN.match(body)
    place = rested = 0 if begins is None else begins.end()
    longest = int(min(need.size, len(body)))
    items: list[bytes] = []
    while place and (item := _ITEM.match(body, place, place + longest)):
        items.append(item[0])
        if len(items) > MOST_ITEMS:
            raise _miscounted(f"more than {MOST_ITEMS:,}")
        if (follows := _NEXT.match(body, item.end())) is None:
            return items if _END.match(body, item.end()) else _read_whole(body, need, len(items))
        place = follows.end()
        if place - rested > _WITHOUT_A_REST:
            rested = place
            await asyncio.sleep(0)
    return _read_whole(body, need, len(items))


def _read_whole(body: bytes, need: Need, place: int) -> list[bytes]:
    """The same of a body that is at fault after so many items, or written in no usual way; a small one alone."""
    if len(body) > need.size or is_crowded(body, need.members):
        detail = 'This is not {"items": [...]} as JSON is usually written, or has far more in it than a request'
        raise ProblemError("malformed_json", detail, [FieldError(f"/items/{place}", detail)])
    try:
        stated = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise not_json(str(error), body) from None
    if not isinstance(stated, dict) or not isinstance(stated.get("items"), list):
        raise invalid_request([FieldError("/items", "A list of classification requests is needed here")])
    if unknown := sorted(set(stated) - {"items"}):
        raise invalid_request([FieldError(pointer_to([name]), UNKNOWN_FIELD) for name in unknown])
    if not 1 <= len(stated["items"]) <= MOST_ITEMS:
        raise _miscounted(f"{len(stated['items']):,}")
    if twice := keys_given_twice(body):
        raise invalid_request([FieldError(pointer_to(place), TWICE) for place in twice])
    return [plain_json(item) for item in stated["items"]]


def _miscounted(count: str) -> ProblemError:
    return invalid_request([FieldError("/items", f"1 to {MOST_ITEMS:,} items are taken, not {count}")])
