"""How long one request holds up others: ``python -m bench.stalls``.

Classifications are sent at a steady rate, first alone, then beside requests that are large or meant to do harm, each
kind sent again and again for some seconds. Prints the longest that a classification took alone, and beside each kind;
none is to be delayed by 100 ms. On a busy machine the quiet figure tells what is the machine's.
"""

import argparse
import http.client
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from bench.machine import describe
from bench.payloads import classification
from bench.servers import KEY, Server, server
from service.domain.facts import LONGEST_STATED
from tests.databases import SqliteDatabases

_WANTED_MS = 100
_ONE, _BATCH, _DECISIONS = "/v1/classifications", "/v1/classifications/batch", "/v1/decisions"
_CHANGES, _HEALTH = "/v1/webhooks/salesforce/change-events", "/healthz"
_MIB = 1024 * 1024
_LONGEST = {field: "https://".ljust(most, "x") for field, most in LONGEST_STATED.items()}
_COUNT = {"source": "third_party", "name": "n" * 200, "employees": 5, "wholly_wrong": True} | _LONGEST
_LARGEST_ITEM = classification(1) | {"employee_counts": [_COUNT] * 50}


class Harm(NamedTuple):
    """A request that may hold up others: a POST where it has a body, else a GET."""

    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = MappingProxyType({})


def harm() -> dict[str, Harm]:
    """Each kind of request by its name."""
    unknown = b",".join(b'"k%d":1' % number for number in range(1_000_000))
    most = 16 * _MIB // (len(orjson.dumps(_LARGEST_ITEM)) + 1)
    return {
        "1,000,000 unknown keys": Harm(_ONE, b"{" + unknown + b"}"),
        "800,000 bad counts": Harm(_ONE, b'{"account":{"id":"a"},"employee_counts":[' + b"{}," * 799_999 + b"{}]}"),
        "a text of 15 MB": Harm(_ONE, b'{"account":{"id":"' + b"a" * 15_000_000 + b'"}}'),
        "100,000 arrays deep": Harm(_ONE, b"[" * 100_000),
        f"{most} largest items": Harm(_BATCH, orjson.dumps({"items": [_LARGEST_ITEM] * most})),
        "1,000 usual items": Harm(_BATCH, orjson.dumps({"items": [classification(place) for place in range(1000)]})),
        "1,000 items of bad counts": Harm(
            _BATCH, orjson.dumps({"items": [{"account": {"id": "a"}, "employee_counts": [{}] * 50}] * 1000})
        ),
        "1,000 changes of records": Harm(_CHANGES, orjson.dumps([_change(place) for place in range(1000)])),
        "10,000 changes, too many": Harm(_CHANGES, orjson.dumps([_change(place) for place in range(10_000)])),
        "an export as NDJSON": Harm(_DECISIONS, None, {"Accept": "application/x-ndjson"}),
        "60 headers of 1 KB": Harm(_HEALTH, None, {f"X-{number}": "x" * 1000 for number in range(60)}),
        "a header of 1 MB": Harm(_HEALTH, None, {"X": "x" * 1_000_000}),
    }


def _change(place: int) -> dict[str, Any]:
    header = {"entityName": "Account", "changeType": "UPDATE", "recordIds": [f"{place:018}"]}
    order = {"commitTimestamp": 1_647_000_000_000, "commitNumber": place, "sequenceNumber": 1, "transactionKey": "t"}
    return {"ChangeEventHeader": header | order, "Name": "Acme GmbH", "NumberOfEmployees": 640}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=50, help="classifications a second")
    asked = parser.parse_args()
    print(describe())
    with (
        tempfile.TemporaryDirectory(prefix="chalkline-bench-") as folder,
        SqliteDatabases(Path(folder)).fresh() as url,
        server(url, module="service") as running,
    ):
        _longest(running, 1, asked.rate)
        print(f"{'alone':28}{1000 * _longest(running, asked.seconds, asked.rate):8.0f} ms", flush=True)
        for name, request in harm().items():
            with _sending(running, request) as answered:
                longest = _longest(running, asked.seconds, asked.rate)
            mark = "" if 1000 * longest < _WANTED_MS else f"  wanted less than {_WANTED_MS}"
            print(f"{name:28}{1000 * longest:8.0f} ms  answered {dict(answered)}{mark}", flush=True)
        print(f"{'alone again':28}{1000 * _longest(running, asked.seconds, asked.rate):8.0f} ms", flush=True)


def _longest(running: Server, seconds: float, rate: float) -> float:
    """The longest, in seconds, from when a classification was due until it was answered."""
    body = orjson.dumps(classification(0))
    longest, due = 0.0, time.perf_counter()
    until = due + seconds
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
        while due < until:
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("POST", _ONE, body, _HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.CREATED:
                raise RuntimeError(f"A classification was answered with {answer.status}")
            longest = max(longest, time.perf_counter() - due)
            due = max(due + 1 / rate, time.perf_counter() - 0.5)
    return longest


@contextmanager
def _sending(running: Server, request: Harm) -> Iterator[Counter[int]]:
    """Send a request again and again meanwhile; gives how it is answered. 0 is a connection that was closed."""
    answered: Counter[int] = Counter()
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
                try:
                    method = "GET" if request.body is None else "POST"
                    connection.request(method, request.path, request.body, _HEADERS | dict(request.headers))
                    answer = connection.getresponse()
                    answer.read()
                    answered[answer.status] += 1
                except (OSError, http.client.HTTPException):
                    answered[0] += 1

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield answered
    finally:
        over.set()
        sender.join()


_HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


if __name__ == "__main__":
    main()
