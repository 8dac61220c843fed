"""The load: keep-alive connections to 127.0.0.1, each sending its next request when its answer is there.

A process of its own (``python -m bench.load``), as light as can be: bytes out, a status and a length in. Prints one
line of JSON. Bounded in time by ``--seconds`` and in count by ``--most``.
"""

import argparse
import asyncio
import os
import time
from typing import cast

import orjson
import uvloop

from bench.messages import BATCH, OUTBOUND, Hundreds
from bench.payloads import Requests

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Tally:
    """What the connections share: the next account, until when, and what came back."""

    def __init__(self, requests: Requests | Hundreds, first: int, most: int, seconds: float) -> None:
        self.requests = requests
        self.next = first
        self.end = first + most
        self.until = time.perf_counter() + seconds
        self.statuses: dict[int, int] = {}
        self.took: list[float] = []

    def request(self) -> bytes | None:
        """The next request, or None when it is time to stop."""
        if self.next >= self.end or time.perf_counter() >= self.until:
            return None
        self.next += 1
        return self.requests.of(self.next - 1)


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._needed = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._needed:
            end = self._buffer.find(_HEAD_END)
            if end < 0:
                return
            place = self._buffer.lower().index(_LENGTH) + len(_LENGTH)
            self._needed = end + len(_HEAD_END) + int(self._buffer[place : self._buffer.index(b"\r", place)])
        if len(self._buffer) >= self._needed:
            self.tally.took.append(time.perf_counter() - self._sent)
            status = int(self._buffer[9:12])
            self.tally.statuses[status] = self.tally.statuses.get(status, 0) + 1
            self._buffer, self._needed = b"", 0
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, ours or the server's: a connection that broke counts as status 0."""
        if not self.done.done():
            self.tally.statuses[0] = self.tally.statuses.get(0, 0) + 1
            self.done.set_result(None)
        del exc

    def _send(self) -> None:
        request = self.tally.request()
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


async def load(port: int, tally: Tally, connections: int) -> float:
    """Send until it is time to stop; give the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [await loop.create_connection(lambda: Connection(tally), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(connection.done for _, connection in made))
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/v1/classifications")
    parser.add_argument("--key", required=True)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--first", type=int, default=0, help="the number of the first account")
    parser.add_argument("--most", type=int, default=1_000_000, help="the most requests to send")
    parser.add_argument("--core", type=int, help="the core to stay on")
    asked = parser.parse_args()
    if asked.core is not None:
        os.sched_setaffinity(0, {asked.core})
    made = Hundreds if asked.path in {BATCH, OUTBOUND} else Requests
    tally = Tally(made(asked.path, asked.key), asked.first, asked.most, asked.seconds)
    took = uvloop.run(load(asked.port, tally, asked.connections))
    times = sorted(tally.took) or [0.0]
    print(
        orjson.dumps(
            {
                "statuses": {str(status): count for status, count in tally.statuses.items()},
                "seconds": took,
                "p50_ms": 1000 * times[len(times) // 2],
                "p99_ms": 1000 * times[len(times) * 99 // 100],
            }
        ).decode()
    )


if __name__ == "__main__":
    main()
