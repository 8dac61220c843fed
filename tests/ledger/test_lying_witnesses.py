"""Witnesses that refuse, lie, or know better: nothing that is not their word on this very checkpoint is kept."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.store.database import Database
from service.store.ledger.cosignatures import find_cosigned
from service.usecases.cosign import UncosignedError
from tests.databases import SqliteDatabases
from tests.ledger.sealing import OTHER_SIGNER
from tests.ledger.test_witnesses import asked, ledger, run
from tests.ledger.witness import Answer, OwnWitness, witnessing


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def uncosigned(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with sealed decisions, for tests that keep nothing in it."""
    databases: Any = request.getfixturevalue("sqlite_databases" if request.param == "sqlite" else "postgres")

    async def go(url: str) -> Database:
        async with ledger(url, "acc-1", "acc-2") as database:
            return database

    with databases.fresh() as url:
        database = asyncio.run(go(url))  # whose engine connects anew
        yield database
        database.engine.dispose()


def answering(status: int, body: bytes = b"", kind: str = "text/plain") -> Callable[[OwnWitness, str, Answer], Answer]:
    return lambda _witness, _note, _right: (status, kind, body)


def text_of(note: str) -> str:
    return note.rpartition("\n\n")[0] + "\n"


def by_another_key(witness: OwnWitness, note: str, _: Answer) -> Answer:
    return 200, "text/plain", OwnWitness(witness.log_key, seed=bytes(32)).line(text_of(note))


def of_an_older_tree(witness: OwnWitness, note: str, _: Answer) -> Answer:
    origin, size, *rest = text_of(note).split("\n")
    return 200, "text/plain", witness.line("\n".join([origin, str(int(size) - 1), *rest]))


def of_the_log_itself(_witness: OwnWitness, note: str, _: Answer) -> Answer:
    return 200, "text/plain", note.rpartition("\n\n")[2].encode()


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        (by_another_key, "signed with another key than it is set up with"),
        (of_an_older_tree, "not its signature on the checkpoint that it was sent"),
        (of_the_log_itself, "signed with another key"),
        (answering(200), "no cosignature"),
        (answering(200, b"thank you\n"), "no cosignature"),
        (answering(200, b"x" * 100_000), "no cosignature"),
        (answering(204), "status 204"),
        (answering(301), "status 301"),
        (answering(400), "status 400"),
        (answering(403), "status 403: it does not know this ledger, or not the key"),
        (answering(404), "status 404: it does not know this ledger"),
        (answering(422), "status 422: .* was it rewritten"),
        (answering(500), "status 500"),
        (answering(799), "status 799"),
        (answering(409), "knows another size of this ledger, and not which"),
        (answering(409, b"<p>no</p>"), "knows another size of this ledger, and not which"),
        (answering(409, b"1\n", "text/x.tlog.size"), "each time"),
        (answering(409, b"999999\n", "text/x.tlog.size"), "999,999 entries, and here it has .*: was an older copy"),
    ],
)
def test_what_is_no_cosignature_of_it_is_not_kept(
    uncosigned: Database, own: OwnWitness, lies: Callable[[OwnWitness, str, Answer], Answer], why: str
) -> None:
    own.lies = lies

    async def go() -> None:
        with witnessing(own) as port, pytest.raises(UncosignedError, match=f"^{own.name}: .*{why}") as refused:
            await asked(uncosigned, own, port)
        assert str(port) not in str(refused.value)

    run(go)
    assert len(own.asked) <= 3
    assert find_cosigned(uncosigned.engine) is None


def test_a_ledger_that_another_key_signs_is_not_known_to_it(database_url: str) -> None:
    other = OwnWitness(str(OTHER_SIGNER.key))

    async def go() -> None:
        async with ledger(database_url, "acc-1") as database:
            with witnessing(other) as port, pytest.raises(UncosignedError, match="not the key that signs it"):
                await asked(database, other, port)

    run(go)


@pytest.mark.parametrize(
    ("accounts", "why"),
    [
        (("acc-7", "acc-8", "acc-9", "acc-10"), "was it rewritten"),
        (("acc-1", "acc-2"), "has seen this ledger with .* and here it has .* was an older copy"),
    ],
    ids=["rewritten", "an older copy"],
)
def test_a_witness_finds_out_what_the_key_and_the_database_do_not(
    database_url: str, own: OwnWitness, sqlite_databases: SqliteDatabases, accounts: tuple[str, ...], why: str
) -> None:
    async def go() -> None:
        with witnessing(own) as port, sqlite_databases.fresh() as before:
            async with ledger(before, "acc-1", "acc-2", "acc-3") as database:
                assert await asked(database, own, port)
            async with ledger(database_url, *accounts) as database:
                with pytest.raises(UncosignedError, match=why):
                    await asked(database, own, port)
                assert find_cosigned(database.engine) is None

    run(go)
