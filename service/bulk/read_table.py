"""A table or view of a PostgreSQL database, read as a CSV file would be: by the readings that read one."""

import io
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql

from service.bulk.text import stream_of

_WITH_FRACTIONS: Final = frozenset(psycopg.adapters.types[name].oid for name in ("numeric", "float4", "float8"))
_TEXT: Final = "to_json({0}) #>> '{{}}' AS {0}"
# Without noughts at the end of the fraction; and 1.234 with one, for its point parts no thousands.
_NUMBER: Final = r"""
    regexp_replace(
        regexp_replace(regexp_replace({0}::text, '(\.[0-9]*[1-9])0+$', '\1'), '\.0+$', ''),
        '^(-?[0-9]{{1,3}}\.[0-9]{{3}})$', '\10'
    ) AS {0}
"""


class UnusableSourceError(ValueError):
    """A table that cannot be read. The message is a sentence for the person who named it, without the password."""


@contextmanager
def open_rows(address: str, counts: Callable[[Sequence[str]], Container[str]]) -> Iterator[io.BufferedReader]:
    """The rows of a table as CSV with a header, as of one instant. Days and instants are written in UTC.

    ``counts`` says which columns, by their names, state numbers: those that are numbers have no point that may part
    thousands.

    Its address is ``postgresql://USER:PASSWORD@HOST/NAME#SCHEMA.TABLE``.

    Raises:
        UnusableSourceError: the database cannot be reached, or has no such table.
    """
    where, _, table = address.rpartition("#")
    try:
        with psycopg.connect(where) as connection:
            connection.execute("SET LOCAL timezone = 'UTC'")  # a pooler takes no such option, and knows transactions
            named = sql.Identifier(*table.split("."))
            columns = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(named)).description or ()
            # As JSON writes it, a flag is true or false, and an instant is as CRMs write one.
            counting = counts([column.name for column in columns])
            forms = (
                _NUMBER if column.name in counting and column.type_code in _WITH_FRACTIONS else _TEXT
                for column in columns
            )
            texts = sql.SQL(", ").join(
                sql.SQL(form).format(sql.Identifier(column.name)) for form, column in zip(forms, columns, strict=True)
            )
            query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(texts, named)
            with connection.cursor() as cursor, cursor.copy(query) as copy:
                yield stream_of(bytes(piece) for piece in copy)
    except psycopg.Error as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnusableSourceError(f"The table {table} cannot be read: {said}") from error
