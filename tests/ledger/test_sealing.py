"""What is recorded is sealed: each row once, in numbers without holes, under one tree."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import Session

from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.entries import read_entry
from service.domain.ledger.merkle import is_consistent, is_included, leaf_hash
from service.store.database import Database
from service.store.decisions import find_decision, find_decisions, page_of_decisions
from service.store.filters import DecisionFilter
from service.store.ledger.reading import all_checkpoints, decision_subject, prove, prove_consistency
from service.usecases import seal as usecase
from tests.databases import PostgresDatabases
from tests.ledger.naive import naive_root
from tests.ledger.sealing import SIGNER, Published, record, seal_all, sealed, sealer, waiting_rows
from tests.store.jobs import recording

SAID = f"""
INSERT INTO statements (id, kind, subject_id, said_by, said_at, body)
VALUES ('{UUID(int=9)}', 'handoff_terms', '{UUID(int=8)}', 'somebody', now(), '{{}}')
"""  # noqa: S608 - our own names


def test_what_is_recorded_gets_the_next_numbers_under_a_signed_tree(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            first = await record(database, "acc-1", "acc-2")
            told = Published()
            by = sealer(database, told=told)
            await asyncio.to_thread(seal_all, by)
            then = await record(database, "acc-3")
            await asyncio.to_thread(seal_all, by)

            checkpoint, entries = sealed(database)
            assert [(each.number, each.kind, each.subject) for each in entries] == [
                (number, "decision", subject) for number, subject in enumerate([*first, *then])
            ]
            assert waiting_rows(database) == 0
            assert checkpoint.size == 3
            assert checkpoint.root == naive_root([each.entry for each in entries])
            opened = open_checkpoint(checkpoint.note.encode(), [SIGNER.key])
            assert opened == Checkpoint(origin=SIGNER.name, size=3, root=checkpoint.root)
            assert told.notes[-1] == checkpoint.note
            assert [each.size for each in all_checkpoints(database.engine)] == [2, 3]
            hold_proofs(database)

    asyncio.run(go())


def hold_proofs(database: Database) -> None:
    """Every entry is proved by the newest checkpoint, and of every pair of checkpoints that one begins the other."""
    checkpoint, entries = sealed(database)
    for each in entries:
        proved = prove(database.engine, each.kind, each.subject)
        assert proved is not None
        assert proved.told.sealed == each
        assert is_included(leaf_hash(each.entry), each.number, checkpoint.size, proved.hashes, checkpoint.root)
    kept = all_checkpoints(database.engine)
    for first in kept:
        for second in kept:
            if first.size <= second.size:
                proof = prove_consistency(database.engine, first.size, second.size)
                assert proof is not None
                assert is_consistent(first.size, second.size, first.root, second.root, proof)


def test_a_tree_of_several_levels_is_that_of_its_entries(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            by = sealer(database)
            with patch.object(usecase, "AT_ONCE", 97):
                for begin in range(0, 700, 100):
                    await record(database, *(f"acc-{number}" for number in range(begin, begin + 100)))
                    await asyncio.to_thread(seal_all, by)
            checkpoint, entries = sealed(database)
            assert checkpoint.size == len(entries) == 700
            assert checkpoint.root == naive_root([each.entry for each in entries])
            for subject in entries[::50]:
                proved = prove(database.engine, subject.kind, subject.subject)
                assert proved is not None
                assert is_included(leaf_hash(subject.entry), subject.number, 700, proved.hashes, checkpoint.root)

    asyncio.run(go())


def test_a_decision_has_the_number_of_its_entry_once_it_is_sealed(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1", "acc-2")
            listed = page_of_decisions(database.engine, DecisionFilter(), limit=5)
            assert [each.sequence for each in listed] == [None, None]
            await asyncio.to_thread(seal_all, sealer(database))
            listed = page_of_decisions(database.engine, DecisionFilter(), limit=5)
            assert [each.sequence for each in listed] == [1, 0]
            found = find_decision(database.engine, listed[0].id)
            assert found is not None
            assert found.sequence == 1
            assert find_decisions(database.engine, [found.id])[found.id].sequence == 1

    asyncio.run(go())


def test_two_sealers_at_once_sign_one_tree(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            with patch.object(usecase, "AT_ONCE", 7), ThreadPoolExecutor(3) as pool:
                sealers = [sealer(database) for _ in range(3)]
                for begin in range(0, 300, 60):
                    await record(database, *(f"acc-{number}" for number in range(begin, begin + 60)))
                    for by in sealers:
                        pool.submit(seal_all, by)
            await asyncio.to_thread(seal_all, sealer(database))
            checkpoint, entries = sealed(database)
            assert checkpoint.size == 300
            assert [each.number for each in entries] == list(range(300))
            assert checkpoint.root == naive_root([each.entry for each in entries])
            assert waiting_rows(database) == 0
            kept = all_checkpoints(database.engine)
            assert len({each.size for each in kept}) == len(kept)
            for each in kept:
                assert each.root == naive_root([entry.entry for entry in entries[: each.size]])

    asyncio.run(go())


def test_what_breaks_off_before_its_commit_loses_nothing_and_signs_no_second_tree(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1", "acc-2", "acc-3")
            told = Published()
            by = sealer(database, told=told)
            with patch.object(Session, "commit", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
                by.step()
            assert sealed(database)[0].size == 0
            assert waiting_rows(database) == 3
            assert told.notes == []
            seal_all(by)
            assert sealed(database)[0].size == 3
            hold_proofs(database)

    asyncio.run(go())


def test_an_entry_has_nothing_personal_but_digests(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            (decision,) = await record(
                database, "acc-1", name="Aurelia Nobody GmbH", df=12, wrong={"df": "Counts one office of theirs"}
            )
            seal_all(sealer(database))
            proved = prove(database.engine, *decision_subject(UUID(decision)))
            assert proved is not None
            entry = read_entry(proved.told.sealed.entry)
            assert entry is not None
            assert b"Aurelia" not in proved.told.sealed.entry
            assert b"office" not in proved.told.sealed.entry
            assert set(entry.salted) == set(proved.told.salts)
            assert {"/actor", "/request_id", "/facts/account/name", "/facts/employee_counts"} <= set(entry.salted)
            assert entry.plain["account_id"] == "acc-1"
            assert len(proved.told.sealed.entry) < 2_000

    asyncio.run(go())


def test_a_row_that_is_gone_before_it_is_sealed_is_sealed_as_gone(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1")
            with database.engine.begin() as connection:
                of_nothing = f"SELECT 'decision', '{UUID(int=7)}', queued_at FROM ledger_queue"  # noqa: S608 - as above
                connection.execute(text(f"INSERT INTO ledger_queue (kind, subject, queued_at) {of_nothing}"))
            seal_all(sealer(database))
            _, entries = sealed(database)
            assert len(entries) == 2
            assert orjson.loads(entries[1].entry)["plain"] == {"gone": True}

    asyncio.run(go())


def test_a_transaction_that_is_held_open_is_neither_skipped_nor_waited_for(postgres: PostgresDatabases) -> None:
    async def go() -> None:
        with postgres.fresh() as url:
            async with recording(url) as database:
                by = sealer(database)
                with database.engine.connect() as held:
                    held.execute(text(SAID))
                    first = await record(database, "acc-1")
                    await asyncio.to_thread(seal_all, by)
                    then = await record(database, "acc-2")
                    await asyncio.to_thread(seal_all, by)
                    assert [each.subject for each in sealed(database)[1]] == [*first, *then]
                    held.commit()
                last = await record(database, "acc-3")
                await asyncio.to_thread(seal_all, by)

                _, entries = sealed(database)
                assert [each.subject for each in entries] == [*first, *then, str(UUID(int=9)), *last]
                assert [each.number for each in entries] == list(range(4))
                hold_proofs(database)

    asyncio.run(go())
