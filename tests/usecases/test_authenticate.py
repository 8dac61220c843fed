import asyncio
import math
from datetime import datetime, timedelta

from sqlalchemy import Engine, event, text

from service import wiring
from service.domain.keys import Scope
from service.store.database import Database, open_database
from service.store.keys import ApiKey, all_keys
from service.usecases.authenticate import Authenticator
from service.usecases.manage_keys import KeyOffice
from tests.application import Clock

AT_ONCE = 20


def opened(url: str, clock: Clock) -> Database:
    return open_database(url, clock=clock, random_bits=wiring.random_bits, observe=lambda *_: None)


def counted(engine: Engine, wanted: str = "FROM api_keys") -> list[str]:
    """The statements of a kind: those that ask for a key."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if wanted in statement:
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return asked


async def authenticated_at_once(authenticator: Authenticator, key: str) -> list[ApiKey | None]:
    return await asyncio.gather(*(authenticator.authenticate(key) for _ in range(AT_ONCE)))


def test_all_who_come_at_once_with_one_key_share_one_question_to_the_database(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    issued = KeyOffice(database, clock, wiring.key_secret).issue("crm", frozenset(Scope), timedelta(days=1))
    authenticator = Authenticator(database, clock, clock.ticks, believed_for=2)
    asked = counted(database.engine)

    found = asyncio.run(authenticated_at_once(authenticator, issued.key))
    assert [key.name for key in found if key is not None] == ["crm"] * AT_ONCE
    assert len(asked) == 1

    clock.advance(seconds=3)
    asyncio.run(authenticated_at_once(authenticator, issued.key))
    assert len(asked) == 2
    database.engine.dispose()


def test_a_caller_who_hangs_up_does_not_take_the_answer_from_the_others(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    issued = KeyOffice(database, clock, wiring.key_secret).issue("crm", frozenset(Scope), timedelta(days=1))
    authenticator = Authenticator(database, clock, clock.ticks, believed_for=math.inf)

    async def ask() -> ApiKey | None:
        first = asyncio.create_task(authenticator.authenticate(issued.key))
        second = asyncio.create_task(authenticator.authenticate(issued.key))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    found = asyncio.run(ask())
    assert found is not None
    assert found.name == "crm"
    database.engine.dispose()


def test_a_revoked_key_works_no_longer_than_it_is_believed_although_the_clock_was_ahead(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    office = KeyOffice(database, clock, wiring.key_secret)
    issued = office.issue("crm", frozenset(Scope), timedelta(days=1000))
    authenticator = Authenticator(database, clock, clock.ticks, believed_for=2)
    right = clock.at

    clock.at = right + timedelta(days=365)
    assert asyncio.run(authenticator.authenticate(issued.key)) is not None
    clock.at = right
    office.revoke(issued.stored.id)
    clock.advance(seconds=2)

    assert asyncio.run(authenticator.authenticate(issued.key)) is None
    database.engine.dispose()


def test_a_key_that_was_revoked_by_a_clock_that_was_ahead_works_no_more(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    office = KeyOffice(database, clock, wiring.key_secret)
    issued = office.issue("crm", frozenset(Scope), timedelta(days=1000))

    clock.at += timedelta(days=365)
    office.revoke(issued.stored.id)
    clock.at -= timedelta(days=365)

    assert asyncio.run(Authenticator(database, clock, clock.ticks, believed_for=2).authenticate(issued.key)) is None
    office.issue("crm", frozenset(Scope), timedelta(days=1))
    database.engine.dispose()


def noted(database: Database) -> datetime | None:
    """When the one key was last used, as it is kept."""
    (key,) = all_keys(database.engine)
    return key.last_used_at


def test_when_a_key_was_last_used_is_kept_to_a_minute_and_written_once_in_it(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    issued = KeyOffice(database, clock, wiring.key_secret).issue("crm", frozenset(Scope), timedelta(days=1000))
    both = [Authenticator(database, clock, clock.ticks, believed_for=2) for _ in range(2)]
    written = counted(database.engine, "UPDATE api_keys")

    def use() -> datetime | None:
        asyncio.run(used(both, issued.key))
        return noted(database)

    assert noted(database) is None
    first = use()
    assert first == clock.at
    clock.advance(seconds=59)
    assert use() == first
    assert len(written) == 2
    clock.advance(seconds=2)
    assert use() == clock.at
    clock.at -= timedelta(days=365)
    clock.advance(seconds=61)
    assert use() == clock.at
    database.engine.dispose()


async def used(authenticators: list[Authenticator], key: str) -> None:
    for authenticator in authenticators:
        for _ in range(3):
            assert await authenticator.authenticate(key) is not None
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)


def test_a_key_works_although_its_use_cannot_be_written(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    issued = KeyOffice(database, clock, wiring.key_secret).issue("crm", frozenset(Scope), timedelta(days=1))
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE api_keys RENAME COLUMN last_used_at TO elsewhere"))
        connection.execute(text("ALTER TABLE api_keys ADD COLUMN last_used_at TIMESTAMP CHECK (last_used_at IS NULL)"))

    asyncio.run(used([Authenticator(database, clock, clock.ticks, believed_for=2)], issued.key))

    assert noted(database) is None
    database.engine.dispose()
