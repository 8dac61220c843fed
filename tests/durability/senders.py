"""Senders of outbound messages side by side: each sends its message again until that is acknowledged."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from tests.durability.process import AUTHORIZED
from tests.inbox.messages import KEY_ACCOUNT, message, milliseconds, notification

OUTBOUND = "/v1/webhooks/salesforce/outbound-messages"
NOTIFICATIONS = 10
_PAUSE = 0.1


@dataclass
class Senders:
    """``count`` senders of a service, as Salesforce is one: what is not acknowledged is sent again, and again."""

    url: str
    count: int = 6
    acknowledged: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    slowest: float = 0
    _waiting: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send until left."""
        threads = [threading.Thread(target=self._send_on, args=(number,)) for number in range(self.count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def settle(self) -> None:
        """Send again what was never acknowledged, and some that was."""
        with httpx.Client(headers=AUTHORIZED, timeout=30) as http:
            for name in (*self._waiting, *sorted(self.acknowledged)[:50]):
                assert self._acknowledged(http, name), f"{name} is still not acknowledged"

    def _send_on(self, number: int) -> None:
        with httpx.Client(headers=AUTHORIZED, timeout=30) as http:
            place = 0
            while not self._stop.is_set():
                place += 1
                name = f"{number}-{place}"
                while not self._acknowledged(http, name):
                    if self._stop.wait(_PAUSE):
                        self._waiting.append(name)
                        break

    def _acknowledged(self, http: httpx.Client, name: str) -> bool:
        self.sent.add(name)
        began = time.monotonic()
        try:
            answer = http.post(f"{self.url}{OUTBOUND}", content=_message(name), headers={"Content-Type": "text/xml"})
        except httpx.TransportError:
            return False
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200 and "<Ack>true</Ack>" in answer.text:
            self.acknowledged.add(name)
            return True
        if answer.status_code != 503 or "Ack" in answer.text:
            self.unexpected.append(f"{answer.status_code} {answer.text[:300]}")
        return False


def keys_of(name: str) -> set[str]:
    """The keys of the events that a message brings; the accounts are of the message alone, but for one of them all."""
    stamp = milliseconds(datetime.fromisoformat(KEY_ACCOUNT["SystemModstamp"] or ""))
    named = enumerate(_accounts(name))
    return {f"salesforce-outbound:04l{name}-{place}/{stamp}:{account}" for place, account in named}


def _accounts(name: str) -> list[str]:
    return ["everybodys", *[f"acc-{name}-{place}" for place in range(1, NOTIFICATIONS)]]


def _message(name: str) -> bytes:
    facts = {**KEY_ACCOUNT, "Name": name}
    return message(
        *[notification(account, facts, number=f"{name}-{place}") for place, account in enumerate(_accounts(name))]
    )
