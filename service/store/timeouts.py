"""How long a database may keep a caller waiting: to PostgreSQL, a connection that gives up on a server that hangs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Connection, Engine, event


class TimedConnection(psycopg.Connection[Any]):
    """A connection of which no step takes longer than its timeout.

    The server's own ``statement_timeout`` is of no help when it is the server, or the way to it, that stands still.
    """

    step_timeout: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for one step; a connection whose server did not answer is closed, as it is of no further use."""
        if timeout is not None or self.step_timeout is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.step_timeout)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - the public name is its parent's, which says less
            self.pgconn.finish()
            raise psycopg.OperationalError("The server did not answer in time") from None


def limit_waiting(engine: Engine, seconds: float) -> None:
    """Give up on a PostgreSQL server that keeps any step waiting for longer."""

    def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> TimedConnection:  # noqa: ANN401 - as the event has them
        connection = TimedConnection.connect(*arguments, **options)
        connection.step_timeout = seconds
        return connection

    event.listen(engine, "do_connect", connect)


@contextmanager
def without_timeout(connection: Connection) -> Iterator[None]:
    """Let the steps of a connection take as long as they need: a migration of a large table does."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, TimedConnection):
        yield
        return
    timeout, driver.step_timeout = driver.step_timeout, None
    try:
        yield
    finally:
        driver.step_timeout = timeout
