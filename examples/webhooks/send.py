"""Sign a sample with the current time and post it, as HubSpot or a sender of signed events does.

    SECRET=... python3 examples/webhooks/send.py events examples/webhooks/signed-event.json
    SECRET=... python3 examples/webhooks/send.py hubspot examples/webhooks/hubspot-event.json

It needs nothing but Python's standard library. It prints the answer, and ends with 0 when the service has taken the
sample, with 1 when it has not.
"""

import argparse
import base64
import hashlib
import hmac
import os
import sys
import time
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PATHS = {"events": "/v1/webhooks/events", "hubspot": "/v1/webhooks/hubspot"}


def standard_webhooks(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """The headers that Standard Webhooks has: the id names the event, so it stays the same when that is sent again."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    timestamp = str(int(time.time()))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }


def hubspot_v3(secret: str, url: str, body: bytes) -> dict[str, str]:
    """The headers that HubSpot has: the signature covers the address that it was told to post to."""
    timestamp = str(int(time.time() * 1000))
    signed = hmac.digest(secret.encode(), f"POST{url}".encode() + body + timestamp.encode(), hashlib.sha256)
    return {
        "X-HubSpot-Signature-v3": base64.b64encode(signed).decode(),
        "X-HubSpot-Request-Timestamp": timestamp,
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """The status and the text of the answer."""
    request = Request(url, body, {"Content-Type": "application/json", **headers})  # noqa: S310 - checked by main
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def main() -> int:
    """Send the file that the command line names; 0 when it is taken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("webhook", choices=sorted(PATHS), help="which webhook to post to")
    parser.add_argument("file", type=Path, help="the body to post")
    parser.add_argument("--to", default="http://127.0.0.1:8000", help="where the service is (default: %(default)s)")
    parser.add_argument("--signed-for", help="hubspot: where a proxy says that the service is; CHALKLINE_PUBLIC_URL")
    parser.add_argument("--id", help="events: the webhook-id (default: made from the body)")
    given = parser.parse_args()
    secret = os.environ.get("SECRET")
    if not secret or not given.to.startswith(("http://", "https://")):
        parser.error("Set SECRET to the secret to sign with, and --to to an http:// or https:// address")
    body, path = given.file.read_bytes(), PATHS[given.webhook]
    if given.webhook == "hubspot":
        headers = hubspot_v3(secret, (given.signed_for or given.to) + path, body)
    else:
        headers = standard_webhooks(secret, given.id or "sample-" + hashlib.sha256(body).hexdigest()[:16], body)
    try:
        status, text = post(given.to + path, body, headers)
    except URLError as error:
        parser.exit(1, f"{given.to} does not answer: {error.reason}\n")
    print(text)
    return 0 if status == HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
