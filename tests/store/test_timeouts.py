import os
import signal
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from service.store.engine import connect_engine, open_session
from service.store.errors import StoreUnavailableError
from service.store.timeouts import without_timeout
from tests.databases import PostgresDatabases

TIMEOUT = 0.3
WITHOUT_ITS_OWN_TIMEOUT = text("SET statement_timeout = 0")
SLOW = text("SELECT pg_sleep(0.9)")


@pytest.fixture
def impatient(postgres: PostgresDatabases) -> Iterator[Engine]:
    with postgres.fresh() as url:
        engine = connect_engine(url, TIMEOUT)
        yield engine
        engine.dispose()


def test_a_statement_that_takes_too_long_is_given_up_by_the_server(impatient: Engine) -> None:
    with pytest.raises(StoreUnavailableError), open_session(impatient) as session:
        session.connection().execute(text("SELECT pg_sleep(5)"))


def test_a_server_that_does_not_answer_is_given_up_and_a_new_connection_is_made(impatient: Engine) -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError), open_session(impatient) as session:
        session.connection().execute(text("SET statement_timeout = 0; SELECT pg_sleep(5)"))
    assert time.monotonic() - began < 4

    with open_session(impatient) as session:
        assert session.connection().execute(text("SELECT 1")).scalar_one() == 1


def test_a_server_that_stops_answering_once_it_was_read_is_told_as_one_that_is_away(impatient: Engine) -> None:
    stopped: list[int] = []

    def read_and_stop_the_server() -> None:
        with open_session(impatient) as session:
            stopped.append(session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one())
            os.kill(stopped[0], signal.SIGSTOP)

    try:
        with pytest.raises(StoreUnavailableError):
            read_and_stop_the_server()
    finally:
        os.kill(stopped[0], signal.SIGCONT)


def test_a_migration_may_take_its_time(impatient: Engine) -> None:
    with impatient.connect() as connection:
        connection.execute(WITHOUT_ITS_OWN_TIMEOUT)
        with without_timeout(connection):
            connection.execute(SLOW)
    with pytest.raises(StoreUnavailableError), open_session(impatient) as session:
        session.connection().execute(SLOW)
