import asyncio
import math
from datetime import timedelta

from sqlalchemy import Engine, event

from service import wiring
from service.domain.keys import Scope
from service.store.database import Database, open_database
from service.store.keys import ApiKey
from service.usecases.authenticate import Authenticator
from service.usecases.manage_keys import KeyOffice
from tests.api import Clock

AT_ONCE = 20


def opened(url: str, clock: Clock) -> Database:
    return open_database(url, clock=clock, random_bits=wiring.random_bits, observe=lambda *_: None)


def counted(engine: Engine) -> list[str]:
    """The statements that ask for a key."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM api_keys" in statement:
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return asked


async def authenticated_at_once(authenticator: Authenticator, key: str) -> list[ApiKey | None]:
    return await asyncio.gather(*(authenticator.authenticate(key) for _ in range(AT_ONCE)))


def test_all_who_come_at_once_with_one_key_share_one_question_to_the_database(database_url: str) -> None:
    clock = Clock()
    database = opened(database_url, clock)
    issued = KeyOffice(database, clock, wiring.key_secret).issue("crm", frozenset(Scope), timedelta(days=1))
    authenticator = Authenticator(database, clock, believed_for=2)
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
    authenticator = Authenticator(database, clock, believed_for=math.inf)

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
