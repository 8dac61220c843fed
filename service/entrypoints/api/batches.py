"""The items of a batch, taken out of its bytes one by one."""

import re

from pydantic_core import from_json
from pydantic_core import to_json as plain_json

from service.crm.json_items import BLANK, UnusualError, items_between
from service.entrypoints.api.bodies import has_far_more, not_json
from service.entrypoints.api.needs import Need
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, pointer_to
from service.entrypoints.common.reasons import UNKNOWN_FIELD
from service.entrypoints.common.strict_json import TWICE, keys_given_twice

MOST_ITEMS = 1000
_BEGIN = re.compile(BLANK + rb"\{" + BLANK + rb'"items"' + BLANK + rb":" + BLANK + rb"\[" + BLANK)
_END = re.compile(BLANK + rb"\]" + BLANK + rb"\}" + BLANK + rb"\Z")


def items_of(body: bytes, need: Need) -> list[bytes]:
    """The bytes of each item, of which one needs so much.

    Raises:
        ProblemError: the body is no batch of 1 to 1,000 items.
    """
    items: list[bytes] = []
    try:
        for item in items_between(_BEGIN, _END, body, int(min(need.size, len(body)))):
            items.append(item)
            if len(items) > MOST_ITEMS:
                raise _miscounted(f"more than {MOST_ITEMS:,}")
    except UnusualError:
        return _read_whole(body, need, len(items))
    return items


def _read_whole(body: bytes, need: Need, place: int) -> list[bytes]:
    """The same of a body that is at fault after so many items, or written in no usual way; a small one alone."""
    if len(body) > need.size or has_far_more(body, need.members):
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
