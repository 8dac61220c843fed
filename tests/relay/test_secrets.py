"""Signing secrets: those that were promised go on, and the database has them encrypted where there is a key."""

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from service import wiring
from service.crm.signed.standard_webhooks import SignedHeaders, verify
from service.delivery.encryption import Encryption, LostKeyError
from service.settings import Settings
from service.store.database import Database
from service.store.delivery.subscribers import kept_secrets
from service.store.errors import StoreUnavailableError
from service.store.migrations import NEWEST
from service.store.once import Answer
from tests.commands import run_for_text
from tests.databases import PostgresDatabases
from tests.delivery.endpoints import Received, answering, endpoint
from tests.entrypoints.test_api_outages import read_only
from tests.relay.place import Place, relaying
from tests.store.jobs import ASKED

ACCEPTED = answering("204 No Content")
FIRST_KEY, SECOND_KEY = (Fernet.generate_key().decode() for _ in range(2))


def rotated(place: Place, subscriber: UUID, hours: float) -> str:
    signed = place.office.rotate(subscriber, timedelta(hours=hours), ASKED, None, lambda _: Answer(b""))
    return signed.secret or ""


def signed_with(place: Place, received: Received, *secrets: str) -> bool:
    """Whether a message of now is signed with these secrets and no others."""
    signatures = received.headers["webhook-signature"]
    for secret in secrets:
        headers = SignedHeaders(
            message_id=received.headers["webhook-id"],
            timestamp=received.headers["webhook-timestamp"],
            signatures=signatures,
        )
        verify(headers, received.body, [secret], place.clock())
    return signatures.count("v1,") == len(secrets)


def rows(database: Database) -> str:
    with database.engine.connect() as connection:
        return str(connection.execute(text("SELECT * FROM subscribers")).all())


def settings(url: str, *keys: str) -> Settings:
    return Settings(database_url=url, secret_keys=tuple(map(SecretStr, keys)))


@pytest.mark.parametrize("keys", [(), (FIRST_KEY,)], ids=["plain", "encrypted"])
def test_every_secret_works_for_as_long_as_it_was_promised_to(database_url: str, keys: tuple[str, ...]) -> None:
    async def scenario() -> None:
        async with relaying(database_url, encryption=Encryption(keys)) as place, endpoint(ACCEPTED) as served:
            subscriber, first = place.subscribe(served.port)
            second = rotated(place, subscriber, 24)
            place.clock.advance(hours=1)
            third = rotated(place, subscriber, 2)
            fourth = rotated(place, subscriber, 0)
            first_until = place.clock() + timedelta(hours=23)
            assert place.subscriber(subscriber).previous_secret_until == first_until
            for hours, secrets in ((0, (fourth, second, first)), (2, (fourth, first)), (21, (fourth,))):
                place.clock.advance(hours=hours)
                await place.record("acc-1")
                await place.quiet()
                assert signed_with(place, served.received[-1], *secrets)
            assert third not in {first, second, fourth}

    asyncio.run(scenario())


def test_no_secret_stands_in_the_database_where_there_is_a_key(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url, encryption=Encryption([FIRST_KEY])) as place, endpoint(ACCEPTED) as served:
            subscriber, first = place.subscribe(served.port)
            secrets = [first, *(rotated(place, subscriber, 24) for _ in range(2))]
            assert "whsec_" not in rows(place.database)
            assert not [secret for secret in secrets if secret.removeprefix("whsec_") in rows(place.database)]
            place.office.end(subscriber, ASKED)
            assert kept_secrets(place.database.engine) == []

    asyncio.run(scenario())


def test_a_start_encrypts_what_was_plain_and_what_an_older_key_encrypted(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            subscriber, first = place.subscribe(served.port)
            secrets = [first, *(rotated(place, subscriber, 24) for _ in range(2))][::-1]
            for keys in ((FIRST_KEY,), (SECOND_KEY, FIRST_KEY), (SECOND_KEY,)):
                wiring.encrypt_secrets(settings(database_url, *keys))
                kept = kept_secrets(place.database.engine)
                wiring.encrypt_secrets(settings(database_url, *keys))
                assert kept_secrets(place.database.engine) == kept  # and writes nothing that is so already
                assert [Fernet(keys[0]).decrypt(each).decode() for each in kept] == secrets

    asyncio.run(scenario())


def test_a_start_writes_nothing_where_all_secrets_are_kept_as_they_are_to_be(postgres: PostgresDatabases) -> None:
    async def scenario(url: str) -> None:
        key = Encryption([FIRST_KEY])
        async with relaying(url, encryption=key) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port)
        with read_only(url):
            assert wiring.migrated(settings(url)) == NEWEST
            wiring.encrypt_secrets(settings(url, FIRST_KEY))
            with pytest.raises(StoreUnavailableError, match="takes no changes"):
                wiring.encrypt_secrets(settings(url, SECOND_KEY, FIRST_KEY))

    with postgres.fresh() as url:
        asyncio.run(scenario(url))


@pytest.mark.parametrize("keys", [(), (SECOND_KEY,)], ids=["no key", "another key"])
def test_a_lost_key_is_told_and_nothing_is_changed(database_url: str, keys: tuple[str, ...]) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port)
            wiring.encrypt_secrets(settings(database_url, FIRST_KEY))
            place.subscribe(served.port, name="in the clear")
            before = rows(place.database)

            with pytest.raises(LostKeyError, match="CHALKLINE_SECRET_KEYS does not name"):
                wiring.encrypt_secrets(settings(database_url, *keys))
            assert rows(place.database) == before

    asyncio.run(scenario())


def test_a_worker_that_lacks_the_key_disables_no_subscriber_however_long_that_goes_on(database_url: str) -> None:
    async def scenario() -> None:
        async with endpoint(ACCEPTED) as served:
            async with relaying(database_url, encryption=Encryption([FIRST_KEY])) as place:
                subscriber, _ = place.subscribe(served.port)
            async with relaying(database_url, encryption=Encryption([SECOND_KEY])) as lacking:
                for account in ("acc-1", "acc-2"):
                    await lacking.record(account)
                    await lacking.pass_time(days=4, step=timedelta(days=2))
                assert lacking.is_enabled(subscriber)
                assert lacking.subscriber(subscriber).failing_since is None
                assert {one.outcome for each in lacking.deliveries() for one in lacking.attempts(each)} == {"internal"}
                assert served.received == []

    asyncio.run(scenario())


@pytest.mark.parametrize("command", ["serve", "worker", "doctor"])
def test_a_lost_key_stops_the_start_with_a_sentence(tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    environment = os.environ | {"CHALKLINE_DATABASE_URL": url, "CHALKLINE_PORT": "0"}
    wiring.migrated(settings(url))
    with wiring.opened_database(settings(url)) as opened, opened.engine.begin() as connection:
        secret = Fernet(FIRST_KEY).encrypt(b"whsec_x").decode()
        columns = "id, name, target, url, kinds, teams, fields, status, secret, created_by, created_at"
        at = "2022-03-15 09:00:00.000001"
        values = f"'{UUID(int=1).hex}', 'x', 'webhook', 'x', '', '', '', 'enabled', '{secret}', 'x', '{at}'"
        connection.execute(text(f"INSERT INTO subscribers ({columns}) VALUES ({values})"))  # noqa: S608 - our own

    ran = run_for_text(command, environment=environment | {"CHALKLINE_SECRET_KEYS": json.dumps([SECOND_KEY])})

    assert ran.returncode != 0
    assert "were encrypted with a key that CHALKLINE_SECRET_KEYS does not name: add that key" in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("key", ["", "short", "x" * 44, FIRST_KEY + "=", "é" * 43 + "="], ids=len)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes in base64") as refused:
        settings("sqlite:///x", key)
    assert key == "" or key not in str(refused.value)
