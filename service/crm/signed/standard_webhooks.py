"""Sign and verify as Standard Webhooks says: HMAC-SHA256 over id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(minutes=5)
_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_MOST_SIGNATURES: Final = 32
_SHORTEST_KEY: Final = 8
# The full stop separates what is signed: with one in the id, two different messages would be signed alike.
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")
_SIGNED_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SignatureError(ValueError):
    """A request that is not proved to be its sender's. The message says plainly why, and gives nothing away."""


class UnusableSecretError(ValueError):
    """A secret that nothing can be signed with. The message does not hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHeaders:
    """The three headers of a message, as they came: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``."""

    message_id: str | None
    timestamp: str | None
    signatures: str | None


def signing_key(secret: str) -> bytes:
    """The key in a secret: base64, with or without its padding and the prefix ``whsec_``.

    Raises:
        UnusableSecretError: it is not base64, or so short that it could be guessed.
    """
    encoded = secret.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableSecretError("The webhook secret is not base64") from None
    if len(key) < _SHORTEST_KEY:
        raise UnusableSecretError(f"The webhook secret has {len(key)} bytes; it takes {_SHORTEST_KEY} or more")
    return key


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """The signature of a message sent at a moment, as its header carries it: ``v1,`` and base64.

    Raises:
        UnusableSecretError: nothing can be signed with the secret.
        ValueError: the id cannot be signed.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("A message id is 1 to 256 visible ASCII characters, none of them a full stop")
    timestamp = (at - _EPOCH) // timedelta(seconds=1)
    return _signature(signing_key(secret), message_id, str(timestamp), body)


def verify(
    headers: SignedHeaders, body: bytes, secrets: Sequence[str], now: datetime, tolerance: timedelta = TOLERANCE
) -> str:
    """The id of a message that one of the secrets has signed, not long ago.

    Several secrets, and several signatures in the header, let either side rotate its own.

    Raises:
        SignatureError: a header is missing or malformed, the moment is too far away, or no signature is right.
        UnusableSecretError: nothing can be signed with one of the secrets.
    """
    keys = [signing_key(secret) for secret in secrets]
    if headers.message_id is None or not _MESSAGE_ID.fullmatch(headers.message_id):
        raise SignatureError("The message id is missing or malformed")
    timestamp = check_moment(headers.timestamp, unit=timedelta(seconds=1), now=now, tolerance=tolerance)
    given = (headers.signatures or "").split(" ")
    if len(given) > _MOST_SIGNATURES:
        raise SignatureError(f"There are more than {_MOST_SIGNATURES} signatures")
    if not any(signature.startswith(_VERSION) for signature in given):
        raise SignatureError("There is no signature of version v1")
    expected = [_signature(key, headers.message_id, timestamp, body) for key in keys]
    # All are compared: stopping at the first that is right would tell which of the secrets it is.
    if True not in [is_same(signature, right) for signature in given for right in expected]:
        raise SignatureError("No signature is the message's own")
    return headers.message_id


def check_moment(text: str | None, *, unit: timedelta, now: datetime, tolerance: timedelta) -> str:
    """The timestamp of a request as it was signed, once it is known to be near enough to now.

    Raises:
        SignatureError: it is missing, not a plain whole number, or too far away on either side.
    """
    if text is None:
        raise SignatureError("The timestamp is missing")
    if not _SIGNED_NUMBER.fullmatch(text):
        raise SignatureError("The timestamp is not a whole number of digits alone")
    age = now - _EPOCH - int(text) * unit
    if age > tolerance:
        raise SignatureError(f"The timestamp is more than {tolerance.total_seconds():.0f} seconds old")
    if age < -tolerance:
        raise SignatureError(f"The timestamp is more than {tolerance.total_seconds():.0f} seconds ahead")
    return text


def is_same(given: str, expected: str) -> bool:
    """Whether two signatures are the same text, found out in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return _VERSION + base64.b64encode(signed).decode("ascii")
