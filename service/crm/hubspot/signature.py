"""Verify a request of HubSpot's by its signature of version 3: HMAC-SHA256 over method, URI, body and timestamp."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.crm.signed.standard_webhooks import SignatureError, check_moment, is_same

TOLERANCE: Final = timedelta(minutes=5)
_DECODED: Final = {f"%{ord(character):02X}": character for character in ":/?@!$'()*,;"}
"""What HubSpot decodes in a URI before it signs; everything else stays as it was sent."""
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as HubSpot sent it, with the public URI that it was sent to, and its two headers.

    They are ``X-HubSpot-Signature-v3`` and ``X-HubSpot-Request-Timestamp``.
    """

    method: str
    uri: str
    body: bytes
    signature: str | None
    timestamp: str | None


def verify_hubspot(request: SignedRequest, secrets: Sequence[str], now: datetime) -> None:
    """Pass over a request that one of the client secrets has signed, not long ago.

    Raises:
        SignatureError: a header is missing or malformed, the moment is too far away, or the signature is wrong.
    """
    timestamp = check_moment(request.timestamp, unit=timedelta(milliseconds=1), now=now, tolerance=TOLERANCE)
    if not request.signature:
        raise SignatureError("The signature is missing")
    expected = [hubspot_signature(request, secret, timestamp) for secret in secrets if secret]
    if True not in [is_same(request.signature, right) for right in expected]:
        raise SignatureError("The signature is not the request's own")


def hubspot_signature(request: SignedRequest, secret: str, timestamp: str) -> str:
    """The signature of a request under a client secret, as its header carries it."""
    uri = _ENCODED.sub(lambda found: _DECODED[found.group().upper()], request.uri)
    before_body = f"{request.method.upper()}{uri}".encode(errors="replace")
    signed = hmac.new(secret.encode(), before_body + request.body + timestamp.encode(), hashlib.sha256).digest()
    return base64.b64encode(signed).decode("ascii")
