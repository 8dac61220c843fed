"""For those who run the service: is it there, is it ready, and how is it doing."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from typing_extensions import TypedDict

from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import answers, as_json, as_text, refuses
from service.store.database import Database
from service.store.delivery.deliveries import backlog
from service.store.errors import StoreError
from service.store.migrations import check_schema
from service.store.recording import Clock

router = APIRouter(tags=["Operate"])


class Health(TypedDict):
    """Whether the service is there, or ready."""

    status: Annotated[Literal["ok"], Field(description="It is.")]


_OK: Health = {"status": "ok"}


@router.get("/healthz", summary="Is the service there?", responses=answers(200, "It is.", as_json(Health, "health")))
async def healthz() -> Response:
    """Answers as long as the process does; asks nothing of the database."""
    return JsonResponse(_OK)


@router.get(
    "/readyz",
    summary="Can the service record?",
    responses=answers(200, "It can.", as_json(Health, "health")) | refuses(503),
)
async def readyz(request: Request) -> Response:
    """Asks the database, whether its schema is the one that this release works with, and whether it can be written."""
    database = context_of(request).database
    await run_in_threadpool(check_schema, database.engine)
    await database.recorder.check()
    return JsonResponse(_OK)


@router.get(
    "/metrics",
    response_class=Response,
    summary="Metrics for Prometheus",
    responses=answers(200, "The metrics.", as_text("text/plain", "metrics")),
)
def metrics(request: Request, _: Reader) -> Response:
    """Requests, their durations, what the recorder does, and what waits for subscribers, in Prometheus' text format."""
    return Response(generate_latest(context_of(request).registry), media_type=CONTENT_TYPE_LATEST)


class BacklogMeasures(Collector):
    """What waits for subscribers, whichever process delivers: gauges that are absent while the database is away."""

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The measures as they are now."""
        try:
            found = backlog(self._database.engine)
        except StoreError:
            return
        oldest = found.oldest_pending_at
        age = 0.0 if oldest is None else max(0.0, (self._now() - oldest).total_seconds())
        for name, text, value in (
            ("chalkline_outbox_decisions", "Decisions that are yet to be handed to subscribers.", found.waiting),
            (
                "chalkline_deliveries_pending",
                "Deliveries that enabled subscribers have not accepted yet.",
                found.pending,
            ),
            ("chalkline_deliveries_oldest_pending_seconds", "How long the oldest of them has been pending.", age),
        ):
            yield GaugeMetricFamily(name, text, value)
        subscribers = GaugeMetricFamily("chalkline_subscribers", "Subscribers.", labels=["status"])
        for status, count in found.subscribers.items():
            subscribers.add_metric([status], count)
        yield subscribers
