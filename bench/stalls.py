"""How long one request holds up others: ``python -m bench.stalls``.

Classifications are sent at a steady rate, first alone, then beside bodies that are large or meant to do harm, each kind
sent again and again for some seconds. Prints the longest that a classification took alone, and beside each kind; none
is to be delayed by 100 ms. On a busy machine the quiet figure tells what is the machine's.
"""

import argparse
import http.client
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from bench.machine import describe
from bench.payloads import classification
from bench.servers import KEY, Server, server
from tests.databases import SqliteDatabases

_WANTED_MS = 100
_ONE, _BATCH = "/v1/classifications", "/v1/classifications/batch"
_COUNT = {"source": "third_party", "name": "n" * 200, "url": "https://example.org/" + "u" * 1900, "employees": 5}
_LARGEST_ITEM = classification(1) | {"employee_counts": [_COUNT] * 50}


def harm() -> dict[str, tuple[str, bytes]]:
    """Each kind of body by its name, with the path that it is sent to."""
    unknown = b",".join(b'"k%d":1' % number for number in range(1_000_000))
    return {
        "1,000,000 unknown keys": (_ONE, b"{" + unknown + b"}"),
        "800,000 bad counts": (_ONE, b'{"account":{"id":"a"},"employee_counts":[' + b"{}," * 799_999 + b"{}]}"),
        "a text of 15 MB": (_ONE, b'{"account":{"id":"' + b"a" * 15_000_000 + b'"}}'),
        "100,000 arrays deep": (_ONE, b"[" * 100_000),
        "1,000 largest items": (_BATCH, orjson.dumps({"items": [_LARGEST_ITEM] * 1000})),
        "1,000 usual items": (_BATCH, orjson.dumps({"items": [classification(place) for place in range(1000)]})),
        "1,000 items of bad counts": (
            _BATCH,
            orjson.dumps({"items": [{"account": {"id": "a"}, "employee_counts": [{}] * 50}] * 1000}),
        ),
    }


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
        for name, (path, body) in harm().items():
            with _sending(running, path, body) as answered:
                longest = _longest(running, asked.seconds, asked.rate)
            mark = "" if 1000 * longest < _WANTED_MS else f"  wanted less than {_WANTED_MS}"
            print(f"{name:28}{1000 * longest:8.0f} ms  answered {dict(answered)}{mark}", flush=True)


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
def _sending(running: Server, path: str, body: bytes) -> Iterator[Counter[int]]:
    """Send a body again and again meanwhile; gives how it is answered. 0 is a connection that was closed."""
    answered: Counter[int] = Counter()
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)) as connection:
                try:
                    connection.request("POST", path, body, _HEADERS)
                    answered[connection.getresponse().status] += 1
                except OSError:
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
