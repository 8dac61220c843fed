"""How long a database may keep a caller waiting: to PostgreSQL, a connection that gives up on a server that hangs.

What a transaction needs to have set is set for the session, but where a pooler hands each transaction to another one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Connection, Engine, event

_PLANNED_ANEW = "plan_cache_mode = force_custom_plan"
"""A plan that was kept from when the tables were small would read all of them, however large they have become."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection of which no step takes longer than its timeout.

    The server's own ``statement_timeout`` is of no help when it is the server, or the way to it, that stands still.
    """

    step_timeout: float | None = None
    pooled = False
    """Whether transactions may each have another session of the server's, which then has to stay as it was."""

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
    settings = f"statement_timeout = {round(1000 * seconds)}", "timezone = 'UTC'", _PLANNED_ANEW

    def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> TimedConnection:  # noqa: ANN401 - as the event has them
        connection = TimedConnection.connect(*arguments, **options)
        connection.step_timeout = seconds
        connection.autocommit = True
        # A pooler answers with a number of its own, as it has many servers behind it.
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        connection.pooled = row != (connection.info.backend_pid,)
        if connection.pooled:
            connection.prepare_threshold = None
        else:
            connection.execute("".join(f"SET {setting};" for setting in settings))
        connection.autocommit = False
        return connection

    def begin(connection: Connection) -> None:
        if getattr(connection.connection.driver_connection, "pooled", False):
            connection.exec_driver_sql("".join(f"SET LOCAL {setting};" for setting in settings))

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", begin)


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
