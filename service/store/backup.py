"""Back a SQLite database up into one file while it is in use, and put such a file in its place while it is not."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import make_url

from service.store.errors import BackupRefusedError

_LOCKED_BYTES, _FIRST_LOCKED_BYTE = 512, 0x40000000
"""What SQLite locks of a file, as its file format says; whoever has a write-ahead log open shares a lock on these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A database that was copied: what it is now, and at which revision its schema. ``replaced`` was there before."""

    file: Path
    bytes: int
    revision: str
    replaced: Path | None = None


def back_up(url: str, file: Path, note: Callable[[], None] = lambda: None) -> Copied:
    """Copy the database, as it is at one instant, into a new file. Recording goes on meanwhile.

    ``note`` is called when nothing stands against it, and before anything is copied: what it raises keeps that undone.

    Raises:
        BackupRefusedError: there is no SQLite database of ours, it is damaged, or the file cannot be made.
    """
    with _told(file):
        if file.exists():
            raise BackupRefusedError(f"There is a file {file} already; name another")
        source, unfinished = _there(_path(url)), file.with_name(f"{file.name}.unfinished")
        note()
        revision = _copy(source, unfinished)
        unfinished.rename(file)
        _sync(file.parent)
    return Copied(file=file, bytes=file.stat().st_size, revision=revision)


def restore(url: str, file: Path, aside: str) -> Copied:
    """Put a copy of a backup in the place of the database; what was there is kept under its name and ``aside``.

    Raises:
        BackupRefusedError: the database is in use, the file is no database of ours or is damaged, or the settings name
            no SQLite database.
    """
    path = _path(url).resolve()
    unfinished, replaced = path.with_name(f"{path.name}.unfinished"), path.with_name(f"{path.name}{aside}")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _out_of_use(path):
            revision = _copy(_there(file), unfinished)
            there = path.exists()
            if there:
                _belong_alike(path, unfinished)
                replaced.hardlink_to(path)
            for suffix in ("-wal", "-shm", "-journal"):
                # Of what was there: SQLite would take it for a part of what is put there now.
                beside = path.with_name(path.name + suffix)
                if beside.exists():
                    beside.rename(replaced.with_name(replaced.name + suffix))
            unfinished.replace(path)
            _sync(path.parent)
    return Copied(file=path, bytes=path.stat().st_size, revision=revision, replaced=replaced if there else None)


def _path(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise BackupRefusedError("PostgreSQL has pg_dump and pg_restore for that; docs/how/back-up.md says how")
    return Path(parsed.database)


def _there(file: Path) -> Path:
    if not file.exists():
        raise BackupRefusedError(f"There is no file {file}")
    return file


def _copy(source: Path, target: Path) -> str:
    """Copy a database of ours into one file without a log beside it, and give the revision of its schema."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # what is in it, few may read
    try:
        with (
            closing(sqlite.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as read,
            closing(sqlite.connect(target)) as written,
        ):
            read.backup(written)
            written.execute("PRAGMA journal_mode = DELETE")
            return _revision(written, source)
    except sqlite.DatabaseError as error:
        target.unlink(missing_ok=True)
        raise BackupRefusedError(f"{source} cannot be read: {error}") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _revision(copy: Any, source: Path) -> str:  # noqa: ANN401 - a DBAPI connection has no type of its own
    (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise BackupRefusedError(f"{source} is damaged: {found}")
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not {"alembic_version", "decisions"} <= tables:
        raise BackupRefusedError(f"{source} is no database of Chalkline's")
    ((revision,),) = copy.execute("SELECT version_num FROM alembic_version")
    return str(revision)


@contextmanager
def _out_of_use(path: Path) -> Iterator[None]:
    """Keep everybody else out of the database, if there is one: by the lock that SQLite itself keeps writers out with.

    Raises:
        BackupRefusedError: somebody has it open.
    """
    if not path.exists():
        yield
        return
    _fold(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _FIRST_LOCKED_BYTE)
        except OSError as error:
            raise BackupRefusedError(f"{path} is in use: stop the service and its workers first") from error
        yield
    finally:
        os.close(descriptor)


def _fold(path: Path) -> None:
    """Move what the log holds into the file, where that can be done: of a damaged database it stays beside it."""
    try:
        with closing(sqlite.connect(path, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite.DatabaseError:
        return


def _belong_alike(path: Path, copy: Path) -> None:
    """Let the service go on to read and write, whoever restores."""
    owned = path.stat()
    copy.chmod(owned.st_mode & 0o777)
    if (owned.st_uid, owned.st_gid) != (copy.stat().st_uid, copy.stat().st_gid):
        os.chown(copy, owned.st_uid, owned.st_gid)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupRefusedError(f"{error.filename or file} cannot be written: {error.strerror}") from error
