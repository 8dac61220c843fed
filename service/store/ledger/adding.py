"""Add many rows to a table of the ledger at once: to PostgreSQL as one JSON, which it reads sooner than its arrays."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import LargeBinary
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no type for it


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows, whose values are in the order of the table's columns. Bytes are text in UTF-8."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_insert(table), list(rows))
        return
    names = list(SQLModel.metadata.tables[str(table.__tablename__)].columns.keys())
    told = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], bytes.decode)
    connection.exec_driver_sql(_insert_json(table), (told.decode(),))


@cache
def _insert(table: type[SQLModel]) -> str:
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    return f"INSERT INTO {table.__tablename__} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our own names


@cache
def _insert_json(table: type[SQLModel]) -> str:
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    in_bytes = {each.name for each in columns if isinstance(each.type, LargeBinary)}
    values = (f"convert_to({each.name}, 'UTF8')" if each.name in in_bytes else each.name for each in columns)
    kinds = ("text" if each.name in in_bytes else each.type.compile(_DIALECT) for each in columns)
    read = ", ".join(f"{each.name} {kind}" for each, kind in zip(columns, kinds, strict=True))
    return (
        f"INSERT INTO {table.__tablename__} ({', '.join(columns.keys())}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(values)} FROM json_to_recordset(%s::json) AS added ({read})"
    )
