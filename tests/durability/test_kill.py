"""Kills at random moments. ``CHALKLINE_EXAMPLES=30`` asks for more of them than usual."""

import os
import random

import pytest

from tests.durability.clients import Clients, pause
from tests.durability.process import ServiceProcess, wait_until
from tests.durability.record import assert_holds

KILLS = int(os.environ.get("CHALKLINE_EXAMPLES", "12"))


@pytest.mark.slow
def test_kills_under_load_lose_alter_and_repeat_no_acknowledged_decision(database_url: str) -> None:
    moments = random.Random(30)
    service = ServiceProcess(database_url)
    clients = Clients(service.url)
    try:
        service.start()
        with clients.posting():
            for _ in range(KILLS):
                _wait_for_more(clients)
                pause(moments.uniform(0, 0.2))
                service.kill()
                service.start()
        clients.settle()
    finally:
        service.end()

    assert clients.unexpected == []
    assert len(clients.acknowledged) >= 10 * KILLS
    assert any(post.keyed for post, _ in clients.replayable)
    assert assert_holds(database_url, clients.acknowledged) >= len({told.decision_id for told in clients.acknowledged})


def _wait_for_more(clients: Clients) -> None:
    enough = len(clients.acknowledged) + 10
    wait_until(lambda: len(clients.acknowledged) >= enough, 60)
