"""A SQLite file as this process has it open, and what is done when it is gone or is another file by now."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias
from urllib.parse import quote
from weakref import WeakSet

import pysqlite3.dbapi2 as sqlite

from service.store.errors import StoreUnavailableError

_Identity: TypeAlias = tuple[int, int]


class SqliteFile:
    """Where every connection of a process to one file is made.

    SQLite goes on with a file that was removed, so that what it is told is lost. And a file that was put in its place
    must not be opened before the old one is let go of, with all that its write-ahead log holds: they would share the
    log, which goes by the name alone.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._lock = Lock()
        self._opened: _Identity | None = None
        self._connections: WeakSet[Any] = WeakSet()
        self._holders: list[Callable[[], None]] = []

    def held_by(self, let_go: Callable[[], None]) -> None:
        """Have this called, from any thread, where connections that are not in use are to be closed."""
        self._holders.append(let_go)

    def connect(self, **options: Any) -> Any:  # noqa: ANN401 - pysqlite3 ships no types
        """A new connection to the file, which is never made by that.

        Raises:
            StoreUnavailableError: it is not there, or another one while the old one is in use.
            sqlite3.Error: it cannot be opened.
        """
        with self._lock:
            found = self._found()
            if self._connections and found != self._opened:
                found = None
            if found is not None:
                self._opened = found
                address = f"file:{quote(str(self.path))}?mode=rw"
                connection = sqlite.connect(address, uri=True, factory=_Connection, **options)
                self._connections.add(connection)
                connection.file = self
                return connection
        raise self._astray()

    def check(self) -> None:
        """See that the file is the one that is open.

        Raises:
            StoreUnavailableError: it is gone, or was replaced. What is open is let go of: try again.
        """
        if self.is_astray():
            raise self._astray()

    def is_astray(self) -> bool:
        """Whether what is open is not what has the file's name."""
        return self._found() != self._opened

    def make(self) -> None:
        """Make the file, empty, and its folder, where there is none.

        Raises:
            StoreUnavailableError: it cannot be made.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self.path.touch()
        except OSError as error:
            said = f"{error.filename} cannot be made for the database: {error.strerror}"
            raise StoreUnavailableError(said) from error

    def _found(self) -> _Identity | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def forget(self, connection: Any) -> None:  # noqa: ANN401 - as above
        """Take a connection for closed."""
        with self._lock:
            self._connections.discard(connection)

    def _astray(self) -> StoreUnavailableError:
        for let_go in self._holders:
            let_go()
        if self._found() is None:
            told = "" if self._opened else ": chalkline migrate"  # which makes one, where there was none
            return StoreUnavailableError(f"The database's file is not there{told}")
        return StoreUnavailableError("The database's file was replaced")


class _Connection(sqlite.Connection):  # type: ignore[misc]  # pysqlite3 ships no types
    """A connection that leaves nothing behind for a file that took the place of its own."""

    file: SqliteFile | None = None

    def close(self) -> None:
        """Close it."""
        if self.file is not None and self.file.is_astray():
            with suppress(sqlite.Error):
                self.rollback()
                self.execute("PRAGMA busy_timeout = 0")  # the last one to be closed succeeds
                self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        super().close()
        if self.file is not None:
            self.file.forget(self)
