"""A subscriber by team hears when an account leaves it, by a type of its own."""

import asyncio
import json
from uuid import UUID

from service.domain.decision import Kind
from service.domain.subscriptions import MessageType
from service.domain.terms import Team
from service.store.decisions import find_decision
from tests.delivery.endpoints import Received, answering, endpoint
from tests.relay.place import Place, relaying

ACCEPTED = answering("204 No Content")
TERRITORY, SMALL = {"df": 640}, {"df": 12}


def told(received: list[Received]) -> list[tuple[str, str, str | None]]:
    """The type, the decision and the team before of each message."""
    messages = [json.loads(one.body) for one in received]
    kinds = [(one["type"], one["data"]) for one in messages]
    return [(kind, data["id"], data["team_before"] if kind == MessageType.LEFT_TEAM else None) for kind, data in kinds]


async def moved(place: Place) -> list[str]:
    """An account that comes to a territory, leaves it, and stays away."""
    recorded = []
    for number, facts in enumerate((TERRITORY, SMALL, SMALL)):
        recorded += await place.record("acc-1", name=f"Acme {number}", **facts)
    return recorded


def test_a_subscriber_by_team_hears_once_and_in_order_that_an_account_left_it(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port, teams=(Team.MM_TERRITORY,), fields=("team",))
            came, left, _ = await moved(place)
            await place.quiet()

            assert told(served.received) == [
                ("decision.recorded", came, None),
                ("decision.left_team", left, "MM_TERRITORY"),
            ]
            assert json.loads(served.received[1].body)["data"] == {
                "id": left,
                "account_id": "acc-1",
                "stands": True,
                "team": "SMB",
                "team_before": "MM_TERRITORY",
            }
            assert [one.type for one in place.deliveries()] == [MessageType.RECORDED, MessageType.LEFT_TEAM]
            assert find_decision(place.database.engine, UUID(left)) is not None

    asyncio.run(scenario())


def test_whoever_asks_for_all_teams_for_other_kinds_or_for_recorded_ones_alone_hears_of_no_leaving(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            place.subscribe(served.port, name="all")
            place.subscribe(served.port, name="kinds", teams=(Team.MM_TERRITORY,), kinds=(Kind.DISCOVERY,))
            place.subscribe(served.port, name="types", teams=(Team.MM_TERRITORY,), types=(MessageType.RECORDED,))
            came, left, last = await moved(place)
            await place.quiet()

            expected = [("decision.recorded", one, None) for one in (came, came, left, last)]
            assert sorted(told(served.received)) == sorted(expected)

    asyncio.run(scenario())
