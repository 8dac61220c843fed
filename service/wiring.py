"""The one place where things are made and joined, and the only one that asks the machine for time and randomness."""

import importlib.resources
import logging
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter, Histogram

from service.crm.facts_by_name import TEAM_PLACE
from service.crm.mapping import FieldMapping, read_mapping
from service.crm.payloads import quoted
from service.crm.record_mapping import UnusableMappingError
from service.delivery.addresses import Allowance
from service.delivery.chatter import AccountFeeds
from service.delivery.encryption import Encryption
from service.delivery.identities import Registration
from service.delivery.salesforce import Organization, SalesforceAccounts
from service.delivery.salesforce_session import BOUNDS
from service.delivery.sender import Bounds, Sender
from service.domain.calendar import day_of
from service.domain.identifiers import uuid7
from service.domain.keys import SECRET_BYTES
from service.domain.policies import BUILT_IN, Policies
from service.domain.terms import Team
from service.logs import log
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.delivery.subscribers import renew_secrets
from service.store.migrations import check_schema, is_newer, migrate
from service.store.policies import current_policies
from service.usecases.manage_keys import KeyOffice
from service.usecases.post_to_chatter import ChatterPosting
from service.usecases.relay import IN_ALL
from service.usecases.sign_in import SignInDesk
from service.usecases.single_sign_on import SingleSignOn
from service.usecases.subscribe import SubscriberOffice
from service.usecases.write_back import WriteBack


class CannotListenError(Exception):
    """Nothing can listen at an address. The message is a sentence."""


def now() -> datetime:
    """The instant, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock


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
        timeout=settings.database_seconds,
        ahead=lambda by: log(logging.WARNING, "account_ahead_of_the_clock", seconds=round(by.total_seconds())),
    )


def mapping(settings: Settings, file: Path | None = None) -> FieldMapping:
    """Which fields of the CRMs state which facts, by the settings' file or by another.

    Raises:
        UnusableMappingError: the file of the mapping cannot be meant.
    """
    named = "CHALKLINE_FIELD_MAPPING" if file is None else "--mapping"
    file = file or settings.field_mapping
    default = importlib.resources.files("service.crm") / "field_mapping.toml"
    try:
        text = default.read_text() if file is None else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableMappingError(f"{named} names a file that cannot be read: {error}") from error
    read = read_mapping(text, settings.time_zone)
    if settings.hubspot_client_secrets and not read.company.facts:
        raise UnusableMappingError("hubspot.company is missing from the mapping, and events of HubSpot are taken")
    return read


def key_office(opened: Database) -> KeyOffice:
    """Where API keys are made."""
    return KeyOffice(opened, now, key_secret)


def sign_in_desk(opened: Database) -> SignInDesk:
    """Where people sign in to the console."""
    return SignInDesk(opened, now, key_secret)


def single_sign_on(settings: Settings, opened: Database, desk: SignInDesk) -> SingleSignOn | None:
    """Where people sign in with their company's identity provider; None unless the settings name one."""
    issuer, client_id, secret = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
    if not issuer or not client_id or not secret:
        return None
    from service.delivery.identity_provider import IdentityProvider  # noqa: PLC0415 - slow to load, and seldom set up

    registered = Registration(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret.get_secret_value(),
        scope=settings.oidc_scope,
        groups_claim=settings.oidc_groups_claim,
    )
    return SingleSignOn(
        provider=IdentityProvider(registered, allowance(settings), now, time.monotonic),
        access=settings.oidc_groups,
        desk=desk,
        database=opened,
        clock=now,
        today=partial(_today, settings),
    )


def sender(settings: Settings) -> Sender:
    """What sends to subscribers and to the CRM, to public addresses and to those that the settings allow."""
    return Sender(now=now, allowance=allowance(settings), bounds=Bounds(connections=IN_ALL + 4))


def allowance(settings: Settings) -> Allowance:
    """Where deliveries may go beyond public addresses."""
    return Allowance.of(settings.delivery_allowed_networks, http=settings.delivery_allow_http)


def organization(settings: Settings, read_by: FieldMapping) -> Organization | None:
    """The Salesforce organization that owners are written back to; None unless the settings name one.

    Raises:
        UnusableMappingError: what is written as a team would be read as another.
    """
    url, client, secret = (
        settings.salesforce_instance_url,
        settings.salesforce_client_id,
        settings.salesforce_client_secret,
    )
    if not url or not client or not secret:
        return None
    written, team_field = settings.salesforce_team_values, settings.salesforce_team_field
    stated = read_by.account.facts.get(team_field)
    if stated is not None and stated.place != TEAM_PLACE:
        stated = None
    for team in Team:
        value = written.get(team, team.value)
        if stated is not None and read_by.account.read_or_none(stated, value) is not team:
            raise UnusableMappingError(
                f"{team} is written to {team_field} as {quoted(value)}, which the mapping does not read as {team}: "
                "give it a line in [salesforce.values.current_team]"
            )
    return Organization(
        instance_url=url,
        client_id=client,
        client_secret=secret.get_secret_value(),
        team_field=team_field,
        reason_field=settings.salesforce_reason_field,
        team_values=written,
        tells_team=stated is not None,
    )


def _today(settings: Settings) -> date:
    """The day of the organisation."""
    return day_of(now(), settings.time_zone)


def to_salesforce(
    settings: Settings, opened: Database, to: Organization | None
) -> tuple[WriteBack | None, ChatterPosting | None]:
    """What writes owners back to an organization, if there is one, and what posts there, if that is asked for."""
    if to is None:
        return None, None
    sending = Sender(now=now, allowance=allowance(settings), bounds=BOUNDS)
    accounts = SalesforceAccounts(sending, to)
    write_back = WriteBack(crm=accounts, database=opened, now=now)
    if not settings.salesforce_chatter:
        return write_back, None
    return write_back, ChatterPosting(AccountFeeds(accounts.session), opened, now, partial(_today, settings))


def subscriber_office(settings: Settings, opened: Database) -> SubscriberOffice:
    """Where subscribers are made."""
    return SubscriberOffice(
        database=opened,
        now=now,
        new_id=new_id,
        secret=key_secret,
        allowance=allowance(settings),
        salesforce_url=settings.salesforce_instance_url or None,
        encryption=encryption(settings),
    )


def encryption(settings: Settings) -> Encryption:
    """How signing secrets are kept."""
    return Encryption([key.get_secret_value() for key in settings.secret_keys])


def encrypt_secrets(settings: Settings) -> None:
    """Have all signing secrets of the database kept as the settings have it.

    Raises:
        LostKeyError: one was encrypted with a key that they do not name.
        StoreError: the database cannot be reached.
    """
    opened = database(settings, CollectorRegistry())
    try:
        renew_secrets(opened.engine, encryption(settings).renew)
    finally:
        opened.engine.dispose()


def migrated(settings: Settings) -> str:
    """Bring the schema of the database that the settings name up to date, and give its revision.

    That it is newer than this release is said on standard error.

    Raises:
        StoreError: the database cannot be reached or made, or has a schema of no release.
    """
    opened = database(settings, CollectorRegistry())
    try:
        revision = migrate(opened.engine)
    finally:
        opened.engine.dispose()
    if is_newer(revision):
        sys.stderr.write(f"The schema is at {revision}, made by a newer release than this one, and is left as it is.\n")
    return revision


@contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """The database of the settings, for a command that asks or changes a little, and then lets go."""
    opened = database(settings, CollectorRegistry())
    try:
        check_schema(opened.engine)
        yield opened
    finally:
        opened.engine.dispose()


def published_policies(settings: Settings) -> Policies:
    """The policies of the database that the settings name; those built in, where that is a file not made yet.

    Raises:
        StoreError: the database cannot be reached, or its schema is behind.
    """
    url = settings.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return BUILT_IN
    with opened_database(settings) as opened:
        return current_policies(opened.engine)


def bind(host: str, port: int) -> list[socket.socket]:
    """Take a port at each address of a host. Who connects waits from now on until ``listen`` answers.

    Raises:
        CannotListenError: it is taken, or there is no such address here.
    """
    bound: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            bound.append(socket.create_server(address, family=family, backlog=2048))
    except OSError as error:
        for each in bound:
            each.close()
        raise CannotListenError(f"Nothing can listen on {host}:{port}: {error.strerror}") from error
    return bound
