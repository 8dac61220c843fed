"""Exports under way: few at once, each a few decisions at a time, so that memory has a bound."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service.entrypoints.common.accepting import CSV, NDJSON, VARY
from service.entrypoints.common.problems import ProblemError


@dataclass(frozen=True, slots=True)
class Exports:
    """Who exports now, by the name of the key: at most ``most`` at once, and ``most_of_a_key`` of one key."""

    most: int
    most_of_a_key: int
    _under_way: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)
    _making: Lock = field(default_factory=Lock)

    def begin(self, key: str) -> None:
        """Count another export, which is to ``end``.

        Raises:
            ProblemError: so many are under way already.
        """
        with self._lock:
            if self._under_way[key] >= self.most_of_a_key:
                raise ProblemError("too_many_exports", f"{self.most_of_a_key} exports of this key are under way")
            if self._under_way.total() >= self.most:
                raise ProblemError("too_many_exports", f"{self.most} exports are under way")
            self._under_way[key] += 1

    def end(self, key: str) -> None:
        """Count one less."""
        with self._lock:
            self._under_way[key] -= 1

    def in_turns(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Pieces of an export, made while no other export makes one: all together take one turn from other requests.

        Several take half of the time at most.
        """
        while True:
            with self._making:
                began = time.perf_counter()
                piece = next(pieces, None)
                if self._under_way.total() > 1:
                    # Other requests have the interpreter to themselves for as long; threads share it, whoever waits.
                    time.sleep(time.perf_counter() - began)
            if piece is None:
                return
            yield piece


class ExportResponse(StreamingResponse):
    """An export that has begun. It ends with its answer, however that goes: sent whole, or broken off."""

    def __init__(
        self, exports: Exports, key: str, content: Iterator[bytes], media_type: str, headers: Mapping[str, str]
    ) -> None:
        super().__init__(exports.in_turns(content), media_type=media_type, headers=headers)
        self._exports = exports
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._exports.end(self._key)


def sent(exports: Exports, key: str, media_type: str, pieces: Iterator[bytes], name: str) -> Response:
    """Send the pieces of an export that has begun, as NDJSON or CSV."""
    if media_type == NDJSON:
        return ExportResponse(exports, key, pieces, NDJSON, VARY)
    headers = VARY | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return ExportResponse(exports, key, pieces, f"{CSV}; charset=utf-8; header=present", headers)
