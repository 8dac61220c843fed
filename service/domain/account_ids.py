"""Identifiers of accounts. One of Salesforce has a form of 15 and one of 18 characters: they are the same account.

The longer form says in its last three characters which letters of the others are capitals. It is the one that is
answered, recorded and locked; what was recorded under the shorter one is found by either.
"""

import re
from collections.abc import Iterable

from pydantic_core import PydanticCustomError

ACCOUNT = r"001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"
"""An id of an account of Salesforce, in either form."""
SHORT, FULL = 15, 18
"""How long the forms are."""
PREFIX = "001"
_CHUNK = 5
_ASCII = 128
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_IS_ACCOUNT = re.compile(ACCOUNT)
_IS_USER = re.compile(r"005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")


def full_id(text: str) -> str:
    """The form of 18 characters of an account's id, where it is given by 15; every other id as it stands."""
    if len(text) != SHORT or not text.startswith(PREFIX) or not _IS_ACCOUNT.fullmatch(text):
        return text
    return text + _suffix(text)


def checked_id(text: str) -> str:
    """The same, of an id that somebody states.

    One of another system that looks like the shorter form is completed too: it is found as it was sent all the same.
    What is as long as the longer form and does not fit is taken for a slip, which would be an account of its own.

    Raises:
        PydanticCustomError: it is of 18 characters, and the last three do not fit the case of the first fifteen.
    """
    if len(text) not in {SHORT, FULL} or not text.startswith(PREFIX) or not _IS_ACCOUNT.fullmatch(text):
        return text
    return _completed(text)


def checked_user_id(text: str) -> str:
    """The same, of an id of a user, which owns accounts: one of Salesforce has both forms too.

    Raises:
        PydanticCustomError: as above.
    """
    return _completed(text) if _IS_USER.fullmatch(text) else text


def full_user_id(text: str) -> str:
    """The form of 18 characters of a user's id, where it is given by 15; every other text as it stands."""
    return text + _suffix(text) if len(text) == SHORT and _IS_USER.fullmatch(text) else text


def _completed(text: str) -> str:
    full = text[:SHORT] + _suffix(text)
    if text not in {full, full[:SHORT]}:
        said = '"{id}" is not an id: its last three characters should be {suffix}'
        raise PydanticCustomError("account_id_suffix", said, {"id": text, "suffix": full[SHORT:]})
    return full


def is_account_id(text: str) -> bool:
    """Whether an id is one of an account of Salesforce, in either form."""
    return _IS_ACCOUNT.fullmatch(text) is not None and text in {full_id(text[:SHORT]), text[:SHORT]}


def forms_of(account_id: str) -> tuple[str, ...]:
    """The forms that an account may be on record under, by the one that it is answered with: this and the shorter."""
    if len(account_id) == FULL and is_account_id(account_id):
        return (account_id, account_id[:SHORT])
    return (account_id,)


def in_all_forms(account_ids: Iterable[str]) -> list[str]:
    """The forms of several accounts."""
    return [form for account_id in account_ids for form in forms_of(account_id)]


def _suffix(text: str) -> str:
    case = text[:SHORT].encode().translate(_CASE)
    return _ENDS[case[:_CHUNK]] + _ENDS[case[_CHUNK : 2 * _CHUNK]] + _ENDS[case[2 * _CHUNK :]]


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
_CASE = bytes(b"aA"[code < _ASCII and chr(code).isupper()] for code in range(256))
_ENDS = {bytes(b"aA"[(which >> place) & 1] for place in range(_CHUNK)): letter for which, letter in enumerate(_SUFFIX)}
"""The letter for each five characters, of which only the case is left."""
_LETTERS = _SUFFIX.encode().ljust(256)
