"""The HTTP API for tests: the real application on a real server, over a real database, at an instant that tests set."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeAlias
from unittest.mock import patch

import httpx
from anyio import to_process
from sqlalchemy import text

from service import wiring
from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.common.context import ApiContext, Inbound, Limits
from service.store.database import Database, open_database
from service.store.keys import all_keys
from service.usecases.check_readiness import Readiness
from service.usecases.manage_keys import KeyOffice
from service.usecases.sign_in import SignInDesk
from tests.application import INBOUND, LIMITS, Clock, SignsOn, application
from tests.builders import Request, request
from tests.commands import FORKED
from tests.published import PROBLEM, published
from tests.running import running

RECORDED_TABLES = (
    *("decisions", "accounts", "reviews", "conduct_matters"),
    *("idempotency_keys", "payloads", "events", "crm_records"),
)


Decision: TypeAlias = dict[str, Any]
"""A decision as JSON has it."""


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


def _hold(logged: list[dict[str, Any]], response: httpx.Response) -> None:
    if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
        raise AssertionError("A fault in the service") from logged[-2].get("error")
    if response.request.method == "HEAD":
        return
    if response.headers.get("content-type", "").startswith(("application/json", PROBLEM)):
        response.read()
        published().hold(response)
