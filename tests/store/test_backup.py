"""Backups of SQLite: one file that is whole, and nothing put in the place of what is in use."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Engine, make_url, text

from service.store.backup import back_up, restore
from service.store.engine import connect_engine
from service.store.errors import BackupRefusedError
from service.store.migrations import NEWEST
from tests.commands import run_for_text
from tests.databases import PostgresDatabases, SqliteDatabases

ASIDE = ".replaced"


@pytest.fixture
def url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    with sqlite_databases.fresh() as url:
        yield url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect_engine(url)
    yield opened
    opened.dispose()


def path_of(url: str) -> Path:
    return Path(str(make_url(url).database))


def keep(engine: Engine, name: str) -> None:
    """Have something in the database by which it is known again."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO policy_findings VALUES (:name, '', '')"), {"name": name})


def kept(path: Path) -> list[str]:
    with closing(sqlite.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT digest FROM policy_findings ORDER BY digest")]


def beside(path: Path) -> set[str]:
    return {each.name.removeprefix(path.name) for each in path.parent.glob(f"{path.name}*")}


def backup_of(url: str, file: Path, name: str) -> Path:
    """A backup in which there is something of a name, while the database has gone on."""
    engine = connect_engine(url)
    keep(engine, name)
    back_up(url, file)
    keep(engine, "later")
    engine.dispose()
    return file


def test_a_backup_is_one_file_with_all_that_was_committed_while_the_database_is_in_use(
    url: str, engine: Engine, tmp_path: Path
) -> None:
    keep(engine, "in the log")
    assert beside(path_of(url)) == {"", "-wal", "-shm"}
    file = tmp_path / "chalkline.backup"

    copied = back_up(url, file)

    assert (copied.file, copied.revision, copied.bytes) == (file, NEWEST, file.stat().st_size)
    assert list(tmp_path.iterdir()) == [file]
    assert kept(file) == ["in the log"]
    assert file.stat().st_mode & 0o777 == 0o600
    keep(engine, "goes on")


def test_what_is_restored_is_what_was_backed_up_and_what_was_there_is_kept(url: str, tmp_path: Path) -> None:
    path, file = path_of(url), backup_of(url, tmp_path / "chalkline.backup", "kept")
    path.chmod(0o640)

    copied = restore(url, file, ASIDE)

    assert (copied.file, copied.replaced, copied.revision) == (path, path.with_name(path.name + ASIDE), NEWEST)
    assert kept(path) == ["kept"]
    assert kept(path.with_name(path.name + ASIDE)) == ["kept", "later"]
    assert path.stat().st_mode & 0o777 == 0o640
    assert file.exists()


def test_a_database_that_is_in_use_is_not_restored_and_nothing_of_it_is_changed(
    url: str, engine: Engine, tmp_path: Path
) -> None:
    file = backup_of(url, tmp_path / "chalkline.backup", "kept")
    keep(engine, "idle by now")

    ran = run_restore(url, file)

    assert (ran.returncode, ran.stderr) == (2, f"{path_of(url)} is in use: stop the service and its workers first.\n")
    keep(engine, "goes on")
    assert kept(path_of(url)) == ["goes on", "idle by now", "kept", "later"]
    assert beside(path_of(url)) == {"", "-wal", "-shm"}


def run_restore(url: str, file: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own: to SQLite, whoever is in one process is one user."""
    return run_for_text("restore", str(file), environment={"CHALKLINE_DATABASE_URL": url})


@pytest.mark.parametrize("there", ["the log of a process that was killed", "a damaged database", "a log alone"])
def test_a_log_that_is_stale_is_not_read_as_a_part_of_what_is_restored(url: str, there: str, tmp_path: Path) -> None:
    file = backup_of(url, tmp_path / "chalkline.backup", "kept")
    engine = connect_engine(url)
    keep(engine, "stale")
    left = tmp_path / "left"
    left.mkdir()
    for suffix in ("", "-wal", "-shm"):
        (left / f"chalkline.db{suffix}").write_bytes(path_of(url).with_name(path_of(url).name + suffix).read_bytes())
    engine.dispose()
    path = left / "chalkline.db"
    if there == "a damaged database":
        no_database(path)
    elif there == "a log alone":
        path.unlink()

    restore(f"sqlite:///{path}", file, ASIDE)

    assert not {"-wal", "-shm"} & beside(path)
    assert kept(path) == ["kept"]


def test_where_there_is_no_database_the_backup_becomes_it(url: str, tmp_path: Path) -> None:
    file = backup_of(url, tmp_path / "chalkline.backup", "kept")

    copied = restore(f"sqlite:///{tmp_path}/data/chalkline.db", file, ASIDE)

    assert copied.replaced is None
    assert kept(tmp_path / "data" / "chalkline.db") == ["kept"]


def no_database(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def of_another(file: Path) -> None:
    file.unlink()
    with closing(sqlite.connect(file)) as connection:
        connection.execute("CREATE TABLE decisions (id)")


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 4096 // 2 * 4096
    content[middle : middle + 4096 * 8] = b"\xff" * 4096 * 8
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_database, "cannot be read"),
        (damaged, "damaged|cannot be read"),
        (of_another, "no database of Chalkline's"),
        (empty, "no database of Chalkline's"),
        (Path.unlink, "There is no file"),
    ],
    ids=["no database", "damaged", "of another", "empty", "nowhere"],
)
def test_what_is_no_whole_database_of_ours_is_not_restored(
    url: str, spoil: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    file, path = backup_of(url, tmp_path / "chalkline.backup", "kept"), path_of(url)
    spoil(file)

    with pytest.raises(BackupRefusedError, match=said):
        restore(url, file, ASIDE)

    assert kept(path) == ["kept", "later"]
    assert beside(path) == {""}


def test_a_backup_overwrites_no_file_and_says_where_it_cannot_be_made(url: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("of somebody")

    for file, said in ((tmp_path / "there", "already"), (tmp_path / "no" / "folder", "No such file")):
        with pytest.raises(BackupRefusedError, match=said):
            back_up(url, file)
    with pytest.raises(BackupRefusedError, match="There is no file"):
        back_up(f"sqlite:///{tmp_path}/nowhere.db", tmp_path / "new")

    assert (tmp_path / "there").read_text() == "of somebody"
    assert [each.name for each in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_for_postgresql_the_commands_say_what_does_it(
    command: str, postgres: PostgresDatabases, tmp_path: Path
) -> None:
    with postgres.fresh() as url:
        ran = run_for_text(command, str(tmp_path / "file"), environment={"CHALKLINE_DATABASE_URL": url})

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "pg_dump and pg_restore" in ran.stderr
