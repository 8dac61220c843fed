"""A database: the engine that reads from it, and the recorder that writes decisions into it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from service.store.clock import Ahead, RisingClock
from service.store.engine import TIMEOUT_SECONDS, connect_engine, file_of
from service.store.policy_cache import cache_of
from service.store.recorder.postgres import PostgresBatches
from service.store.recorder.recorder import Recorder
from service.store.recorder.sqlite import SqliteBatches
from service.store.recorder.sqlite_connection import OwnConnection
from service.store.recorder.writer import BatchWriter
from service.store.recording import Clock

if TYPE_CHECKING:  # what handles columns is loaded for whole tables alone
    from service.store.recorder.copies import Copies

_AT_ONCE = 2
"""So many transactions of many classifications keep PostgreSQL busy."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A database to read from. Another process may have made it by itself."""

    engine: Engine


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another process needs to read from the same database."""

    url: str = field(repr=False)
    timeout: float

    def connect(self) -> Readable:
        """A connection of that process."""
        return Readable(connect_engine(self.url, self.timeout))


@dataclass(frozen=True, slots=True)
class Database(Readable):
    """What the use cases read from and record into."""

    recorder: Recorder
    elsewhere: Elsewhere
    copies: "Callable[[], list[Copies]]" = list
    """As many writers of many classifications at once as the database takes transactions at a time."""


def open_database(
    url: str,
    *,
    clock: Clock,
    random_bits: Callable[[], int],
    observe: Callable[[int, float], None],
    timeout: float = TIMEOUT_SECONDS,
    ahead: Ahead = lambda _: None,
) -> Database:
    """Open ``sqlite:///path`` or ``postgresql://...``. Nothing is connected before it is needed.

    ``observe`` is told of each batch that the recorder carried out: how many jobs, how many seconds; ``ahead`` of an
    account whose newest instant is far ahead of the clock: how far.
    A database that keeps a batch or a reader waiting for ``timeout`` seconds is unavailable.

    Raises:
        UnsafeSqliteError: SQLite is asked for, and the library here can corrupt a write-ahead log.
        UnusableUrlError: it is no such address, or has a parameter that is not understood.
    """
    engine, elsewhere = connect_engine(url, timeout), Elsewhere(url, timeout)
    rising, cache = RisingClock(clock, random_bits, ahead), cache_of(engine)
    writer: BatchWriter
    if engine.dialect.name == "sqlite":
        own = OwnConnection(file_of(engine), timeout)
        writer = SqliteBatches(own, cache)

        def copies() -> "list[Copies]":
            from service.store.recorder.sqlite_copies import SqliteCopies  # noqa: PLC0415 - as above

            return [SqliteCopies(own, rising, cache)]
    else:
        writer = PostgresBatches(url, timeout, cache)

        def copies() -> "list[Copies]":
            from service.store.recorder.postgres_copies import PostgresCopies  # noqa: PLC0415 - as above

            return [PostgresCopies(url, timeout, rising, cache) for _ in range(_AT_ONCE)]

    return Database(engine, Recorder(writer, rising, observe, timeout), elsewhere, copies)
