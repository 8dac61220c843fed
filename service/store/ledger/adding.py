"""Add many rows to a table of the ledger at once, as one JSON.

PostgreSQL reads it sooner than arrays; SQLite adds them in one step, for which Python's lock is let go but once.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Column, LargeBinary
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no type for it


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows, whose values are in the order of the table's columns. Bytes are text in UTF-8."""
    if not rows:
        return
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    names = list(SQLModel.metadata.tables[str(table.__tablename__)].columns.keys())
    listed = rows if is_sqlite else [dict(zip(names, row, strict=True)) for row in rows]
    insert = _insert_by_place(table) if is_sqlite else _insert_by_name(table)
    connection.exec_driver_sql(insert, (orjson.dumps(listed, bytes.decode).decode(),))


@cache
def _insert_by_place(table: type[SQLModel]) -> str:
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    read = (f"value ->> {place}" for place in range(len(columns)))
    values = (f"CAST({one} AS BLOB)" if _is_bytes(each) else one for one, each in zip(read, columns, strict=True))
    return f"INSERT INTO {table.__tablename__} SELECT {', '.join(values)} FROM json_each(?)"  # noqa: S608 - our own names


@cache
def _insert_by_name(table: type[SQLModel]) -> str:
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    values = (f"convert_to({each.name}, 'UTF8')" if _is_bytes(each) else each.name for each in columns)
    kinds = ("text" if _is_bytes(each) else each.type.compile(_DIALECT) for each in columns)
    read = ", ".join(f"{each.name} {kind}" for each, kind in zip(columns, kinds, strict=True))
    return (
        f"INSERT INTO {table.__tablename__} ({', '.join(columns.keys())}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(values)} FROM json_to_recordset(%s::json) AS added ({read})"
    )


def _is_bytes(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary)
