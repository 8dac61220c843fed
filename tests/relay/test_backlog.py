"""A backlog of one subscriber: claimed by an index in its order, and by several workers side by side."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, text

from service.domain.identifiers import uuid7
from service.domain.subscriptions import DeliveryStatus
from service.store.delivery.claims import claim, due_subscribers
from service.store.tables.events import DeliveryRow
from tests.relay.place import relaying
from tests.store.plans import plan_faults

MANY = 3_000


def test_what_is_due_is_claimed_by_an_index_and_never_sorted(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place:
            subscriber, _ = place.subscribe(1024)
            now, engine = place.clock(), place.database.engine
            with engine.begin() as connection:
                connection.execute(insert(DeliveryRow), [_delivery(subscriber, number, now) for number in range(MANY)])
                connection.execute(text("ANALYZE"))

            assert plan_faults(engine, lambda: due_subscribers(engine, now), "deliveries") == []
            until = now + timedelta(seconds=10)
            assert plan_faults(engine, lambda: claim(engine, {subscriber: 80}, now, until), "deliveries") == []

    def _delivery(subscriber: UUID, number: int, now: datetime) -> dict[str, object]:
        return {
            "id": uuid7(now, 2 * number),
            "subscriber_id": subscriber,
            "decision_id": uuid7(now, 2 * number + 1),
            "account_id": f"acc-{number}",
            "status": DeliveryStatus.PENDING,
            "attempts": 0,
            "failures": 0,
            "next_at": now,
            "created_at": now,
        }

    asyncio.run(scenario())
