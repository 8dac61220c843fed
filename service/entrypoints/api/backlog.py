"""What waits for subscribers, measured in the database when somebody asks: whichever process delivers."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from service.store.database import Database
from service.store.delivery.deliveries import backlog
from service.store.errors import StoreError
from service.store.recording import Clock


class BacklogMeasures(Collector):
    """Gauges that are absent while the database is away."""

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
