"""Clients that post classifications side by side, and keep what they were told."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.builders import Request, request
from tests.durability.checking import Acknowledged
from tests.durability.process import AUTHORIZED

_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Post:
    """A request, with an idempotency key where it has one: only then it is sent again when its fate is not known."""

    body: Request
    headers: dict[str, str]

    @property
    def keyed(self) -> bool:
        return "Idempotency-Key" in self.headers


@dataclass
class Clients:
    """``count`` clients of a service, whose requests have the ``name`` in theirs.

    Every second request has a key; an account is posted three times.
    """

    url: str
    name: str = ""
    count: int = 8
    acknowledged: list[Acknowledged] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    slowest: float = 0
    unsettled: list[Post] = field(default_factory=list)
    replayable: list[tuple[Post, Acknowledged]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def posting(self) -> Iterator[None]:
        """Post until left."""
        threads = [threading.Thread(target=self._post_on, args=(number,)) for number in range(self.count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def settle(self) -> None:
        """Send again what has a key and was never answered; then some that were answered, for the same answer."""
        with httpx.Client(headers=AUTHORIZED, timeout=30) as http:
            for post in self.unsettled:
                assert self._answered(http, post), "A request with a key is still not answered"
            for post, told in self.replayable[-200:]:
                answer = http.post(f"{self.url}/v1/classifications", json=post.body, headers=post.headers)
                assert answer.headers.get("Idempotent-Replayed") == "true"
                assert answer.content == told.body

    def _post_on(self, number: int) -> None:
        with httpx.Client(headers=AUTHORIZED, timeout=30) as http:
            place = 0
            while not self._stop.is_set():
                place += 1
                post = _post(f"{self.name}{number}", number, place)
                while not self._answered(http, post):
                    if self._stop.wait(_PAUSE):
                        if post.keyed:
                            self.unsettled.append(post)
                        break
                    if not post.keyed:
                        break

    def _answered(self, http: httpx.Client, post: Post) -> bool:
        began = time.monotonic()
        try:
            answer = http.post(f"{self.url}/v1/classifications", json=post.body, headers=post.headers)
        except httpx.TransportError:
            return False
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 201:
            told = Acknowledged(
                decision_id=answer.json()["id"], request_id=post.headers["X-Request-ID"], body=answer.content
            )
            self.acknowledged.append(told)
            if post.keyed:
                self.replayable.append((post, told))
            return True
        if not _try_again(answer, post):
            self.unexpected.append(f"{answer.status_code} {answer.text[:300]}")
        return False


def _try_again(answer: httpx.Response, post: Post) -> bool:
    """Whether an answer says, as a problem should, that the same request may succeed later."""
    away = answer.status_code == 503 or (answer.status_code == 409 and post.keyed)
    told = answer.headers.get("content-type") == "application/problem+json" and answer.json()["status"]
    return away and told == answer.status_code and int(answer.headers.get("Retry-After", 0)) > 0


def _post(name: str, client: int, place: int) -> Post:
    name = f"{name}-{place}"
    body = request(
        id=f"acc-{client}-{place // 3}", df=100 + place % 3_000, zi=40 + place % 2_000, max_family_employees=place
    )
    headers = {"X-Request-ID": name}
    return Post(body, headers | {"Idempotency-Key": name} if place % 2 else headers)


def pause(seconds: float) -> None:
    """Let the clients work."""
    time.sleep(seconds)
