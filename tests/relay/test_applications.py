"""What the application of a policy tells subscribers: who changed, and all the rest to those who ask for it."""

import asyncio
import json

from service.domain.decision import Kind
from service.domain.subscriptions import MessageType
from service.domain.terms import Team
from service.store.applications import ApplicationStatus
from service.usecases.apply_policy import apply_policy
from tests.delivery.endpoints import answering, endpoint
from tests.relay.place import relaying
from tests.store.jobs import AT
from tests.store.publishing import draft, publish
from tests.usecases.test_apply_policy import ask

ACCEPTED = answering("204 No Content")
BETWEEN, LARGE = ({"df": count, "max_family_employees": count} for count in (550, 640))


def test_who_changed_is_told_to_all_and_who_did_not_to_those_who_name_the_kind(database_url: str) -> None:
    async def scenario() -> None:
        async with relaying(database_url) as place, endpoint(ACCEPTED) as served:
            await place.record("moved", **BETWEEN)
            await place.record("same", **LARGE)
            all_that_is, _ = place.subscribe(served.port, name="all")
            by_kind, _ = place.subscribe(served.port, name="by kind", kinds=(Kind.APPLICATION,))
            by_team, _ = place.subscribe(served.port, name="by team", teams=(Team.MMKAFO,))
            engine = place.database.engine
            publish(engine, draft(engine).draft.id)
            done = await apply_policy(place.database, ask(place.database), AT.date, lambda _: None)
            await place.quiet()

            assert done is ApplicationStatus.DONE
            told = {
                subscriber: [(each.account_id, each.type) for each in place.deliveries(subscriber)]
                for subscriber in (all_that_is, by_kind, by_team)
            }
            assert told == {
                all_that_is: [("moved", MessageType.RECORDED)],
                by_kind: [("moved", MessageType.RECORDED), ("same", MessageType.RECORDED)],
                by_team: [("moved", MessageType.LEFT_TEAM)],
            }
            bodies = [json.loads(one.body)["data"] for one in served.received]
            assert {(each["account_id"], each["unchanged"]) for each in bodies} == {("moved", False), ("same", True)}

    asyncio.run(scenario())
