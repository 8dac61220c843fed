"""PostgreSQL: each table is loaded into a temporary one of the session, and decided there."""

from collections.abc import Iterator

import ibis
import pyarrow as pa
from ibis.backends.postgres import Backend
from ibis.common.exceptions import IbisError
from psycopg import Error

from service.bulk.decisions import decisions
from service.bulk.engines.open import UnusableEngineError
from service.bulk.facts import FACTS, ROW
from service.domain.policy import Policy

_TABLE = "chalkline_facts"
_TYPES = {pa.int64(): "bigint", pa.string(): "text", pa.bool_(): "boolean", pa.date32(): "date"}
_COLUMNS = ", ".join(f'"{field.name}" {_TYPES[field.type]}' for field in FACTS)


class PostgresEngine:
    """One session of a database. What it loads is gone when it ends."""

    def __init__(self, connection: Backend) -> None:
        self._connection = connection
        self._run(f'CREATE TEMPORARY TABLE "{_TABLE}" ({_COLUMNS})')

    def decide(self, policy: Policy, facts: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """See ``Engine``."""
        decided = decisions(ibis.table(ibis.Schema.from_pyarrow(FACTS), name=_TABLE), policy)
        for table in facts:
            self._load(table)
            yield self._connection.to_pyarrow(decided).sort_by(ROW)

    def _load(self, table: pa.Table) -> None:
        self._run(f'TRUNCATE "{_TABLE}"')
        with (
            self._connection.con.cursor() as cursor,
            cursor.copy(f'COPY "{_TABLE}" FROM STDIN') as copy,
        ):
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                copy.write_row(row)
        self._connection.con.commit()

    def _run(self, statement: str) -> None:
        self._connection.con.execute(statement)
        self._connection.con.commit()

    def close(self) -> None:
        """See ``Engine``."""
        self._connection.disconnect()


def make_engine(asked: str) -> PostgresEngine:
    """The engine over the database of an address.

    Raises:
        UnusableEngineError: the database cannot be reached.
    """
    try:
        return PostgresEngine(ibis.connect(asked))
    except (Error, IbisError) as error:
        raise UnusableEngineError(f"The database cannot be reached: {str(error).splitlines()[0]}") from error
