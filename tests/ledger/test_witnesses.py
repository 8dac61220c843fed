"""Witnesses cosign the newest checkpoint, or do not, or lie: what they say is checked, and sealing waits for none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text

from service import wiring
from service.delivery.sender import Sender
from service.delivery.witnesses import Witness, check_witnesses
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.notes import read_note_key
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.witnesses import ask_witnesses, run_witnesses
from service.settings import Settings
from service.store.database import Database
from service.store.ledger.cosignatures import cosigned_size, find_cosigned, keep_cosignature
from service.store.ledger.reading import find_checkpoint
from service.usecases.cosign import UncosignedError, cosign
from tests.api import eventually
from tests.delivery.sending import HOST, SHORT, sender
from tests.ledger.sealing import SIGNER, record, seal_all, sealer
from tests.ledger.witness import PREFIX, Answer, OwnWitness, witnessing
from tests.store.jobs import AT, recording


@pytest.fixture
def released() -> Iterator[Event]:
    """Set once a test is over, so that nobody hangs for longer."""
    event = Event()
    yield event
    event.set()


def at_port(own: OwnWitness, port: int, host: str = HOST) -> Witness:
    return Witness(f"http://{host}:{port}{PREFIX}", read_note_key(own.key))


async def grow(database: Database, *accounts: str) -> int:
    """Record and seal; the size then."""
    await record(database, *accounts)
    await asyncio.to_thread(seal_all, sealer(database))
    return find_checkpoint(database.engine).size


@asynccontextmanager
async def ledger(url: str, *accounts: str) -> AsyncIterator[Database]:
    """A database with some sealed decisions."""
    async with recording(url) as database:
        await grow(database, *accounts)
        yield database


async def asked(database: Database, own: OwnWitness, port: int, sending: Sender | None = None) -> bool:
    async with sending or sender() as given:
        return await cosign(database, given, at_port(own, port), lambda: AT)


def run(go: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        await go()

    asyncio.run(inside())


def cosigned_by(note: str, own: OwnWitness) -> list[tuple[str, int]]:
    opened = open_checkpoint(note.encode(), [SIGNER.key, read_note_key(own.key)])
    assert isinstance(opened, Checkpoint), opened
    return [(said.by.name, int(said.at.timestamp())) for said in opened.cosigned]


def test_the_newest_checkpoint_is_cosigned_once_and_shows_it(database_url: str, own: OwnWitness) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1", "acc-2") as database:
            before = find_checkpoint(database.engine)
            assert find_cosigned(database.engine) is None
            with witnessing(own) as port:
                assert await asked(database, own, port)
                assert not await asked(database, own, port)
            found = find_checkpoint(database.engine)
            assert found.note.startswith(before.note)
            assert cosigned_by(found.note, own) == [(own.name, own.seconds)]
            assert find_cosigned(database.engine) == found
            assert own.asked == [(0, found.size)]

    run(go)


def test_each_later_one_is_proved_from_the_one_that_it_cosigned_before(database_url: str, own: OwnWitness) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1") as database:
            with witnessing(own) as port:
                sizes = [0, find_checkpoint(database.engine).size]
                await asked(database, own, port)
                for accounts in (("acc-2",), ("acc-3", "acc-4"), ("acc-5", "acc-6", "acc-7", "acc-8", "acc-9")):
                    sizes.append(await grow(database, *accounts))
                    assert await asked(database, own, port)
            assert own.asked == list(pairwise(sizes))

    run(go)


def test_a_witness_that_knows_another_size_is_asked_from_that_one(database_url: str, own: OwnWitness) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1", "acc-2", "acc-3") as database:
            seen = find_checkpoint(database.engine)
            own.size, own.root = seen.size, seen.root
            newest = await grow(database, "acc-4", "acc-5")
            with witnessing(own) as port:
                assert await asked(database, own, port)
                own.size = 0  # it has forgotten everything
                last = await grow(database, "acc-6")
                assert await asked(database, own, port)
            assert own.asked == [(0, newest), (seen.size, newest), (newest, last), (0, last)]

    run(go)


def test_one_that_has_cosigned_it_for_another_worker_does_so_again(database_url: str, own: OwnWitness) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1", "acc-2") as database:
            newest = find_checkpoint(database.engine)
            own.size, own.root = newest.size, newest.root
            with witnessing(own) as port:
                assert await asked(database, own, port)
            assert own.asked == [(0, newest.size), (newest.size, newest.size)]
            assert cosigned_by(find_checkpoint(database.engine).note, own)

    run(go)


def worker(database: Database, warned: list[list[str]]) -> WorkerContext:
    quiet = lambda *_, **__: None  # noqa: E731 - says nothing

    def warn(event: str, **told: Any) -> None:  # noqa: ANN401 - what a line of the log tells
        assert event == "checkpoint_uncosigned"
        warned.append(told["reasons"])

    return WorkerContext(database=database, now=lambda: AT, pause=60, log=quiet, warn=warn, log_fault=quiet)


def hanging(until: Event) -> Callable[[OwnWitness, str, Answer], Answer]:
    def wait(_witness: OwnWitness, _note: str, right: Answer) -> Answer:
        until.wait(60)
        return right

    return wait


def test_one_that_hangs_holds_up_no_other_and_neither_sealing(
    database_url: str, own: OwnWitness, released: Event
) -> None:
    hung = OwnWitness(own.log_key, name="witness.example/w2", seed=bytes(32), lies=hanging(released))
    warned: list[list[str]] = []

    async def go() -> None:
        async with ledger(database_url, "acc-1") as database, sender(bounds=SHORT) as short:
            with witnessing(own) as port, witnessing(hung) as other:
                both = [at_port(hung, other), at_port(own, port)]
                asking = asyncio.create_task(ask_witnesses(worker(database, warned), short, both))
                await asyncio.to_thread(hung.came.wait, 60)
                await grow(database, "acc-2")
                await asking
            assert warned == [[f"{hung.name}: No answer came in time"]]
            assert cosigned_size(database.engine, own.key) is not None
            assert cosigned_size(database.engine, hung.key) is None

    run(go)


def test_those_that_fail_are_told_in_one_warning_each_time_that_they_are_asked(database_url: str) -> None:
    away = Witness("http://hooks.example.com:9", read_note_key(OwnWitness(str(SIGNER.key)).key))
    inside = Witness("http://10.0.0.1/w", read_note_key(OwnWitness(str(SIGNER.key), name="w2", seed=bytes(32)).key))
    warned: list[list[str]] = []

    async def go() -> None:
        async with ledger(database_url, "acc-1") as database, sender() as sending:
            for _ in range(2):
                await ask_witnesses(worker(database, warned), sending, [away, inside])

    run(go)
    assert len(warned) == 2
    assert [each.partition(": ")[0] for each in warned[0]] == [away.name, inside.name]
    assert "not public" in warned[0][1]
    assert not [each for each in warned[0] if "hooks" in each or "10.0.0.1" in each]


def test_the_worker_asks_until_it_is_told_to_stop(database_url: str, own: OwnWitness) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1") as database:
            with witnessing(own) as port:
                task = asyncio.create_task(run_witnesses(worker(database, []), sender, [at_port(own, port)]))
                await asyncio.to_thread(eventually, lambda: find_cosigned(database.engine) is not None)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert len(own.asked) == 1

    run(go)


def test_nothing_is_sent_inside_unless_deliveries_may_go_there(
    database_url: str, own: OwnWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1") as database:
            with witnessing(own) as port:
                witness = at_port(own, port, "127.0.0.1")
                async with wiring.sender(Settings()) as sending:
                    with pytest.raises(UncosignedError, match="http://"):
                        await cosign(database, sending, witness, lambda: AT)
                monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOW_HTTP", "true")
                async with wiring.sender(Settings()) as sending:
                    with pytest.raises(UncosignedError, match="not public"):
                        await cosign(database, sending, witness, lambda: AT)
                assert not own.asked
                monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOWED_NETWORKS", '["127.0.0.0/8"]')
                async with wiring.sender(Settings()) as sending:
                    assert await cosign(database, sending, witness, lambda: AT)

    run(go)


def test_of_several_workers_one_keeps_what_a_witness_says(database_url: str, own: OwnWitness) -> None:
    async def go() -> None:
        async with ledger(database_url, "acc-1") as database:
            engine, size = database.engine, find_checkpoint(database.engine).size
            with ThreadPoolExecutor(4) as workers:
                kept = [
                    workers.submit(keep_cosignature, engine, size, own.key, f"{number}\n", AT) for number in range(8)
                ]
            assert [each.result() for each in kept] == [None] * 8
            with engine.connect() as connection:
                assert connection.scalar(text("SELECT count(*) FROM ledger_cosignatures")) == 1

    run(go)


KEY, LOG_KEY = OwnWitness(str(SIGNER.key)).key, str(SIGNER.key)


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ({"https://w.example/": "no key"}, "A key is a name"),
        ({"https://w.example/": f"x{KEY}"}, "do not belong together"),
        ({"https://w.example/": LOG_KEY}, "this one is a log's"),
        ({"w.example": KEY}, "does not start with https://"),
        ({"https://user@w.example": KEY}, "user name"),
        ({"https://w.example/#a": KEY}, "fragment"),
        ({"https://w.example": KEY, "https://w2.example": KEY}, "one key"),
    ],
)
def test_a_witness_that_cannot_be_meant_is_refused_without_repeating_it(stated: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        check_witnesses(stated)
    assert not [each for pair in stated.items() for each in pair if each in str(refused.value)]


def test_witnesses_are_set_by_their_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKLINE_LEDGER_WITNESSES", f'{{"https://w.example/in/": "{KEY}"}}')
    assert Settings().ledger_witnesses == {"https://w.example/in/": KEY}
    monkeypatch.setenv("CHALKLINE_LEDGER_WITNESSES", f'{{"https://w.example/in/": "{LOG_KEY}"}}')
    with pytest.raises(ValueError, match="ledger_witnesses"):
        Settings()
