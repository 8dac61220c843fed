"""An outage of Salesforce of a day, in the middle of thousands of decisions."""

import asyncio
import random
from datetime import timedelta

from service.domain.account_ids import full_id
from service.domain.subscriptions import DeliveryStatus, Target
from service.domain.terms import Team
from service.store.delivery.deliveries import backlog, page_of_deliveries
from tests.delivery.salesforce import salesforce
from tests.relay.place import Place, relaying
from tests.store.jobs import submission

ACCOUNTS = [full_id(f"001AAA{number:09}") for number in range(400)]
DECISIONS = 2000
AT_ONCE = 500
"""Every twelve hours, so that twice is a day."""


async def decide_some(place: Place, chance: random.Random) -> dict[str, Team | None]:
    """Decisions on accounts drawn, some of which have no team afterwards; gives where these stand now."""
    some = [(chance.choice(ACCOUNTS), chance.choice((12, 640, None, None))) for _ in range(AT_ONCE)]
    made = await place.database.recorder.record([submission(account, df=size) for account, size in some])
    return {recorded.account_id: recorded.decision.team for recorded in made}


def test_after_an_outage_of_a_day_the_crm_holds_every_accounts_standing_team(database_url: str) -> None:
    async def scenario() -> None:
        chance, teams = random.Random(42), dict[str, Team | None]()
        async with salesforce(*ACCOUNTS) as crm, relaying(database_url, salesforce_url=crm.url) as place:
            subscriber, _ = place.subscribe(0, target=Target.SALESFORCE)
            for number in range(DECISIONS // AT_ONCE):
                crm.away = number in {1, 2}
                crm.expire()
                teams |= await decide_some(place, chance)
                await place.pass_time(hours=12, step=timedelta(hours=6))
            await place.pass_time(hours=6, step=timedelta(hours=6))

            assert len(set(teams.values())) == 3
            wrong = {account for account, team in teams.items() if team is not None and crm.team(account) != team}
            assert wrong == set()
            assert place.is_enabled(subscriber)
            assert backlog(place.database.engine).pending == 0
            made = page_of_deliveries(place.database.engine, limit=DECISIONS)
            assert {one.status for one in made} == {DeliveryStatus.DELIVERED}
            assert len(crm.requests) < len(made) / 5

    asyncio.run(scenario())
