"""How long one request holds up others: ``python -m bench.stalls --database both``.

Classifications are sent at a steady rate, first alone, then beside requests that are large or meant to do harm, each
kind sent again and again for some seconds. Prints the longest that a classification took alone, and beside each kind;
none is to be delayed by 100 ms. On a busy machine the quiet figure tells what is the machine's, and so does the most
processor time that the service used while a classification waited: without other work it can hardly take longer.
"""

import argparse
import http.client
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4  # noqa: TID251 - no identifier of ours

import orjson

from bench.machine import describe
from bench.payloads import classification
from bench.servers import KEY, Server, cpu_seconds, server
from service.domain.facts import LONGEST_STATED
from tests.databases import SqliteDatabases, postgres_databases

_WANTED_MS = 100
_CONNECTIONS = 25
"""Each has a classification due so seldom that the one before is answered by then, unless it takes very long."""
_ONE, _BATCH, _DECISIONS = "/v1/classifications", "/v1/classifications/batch", "/v1/decisions"
_CHANGES, _HEALTH = "/v1/webhooks/salesforce/change-events", "/healthz"
_MIB = 1024 * 1024
_LONGEST = {field: "https://".ljust(most, "x") for field, most in LONGEST_STATED.items()}
_COUNT = {"source": "third_party", "name": "n" * 200, "employees": 5, "wholly_wrong": True} | _LONGEST
_LARGEST_ITEM = classification(1) | {"employee_counts": [_COUNT] * 50}


def _nothing() -> Mapping[str, str]:
    return {}


def _a_key_of_its_own() -> Mapping[str, str]:
    return {"Idempotency-Key": uuid4().hex}


class Harm(NamedTuple):
    """A request that may hold up others, with headers of each time: a POST where it has a body, else a GET."""

    path: str
    body: bytes | None = None
    headers: Callable[[], Mapping[str, str]] = _nothing


class Waited(NamedTuple):
    """The longest that a classification was waited for, and the most processor time that went by meanwhile: seconds."""

    longest: float
    processor_time: float

    def __str__(self) -> str:
        mark = "" if 1000 * self.longest < _WANTED_MS else f"  wanted less than {_WANTED_MS}"
        return f"{1000 * self.longest:8.0f} ms{1000 * self.processor_time:8.0f} ms{mark}"


def harm() -> dict[str, Harm]:
    """Each kind of request by its name."""
    unknown = b",".join(b'"k%d":1' % number for number in range(1_000_000))
    most = 16 * _MIB // (len(orjson.dumps(_LARGEST_ITEM)) + 1)
    largest = orjson.dumps({"items": [_LARGEST_ITEM] * most})
    usual = orjson.dumps({"items": [classification(place) for place in range(1000)]})
    return {
        "1,000,000 unknown keys": Harm(_ONE, b"{" + unknown + b"}"),
        "800,000 bad counts": Harm(_ONE, b'{"account":{"id":"a"},"employee_counts":[' + b"{}," * 799_999 + b"{}]}"),
        "a text of 15 MB": Harm(_ONE, b'{"account":{"id":"' + b"a" * 15_000_000 + b'"}}'),
        "100,000 arrays deep": Harm(_ONE, b"[" * 100_000),
        f"{most} largest items": Harm(_BATCH, largest),
        f"{most} largest items, with a key": Harm(_BATCH, largest, _a_key_of_its_own),
        "1,000 usual items": Harm(_BATCH, usual),
        "1,000 usual items, with a key": Harm(_BATCH, usual, _a_key_of_its_own),
        "1,000 items of bad counts": Harm(
            _BATCH, orjson.dumps({"items": [{"account": {"id": "a"}, "employee_counts": [{}] * 50}] * 1000})
        ),
        "1,000 changes of records": Harm(_CHANGES, orjson.dumps([_change(place) for place in range(1000)])),
        "10,000 changes, too many": Harm(_CHANGES, orjson.dumps([_change(place) for place in range(10_000)])),
        "1,000 changes of 340 fields": Harm(_CHANGES, orjson.dumps([_change(place, 340) for place in range(1000)])),
        "2,000,000 changes, empty": Harm(_CHANGES, b"[" + b"{}," * 1_999_999 + b"{}]"),
        "a page of 500 decisions": Harm(f"{_DECISIONS}?limit=500"),
        "an export as NDJSON": Harm(_DECISIONS, None, lambda: {"Accept": "application/x-ndjson"}),
        "60 headers of 1 KB": Harm(_HEALTH, None, lambda: {f"X-{number}": "x" * 1000 for number in range(60)}),
        "a header of 1 MB": Harm(_HEALTH, None, lambda: {"X": "x" * 1_000_000}),
    }


def _change(place: int, others: int = 0) -> dict[str, Any]:
    """A change of a record, with other fields that it leaves empty."""
    header = {"entityName": "Account", "changeType": "UPDATE", "recordIds": [f"{place:018}"]}
    order = {"commitTimestamp": 1_647_000_000_000, "commitNumber": place, "sequenceNumber": 1, "transactionKey": "t"}
    fields = {"Name": "Acme GmbH", "NumberOfEmployees": 640} | {f"F{number}__c": None for number in range(others)}
    return {"ChangeEventHeader": header | order} | fields


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=50, help="classifications a second")
    asked = parser.parse_args()
    print(describe())
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        print(f"{kind:36}{'longest':>11}{'processor':>11}", flush=True)
        _measure(kind, asked.seconds, asked.rate)


def _measure(kind: str, seconds: float, rate: float) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-"))
        made = SqliteDatabases(Path(folder)) if kind == "sqlite" else stack.enter_context(postgres_databases())
        running = stack.enter_context(server(stack.enter_context(made.fresh()), module="service"))
        _wait(running, 1, rate)
        print(f"{'alone':36}{_wait(running, seconds, rate)}", flush=True)
        for name, request in harm().items():
            with _sending(running, request) as answered:
                waited = _wait(running, seconds, rate)
            print(f"{name:36}{waited}  answered {dict(answered)}", flush=True)
        print(f"{'alone again':36}{_wait(running, seconds, rate)}", flush=True)


def _wait(running: Server, seconds: float, rate: float) -> Waited:
    """Send classifications as they are due, whether those before are answered or not: the longest until one was."""
    gap, began = _CONNECTIONS / rate, time.perf_counter()
    dues = [began + place / rate for place in range(_CONNECTIONS)]
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        waited = list(threads.map(lambda first: _wait_on(running, first, began + seconds, gap), dues))
    return Waited(*(max(each) for each in zip(*waited, strict=True)))


def _wait_on(running: Server, due: float, until: float, gap: float) -> Waited:
    """Send some of them on a connection."""
    body = orjson.dumps(classification(0))
    longest, most_used = 0.0, 0.0
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
        while due < until:
            time.sleep(max(0.0, due - time.perf_counter()))
            used = cpu_seconds(running.process.pid)
            connection.request("POST", _ONE, body, _HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.CREATED:
                raise RuntimeError(f"A classification was answered with {answer.status}")
            longest = max(longest, time.perf_counter() - due)
            most_used = max(most_used, cpu_seconds(running.process.pid) - used)
            due += gap
    return Waited(longest, most_used)


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
                    connection.request(method, request.path, request.body, _HEADERS | dict(request.headers()))
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
