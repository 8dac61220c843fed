"""API keys: of a key the store keeps its hash, and when it works."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from service import wiring
from service.domain.keys import Scope, UnusableKeyError, is_well_formed, key_from_secret, key_hash
from service.store.database import Database, open_database
from service.store.errors import KeyNameTakenError, KeyNotFoundError
from service.store.keys import all_keys, find_key
from service.usecases.manage_keys import KeyOffice
from tests.application import Clock

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


def test_a_key_carries_who_made_it_and_who_revoked_it(database: Database, office: KeyOffice, clock: Clock) -> None:
    made = office.issue("crm", SCOPES, YEAR, by="Sample Administrator").stored
    clock.advance(seconds=1)
    successor = office.rotate(made.id, timedelta(hours=1), by="Sample Operator").stored
    office.revoke(made.id, by="Sample Auditor")

    assert [(key.created_by, key.revoked_by) for key in all_keys(database.engine)] == [
        ("Sample Administrator", "Sample Auditor"),
        ("Sample Operator", None),
    ]
    assert all_keys(database.engine)[1] == successor


def test_a_key_that_an_earlier_release_makes_on_this_schema_works_and_nobody_is_said_to_have_made_it(
    database: Database, clock: Clock
) -> None:
    earlier = (
        "INSERT INTO api_keys (id, name, key_hash, hint, scopes, team, created_at, expires_at, revoked_at) "
        "VALUES (:id, 'crm', :hash, 'a...b', 'read', NULL, :created, :expires, NULL)"
    )
    values = {"id": wiring.new_id().hex, "hash": key_hash("of-an-earlier-release")}
    with database.engine.begin() as connection:
        connection.execute(text(earlier), values | {"created": "2026-01-05 09:00:00", "expires": "2027-01-05 09:00:00"})

    assert works(database, "of-an-earlier-release", clock)
    (found,) = all_keys(database.engine)
    assert (found.created_by, found.revoked_by, found.last_used_at) == (None, None, None)


@pytest.mark.parametrize(
    "wanted",
    [
        "chalk_production_0123456789",
        "production_0123456789\n",
        " production_0123456789",
        "production_0123456789\t",
        "produktionsschlüssel",
        "production\n0123456789",
        "x" * 513,
    ],
)
def test_a_first_key_that_can_never_work_is_refused_where_there_is_none_yet(
    database: Database, office: KeyOffice, wanted: str
) -> None:
    with pytest.raises(UnusableKeyError):
        office.bootstrap(wanted)
    assert all_keys(database.engine) == []

    office.issue("crm", SCOPES, YEAR)
    assert office.bootstrap(wanted) is None


@pytest.mark.parametrize("wanted", [key_from_secret(bytes(32)), "with blanks between", "x" * 512])
def test_a_first_key_that_a_header_can_carry_is_taken(office: KeyOffice, wanted: str) -> None:
    assert office.bootstrap(wanted) is not None


def test_of_services_that_start_at_once_one_alone_makes_the_first_key(database: Database, office: KeyOffice) -> None:
    with ThreadPoolExecutor(8) as starts:
        made = list(starts.map(office.bootstrap, [None, "a-key-of-our-own-choosing"] * 4))

    (issued,) = [each for each in made if each is not None]
    assert all_keys(database.engine) == [issued.stored]


@pytest.mark.parametrize("wanted", [None, "a-key-of-our-own-choosing"])
def test_the_first_key_is_made_once_with_every_scope(database: Database, office: KeyOffice, wanted: str | None) -> None:
    issued = office.bootstrap(wanted)

    assert issued is not None
    assert issued.stored.scopes == frozenset(Scope)
    assert wanted in {None, issued.key}
    assert find_key(database.engine, issued.key) == issued.stored
    assert office.bootstrap(wanted) is None
