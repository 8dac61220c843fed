"""The one place where things are made and joined, and the only one that asks the machine for time and randomness."""

import importlib.resources
import random
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Histogram

from service.crm.event_mapping import read_mapping
from service.crm.record_mapping import UnusableMappingError
from service.crm.standard_webhooks import signing_key
from service.delivery.addresses import Allowance
from service.delivery.salesforce import Organization, SalesforceAccounts
from service.delivery.sender import Bounds, Sender
from service.domain.identifiers import uuid7
from service.domain.keys import SECRET_BYTES
from service.domain.policies import BUILT_IN, Policies
from service.entrypoints.api.app import create_app
from service.entrypoints.api.limits import Limits
from service.entrypoints.api.services import Inbound, Services
from service.entrypoints.common.decisions import recorded_body
from service.entrypoints.common.encoding import to_json
from service.entrypoints.worker.changeovers import run_changeovers
from service.entrypoints.worker.relay import Relay, run_relay
from service.entrypoints.worker.workplace import Workplace, go_on
from service.logs import fault, logger
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.migrations import check_schema, migrate
from service.store.policy_book import current_policies
from service.usecases.authenticate import Authenticator
from service.usecases.manage_keys import KeyOffice
from service.usecases.relay import IN_ALL, Courier
from service.usecases.subscribe import SubscriberOffice

Background: TypeAlias = Sequence[Callable[[], Coroutine[Any, Any, None]]]
"""What goes on until it is cancelled."""


def now() -> datetime:
    """The instant, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock


def today() -> date:
    """The day, UTC."""
    return now().date()


def random_bits() -> int:
    """62 random bits, for an identifier."""
    return secrets.randbits(62)


def new_id() -> UUID:
    """A new identifier of this instant."""
    return uuid7(now(), random_bits())


def key_secret() -> bytes:
    """The random part of a new API key."""
    return secrets.token_bytes(SECRET_BYTES)


def database(settings: Settings, registry: CollectorRegistry) -> Database:
    """The database that the settings name, with measures of its recorder."""
    batches = Counter("chalkline_batches", "Batches recorded.", registry=registry)
    jobs = Counter("chalkline_jobs", "Jobs carried out in batches.", registry=registry)
    seconds = Histogram("chalkline_batch_seconds", "Seconds that a batch took.", registry=registry)

    def observe(size: int, took: float) -> None:
        batches.inc()
        jobs.inc(size)
        seconds.observe(took)

    return open_database(
        settings.database_url,
        clock=now,
        random_bits=random_bits,
        observe=observe,
        patience=settings.database_seconds,
    )


def inbound(settings: Settings) -> Inbound:
    """What is set up of webhooks that come in.

    Raises:
        UnusableMappingError: the file of the mapping cannot be meant.
        UnusableSecretError: nothing can be signed with a secret.
    """
    default = importlib.resources.files("service.crm") / "field_mapping.toml"
    try:
        text = default.read_text() if settings.field_mapping is None else settings.field_mapping.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableMappingError(f"CHALKLINE_FIELD_MAPPING names a file that cannot be read: {error}") from error
    for secret in settings.webhook_secrets:
        signing_key(secret.get_secret_value())
    return Inbound(
        mapping=read_mapping(text),
        organization_id=settings.salesforce_organization_id,
        secrets=tuple(secret.get_secret_value() for secret in settings.webhook_secrets),
        hubspot_secrets=tuple(secret.get_secret_value() for secret in settings.hubspot_client_secrets),
        public_url=settings.public_url,
    )


def key_office(opened: Database) -> KeyOffice:
    """Where API keys are made."""
    return KeyOffice(opened, now, key_secret)


def sender(settings: Settings) -> Sender:
    """What sends to subscribers and to the CRM, to public addresses and to those that the settings allow."""
    return Sender(now=now, ticks=time.monotonic, allowance=allowance(settings), bounds=Bounds(connections=IN_ALL + 4))


def allowance(settings: Settings) -> Allowance:
    """Where deliveries may go beyond public addresses."""
    return Allowance.of(settings.delivery_allowed_networks, http=settings.delivery_allow_http)


def salesforce_accounts(settings: Settings, sending: Sender) -> SalesforceAccounts | None:
    """The Salesforce accounts that owners are written back to; None unless the settings name an organization."""
    url, client, secret = (
        settings.salesforce_instance_url,
        settings.salesforce_client_id,
        settings.salesforce_client_secret,
    )
    if not url or not client or not secret:
        return None
    organization = Organization(
        instance_url=url,
        client_id=client,
        client_secret=secret.get_secret_value(),
        team_field=settings.salesforce_team_field,
        reason_field=settings.salesforce_reason_field,
    )
    return SalesforceAccounts(sending, organization)


def subscriber_office(settings: Settings, opened: Database) -> SubscriberOffice:
    """Where subscribers are made."""
    return SubscriberOffice(
        database=opened,
        now=now,
        new_id=new_id,
        secret=key_secret,
        allowance=allowance(settings),
        salesforce_url=settings.salesforce_instance_url,
    )


def background(settings: Settings, opened: Database, registry: CollectorRegistry) -> Background:
    """Changeovers and the relay to subscribers."""
    log = logger()
    attempts = Counter("chalkline_delivery_attempts", "Attempts at deliveries.", ["outcome"], registry=registry)
    workplace = Workplace(
        database=opened,
        now=now,
        pause=0.25,
        log=log.info,
        warn=log.warning,
        log_fault=lambda task, error: log.error("fault", task=task, **fault(error)),
    )

    async def relay() -> None:
        sending = sender(settings)
        courier = Courier(
            sender=sending,
            salesforce=salesforce_accounts(settings, sending),
            now=now,
            ticks=time.monotonic,
            new_id=new_id,
            render=recorded_body,
            encode=to_json,
        )
        observe = lambda outcome: attempts.labels(outcome).inc()  # noqa: E731 - one measure
        await run_relay(workplace, Relay(workplace, courier, random.random, observe))

    return (lambda: go_on(replace(workplace, pause=1), "changeovers", run_changeovers), relay)


def app(settings: Settings) -> FastAPI:
    """The application over the database that the settings name. Nothing is connected before it is needed."""
    registry = CollectorRegistry()
    opened = database(settings, registry)
    log = logger()
    services = Services(
        database=opened,
        authenticator=Authenticator(opened, now, settings.key_cache_seconds),
        registry=registry,
        inbound=inbound(settings),
        limits=Limits(body_bytes=settings.max_body_bytes, body_seconds=settings.body_seconds),
        now=now,
        today=today,
        new_id=new_id,
        subscribers=subscriber_office(settings, opened),
        publishing_needs_second_key=settings.publishing_needs_second_key,
        log=log.info,
        log_fault=lambda request_id, error: log.error("fault", request_id=request_id, **fault(error)),
    )
    tasks = background(settings, opened, registry) if settings.worker else ()
    return create_app(services, version("chalkline"), telemetry=settings.telemetry, background=tasks)


def migrated(settings: Settings) -> str:
    """Bring the schema of the database that the settings name up to date, and give its revision.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    make_sqlite_folder(settings.database_url)
    opened = database(settings, CollectorRegistry())
    try:
        return migrate(opened.engine)
    finally:
        opened.engine.dispose()


@contextmanager
def opened_database() -> Iterator[Database]:
    """The database of the settings, for a command that asks or changes a little, and then lets go."""
    opened = database(Settings(), CollectorRegistry())
    try:
        check_schema(opened.engine)
        yield opened
    finally:
        opened.engine.dispose()


def published_policies() -> Policies:
    """The policies of the database that the settings name; those built in, where that is a file not made yet.

    Raises:
        StoreError: the database cannot be reached, or its schema is behind.
    """
    url = Settings().database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return BUILT_IN
    with opened_database() as opened:
        return current_policies(opened.engine)


def make_sqlite_folder(url: str) -> None:
    """Make the folder of a SQLite file, where the settings name one that is not there yet."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
