"""A client of a running service, with Python's standard library alone.

    export CHALKLINE_URL=http://127.0.0.1:8000 CHALKLINE_KEY=chalk_...
    python examples/client.py classify < examples/request.json
    python examples/client.py book seller-1
    python examples/client.py moved 2022-02-01 2022-05-01

``classify`` asks again for as long as it is not known whether the request was carried out, always with the same
``Idempotency-Key``, so that it is carried out once. ``book`` and ``moved`` follow the ``Link`` from page to page.
"""

import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin

URL, KEY = os.environ.get("CHALKLINE_URL", "http://127.0.0.1:8000"), os.environ.get("CHALKLINE_KEY", "")
ATTEMPTS = 6
WORTH_ANOTHER = {429, 502, 503, 504}
"""The service is busy, or something between here and there is: what was asked may be asked again."""


class RefusedError(Exception):
    """The service refused a request, for the reasons that its problem names."""

    def __init__(self, problem: dict[str, Any]) -> None:
        faults = [f"{fault['pointer']}: {fault['detail']}" for fault in problem.get("errors", [])]
        super().__init__("; ".join([problem["detail"], *faults]))


def classify(facts: bytes) -> dict[str, Any]:
    """Have an account decided on facts, once; gives the decision.

    Raises:
        RefusedError: the facts cannot be meant; the message names the fields.
        OSError: the service could not be reached in any attempt.
    """
    decision: dict[str, Any]
    decision, _ = _ask("POST", "/v1/classifications", facts, {"Idempotency-Key": secrets.token_urlsafe(16)})
    return decision


def listed(path: str, **asked: str) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page.

    Raises:
        RefusedError, OSError: as above.
    """
    where: str | None = f"{path}?{urlencode(asked | {'limit': '500'})}"
    while where is not None:
        page, link = _ask("GET", where)
        yield from page["items"]
        following = re.search(r'<([^>]+)>; rel="next"', link)
        where = None if following is None else following[1]


def _ask(method: str, where: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[Any, str]:
    """The answer, and its ``Link``; what is worth another attempt is tried again, later each time."""
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"} | (headers or {})
    for attempt in range(1, ATTEMPTS + 1):
        request = urllib.request.Request(urljoin(URL, where), data=body, headers=sent, method=method)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                return json.load(answer), answer.headers.get("Link", "")
        except urllib.error.HTTPError as error:
            if error.code not in WORTH_ANOTHER or attempt == ATTEMPTS:
                raise RefusedError(json.load(error)) from error
            wait = float(error.headers.get("Retry-After", 0))
        except OSError:
            if attempt == ATTEMPTS:
                raise
            wait = 0
        time.sleep(max(wait, 0.25 * 2**attempt))
    raise AssertionError("Each attempt ends in an answer or an error")


def main(words: list[str]) -> int:
    """Carry a command out; 1 where the service refuses it, 2 where it cannot be meant."""
    try:
        match words:
            case ["classify"]:
                decision = classify(sys.stdin.buffer.read())
                print(f"{decision['summary']} ({decision['status']})")
            case ["book", owner]:
                for account in listed("/v1/accounts", owner=owner):
                    print(account["account_id"], account["team"], account["name"] or "")
            case ["moved", since, until]:
                period = {"recorded_since": f"{since}T00:00:00Z", "recorded_until": f"{until}T00:00:00Z"}
                for moved in listed("/v1/decisions", moved="true", view="summary", **period):
                    print(moved["account_id"], moved["team_before"], "to", moved["team"], "by", moved["rule"])
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (RefusedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
