"""API keys: of a key the store keeps its hash, and when it works."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from service import wiring
from service.domain.keys import Scope, is_well_formed, key_hash
from service.store.database import Database, open_database
from service.store.errors import KeyNameTakenError, KeyNotFoundError
from service.store.keys import all_keys, find_key
from service.usecases.manage_keys import KeyOffice
from tests.api import Clock

YEAR = timedelta(days=365)
SCOPES = frozenset({Scope.CLASSIFY, Scope.READ})


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, clock=wiring.now, random_bits=wiring.random_bits, observe=lambda *_: None)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(database: Database, clock: Clock) -> KeyOffice:
    return KeyOffice(database, clock, wiring.key_secret)


def works(database: Database, key: str, clock: Clock) -> bool:
    found = find_key(database.engine, key)
    return found is not None and found.works_at(clock())


def test_a_key_is_found_by_itself_alone(database: Database, office: KeyOffice, clock: Clock) -> None:
    issued = office.issue("crm", SCOPES, YEAR)

    assert is_well_formed(issued.key)
    assert find_key(database.engine, issued.key) == issued.stored
    assert find_key(database.engine, issued.key[:-1]) is None
    assert (issued.stored.name, issued.stored.scopes) == ("crm", SCOPES)
    assert issued.stored.expires_at == clock() + YEAR


def test_only_the_hash_of_a_key_is_stored(database: Database, office: KeyOffice) -> None:
    issued = office.issue("crm", SCOPES, YEAR)

    with database.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM api_keys"))
    stored = " ".join(map(str, row))
    assert issued.key not in stored
    assert issued.key.removeprefix("chalk_")[4:-4] not in stored
    assert key_hash(issued.key) in stored


def test_a_key_works_until_it_expires(database: Database, office: KeyOffice, clock: Clock) -> None:
    key = office.issue("crm", SCOPES, timedelta(days=1)).key

    clock.advance(days=1, microseconds=-1)
    assert works(database, key, clock)
    clock.advance(microseconds=1)
    assert not works(database, key, clock)


def test_a_revoked_key_works_no_more(database: Database, office: KeyOffice, clock: Clock) -> None:
    issued = office.issue("crm", SCOPES, YEAR)
    other = office.issue("console", SCOPES, YEAR)

    office.revoke(issued.stored.id)

    assert not works(database, issued.key, clock)
    assert works(database, other.key, clock)
    with pytest.raises(KeyNotFoundError):
        office.revoke(issued.stored.id)


def test_a_rotated_key_works_beside_its_successor_for_the_overlap(
    database: Database, office: KeyOffice, clock: Clock
) -> None:
    old = office.issue("crm", SCOPES, YEAR)
    clock.advance(days=100)

    new = office.rotate(old.stored.id, timedelta(hours=24))

    assert (new.stored.name, new.stored.scopes) == ("crm", SCOPES)
    assert new.stored.expires_at == clock() + YEAR
    assert works(database, old.key, clock)
    assert works(database, new.key, clock)
    clock.advance(hours=24)
    assert not works(database, old.key, clock)
    assert works(database, new.key, clock)


def test_the_overlap_never_lengthens_a_keys_life(database: Database, office: KeyOffice, clock: Clock) -> None:
    old = office.issue("crm", SCOPES, timedelta(hours=2))

    office.rotate(old.stored.id, timedelta(hours=24))

    clock.advance(hours=2)
    assert not works(database, old.key, clock)


def test_a_key_that_works_no_more_is_not_rotated(office: KeyOffice) -> None:
    issued = office.issue("crm", SCOPES, YEAR)
    office.revoke(issued.stored.id)

    with pytest.raises(KeyNotFoundError):
        office.rotate(issued.stored.id, timedelta(hours=1))


def test_a_name_belongs_to_one_working_key(office: KeyOffice, clock: Clock) -> None:
    first = office.issue("crm", SCOPES, timedelta(days=1))
    with pytest.raises(KeyNameTakenError):
        office.issue("crm", SCOPES, YEAR)

    office.revoke(first.stored.id)
    second = office.issue("crm", SCOPES, timedelta(days=1))
    clock.advance(days=1)
    third = office.issue("crm", SCOPES, YEAR)

    assert len({first.key, second.key, third.key}) == 3


def test_every_key_ever_made_is_listed_oldest_first(database: Database, office: KeyOffice, clock: Clock) -> None:
    first = office.issue("crm", SCOPES, YEAR)
    clock.advance(seconds=1)
    second = office.issue("vp@example.com", frozenset({Scope.REVIEW}), YEAR)
    clock.advance(seconds=1)
    revoked = office.revoke(first.stored.id)

    assert all_keys(database.engine) == [revoked, second.stored]
    assert revoked.revoked_at == clock()


@pytest.mark.parametrize("wanted", [None, "a-key-of-our-own-choosing"])
def test_the_first_key_is_made_once_with_every_scope(database: Database, office: KeyOffice, wanted: str | None) -> None:
    issued = office.bootstrap(wanted)

    assert issued is not None
    assert issued.stored.scopes == frozenset(Scope)
    assert wanted in {None, issued.key}
    assert find_key(database.engine, issued.key) == issued.stored
    assert office.bootstrap(wanted) is None
