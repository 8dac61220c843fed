"""A database restored under load, and a second instance that stands still: neither takes others along with it."""

import signal

import httpx

from service.store.engine import connect_engine
from tests.databases import PostgresDatabases
from tests.durability.clients import Clients
from tests.durability.process import AUTHORIZED, ServiceProcess, wait_until
from tests.durability.record import assert_holds
from tests.store.publishing import draft, publish

_SOON = 20


def _wait_for_more(clients: Clients, count: int = 50) -> int:
    """Wait for so many more answers; gives how many there were when that began."""
    before = len(clients.acknowledged)
    wait_until(lambda: len(clients.acknowledged) >= before + count, _SOON)
    return before


def test_what_is_acknowledged_after_a_restore_under_load_is_on_record_under_a_revision_that_is(
    postgres: PostgresDatabases,
) -> None:
    with postgres.fresh() as url:
        service = ServiceProcess(url)
        try:
            service.start()
            service.send(signal.SIGTERM)
            service.wait(_SOON)
            with postgres.copy_of(url) as backup:
                engine = connect_engine(url)
                publish(engine, draft(engine).draft.id)
                engine.dispose()
                service.start()
                clients = Clients(service.url)
                with clients.posting():
                    _wait_for_more(clients)
                    postgres.restore(url, backup)
                    _wait_for_more(clients)
                    restored = _wait_for_more(clients)
            acknowledged = clients.acknowledged[restored:]
            answer = httpx.get(f"{service.url}/v1/decisions", params={"limit": 500}, headers=AUTHORIZED)
        finally:
            service.end()

        assert answer.status_code == 200
        assert {decision["policy"]["version"] for decision in answer.json()["items"]} == {1}
        assert clients.unexpected == []
        assert len(acknowledged) >= 50
        assert_holds(url, acknowledged)


def test_while_a_second_instance_stands_still_the_first_goes_on_and_both_have_recorded_what_they_acknowledged(
    postgres: PostgresDatabases,
) -> None:
    with postgres.fresh() as url:
        one, other = ServiceProcess(url), ServiceProcess(url)
        both = [Clients(service.url, name=name) for service, name in ((one, "one"), (other, "other"))]
        try:
            one.start()
            other.start()
            with both[0].posting(), both[1].posting():
                _wait_for_more(both[0])
                for _ in range(3):
                    _wait_for_more(both[1], 10)
                    other.send(signal.SIGSTOP)
                    _wait_for_more(both[0])
                    other.send(signal.SIGCONT)
            for clients in both:
                clients.settle()
        finally:
            one.end()
            other.end()

        assert [clients.unexpected for clients in both] == [[], []]
        assert_holds(url, [told for clients in both for told in clients.acknowledged])
