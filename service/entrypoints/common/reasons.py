"""Why a field of a request is refused, in plain words: the same on the command line and in the API's problems."""

import re
from typing import Any

from pydantic_core import ErrorDetails

from service.crm.payloads import printable, quoted

_COUNTED = re.compile(r"^\w+ (should have .*) after validation(, not .*)$")
"""How Pydantic tells that there are too few or too many, by the name of a type of its own."""
UNKNOWN_FIELD = "is not a field of a request"
_PATTERNS = {
    "id": "is not an id: letters, digits and . _ : @ ~ -, at most 64, of which the first is a letter or a digit",
    "url": "is not an address that begins with http:// or https://",
}


def reason(fault: ErrorDetails) -> str:
    """The reason, as a sentence that goes on from the name of the field."""
    given: Any = fault["input"]
    match fault["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return UNKNOWN_FIELD
        case "string_pattern_mismatch":
            text = str(given)
            is_seen = text.strip() and printable(text) == text
            other = "is not written as it has to be" if is_seen else "holds a control character, or nothing but blanks"
            place = str(fault["loc"][-1]) if fault["loc"] else "id"  # what is read alone is an id
            return f"{quoted(text)} {_PATTERNS.get(place, other)}"
        case "uuid_parsing" | "uuid_type":
            return f"{quoted(str(given))} is not an identifier, such as 0198c0de-0000-7000-a000-000000000001"
        case "string_unicode":
            return f"{quoted(given)} is not UTF-8; save the file as UTF-8" if isinstance(given, str) else "is not UTF-8"
        case "string_too_short" if given == "":
            return "is empty"
        case "too_short" | "too_long":
            return _COUNTED.sub(r"\1\2", printable(fault["msg"]))
        case "model_type" | "model_attributes_type":
            return "is not an object"
        case "string_too_long":
            return f"{quoted(str(given))} is too long: {fault['msg']}"
        case _:
            return printable(fault["msg"].removeprefix("Value error, "))
