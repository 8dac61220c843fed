"""By ``teams``, Salesforce has the standing team of every account that it ever had one of, whatever way that took."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.domain.subscriptions import Target
from service.domain.terms import Team
from service.store.decisions import standing_decision
from tests.delivery.salesforce import ACCOUNT, salesforce
from tests.relay.place import Place, relaying
from tests.relay.test_write_back import FIRST_ORDER, tell


def test_an_account_that_leaves_the_teams_that_are_written_back_has_its_new_team_there(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE, teams=(Team.SMB,))
            for size in (12, 640, 2_000):
                await place.record(ACCOUNT, df=size)
                await place.quiet()

            assert [values["Account_Owner_Team__c"] for _, values in crm.written] == [
                "SMB",
                "MM_TERRITORY",
                "OUTSIDE_COMMERCIAL",
            ]

    asyncio.run(scenario())


async def through_a_review(place: Place) -> None:
    await place.record(ACCOUNT, df=640)
    await place.quiet()
    await place.record(ACCOUNT, df=640, wrong={"df": "Counts one office"})
    await place.quiet()
    await place.record(ACCOUNT, df=12)


async def through_a_deletion(place: Place) -> None:
    await tell(place, "CREATE", **FIRST_ORDER)
    await place.quiet()
    await tell(place, "DELETE")
    await place.quiet()
    await place.record(ACCOUNT, df=12)
    await place.quiet()
    await tell(place, "UNDELETE", **FIRST_ORDER | {"NumberOfEmployees": 12})


async def from_team_to_team(place: Place) -> None:
    for size in (640, 12, 2_000):
        await place.record(ACCOUNT, df=size)
        await place.quiet()


@pytest.mark.parametrize(
    ("way", "teams"),
    [
        (through_a_review, (Team.MM_TERRITORY,)),
        (through_a_deletion, (Team.MMKAFO,)),
        (from_team_to_team, (Team.MM_TERRITORY,)),
    ],
)
def test_an_account_has_its_standing_team_in_salesforce_in_the_end(
    database_url: str, way: Callable[[Place], Awaitable[None]], teams: tuple[Team, ...]
) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE, teams=teams)
            await way(place)
            await place.quiet()

            standing = standing_decision(place.database.engine, ACCOUNT)
            assert standing is not None
            assert standing.decision.team not in teams
            assert crm.team() == standing.decision.team
            assert crm.written[0][1]["Account_Owner_Team__c"] in teams

    asyncio.run(scenario())


def test_an_account_that_never_had_such_a_team_is_not_written(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE, teams=(Team.MMKAFO,))
            await from_team_to_team(place)

            assert (place.deliveries(), crm.requests) == ([], [])

    asyncio.run(scenario())
