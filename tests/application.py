"""The application for tests: at an instant that they set, with limits and a log of theirs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from service import wiring
from service.delivery.addresses import Allowance
from service.domain.identifiers import uuid7
from service.entrypoints.api.app import create_app
from service.entrypoints.common.background import WorkerContext, repeat
from service.entrypoints.common.context import ApiContext, Inbound, Limits
from service.entrypoints.common.exports import Exports
from service.entrypoints.common.rates import Rates
from service.entrypoints.console import app as console
from service.entrypoints.worker.applications import run_applications
from service.entrypoints.worker.changeovers import run_changeovers
from service.entrypoints.worker.event_retries import retry_events
from service.entrypoints.worker.waiting_events import apply_waiting
from service.server import inbound
from service.settings import Settings
from service.store.database import Database
from service.usecases.authenticate import Authenticator
from service.usecases.check_readiness import Readiness
from service.usecases.sign_in import SignInDesk
from service.usecases.single_sign_on import SingleSignOn
from service.usecases.subscribe import SubscriberOffice

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LOOPBACK_ALLOWED = Allowance.of(("127.0.0.0/8",), http=True)
SALESFORCE_URL = "https://acme.my.salesforce.com"
EXPORTS, EXPORTS_OF_A_KEY = 3, 2
LIMITS = Limits(body_bytes=16 * 1024 * 1024, body_seconds=20)
INBOUND = inbound(Settings())


class Clock:
    """An instant that stands still until it is moved. ``at`` may also be set: then no time has gone by."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self._gone_by = timedelta()

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> datetime:
        """Move on by so many seconds, hours, days; gives the new instant."""
        self.at += timedelta(**by)
        self._gone_by += timedelta(**by)
        return self.at

    def ticks(self) -> float:
        """How many seconds have gone by, whatever the instant was set to."""
        return self._gone_by.total_seconds()


SignsOn: TypeAlias = Callable[[SignInDesk, Database, Clock], SingleSignOn]
"""What makes the way in through an identity provider."""


def application(
    database: Database,
    clock: Clock,
    limits: Limits,
    logged: list[dict[str, Any]],
    *,
    inbound: Inbound = INBOUND,
    at_work: bool = False,
    second_key: bool = False,
    keys_kept_for: timedelta = timedelta(days=7),
    root_path: str = "",
    most_requests: int = 0,
    ledger_open: bool = False,
    random_bits: Callable[[], int] = wiring.random_bits,
    signs_on: SignsOn | None = None,
) -> FastAPI:
    """The application over what tests give it: its clock, its limits, and a list that takes its log."""

    def new_id() -> UUID:
        return uuid7(clock(), random_bits())

    desk = SignInDesk(database, clock, wiring.key_secret)
    context = ApiContext(
        database=database,
        authenticator=Authenticator(database, clock, clock.ticks, believed_for=2),
        desk=desk,
        single_sign_on=signs_on and signs_on(desk, database, clock),
        registry=CollectorRegistry(),
        limits=limits,
        exports=Exports(EXPORTS, EXPORTS_OF_A_KEY),
        inbound=inbound,
        readiness=Readiness(database, clock.ticks),
        now=clock,
        ticks=clock.ticks,
        new_id=new_id,
        keys_kept_for=keys_kept_for,
        subscribers=SubscriberOffice(
            database=database,
            now=clock,
            new_id=new_id,
            secret=wiring.key_secret,
            allowance=LOOPBACK_ALLOWED,
            salesforce_url=SALESFORCE_URL,
        ),
        root_path=root_path,
        rates=Rates(most_requests, clock.ticks) if most_requests else None,
        publishing_needs_second_key=second_key,
        ledger_open=ledger_open,
        log=lambda event, **fields: logged.append({"event": event, **fields}),
        log_fault=lambda request_id, error: logged.append({"event": "fault", "request_id": request_id, "error": error}),
    )
    worker = WorkerContext(
        database=database,
        now=clock,
        pause=0.05,
        log=context.log,
        warn=context.log,
        log_fault=context.log_fault,
    )
    reading: dict[str, Any] = {"mapping": inbound.mapping, "new_id": new_id}
    background = (
        lambda: repeat(worker, "changeovers", run_changeovers),
        lambda: repeat(worker, "applications", partial(run_applications, today=lambda: clock().date())),
        lambda: repeat(worker, "waiting_events", partial(apply_waiting, **reading)),
        lambda: repeat(worker, "event_retries", partial(retry_events, **reading)),
    )
    return create_app(context, telemetry=False, background=background if at_work else (), beside=console.ROUTERS)
