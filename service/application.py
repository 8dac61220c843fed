"""The application and what goes on behind it: loaded by the commands that serve, and by no other."""

import random
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter

from service import wiring
from service.crm.signed.standard_webhooks import signing_key
from service.entrypoints.api.app import create_app
from service.entrypoints.api.context import ApiContext, Inbound, Limits
from service.entrypoints.views.decisions import render_decision
from service.entrypoints.views.encoding import to_json
from service.entrypoints.worker.changeovers import run_changeovers
from service.entrypoints.worker.relay import Relay, run_relay
from service.entrypoints.worker.workplace import Workplace, go_on
from service.logs import fault, logger
from service.settings import Settings
from service.store.database import Database
from service.usecases.authenticate import Authenticator
from service.usecases.relay import Courier

Background: TypeAlias = Sequence[Callable[[], Coroutine[Any, Any, None]]]
"""What goes on until it is cancelled."""


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


def background(settings: Settings, opened: Database, registry: CollectorRegistry) -> Background:
    """Changeovers and the relay to subscribers."""
    log = logger()
    attempts = Counter("chalkline_delivery_attempts", "Attempts at deliveries.", ["outcome"], registry=registry)
    workplace = Workplace(
        database=opened,
        now=wiring.now,
        pause=0.25,
        log=log.info,
        warn=log.warning,
        log_fault=lambda task, error: log.error("fault", task=task, **fault(error)),
    )

    async def relay() -> None:
        sending = wiring.sender(settings)
        courier = Courier(
            sender=sending,
            salesforce=wiring.salesforce_accounts(settings, sending),
            now=wiring.now,
            ticks=time.monotonic,
            new_id=wiring.new_id,
            render=render_decision,
            encode=to_json,
        )
        observe = lambda outcome: attempts.labels(outcome).inc()  # noqa: E731 - one measure
        await run_relay(workplace, Relay(workplace, courier, random.random, observe))

    return (lambda: go_on(replace(workplace, pause=1), "changeovers", run_changeovers), relay)


def app(settings: Settings) -> FastAPI:
    """The application over the database that the settings name. Nothing is connected before it is needed."""
    registry = CollectorRegistry()
    opened = wiring.database(settings, registry)
    log = logger()
    context = ApiContext(
        database=opened,
        authenticator=Authenticator(opened, wiring.now, settings.key_cache_seconds),
        registry=registry,
        inbound=inbound(settings),
        limits=Limits(body_bytes=settings.max_body_bytes, body_seconds=settings.body_seconds),
        now=wiring.now,
        today=wiring.today,
        new_id=wiring.new_id,
        subscribers=wiring.subscriber_office(settings, opened),
        publishing_needs_second_key=settings.publishing_needs_second_key,
        log=log.info,
        log_fault=lambda request_id, error: log.error("fault", request_id=request_id, **fault(error)),
    )
    tasks = background(settings, opened, registry) if settings.worker else ()
    return create_app(context, telemetry=settings.telemetry, background=tasks)
