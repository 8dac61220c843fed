"""The service and its worker: joined from their parts, and run until they are told to stop."""

import asyncio
import gc
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from types import FrameType
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from service import wiring
from service.background import background
from service.crm.signed.standard_webhooks import signing_key
from service.entrypoints.api.app import create_app
from service.entrypoints.api.connections import connections_to
from service.entrypoints.common.background import at_work
from service.entrypoints.common.context import ApiContext, Inbound, Limits
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.exports import Exports
from service.entrypoints.common.rates import Rates
from service.entrypoints.console import app as console
from service.logs import configure_logs, fault, log
from service.settings import Settings, read_settings
from service.store.errors import StoreError
from service.usecases.authenticate import Authenticator
from service.usecases.check_readiness import Readiness
from service.usecases.note_start import note_start

_ACCEPTED_AT_ONCE = 16
_MADE_BETWEEN_COLLECTIONS = 20_000
"""Objects that requests under way hold are no garbage: looking through them once a request or more finds nothing."""


def serve(settings: Settings) -> None:
    """Serve the HTTP API and the console until told to stop."""
    configure_logs(settings.log_level)
    share_the_interpreter()
    wiring.migrated(settings)
    wiring.encrypt_secrets(settings)
    served = application(settings)
    sockets = wiring.bind(settings.host, settings.port)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _introduce(settings, f"http://{host}:{sockets[0].getsockname()[1]}")
    _note_start(settings)
    readiness: Readiness = served.state.context.readiness
    listen(served, sockets, grace=settings.stop_grace_seconds, on_grace=readiness.leave)


def run_worker(settings: Settings) -> None:
    """Do what goes on in the background, apart from any service, until told to stop."""
    configure_logs(settings.log_level)
    share_the_interpreter()
    wiring.migrated(settings)
    wiring.encrypt_secrets(settings)
    registry = CollectorRegistry()
    opened = wiring.database(settings, registry)

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        _say("The worker delivers to subscribers, carries out changeovers and retries, and applies what waited")
        async with at_work(opened, background(settings, opened, registry)):
            await stop.wait()

    uvloop.run(until_told())


def openapi_document(settings: Settings, *, as_json: bool) -> str:
    """Build the OpenAPI document, for which no database is needed, and write it."""
    from service.entrypoints.api.openapi.document import build_document, write_document  # noqa: PLC0415 - not to serve

    return write_document(build_document(application(settings).routes, version("chalkline")), as_json=as_json)


def asgi() -> FastAPI:
    """The application for a server of another kind: ``uvicorn --factory service.server:asgi``."""
    settings = read_settings()
    configure_logs(settings.log_level)
    with suppress(StoreError):  # a database that is away now may be there when it is needed
        wiring.encrypt_secrets(settings)
    return application(settings)


def application(settings: Settings) -> FastAPI:
    """The application over the database that the settings name. Nothing is connected before it is needed."""
    registry = CollectorRegistry()
    opened = wiring.database(settings, registry)
    desk = wiring.sign_in_desk(opened)
    context = ApiContext(
        database=opened,
        authenticator=Authenticator(opened, wiring.now, time.monotonic, settings.key_cache_seconds),
        desk=desk,
        single_sign_on=wiring.single_sign_on(settings, opened, desk),
        registry=registry,
        inbound=inbound(settings),
        limits=Limits(body_bytes=settings.max_body_bytes, body_seconds=settings.body_seconds),
        exports=Exports(settings.max_exports, settings.max_exports_of_a_key),
        readiness=Readiness(opened, time.monotonic),
        now=wiring.now,
        ticks=time.monotonic,
        new_id=wiring.new_id,
        keys_kept_for=timedelta(hours=settings.idempotency_retention_hours),
        subscribers=wiring.subscriber_office(settings, opened),
        root_path=settings.root_path,
        rates=Rates(most, time.monotonic) if (most := settings.max_requests_a_minute_of_a_key) else None,
        publishing_needs_second_key=settings.publishing_needs_second_key,
        ledger_open=settings.ledger_open,
        log=partial(log, logging.INFO),
        log_fault=lambda request_id, error: log(logging.ERROR, "fault", request_id=request_id, **fault(error)),
    )
    tasks = background(settings, opened, registry, beside_requests=True) if settings.worker else ()
    return create_app(context, telemetry=settings.telemetry, background=tasks, beside=console.ROUTERS)


def inbound(settings: Settings) -> Inbound:
    """What is set up of webhooks that come in.

    Raises:
        UnusableMappingError: the file of the mapping cannot be meant.
        UnusableSecretError: nothing can be signed with a secret.
    """
    for secret in settings.webhook_secrets:
        signing_key(secret.get_secret_value())
    return Inbound(
        mapping=wiring.mapping(settings),
        organization_id=settings.salesforce_organization_id,
        secrets=tuple(secret.get_secret_value() for secret in settings.webhook_secrets),
        hubspot_secrets=tuple(secret.get_secret_value() for secret in settings.hubspot_client_secrets),
        public_url=settings.public_url,
    )


class _Server(uvicorn.Server):
    """Told to stop (SIGTERM), it answers for ``grace`` seconds more. Told again, or by SIGINT, it stops at once."""

    def __init__(self, config: uvicorn.Config, grace: float, on_grace: Callable[[], None]) -> None:
        super().__init__(config)
        self._grace = grace
        self._on_grace = on_grace
        self._until: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM or not self._grace or self._until is not None:
            super().handle_exit(sig, frame)
            return
        self._until = time.monotonic() + self._grace
        self._on_grace()

    async def on_tick(self, counter: int) -> bool:
        if self._until is not None and self._until <= time.monotonic() and not self.should_exit:
            self.handle_exit(signal.SIGTERM, None)
        return await super().on_tick(counter)


def listen(
    served: FastAPI, sockets: list[socket.socket], *, grace: float = 0, on_grace: Callable[[], None] = lambda: None
) -> None:
    """Answer requests to the application until told to stop, and after ``on_grace`` for ``grace`` seconds more."""
    gc.collect()
    gc.freeze()  # what is made by now stays: a collection that walked through it would hold up every request
    gc.set_threshold(_MADE_BETWEEN_COLLECTIONS)
    with suppress(KeyboardInterrupt):
        # A loop accepts one connection of a socket each time around: in a full one, sixty would wait sixty rounds.
        accepting = [*sockets, *(each.dup() for each in sockets for _ in range(_ACCEPTED_AT_ONCE - 1))]
        _Server(uvicorn.Config(served, **server_options(served)), grace, on_grace).run(accepting)


def server_options(served: FastAPI) -> dict[str, Any]:
    """How uvicorn serves the application."""
    return {
        "loop": "uvloop",
        "http": connections_to(served.state.context),
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 20,
    }


def share_the_interpreter() -> None:
    """Let every thread take its turn soon, several times for each request.

    What answers must not wait for what computes, nor the thread that writes to SQLite after each of its system calls.
    """
    sys.setswitchinterval(0.0001)


def _note_start(settings: Settings) -> None:
    read_by = b"" if settings.field_mapping is None else settings.field_mapping.read_bytes()
    access = to_json({group: each.model_dump(mode="json") for group, each in settings.oidc_groups.items()})
    told = {
        "release": version("chalkline"),
        "time_zone": str(settings.time_zone),
        "publishing_needs_second_key": settings.publishing_needs_second_key,
        "ledger_open": settings.ledger_open,
        "ledger_witnesses": sorted(settings.ledger_witnesses.values()),
        "payload_retention_days": settings.payload_retention_days,
        "idempotency_retention_hours": settings.idempotency_retention_hours,
        "delivery_retention_days": settings.delivery_retention_days,
        "field_mapping": sha256(read_by).hexdigest() if read_by else None,
        "oidc_issuer": settings.oidc_issuer,
        "oidc_groups": sha256(access).hexdigest() if settings.oidc_groups else None,
    }
    with wiring.opened_database(settings) as opened:
        try:
            note_start(opened, told, wiring.now, wiring.new_id)
        except StoreError as error:  # who only reads can be served all the same
            log(logging.WARNING, "start_not_noted", reason=str(error))


def _introduce(settings: Settings, address: str) -> None:
    with wiring.opened_database(settings) as opened:
        wanted = None if settings.bootstrap_key is None else settings.bootstrap_key.get_secret_value()
        issued = wiring.key_office(opened).bootstrap(wanted)
        is_first = issued is not None and wanted is None
        link = wiring.sign_in_desk(opened).make_link() if is_first else ""
    if issued is not None and is_first:
        _say(_FIRST_START.format(key=issued.key, address=address, link=f"{address}/console/first-key/{link}"))
    else:
        _say(f"Chalkline on {address}, with a console at {address}/console; the API is described at {address}/docs")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


_FIRST_START = """
This is the first start. Your API key, with every scope, shown now and never again:

  {key}

Classify a first account with it:

  curl -sS {address}/v1/classifications -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
    -d '{{"account": {{"id": "sample-1", "region": "EMEA", "crm_created_on": "2021-06-01", "customer": false,
         "first_order_available": true, "max_family_employees": 640}},
         "employee_counts": [{{"source": "datafox", "employees": 640}}]}}'

Or open the console, within 15 minutes and once, and make a key of your own there (make demo shows examples instead):

  {link}

The API is described at {address}/docs
"""
