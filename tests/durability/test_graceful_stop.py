import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from tests.builders import request
from tests.durability.checking import Acknowledged
from tests.durability.clients import Clients, pause
from tests.durability.outages import locked
from tests.durability.process import AUTHORIZED, ServiceProcess, wait_until
from tests.durability.record import assert_holds

IN_FLIGHT = 10
pytestmark = pytest.mark.slow


@contextmanager
def writers_held_up(url: str) -> Iterator[None]:
    """Let every write wait until left."""
    if url.startswith("sqlite"):
        with locked(url):
            yield
    else:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            connection.execute("LOCK TABLE decisions IN EXCLUSIVE MODE")
            yield


@pytest.fixture
def service(database_url: str) -> Iterator[ServiceProcess]:
    service = ServiceProcess(database_url)
    service.start()
    try:
        yield service
    finally:
        service.end()


def test_a_stop_answers_the_requests_in_flight_once_they_are_recorded(
    database_url: str, service: ServiceProcess
) -> None:
    answers: list[httpx.Response] = []
    sent: list[str] = []

    def see(event: str, _: object) -> None:
        if event == "http11.send_request_body.complete":
            sent.append(event)

    def post(place: int) -> None:
        headers = AUTHORIZED | {"X-Request-ID": f"in-flight-{place}"}
        body = request(id=f"acc-{place}", df=640)
        with httpx.Client(base_url=service.url, headers=headers, timeout=30) as http:
            answers.append(http.post("/v1/classifications", json=body, extensions={"trace": see}))

    posting = [threading.Thread(target=post, args=(place,)) for place in range(IN_FLIGHT)]
    with writers_held_up(database_url):
        for thread in posting:
            thread.start()
        wait_until(lambda: len(sent) == IN_FLIGHT, 10)
        pause(0.3)
        service.send(signal.SIGTERM)
        wait_until(lambda: service.status("/healthz") == 0, 10)
        assert answers == []
    for thread in posting:
        thread.join()

    assert service.wait(30) in {0, -signal.SIGTERM}
    assert [answer.status_code for answer in answers] == [201] * IN_FLIGHT
    told = [
        Acknowledged(decision_id=answer.json()["id"], request_id=answer.headers["X-Request-ID"], body=answer.content)
        for answer in answers
    ]
    assert assert_holds(database_url, told) == IN_FLIGHT


def test_a_stop_under_load_loses_nothing_that_was_acknowledged(database_url: str, service: ServiceProcess) -> None:
    clients = Clients(service.url)

    with clients.posting():
        wait_until(lambda: len(clients.acknowledged) > 50, 30)
        for _ in range(3):
            service.send(signal.SIGTERM)
            assert service.wait(30) in {0, -signal.SIGTERM}
            service.start()
            pause(0.3)
    clients.settle()

    assert clients.unexpected == []
    assert_holds(database_url, clients.acknowledged)


def test_a_service_told_to_stop_says_that_it_is_not_ready_and_answers_until_its_grace_ends(database_url: str) -> None:
    service = ServiceProcess(database_url, CHALKLINE_STOP_GRACE_SECONDS="1.5")
    service.start()
    try:
        assert service.status("/readyz") == 200
        service.send(signal.SIGTERM)
        wait_until(lambda: service.status("/readyz") == 503, 10)
        assert service.status("/v1/policies") == 200
        assert service.wait(30) in {0, -signal.SIGTERM}
    finally:
        service.end()


def test_a_service_told_twice_to_stop_waits_no_longer(database_url: str) -> None:
    service = ServiceProcess(database_url, CHALKLINE_STOP_GRACE_SECONDS="3600")
    service.start()
    try:
        service.send(signal.SIGTERM)
        wait_until(lambda: service.status("/readyz") == 503, 10)
        service.send(signal.SIGTERM)
        assert service.wait(30) in {0, -signal.SIGTERM}
    finally:
        service.end()
