"""The relay for tests: a real database, real HTTP on the loopback, and an instant that tests set."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from service import wiring
from service.delivery.addresses import Allowance
from service.delivery.chatter import AccountFeeds
from service.delivery.connections import Resolve
from service.delivery.encryption import Encryption
from service.delivery.salesforce import Organization, SalesforceAccounts
from service.delivery.salesforce_session import BOUNDS
from service.delivery.sender import Bounds, Sender
from service.domain.identifiers import uuid7
from service.domain.subscriptions import DeliveryStatus, Interest, SubscriberStatus, Target
from service.domain.terms import Team
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_decision
from service.entrypoints.worker.relay import Relay
from service.store.database import Database
from service.store.delivery.deliveries import Delivery, KeptAttempt, find_delivery, page_of_deliveries
from service.store.delivery.subscribers import Subscriber, find_subscriber
from service.store.once import Answer
from service.usecases.post_to_chatter import ChatterPosting
from service.usecases.relay import Courier
from service.usecases.subscribe import SubscriberOffice
from service.usecases.write_back import WriteBack
from tests.application import Clock
from tests.delivery.endpoints import LOOPBACK, Received, Script
from tests.delivery.salesforce import CLIENT_ID, CLIENT_SECRET
from tests.delivery.sending import HOST, LOOPBACK_ALLOWED, PATIENT, names
from tests.store.jobs import ASKED, recording, submission

PAUSE = 0.02
_WAIT_SECONDS = 60
NO_ENCRYPTION = Encryption()
AT_THE_LOOPBACK = names({HOST: (LOOPBACK,), LOOPBACK: (LOOPBACK,)})


@dataclass(kw_only=True)
class Place:
    """A database with a recorder and one worker's relay."""

    database: Database
    clock: Clock
    relay: Relay
    context: WorkerContext
    office: SubscriberOffice
    warned: list[dict[str, Any]] = field(default_factory=list)
    settled: list[DeliveryStatus] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def subscribe(self, port: int, *, name: str = "tester", **interest: Any) -> tuple[UUID, str]:  # noqa: ANN401 - as ``Interest``
        """A subscriber at a port of the loopback; gives its identifier and its secret."""
        wanted = Interest(**interest)
        url = None if wanted.target is Target.SALESFORCE else f"http://{HOST}:{port}/in"
        signed = self.office.subscribe(name, url, wanted, ASKED, None, lambda _: Answer(b""))
        assert signed.acted.made is not None
        return signed.acted.made.id, signed.secret or ""

    async def record(self, *accounts: str, **facts: Any) -> list[str]:  # noqa: ANN401 - as ``submission``
        """Record a decision of each account, one after the other; gives their identifiers."""
        recorded = []
        for account in accounts:
            (made,) = await self.database.recorder.record([submission(account, **({"df": 640} | facts))])
            recorded.append(str(made.id))
        return recorded

    async def quiet(self) -> None:
        """Relay until nothing is due and nothing under way."""
        async with asyncio.timeout(_WAIT_SECONDS):
            while await self.relay.step(self.context):
                pass

    async def until(self, holds: Callable[[], bool]) -> None:
        """Relay until something holds."""
        async with asyncio.timeout(_WAIT_SECONDS):
            while not holds():
                if not await self.relay.step(self.context):
                    await asyncio.sleep(PAUSE)

    async def pass_time(self, *, days: float = 0, hours: float = 0, step: timedelta = timedelta(minutes=30)) -> None:
        """Let time pass, a little at a time, and relay what comes due."""
        end = self.clock() + timedelta(days=days, hours=hours)
        while self.clock() < end:
            self.clock.at = min(end, self.clock() + step)
            await self.quiet()

    def deliveries(self, subscriber_id: UUID | None = None, account: str | None = None) -> list[Delivery]:
        """The deliveries, in the order of their decisions."""
        found = page_of_deliveries(self.database.engine, limit=500, subscriber_id=subscriber_id, account_id=account)
        return sorted(found, key=lambda one: one.decision_id)

    def attempts(self, delivery: Delivery) -> list[KeptAttempt]:
        found = find_delivery(self.database.engine, delivery.id)
        assert found is not None
        return found[1]

    def statuses(self, subscriber_id: UUID | None = None) -> list[DeliveryStatus]:
        return [one.status for one in self.deliveries(subscriber_id)]

    def subscriber(self, subscriber_id: UUID) -> Subscriber:
        found = find_subscriber(self.database.engine, subscriber_id)
        assert found is not None
        return found

    def is_enabled(self, subscriber_id: UUID) -> bool:
        return self.subscriber(subscriber_id).status is SubscriberStatus.ENABLED


@asynccontextmanager
async def relaying(
    url: str,
    *,
    resolve: Resolve = AT_THE_LOOPBACK,
    allowance: Allowance = LOOPBACK_ALLOWED,
    bounds: Bounds = PATIENT,
    salesforce_url: str | None = None,
    encryption: Encryption = NO_ENCRYPTION,
    team_values: Mapping[Team, str] = MappingProxyType({}),
    chatter: bool = False,
) -> AsyncIterator[Place]:
    """A place to relay from over a migrated database."""
    clock = Clock()
    async with (
        recording(url, clock=clock) as database,
        workers(
            database, clock, 1, resolve, allowance, bounds, salesforce_url, encryption, team_values, chatter=chatter
        ) as (place,),
    ):
        yield place


@asynccontextmanager
async def workers(
    database: Database,
    clock: Clock,
    count: int,
    resolve: Resolve = AT_THE_LOOPBACK,
    allowance: Allowance = LOOPBACK_ALLOWED,
    bounds: Bounds = PATIENT,
    salesforce_url: str | None = None,
    encryption: Encryption = NO_ENCRYPTION,
    team_values: Mapping[Team, str] = MappingProxyType({}),
    *,
    chatter: bool = False,
) -> AsyncIterator[list[Place]]:
    """Several workers of one database."""
    places = [
        _place(database, clock, resolve, allowance, bounds, salesforce_url, encryption, team_values, chatter=chatter)
        for _ in range(count)
    ]
    try:
        yield places
    finally:
        for place in places:
            await place.relay.close()


def _place(
    database: Database,
    clock: Clock,
    resolve: Resolve,
    allowance: Allowance,
    bounds: Bounds,
    salesforce_url: str | None,
    encryption: Encryption,
    team_values: Mapping[Team, str],
    *,
    chatter: bool,
) -> Place:
    warned: list[dict[str, Any]] = []
    faults: list[BaseException] = []
    settled: list[DeliveryStatus] = []
    context = WorkerContext(
        database=database,
        now=clock,
        pause=PAUSE,
        log=lambda *_, **__: None,
        warn=lambda event, **fields: warned.append({"event": event, **fields}),
        log_fault=lambda _, error: faults.append(error),
    )

    def new_id() -> UUID:
        return uuid7(clock(), wiring.random_bits())

    sender = Sender(now=clock, allowance=allowance, bounds=bounds, resolve=resolve)
    to_salesforce = Sender(now=clock, allowance=allowance, bounds=BOUNDS, resolve=resolve)
    crm = SalesforceAccounts(to_salesforce, _organization(salesforce_url or "", team_values))
    courier = Courier(
        sender=sender,
        write_back=None if salesforce_url is None else WriteBack(crm=crm, database=database, now=clock),
        chatter=ChatterPosting(AccountFeeds(crm.session), database, clock, lambda: clock().date()) if chatter else None,
        now=clock,
        ticks=time.monotonic,
        new_id=new_id,
        render=render_decision,
        encode=to_json,
        encryption=encryption,
    )
    office = SubscriberOffice(
        database=database,
        now=clock,
        new_id=new_id,
        secret=wiring.key_secret,
        allowance=LOOPBACK_ALLOWED,
        salesforce_url=salesforce_url,
        encryption=encryption,
    )
    return Place(
        database=database,
        clock=clock,
        relay=Relay(context, courier, lambda: 0.5, lambda _: None, grace=0.1, settled=settled.append),
        context=context,
        office=office,
        warned=warned,
        settled=settled,
        faults=faults,
    )


def _organization(url: str, team_values: Mapping[Team, str]) -> Organization:
    return Organization(instance_url=url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, team_values=team_values)


def decision_of(received: Received) -> str:
    """The identifier of the decision that a message is about."""
    return str(json.loads(received.body)["data"]["id"])


def account_of(received: Received) -> str:
    return str(json.loads(received.body)["data"]["account_id"])


@contextmanager
def hanging() -> Iterator[Script]:
    """A script that never answers, until left."""
    left = asyncio.Event()

    async def hang(_received: Received, _writer: asyncio.StreamWriter) -> None:
        await left.wait()

    try:
        yield hang
    finally:
        left.set()
