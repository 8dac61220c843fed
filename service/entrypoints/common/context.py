"""What the entry points over HTTP are given to work with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from fastapi import Request
from prometheus_client import CollectorRegistry

from service.crm.mapping import FieldMapping
from service.domain.calendar import day_of
from service.entrypoints.common.exports import Exports
from service.entrypoints.common.rates import Rates
from service.store.database import Database
from service.store.recording import Clock
from service.usecases.authenticate import Authenticator
from service.usecases.check_readiness import Readiness
from service.usecases.sign_in import SignInDesk
from service.usecases.single_sign_on import SingleSignOn
from service.usecases.subscribe import SubscriberOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a body may be, and how many seconds it may take to arrive; the same of what stands before it.

    A connection on which no request begins is closed after ``idle_seconds``, too.
    """

    body_bytes: int
    body_seconds: float
    head_bytes: int = 64 * 1024
    idle_seconds: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What is set up of webhooks that come in. Without secrets of its kind a signed webhook is not there.

    ``organization_id`` is that of Salesforce; None takes messages of any. ``public_url`` is what senders sign with,
    where it is not the address that requests come to.
    """

    mapping: FieldMapping
    organization_id: str | None = None
    secrets: tuple[str, ...] = ()
    hubspot_secrets: tuple[str, ...] = ()
    public_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """Made in ``service.wiring``, found by a request in its application's state.

    ``ticks`` counts seconds, whatever the clock is set to.
    ``keys_kept_for`` is how long callers may count on the answer to an idempotency key.
    ``rates`` bounds the requests of a key, where that is set.
    ``ledger_open`` lets anybody read the ledger's checkpoint and tiles.
    ``single_sign_on`` is there where an identity provider is set up.
    ``root_path`` is the path under which a proxy shows the service.
    ``reading`` lets one payload of a CRM be read at a time: several at once only take Python's lock from each other.
    ``backtesting`` lets one backtest be run at a time, which takes every core for a while.
    """

    database: Database
    authenticator: Authenticator
    desk: SignInDesk
    registry: CollectorRegistry
    limits: Limits
    exports: Exports
    inbound: Inbound
    readiness: Readiness
    now: Clock
    ticks: Callable[[], float]
    new_id: Callable[[], UUID]
    keys_kept_for: timedelta
    subscribers: SubscriberOffice
    publishing_needs_second_key: bool
    log: Callable[..., None]
    log_fault: Callable[[str, BaseException], None]
    root_path: str = ""
    single_sign_on: SingleSignOn | None = None
    rates: Rates | None = None
    ledger_open: bool = False
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    backtesting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def zone(self) -> tzinfo:
        """The organisation's time zone, whose days are meant."""
        return self.inbound.mapping.zone

    def today(self) -> date:
        """The day of the organisation."""
        return self.day_of(self.now())

    def day_of(self, instant: datetime) -> date:
        """The organisation's day that an instant falls on."""
        return day_of(instant, self.zone)


def context_of(request: Request) -> ApiContext:
    """What the application that a request came to works with."""
    context: ApiContext = request.app.state.context
    return context
