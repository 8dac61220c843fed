"""What goes on in the background of the service, or is all that a worker does: joined from its parts."""

import logging
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from service import wiring
from service.delivery.witnesses import witnesses_of
from service.domain.calendar import day_of
from service.entrypoints.common.background import Task, WorkerContext, repeat
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_decision
from service.entrypoints.worker.applications import run_applications
from service.entrypoints.worker.changeovers import run_changeovers
from service.entrypoints.worker.counts import FOLDING_SECONDS, put_counts_together
from service.entrypoints.worker.event_retries import retry_events
from service.entrypoints.worker.ledger import MUCH, MUCH_BESIDE_REQUESTS, SEALING_SECONDS, Sealing
from service.entrypoints.worker.notices import run_notices
from service.entrypoints.worker.redactions import REDACTING_SECONDS, run_redactions
from service.entrypoints.worker.relay import Relay, run_relay
from service.entrypoints.worker.retention import FORGETTING_SECONDS, forget_old_payloads, remove_old_deliveries
from service.entrypoints.worker.waiting_events import apply_waiting
from service.entrypoints.worker.witnesses import WITNESSING_SECONDS, run_witnesses
from service.ledger import CheckpointFile, key_place
from service.logs import fault, log
from service.settings import Settings
from service.store.database import Database
from service.usecases.relay import Courier
from service.usecases.seal import Sealer


def background(
    settings: Settings, opened: Database, registry: CollectorRegistry, *, beside_requests: bool = False
) -> Sequence[Task]:
    """What a worker does, or a service beside requests: changeovers, events, notices, the ledger, and more.

    Raises:
        UnusableMappingError: the file of the mapping cannot be meant, or reads teams otherwise than they are written.
    """
    attempts = Counter("chalkline_delivery_attempts", "Attempts at deliveries.", ["outcome"], registry=registry)
    deliveries = Counter("chalkline_deliveries", "Deliveries that are pending no more.", ["status"], registry=registry)
    context = WorkerContext(
        database=opened,
        now=wiring.now,
        pause=0.25,
        log=partial(log, logging.INFO),
        warn=partial(log, logging.WARNING),
        log_fault=lambda task, error: log(logging.ERROR, "fault", task=task, **fault(error)),
    )

    organization = wiring.organization(settings, wiring.mapping(settings))

    async def relay() -> None:
        write_back, chatter = wiring.to_salesforce(settings, opened, organization)
        courier = Courier(
            sender=wiring.sender(settings),
            write_back=write_back,
            chatter=chatter,
            now=wiring.now,
            ticks=time.monotonic,
            new_id=wiring.new_id,
            render=render_decision,
            encode=to_json,
            encryption=wiring.encryption(settings),
        )
        observe = lambda outcome: attempts.labels(outcome).inc()  # noqa: E731 - one measure
        settled = lambda status: deliveries.labels(status).inc()  # noqa: E731 - as above
        await run_relay(context, Relay(context, courier, random.random, observe, settled=settled))

    file = CheckpointFile(settings.ledger_checkpoint_file)
    sealer = Sealer(
        database=opened,
        place=key_place(settings),
        now=wiring.now,
        random=secrets.token_bytes,
        publish=file.write,
        published=file.read,
        announce=lambda place, key: context.log("ledger_key_made", file=place, key=key),
    )
    stopped = Gauge(
        "chalkline_ledger_stopped", "1 while nothing is sealed here until somebody has looked.", registry=registry
    )
    much = MUCH_BESIDE_REQUESTS if beside_requests else MUCH
    slowly = replace(context, pause=1)
    mapping, new_id = wiring.mapping(settings), wiring.new_id
    today = lambda: day_of(wiring.now(), settings.time_zone)  # noqa: E731 - the organisation's day
    checkpoints = timedelta(minutes=settings.ledger_checkpoint_minutes)
    notice = partial(run_notices, zone=settings.time_zone, new_id=new_id, checkpoints=checkpoints)
    tasks: list[Task] = [
        lambda: repeat(slowly, "changeovers", run_changeovers),
        lambda: repeat(slowly, "applications", partial(run_applications, today=today)),
        lambda: repeat(slowly, "waiting_events", partial(apply_waiting, mapping=mapping, new_id=new_id)),
        lambda: repeat(slowly, "event_retries", partial(retry_events, mapping=mapping, new_id=new_id)),
        lambda: repeat(replace(context, pause=REDACTING_SECONDS), "redactions", partial(run_redactions, new_id=new_id)),
        lambda: repeat(replace(context, pause=60), "notices", notice),
        lambda: repeat(replace(context, pause=FOLDING_SECONDS), "counts", put_counts_together),
        lambda: repeat(replace(context, pause=SEALING_SECONDS), "ledger", Sealing(sealer, stopped.set, much).step),
        relay,
    ]
    if asked := witnesses_of(settings.ledger_witnesses):
        once_a_minute = replace(context, pause=WITNESSING_SECONDS)
        tasks.append(lambda: run_witnesses(once_a_minute, partial(wiring.sender, settings), asked))
    seldom = replace(context, pause=FORGETTING_SECONDS)
    if settings.delivery_retention_days:
        remove = partial(remove_old_deliveries, keep_for=timedelta(days=settings.delivery_retention_days))
        tasks.append(lambda: repeat(seldom, "delivery_retention", remove))
    if settings.payload_retention_days is not None:
        forget = partial(forget_old_payloads, keep_for=timedelta(days=settings.payload_retention_days))
        tasks.append(lambda: repeat(seldom, "retention", forget))
    return tasks
