"""A connection to a SQLite file to record through, in a thread of its own, in which all writers take turns."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

from service.store.engine import begin_writing, prepare_sqlite
from service.store.outages import outage_of
from service.store.recorder.writer import SharedRows
from service.store.rows import Row
from service.store.sqlite_file import SqliteFile

Cursor: TypeAlias = Any  # pysqlite3 ships no types
Shared: TypeAlias = dict[str, list[Row]]
_T = TypeVar("_T")


class OwnConnection:
    """One connection of its own, made when needed and made anew after a failure.

    ``shared`` are the rows that are known to be there. What is there now may be another file, restored, so they are
    learned anew with each connection.
    """

    def __init__(self, file: SqliteFile, timeout: float) -> None:
        self.shared = SharedRows()
        self._file = file
        self._timeout = timeout
        self._connection: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        file.held_by(self._let_go)

    async def carry_out(self, work: Callable[[Cursor], tuple[_T, Shared]]) -> _T:
        """Do some work in a transaction, which gives what was made and the shared rows that were added.

        Whatever goes wrong, it is rolled back with its connection.

        Raises:
            StoreUnavailableError: the database could not be reached, went away, or cannot do that now.
            SchemaBehindError: it lacks tables.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._carry_out, work)

    async def close(self) -> None:
        """Wait for the work under way, and close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()

    def _carry_out(self, work: Callable[[Cursor], tuple[_T, Shared]]) -> _T:
        try:
            if self._connection is None:
                self._connection = self._file.connect(isolation_level=None)
                self.shared = SharedRows()
                prepare_sqlite(self._connection, self._timeout)
            self._file.check()
            cursor = self._connection.cursor()
            begin_writing(cursor)
            made, shared = work(cursor)
            cursor.execute("COMMIT")
            self.shared.keep(shared)
        except BaseException as error:
            self._drop()
            if (outage := outage_of(error)) is None:
                raise
            raise outage from error
        return made

    def _let_go(self) -> None:
        with suppress(RuntimeError):  # by now it is closed
            self._thread.submit(self._drop)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
