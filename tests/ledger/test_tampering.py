"""What somebody changes straight in the database is found, and named: some of it only beside a kept checkpoint."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Connection, Engine, Uuid, bindparam, text

from service.delivery.log_reader import NotServedError
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.notes import NoteSigner
from service.domain.ledger.tiles import read_path
from service.store.database import Readable
from service.store.engine import connect_engine
from service.store.ledger.reading import find_checkpoint, find_tile
from service.usecases.ledger_key import KeyPlace, LedgerStoppedError
from service.usecases.seal import Sealer
from service.usecases.tell_ledger import lines_from
from service.usecases.verify_log import GoodLog, verify_log
from tests.ledger.sealing import OTHER_SIGNER, SIGNER, Published, record, seal_all, sealed, sealer
from tests.store.jobs import AT, recording

ENTRIES = 300
TABLES = ("decisions", "ledger_entries", "ledger_salts", "ledger_tiles", "ledger_checkpoints")


class Served:
    """A database's ledger, as its service answers it."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def read(self, path: str) -> bytes:
        """See ``LogReader``."""
        if path == "checkpoint":
            return find_checkpoint(self._database.engine).note.encode()
        if path.startswith("entries?"):
            since, limit = (int(each.partition("=")[2]) for each in path.partition("?")[2].split("&"))
            return orjson.dumps({"items": lines_from(self._database, since, limit, conduct=True)})
        wanted = read_path(path)
        found = None if wanted is None else find_tile(self._database.engine, wanted)
        if found is None:
            raise NotServedError(path)
        return found


def verified(database: Readable, kept: Sequence[Checkpoint] = (), by: NoteSigner = SIGNER) -> GoodLog | Bad:
    async def go() -> Any:  # noqa: ANN401 - the last of several kinds
        return [each async for each in verify_log(Served(database), [by.key], kept)][-1]

    found: GoodLog | Bad = asyncio.run(go())
    return found


@contextmanager
def unguarded(engine: Engine) -> Iterator[Connection]:
    """A connection of somebody who owns the database, and takes away what refuses changes."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        yield connection


@contextmanager
def ledger(url: str) -> Iterator[tuple[Readable, Checkpoint]]:
    """A sealed ledger of 300 decisions, and a checkpoint that somebody kept when it had 200."""

    async def make() -> Checkpoint:
        async with recording(url) as database:
            by = sealer(database)
            await record(database, *(f"acc-{number}" for number in range(200)), name="Sample GmbH")
            await asyncio.to_thread(seal_all, by)
            kept = find_checkpoint(database.engine)
            await record(database, *(f"acc-{number}" for number in range(200, ENTRIES)))
            await asyncio.to_thread(seal_all, by)
            opened = open_checkpoint(kept.note.encode(), [SIGNER.key])
            assert isinstance(opened, Checkpoint)
            return opened

    kept = asyncio.run(make())
    database = Readable(connect_engine(url))
    try:
        yield database, kept
    finally:
        database.engine.dispose()


def _of_seventh(database: Readable, connection: Connection, change: str) -> None:
    """Change the decision of the entry with number 7."""
    of = UUID(sealed(database)[1][7].subject)
    connection.execute(text(f"{change} WHERE id = :id").bindparams(bindparam("id", of, Uuid())))


def test_a_ledger_that_nobody_touched_is_good(database_url: str) -> None:
    with ledger(database_url) as (database, kept):
        found = verified(database, [kept])
        assert isinstance(found, GoodLog), found
        assert (found.checkpoint.size, found.redacted) == (ENTRIES, 0)


def edited_field(database: Readable, connection: Connection) -> None:
    _of_seventh(database, connection, "UPDATE decisions SET team = 'LARGE'")


def edited_name(database: Readable, connection: Connection) -> None:
    change = "UPDATE decisions SET facts = replace(facts, 'Sample GmbH', 'Another AG')"
    _of_seventh(database, connection, change)


def deleted_decision(database: Readable, connection: Connection) -> None:
    _of_seventh(database, connection, "DELETE FROM decisions")


def edited_salts(_: Readable, connection: Connection) -> None:
    connection.execute(text("UPDATE ledger_salts SET salts = replace(salts, '0', '1') WHERE number = 7"))


def edited_entry(_: Readable, connection: Connection) -> None:
    connection.execute(
        text("UPDATE ledger_entries SET entry = (SELECT entry FROM ledger_entries WHERE number = 8) WHERE number = 7")
    )


def swapped(_: Readable, connection: Connection) -> None:
    for was, becomes in ((7, 9_000), (8, 7), (9_000, 8)):
        change = text("UPDATE ledger_entries SET number = :becomes WHERE number = :was")
        connection.execute(change, {"was": was, "becomes": becomes})


def deleted_entry(_: Readable, connection: Connection) -> None:
    connection.execute(text("DELETE FROM ledger_entries WHERE number = 7"))


def inserted(_: Readable, connection: Connection) -> None:
    connection.execute(text("UPDATE ledger_entries SET number = number + 1000 WHERE number >= 7"))
    connection.execute(
        text("INSERT INTO ledger_entries SELECT 7, kind, 'no identifier', entry FROM ledger_entries WHERE number = 6")
    )
    connection.execute(text("UPDATE ledger_entries SET number = number - 999 WHERE number >= 1000"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (edited_field, Fault.RECORD_DIFFERS),
        (edited_name, Fault.VALUE_DIFFERS),
        (deleted_decision, Fault.RECORD_MISSING),
        (edited_salts, Fault.VALUE_DIFFERS),
        (edited_entry, Fault.LEAF_DIFFERS),
        (swapped, Fault.LEAF_DIFFERS),
        (deleted_entry, None),
        (inserted, Fault.LEAF_DIFFERS),
    ],
)
def test_a_change_is_found_and_its_entry_named(
    database_url: str, change: Callable[[Readable, Connection], None], fault: Fault | None
) -> None:
    with ledger(database_url) as (database, _):
        with unguarded(database.engine) as connection:
            change(database, connection)

        found = verified(database)

        assert isinstance(found, Bad), found
        assert found.number == 7
        assert fault is None or found.fault is fault


def cut(database: Readable, size: int) -> None:
    """Take away the last entries, with tiles and checkpoints, as if they had never been there."""
    with unguarded(database.engine) as connection:
        for statement in (
            "DELETE FROM ledger_entries WHERE number >= :size",
            "DELETE FROM ledger_salts WHERE number >= :size",
            "DELETE FROM ledger_checkpoints WHERE size > :size",
            "DELETE FROM ledger_tiles WHERE (level > 0 OR place > 0) AND :size < 256",
        ):
            connection.execute(text(statement), {"size": size})
        tile = connection.scalar(text("SELECT hashes FROM ledger_tiles WHERE level = 0 AND place = 0"))
        shorter = {"hashes": bytes(tile)[: size * 32]}
        connection.execute(text("UPDATE ledger_tiles SET hashes = :hashes WHERE place = 0"), shorter)


def test_a_tail_that_is_cut_off_is_found_by_a_kept_checkpoint(database_url: str) -> None:
    with ledger(database_url) as (database, earlier):
        opened = open_checkpoint(find_checkpoint(database.engine).note.encode(), [SIGNER.key])
        assert isinstance(opened, Checkpoint)
        cut(database, 200)

        assert isinstance(verified(database, [earlier]), GoodLog)
        found = verified(database, [opened])
        assert isinstance(found, Bad)
        assert (found.fault, found.number, found.last) == (Fault.SHORTER, 200, ENTRIES - 1)


def unseal(connection: Connection) -> None:
    """Take the whole ledger away, so that all is sealed anew."""
    for table in TABLES[1:]:
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    connection.execute(text("INSERT INTO ledger_fills (kind) VALUES ('decision')"))


def seal_anew(database: Readable, by: NoteSigner) -> None:
    """Change a decision, and seal everything anew as if it had always been so."""
    with unguarded(database.engine) as connection:
        edited_field(database, connection)
        unseal(connection)
    seal_all(sealer(database, by))


def test_a_ledger_that_is_sealed_anew_is_found_by_its_key_or_by_a_kept_checkpoint(database_url: str) -> None:
    with ledger(database_url) as (database, kept):
        seal_anew(database, OTHER_SIGNER)
        assert isinstance(verified(database, by=OTHER_SIGNER), GoodLog)
        found = verified(database)
        assert isinstance(found, Bad)
        assert found.fault is Fault.UNKNOWN_KEY

        # Nobody but a checkpoint that was kept can tell it from the one before, where the key was lost too.
        with unguarded(database.engine) as connection:
            unseal(connection)
        seal_all(sealer(database))
        assert isinstance(verified(database), GoodLog)
        found = verified(database, [kept])
        assert isinstance(found, Bad)
        assert found.fault is Fault.REWRITTEN
        assert (found.number, found.last) == (0, 199)


def test_a_sealer_goes_on_from_no_tree_but_the_one_that_was_signed(database_url: str) -> None:
    with ledger(database_url) as (database, _):
        told = Published()
        by = sealer(database, told=told)
        asyncio.run(record_later(database_url, "acc-new"))
        seal_all(by)
        assert len(told.notes) > 0
        asyncio.run(record_later(database_url, "acc-newer", minutes=2))
        cut(database, 200)
        stops(by, "older copy")
        stops(sealer(database, told=told), "older copy")
        stops(sealer(database, OTHER_SIGNER), "not signed by a key")


def test_a_sealer_signs_nothing_over_a_tile_that_was_changed(database_url: str) -> None:
    with ledger(database_url) as (database, _):
        asyncio.run(record_later(database_url, "acc-new"))
        with unguarded(database.engine) as connection:
            tile = bytes(
                connection.scalar(text("SELECT hashes FROM ledger_tiles WHERE level = 0 AND place = 1")) or b""
            )
            connection.execute(
                text("UPDATE ledger_tiles SET hashes = :hashes WHERE level = 0 AND place = 1"),
                {"hashes": bytes(32) + tile[32:]},
            )
        stops(sealer(database), "not the one that was signed")
        assert find_checkpoint(database.engine).size == ENTRIES


def test_a_sealer_without_the_key_of_what_is_sealed_makes_no_other(database_url: str) -> None:
    with ledger(database_url) as (database, _):
        asyncio.run(record_later(database_url, "acc-new"))
        by = sealer(database, place=KeyPlace())
        stops(by, "the key that signed them is not here")


def stops(by: Sealer, why: str) -> None:
    with pytest.raises(LedgerStoppedError, match=why):
        by.step()


async def record_later(url: str, *accounts: str, minutes: int = 1) -> None:
    async with recording(url, clock=lambda: AT + timedelta(minutes=minutes)) as database:
        await record(database, *accounts)
