"""PostgreSQL: each table is loaded into a temporary one of the session, and decided there."""

from collections.abc import Callable

import ibis
import pyarrow as pa
import sqlglot
from ibis.backends.postgres import Backend
from ibis.common.exceptions import IbisError
from psycopg import Connection, Error

from service.bulk.decisions import decisions
from service.bulk.engines.open import TableByTable, UnusableEngineError
from service.bulk.facts import FACTS
from service.domain.policy import Policy

_TABLE = "chalkline_facts"
_TYPES = {pa.int64(): "bigint", pa.string(): "text", pa.bool_(): "boolean", pa.date32(): "date"}
_COLUMNS = ", ".join(f'"{field.name}" {_TYPES[field.type]}' for field in FACTS)


def make_engine(asked: str) -> TableByTable:
    """The engine over the database of an address.

    Raises:
        UnusableEngineError: the database cannot be reached.
    """
    try:
        backend: Backend = ibis.connect(asked)
        session = backend.con
        with session.transaction():
            session.execute(f'CREATE TEMPORARY TABLE "{_TABLE}" ({_COLUMNS})')
    except (Error, IbisError) as error:
        raise UnusableEngineError(f"The database cannot be reached: {str(error).splitlines()[0]}") from error

    def prepare(policy: Policy) -> Callable[[pa.Table], pa.Table]:
        decided = decisions(ibis.table(ibis.Schema.from_pyarrow(FACTS), name=_TABLE), policy)
        columns, query = decided.schema().to_pyarrow(), _kept_apart(ibis.to_sql(decided, "postgres", pretty=False))

        def decide_one(table: pa.Table) -> pa.Table:
            with session.transaction():
                _load(session, table)
                rows = session.execute(query).fetchall()
            values = zip(*rows, strict=True) if rows else [()] * len(columns)
            arrays = [pa.array(column, field.type) for column, field in zip(values, columns, strict=True)]
            return pa.table(arrays, schema=columns)

        return decide_one

    return TableByTable(backend, prepare, backend.disconnect)


def _load(session: Connection, table: pa.Table) -> None:
    session.execute(f'TRUNCATE "{_TABLE}"')
    with session.cursor() as cursor, cursor.copy(f'COPY "{_TABLE}" FROM STDIN') as copy:
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            copy.write_row(row)


def _kept_apart(query: str) -> str:
    """The query, with its stages kept apart: PostgreSQL puts one into the next, unless that begins at a row."""
    tree = sqlglot.parse_one(query, read="postgres")
    for stage in tree.find_all(sqlglot.exp.Subquery):
        stage.this.set("offset", sqlglot.exp.Offset(expression=sqlglot.exp.Literal.number(0)))
    return tree.sql("postgres")
