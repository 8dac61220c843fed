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
from service.store.recorder.writer import BatchWriter
from service.store.recording import Clock

if TYPE_CHECKING:  # what handles columns is loaded for whole tables alone
    from service.store.recorder.copies import PostgresCopies


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
    copies: "Callable[[], PostgresCopies] | None" = None
    """A writer of many classifications at once, where the database has one."""


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
        writer = SqliteBatches(file_of(engine), timeout, cache)
        return Database(engine, Recorder(writer, rising, observe, timeout), elsewhere)
    writer = PostgresBatches(url, timeout, cache)

    def copies() -> "PostgresCopies":
        from service.store.recorder.copies import PostgresCopies  # noqa: PLC0415 - as above

        return PostgresCopies(url, timeout, rising, cache)

    return Database(engine, Recorder(writer, rising, observe, timeout), elsewhere, copies)
