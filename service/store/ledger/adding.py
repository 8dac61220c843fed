"""Add many rows to a table of the ledger at once: as arrays to PostgreSQL, which then parses one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no type for it


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows, whose values are in the order of the table's columns."""
    if not rows:
        return
    connection = session.connection()
    statement = _statement(table, connection.dialect.name)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement, list(rows))
    else:
        connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))


@cache
def _statement(table: type[SQLModel], dialect: str) -> str:
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    into = f"INSERT INTO {table.__tablename__} ({', '.join(each.name for each in columns)})"
    if dialect == "sqlite":
        return f"{into} VALUES ({', '.join('?' * len(columns))})"
    arrays = ", ".join(f"%s::{each.type.compile(_DIALECT)}[]" for each in columns)
    return f"{into} SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names
