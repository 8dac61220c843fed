import random
from collections import Counter

import pytest

from tests.durability.clients import pause
from tests.durability.inbox import inbox_of
from tests.durability.process import ServiceProcess, wait_until
from tests.durability.record import assert_holds
from tests.durability.senders import NOTIFICATIONS, Senders, keys_of

KILLS = 8
pytestmark = pytest.mark.slow


def test_kills_in_a_burst_of_messages_lose_and_double_nothing_that_was_acknowledged(database_url: str) -> None:
    moments = random.Random(8)
    service = ServiceProcess(database_url)
    senders = Senders(service.url)
    try:
        service.start()
        with senders.sending():
            for _ in range(KILLS):
                _wait_for_more(senders)
                pause(moments.uniform(0, 0.4))
                service.kill()
                service.start()
        told = {key for name in senders.acknowledged for key in keys_of(name)}
        before = inbox_of(database_url)
        assert told <= before.events.keys()
        senders.settle()
    finally:
        service.end()

    assert senders.unexpected == []
    assert len(senders.acknowledged) >= 3 * KILLS
    held = inbox_of(database_url)
    assert held.events == Counter(key for name in senders.sent for key in keys_of(name))
    # A message is there whole or not at all, with the one payload that brought it.
    assert held.payloads == {NOTIFICATIONS: len(senders.sent)}
    assert held.astray == 0
    assert held.statuses["rejected"] == 0
    assert_holds_each_once(database_url, senders)


def assert_holds_each_once(url: str, senders: Senders) -> None:
    """One decision for each account of a message alone, and for the one of them all no more than its events."""
    decisions = assert_holds(url, [], one_a_request=False)
    alone = len(senders.sent) * (NOTIFICATIONS - 1)
    assert alone < decisions <= alone + len(senders.sent)


def _wait_for_more(senders: Senders) -> None:
    enough = len(senders.acknowledged) + 3
    wait_until(lambda: len(senders.acknowledged) >= enough, 60)
