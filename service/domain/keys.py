"""API keys: what they look like, what they allow, and how their hash is kept.

A key is 256 random bits behind a prefix, with a checksum that tells a mistyped key from an unknown one without asking
the database. Only its SHA-256 is stored: a random key needs no slow hash.
"""

import hashlib
import zlib
from enum import StrEnum

PREFIX = "chalk_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_DIGITS = 43
_CHECKSUM_DIGITS = 6
SECRET_BYTES = 32
_LONGEST = 512


class UnusableKeyError(ValueError):
    """No request with such a key would be let in. The message says why, as the end of a sentence."""


class Scope(StrEnum):
    """What a key allows."""

    CLASSIFY = "classify"
    READ = "read"
    HANDOFF = "handoff"
    REVIEW = "review"
    CONDUCT = "conduct"
    ADMIN = "admin"
    WEBHOOK = "webhook"
    CALENDAR = "calendar"
    DISPUTE = "dispute"
    AUDIT = "audit"


def key_from_secret(secret: bytes) -> str:
    """The key that carries 32 random bytes."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"A key carries {SECRET_BYTES} random bytes")
    body = PREFIX + _in_digits(int.from_bytes(secret), _SECRET_DIGITS)
    return body + _checksum(body)


def is_well_formed(key: str) -> bool:
    """Whether a key can be one of ours: prefix, length and checksum are right."""
    body, checksum = key[:-_CHECKSUM_DIGITS], key[-_CHECKSUM_DIGITS:]
    return key.startswith(PREFIX) and key.isascii() and checksum == _checksum(body)


def check_usable(key: str) -> None:
    """See that requests can carry a key that somebody chose, and that it is not taken for one of ours mistyped.

    Raises:
        UnusableKeyError: it can never work.
    """
    if key != key.strip():
        raise UnusableKeyError("it begins or ends with a blank or a line end, which no header carries")
    if not (key.isascii() and key.isprintable()):
        raise UnusableKeyError("it has characters that are not printable ASCII, which no header carries as they are")
    if len(key) > _LONGEST:
        raise UnusableKeyError(f"it has more than {_LONGEST} characters")
    if key.startswith(PREFIX) and not is_well_formed(key):
        raise UnusableKeyError(
            f"it begins with {PREFIX}, as keys do that are made here, and its check digits are not right. "
            "Give a whole key that was made here, or one that begins otherwise"
        )


def key_hash(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_hint(key: str) -> str:
    """Enough of a key for a person to tell it from others, and too little to use."""
    return f"{key[: len(PREFIX) + 4]}...{key[-4:]}"


def _checksum(body: str) -> str:
    return _in_digits(zlib.crc32(body.encode()), _CHECKSUM_DIGITS)


def _in_digits(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
