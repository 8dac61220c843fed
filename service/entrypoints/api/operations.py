"""For those who run the service: is it there, is it ready, and how is it doing."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import Field
from typing_extensions import TypedDict

from service.domain.keys import Scope
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.openapi.answers import answers, as_json, as_text, refuses
from service.entrypoints.common.context import context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import ProblemError
from service.store.database import Database
from service.store.delivery.deliveries import backlog
from service.store.delivery.outbox import oldest_waiting
from service.store.errors import StoreError
from service.store.events import open_events
from service.store.ledger.queue import unsealed_rows
from service.store.ledger.reading import find_checkpoint
from service.store.recording import Clock

router = APIRouter(route_class=CheckedRoute, tags=["Operate"])


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
    """Asks the database, whether its schema is the one that this release works with, and whether it can be written.

    What was found is answered for a second. A service that is told to stop says no, before it takes no more requests.
    """
    readiness = context_of(request).readiness
    if readiness.leaving:
        raise ProblemError("stopping", "The service is about to stop. It answers for a little while yet")
    await readiness.check()
    return JsonResponse(_OK)


@router.get(
    "/metrics",
    response_class=Response,
    summary="Metrics for Prometheus",
    responses=answers(200, "The metrics.", as_text("text/plain", "metrics")),
)
def metrics(request: Request, caller: Reader) -> Response:
    """Requests, their durations, events, and what is recorded and waits for subscribers, in Prometheus' text format.

    Requests about conduct are told to keys alone that have the scope `conduct` too.
    """
    registry = context_of(request).registry
    told = registry if Scope.CONDUCT in caller.scopes else _WithoutConduct(registry)
    return Response(generate_latest(told), media_type=CONTENT_TYPE_LATEST)


class _WithoutConduct(Collector):
    """The measures of another registry, but for those of requests about conduct: their number tells of matters."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._all = registry

    def collect(self) -> Iterable[Metric]:
        """The measures as they are now."""
        for family in self._all.collect():
            family.samples = [each for each in family.samples if not _is_about_conduct(each.labels.get("path", ""))]
            yield family


def _is_about_conduct(path: str) -> bool:
    return path == "/v1/conduct" or path.startswith("/v1/conduct/")


class BacklogMeasures(Collector):
    """What waits for subscribers and for the ledger, whichever process is at work, and what is open of events.

    They are gauges, which are absent while the database is away.
    """

    def __init__(self, database: Database, now: Clock) -> None:
        self._database = database
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The measures as they are now."""
        engine = self._database.engine
        try:
            found, waiting, events = backlog(engine), oldest_waiting(engine), open_events(engine)
            sealed, unsealed = find_checkpoint(engine).size, unsealed_rows(engine)
        except StoreError:
            return
        age = self._age(found.oldest_pending_at)
        for name, text, value in (
            ("chalkline_outbox_decisions", "Decisions that are yet to be handed to subscribers.", found.waiting),
            ("chalkline_outbox_oldest_seconds", "How long the oldest of them has been recorded.", self._age(waiting)),
            (
                "chalkline_deliveries_pending",
                "Deliveries that enabled subscribers have not accepted yet.",
                found.pending,
            ),
            ("chalkline_deliveries_oldest_pending_seconds", "How long the oldest of them has been pending.", age),
            ("chalkline_ledger_entries", "Entries of the ledger that are sealed.", sealed),
            ("chalkline_ledger_waiting", "Recorded rows that are yet to be sealed.", unsealed.count),
            ("chalkline_ledger_lag_seconds", "How long the oldest of them has waited.", self._age(unsealed.oldest)),
        ):
            yield GaugeMetricFamily(name, text, value)
        subscribers = GaugeMetricFamily("chalkline_subscribers", "Subscribers.", labels=["status"])
        for status, count in found.subscribers.items():
            subscribers.add_metric([status], count)
        yield subscribers
        names = ["source", "status"]
        counts = GaugeMetricFamily("chalkline_events_open", "Events that wait or are rejected.", labels=names)
        ages = GaugeMetricFamily("chalkline_events_oldest_open_seconds", "The age of the oldest of them.", labels=names)
        for *labels, count, oldest in events:
            counts.add_metric(labels, count)
            ages.add_metric(labels, self._age(oldest))
        yield from (counts, ages)

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._now() - since).total_seconds())
