"""The HTTP API for tests: the real application on a real server, over a real database, at an instant that tests set."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, TypeAlias
from unittest.mock import patch
from uuid import UUID

import httpx
from anyio import to_process
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from service import wiring
from service.delivery.addresses import Allowance
from service.domain.identifiers import uuid7
from service.domain.keys import Scope
from service.domain.terms import Team
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
from service.store.database import Database, open_database
from service.store.keys import all_keys
from service.usecases.authenticate import Authenticator
from service.usecases.check_readiness import Readiness
from service.usecases.manage_keys import KeyOffice
from service.usecases.sign_in import SignInDesk
from service.usecases.single_sign_on import SingleSignOn
from service.usecases.subscribe import SubscriberOffice
from tests.builders import Request, request
from tests.commands import FORKED
from tests.published import PROBLEM, published
from tests.running import running

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LOOPBACK_ALLOWED = Allowance.of(("127.0.0.0/8",), http=True)
SALESFORCE_URL = "https://acme.my.salesforce.com"
EXPORTS, EXPORTS_OF_A_KEY = 3, 2
LIMITS = Limits(body_bytes=16 * 1024 * 1024, body_seconds=20)
INBOUND = inbound(Settings())
RECORDED_TABLES = (
    *("decisions", "accounts", "reviews", "conduct_matters"),
    *("idempotency_keys", "payloads", "events", "crm_records"),
)


Decision: TypeAlias = dict[str, Any]
"""A decision as JSON has it."""


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
_WAIT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Api:
    """A running service. ``http`` sends a key with every scope, and holds every answer to the published schema."""

    url: str
    http: httpx.Client
    database: Database
    keys: KeyOffice
    desk: SignInDesk
    clock: Clock
    logged: list[dict[str, Any]]
    readiness: Readiness

    def classify(self, body: Request | None = None, **facts: Any) -> Decision:  # noqa: ANN401 - what a request takes
        """Record a classification, of a whole body or of facts as ``tests.builders.request`` takes them."""
        answer = self.http.post("/v1/classifications", json=request(**facts) if body is None else body)
        assert answer.status_code == 201, answer.text
        decision: Decision = answer.json()
        return decision

    def get(self, path: str, **parameters: str | int) -> Any:  # noqa: ANN401 - JSON
        """What a GET answers with 200."""
        answer = self.http.get(path, params=parameters or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def readyz_anew(self) -> int:
        """What ``/readyz`` answers when nothing is believed any more of what was found before."""
        self.clock.advance(seconds=2)
        return self.http.get("/readyz").status_code

    def log_of(self, request_id: str) -> list[dict[str, Any]]:
        """What was logged of a request, once that is complete: its last line is written after its answer has left."""

        def lines() -> list[dict[str, Any]]:
            return [line for line in list(self.logged) if line.get("request_id") == request_id]

        eventually(lambda: any(line["event"] == "request" for line in lines()))
        return lines()

    def key(self, name: str, *scopes: Scope, days: int = 365, team: Team | None = None) -> dict[str, str]:
        """The Authorization header of a new key, with every scope unless some are named."""
        issued = self.keys.issue(name, frozenset(scopes or Scope), timedelta(days=days), team=team)
        return {"Authorization": f"Bearer {issued.key}"}

    def revoke(self, name: str) -> None:
        """Let a key work no more."""
        (found,) = [key for key in all_keys(self.database.engine) if key.name == name and key.revoked_at is None]
        self.keys.revoke(found.id)

    def rotated(self, name: str) -> dict[str, str]:
        """The Authorization header of the successor of a key."""
        (old,) = [key for key in all_keys(self.database.engine) if key.name == name]
        return {"Authorization": f"Bearer {self.keys.rotate(old.id, timedelta(hours=1)).key}"}

    def rows(self) -> dict[str, int]:
        """How many rows each table of the record has."""
        with self.database.engine.connect() as connection:
            counts = {
                table: connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own names
                for table in RECORDED_TABLES
            }
        return {table: count or 0 for table, count in counts.items()}


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does, within reason."""
    give_up = time.monotonic() + _WAIT_SECONDS
    while not holds() and time.monotonic() < give_up:
        time.sleep(0.005)
    assert holds()


@contextmanager
def serving(
    url: str,
    *,
    limits: Limits = LIMITS,
    clock: Clock | None = None,
    key: str = "tester",
    inbound: Inbound = INBOUND,
    at_work: bool = False,
    second_key: bool = False,
    keys_kept_for: timedelta = timedelta(days=7),
    root_path: str = "",
    most_requests: int = 0,
    ledger_open: bool = False,
    random_bits: Callable[[], int] = wiring.random_bits,
    signs_on: SignsOn | None = None,
    patience: float = 5,
    apart: bool = False,
) -> Iterator[Api]:
    """Serve the API over a migrated database. ``key`` names the key that ``http`` sends.

    ``at_work``: what was asked for is carried out in the background, as by the service itself. ``second_key``: drafts
    are published with another key than they were drafted with. ``keys_kept_for``: how long idempotency keys are.
    ``random_bits``: for every identifier.
    ``signs_on``: people may sign in to the console through an identity provider.
    ``patience``: seconds for which the database is waited for. ``apart``: what computes for seconds starts a process
    that loads the program anew, as by the service itself; else it is forked from one that has.
    """
    clock = clock or Clock()
    logged: list[dict[str, Any]] = []
    database = open_database(url, clock=clock, random_bits=random_bits, observe=lambda *_: None, timeout=patience)
    app = application(
        database,
        clock,
        limits,
        logged,
        inbound=inbound,
        at_work=at_work,
        second_key=second_key,
        keys_kept_for=keys_kept_for,
        root_path=root_path,
        most_requests=most_requests,
        ledger_open=ledger_open,
        random_bits=random_bits,
        signs_on=signs_on,
    )
    keys = KeyOffice(database, clock, wiring.key_secret)
    issued = keys.issue(key, frozenset(Scope), timedelta(days=365))
    with (
        _letting_go_of(database),
        patch.object(to_process, "run_sync", _ANEW if apart else _forked),
        running(app) as address,
        httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {issued.key}"},
            event_hooks={"response": [lambda response: _hold(logged, response)]},
            timeout=120,
        ) as http,
    ):
        context: ApiContext = app.state.context
        yield Api(
            url=address,
            http=http,
            database=database,
            keys=keys,
            desk=context.desk,
            clock=clock,
            logged=logged,
            readiness=context.readiness,
        )


_ANEW = to_process.run_sync


async def _forked(compute: Callable[..., bytes], *asked: object, **_: object) -> bytes:
    return await asyncio.wrap_future(_one_apart().submit(compute, *asked))


@cache
def _one_apart() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=FORKED)


@contextmanager
def _letting_go_of(database: Database) -> Iterator[None]:
    """Close what the background was still at when it was stopped: it comes back to the pool after the others went."""
    try:
        yield
    finally:
        database.engine.dispose()


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


def _hold(logged: list[dict[str, Any]], response: httpx.Response) -> None:
    if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
        raise AssertionError("A fault in the service") from logged[-2].get("error")
    if response.request.method == "HEAD":
        return
    if response.headers.get("content-type", "").startswith(("application/json", PROBLEM)):
        response.read()
        published().hold(response)
