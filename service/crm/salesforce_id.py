"""Salesforce identifiers: the 15- and the 18-character form are the same account, and the longer one is kept."""

import re

from service.crm.quoting import quoted
from service.crm.readings import BadValueError

_ACCOUNT = re.compile(r"001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT = 15
_CHUNK = 5


def salesforce_id(text: str) -> str:
    """The 18-character form of an account's id. An id that is not of that kind stands as it is.

    Raises:
        BadValueError: the last three characters do not fit the case of the first fifteen.
    """
    if not _ACCOUNT.fullmatch(text):
        return text
    full = text[:_SHORT] + _suffix(text[:_SHORT])
    if text not in {full, full[:_SHORT]}:
        raise BadValueError(f"{quoted(text)} is not an id: its last three characters should be {full[_SHORT:]}")
    return full


def _suffix(short: str) -> str:
    chunks = (short[start : start + _CHUNK] for start in range(0, _SHORT, _CHUNK))
    return "".join(
        _SUFFIX[sum(1 << place for place, character in enumerate(chunk) if character.isupper())] for chunk in chunks
    )
