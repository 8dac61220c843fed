"""Lift what refuses to change rows that are never changed: for a migration, or a redaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table AND sql LIKE '% UPDATE %'"
_MAY_LIFT = text("SELECT to_regprocedure('is_lifted(oid)') IS NOT NULL")
_LIFTED = text("SELECT coalesce(current_setting('chalkline.lifted', true), '')")
_LIFT = text("SELECT set_config('chalkline.lifted', pg_current_xact_id()::text, true)")
_LEAVE = text("SELECT set_config('chalkline.lifted', :before, true)")


@contextmanager
def unguarded(connection: Connection, *tables: str) -> Iterator[None]:
    """Let rows of tables be changed in this transaction; nobody else sees them without what refuses it."""
    if connection.dialect.name == "postgresql" and not connection.scalar(_MAY_LIFT):
        # A migration from before guards looked whether they are lifted: nobody else is at work.
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_refuse_change"))
        yield
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_refuse_change"))
        return
    if connection.dialect.name == "postgresql":
        before = connection.scalar(_LIFTED)
        connection.execute(_LIFT)
        yield
        connection.execute(_LEAVE, {"before": before})
        return
    lifted = [row for table in tables for row in connection.execute(text(_TRIGGERS), {"table": table}).all()]
    for name, _ in lifted:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, made_by in lifted:
        connection.exec_driver_sql(made_by)
