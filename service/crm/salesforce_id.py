"""Salesforce identifiers: the 15- and the 18-character form are the same account, and the longer one is kept."""

import re

from service.crm.payloads import quoted
from service.crm.readings import BadValueError

ACCOUNT = r"001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"
"""An id of an account, in either form."""
_ACCOUNT = re.compile(ACCOUNT)
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT = 15
"""How long the shorter form is."""
_CHUNK = 5
_ASCII = 128


def salesforce_id(text: str) -> str:
    """The 18-character form of an account's id. An id that is not of that kind stands as it is.

    Raises:
        BadValueError: the last three characters do not fit the case of the first fifteen.
    """
    if not _ACCOUNT.fullmatch(text):
        return text
    full = text[:SHORT] + suffixes(text[:SHORT].encode()).decode()
    if text not in {full, full[:SHORT]}:
        raise BadValueError(f"{quoted(text)} is not an id: its last three characters should be {full[SHORT:]}")
    return full


def is_account_id(text: str) -> bool:
    """Whether an id is one of an account, in either form."""
    if not _ACCOUNT.fullmatch(text):
        return False
    try:
        return bool(salesforce_id(text))
    except BadValueError:
        return False


def suffixes(ids: bytes) -> bytes:
    """The last three characters of many ids, whose first fifteen stand one after the other, in the same order.

    Each of the three says which of five characters are capitals. All ids are worked out at once: a long number holds a
    byte for each of them, and no sum of five powers of two reaches the next byte.
    """
    number = len(ids) // SHORT
    found = bytearray(number * (SHORT // _CHUNK))
    for chunk in range(SHORT // _CHUNK):
        columns = (ids[chunk * _CHUNK + place :: SHORT].translate(_CAPITALS[place]) for place in range(_CHUNK))
        which = sum(int.from_bytes(column, "big") for column in columns)
        found[chunk :: SHORT // _CHUNK] = which.to_bytes(number, "big").translate(_LETTERS)
    return bytes(found)


_CAPITALS = tuple(
    bytes((1 << place) * chr(code).isupper() * (code < _ASCII) for code in range(256)) for place in range(_CHUNK)
)
_LETTERS = _SUFFIX.encode().ljust(256)
