"""Lift, for a migration, what refuses to change rows that are never changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


@contextmanager
def unguarded(connection: Connection, table: str) -> Iterator[None]:
    """Let rows of a table be changed; nobody else sees the table without what refuses it."""
    is_lite = connection.dialect.name == "sqlite"
    guard = f"{table}_refuse_{'update' if is_lite else 'change'}"
    if not is_lite:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {guard}"))
        yield
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {guard}"))
        return
    as_made = text("SELECT sql FROM sqlite_master WHERE name = :guard")
    made_by = str(connection.scalar(as_made, {"guard": guard}))
    connection.execute(text(f"DROP TRIGGER {guard}"))
    yield
    connection.exec_driver_sql(made_by)
