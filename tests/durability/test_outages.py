from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from tests.databases import PostgresDatabases, SqliteDatabases
from tests.durability.clients import Clients, pause
from tests.durability.inbox import inbox_of
from tests.durability.outages import OwnPostgres, disk_full, locked, own_postgres
from tests.durability.process import ServiceProcess, wait_until
from tests.durability.record import assert_holds
from tests.durability.senders import NOTIFICATIONS, Senders, keys_of
from tests.prerequisites import or_skipped

PATIENCE = 1
# A reader waits once for its connection to answer and, when it does not, once more for a new one.
LONGEST_ANSWER = 4 * PATIENCE + 4
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Scene:
    """A running service whose database can go away and come back."""

    url: str
    service: ServiceProcess
    outage: Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def postgres_of_its_own() -> Iterator[OwnPostgres]:
    with or_skipped(own_postgres()) as server:
        yield server


@pytest.fixture(params=["PostgreSQL stops", "PostgreSQL hangs", "SQLite is locked", "SQLite's disk is full"])
def scene(request: pytest.FixtureRequest, sqlite_databases: SqliteDatabases) -> Iterator[Scene]:
    server: OwnPostgres | None = None
    databases: SqliteDatabases | PostgresDatabases = sqlite_databases
    if request.param.startswith("PostgreSQL"):
        server = request.getfixturevalue("postgres_of_its_own")
        databases = server.databases
    with databases.fresh() as url:
        service = ServiceProcess(url, CHALKLINE_DATABASE_SECONDS=str(PATIENCE))

        outages = {"SQLite is locked": lambda: locked(url), "SQLite's disk is full": lambda: disk_full(service)}
        if server is not None:
            outages = {"PostgreSQL stops": server.stopped, "PostgreSQL hangs": server.frozen}
        service.start()
        try:
            yield Scene(url, service, outages[request.param])
        finally:
            service.end()


def test_a_database_that_goes_away_is_told_of_and_waited_for_and_nothing_acknowledged_is_lost(scene: Scene) -> None:
    clients = Clients(scene.service.url)

    with clients.posting():
        pause(0.5)
        _go_through_an_outage(scene, clients)
        _go_through_an_outage(scene, clients)
    clients.settle()

    assert clients.unexpected == []
    assert clients.slowest < LONGEST_ANSWER
    assert_holds(scene.url, clients.acknowledged)


def _go_through_an_outage(scene: Scene, clients: Clients) -> None:
    service, refused = scene.service, clients.statuses[503]
    with scene.outage():
        wait_until(lambda: clients.statuses[503] >= refused + 2 * clients.count, 30)
        told = len(clients.acknowledged)
        assert service.status("/healthz") == 200
        wait_until(lambda: service.status("/readyz") == 503, 5)  # what was found is answered for a second
        pause(0.5)
        assert len(clients.acknowledged) == told
    wait_until(lambda: service.status("/readyz") == 200, 30)
    wait_until(lambda: len(clients.acknowledged) > told + 2 * clients.count, 30)


def test_while_a_database_is_away_no_message_is_acknowledged_and_none_is_half_written(scene: Scene) -> None:
    senders = Senders(scene.service.url)

    with senders.sending():
        wait_until(lambda: len(senders.acknowledged) > senders.count, 30)
        with scene.outage():
            wait_until(lambda: senders.statuses[503] >= 2 * senders.count, 30)
            told = len(senders.acknowledged)
            pause(0.5)
            assert len(senders.acknowledged) == told
        wait_until(lambda: len(senders.acknowledged) > told + senders.count, 30)
    senders.settle()

    assert senders.unexpected == []
    assert senders.slowest < LONGEST_ANSWER
    held = inbox_of(scene.url)
    assert held.events == Counter(key for name in senders.sent for key in keys_of(name))
    assert (held.payloads, held.astray) == ({NOTIFICATIONS: len(senders.sent)}, 0)
