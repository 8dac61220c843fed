"""Signatures that the makers of the two schemes publish, and HubSpot's older ones, which nobody may send any more."""

import hashlib
from typing import NamedTuple


class SignedEvent(NamedTuple):
    """A message that Standard Webhooks gives with its signature; the timestamp is in seconds."""

    secret: str
    message_id: str
    timestamp: int
    body: str
    signature: str


class SignedByHubSpot(NamedTuple):
    """A request that HubSpot gives with its signature of version 3; the timestamp is in milliseconds."""

    secret: str
    method: str
    uri: str
    body: str
    timestamp: str
    signature: str


STANDARD_WEBHOOKS = SignedEvent(
    secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp=1614265330,
    body='{"test": 2432232314}',
    signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)
HUBSPOT = SignedByHubSpot(
    secret="yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    method="POST",
    uri="https://www.example.com/webhook_uri",
    body="{'example_field':'example_value'}",
    timestamp="1693657560000",
    signature="K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
)


def older_hubspot_signatures() -> list[str]:
    """What versions 1 and 2 make of the same request, and version 2 of one without a body."""
    signed = (
        HUBSPOT.secret + HUBSPOT.body,
        HUBSPOT.secret + HUBSPOT.method + HUBSPOT.uri + HUBSPOT.body,
        HUBSPOT.secret + "GET" + HUBSPOT.uri,
    )
    return [hashlib.sha256(text.encode()).hexdigest() for text in signed]
