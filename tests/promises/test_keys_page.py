"""What docs/how/keys.md has somebody do about a lost key is done as it stands, on both databases."""

import re
import shlex
from collections.abc import Iterator

import pytest

from service import wiring
from service.domain.keys import Scope
from service.store.database import Database, open_database
from service.store.keys import find_key
from service.usecases.manage_keys import KeyOffice
from tests.commands import run_for_text
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "keys.md").read_text()
REPLACE, MAKE_ANOTHER = (block.splitlines() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, clock=wiring.now, random_bits=wiring.random_bits, observe=lambda *_: None)
    yield opened
    opened.engine.dispose()


def ran(line: str, database_url: str, **words: str) -> str:
    for name, value in words.items():
        line = line.replace(f"${name}", value)
    command = run_for_text(*shlex.split(line)[1:], environment={"CHALKLINE_DATABASE_URL": database_url})
    assert command.returncode == 0, command.stderr
    return command.stdout


def works(database: Database, key: str) -> frozenset[Scope]:
    """What a key allows; nothing where it does not work."""
    found = find_key(database.engine, key)
    return found.scopes if found is not None and found.works_at(wiring.now()) else frozenset()


def test_a_lost_key_gives_way_to_its_successor_and_without_any_another_is_made(
    database: Database, database_url: str
) -> None:
    lost = KeyOffice(database, wiring.now, wiring.key_secret).bootstrap("a-key-that-is-lost")
    assert lost is not None

    listed, rotate = REPLACE
    assert ran(listed, database_url).startswith(f"{lost.stored.id}  bootstrap\n")
    successor = ran(rotate, database_url, IDENTIFIER=str(lost.stored.id)).strip()
    (another,) = (ran(line, database_url).strip() for line in MAKE_ANOTHER)

    assert works(database, lost.key) == frozenset()
    assert works(database, successor) == frozenset(Scope)
    assert works(database, another) == {Scope.ADMIN, Scope.READ}
