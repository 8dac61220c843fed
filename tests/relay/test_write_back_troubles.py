"""What keeps the write-back from arriving, or from being told so, passes; nobody who takes something is disabled."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from service.domain.subscriptions import Target
from tests.databases import SqliteDatabases
from tests.delivery.endpoints import message
from tests.delivery.salesforce import ACCOUNT, StandIn, salesforce
from tests.relay.place import relaying
from tests.relay.test_write_back import OTHER, outcomes


def test_a_record_that_is_refused_ends_a_run_of_failures(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce(ACCOUNT, OTHER) as crm, relaying(database_url, salesforce_url=crm.url) as place:
            subscriber, _ = place.subscribe(0, target=Target.SALESFORCE)
            crm.picklist = {"SMB"}
            crm.instead_of_a_patch = [message("503 Service Unavailable")]
            await place.record(ACCOUNT, df=640)
            await place.quiet()
            assert place.subscriber(subscriber).failing_since == place.clock()

            await place.pass_time(hours=1)
            assert outcomes(place)[0][0] == "declined"
            assert place.subscriber(subscriber).failing_since is None

            await place.pass_time(days=5.1, step=timedelta(days=1))
            crm.instead_of_a_patch = [message("503 Service Unavailable")]
            await place.record(OTHER, df=12)
            await place.quiet()
            assert place.subscriber(subscriber).failing_since == place.clock()
            assert place.is_enabled(subscriber)

            await place.pass_time(hours=1)
            assert crm.team(OTHER) == "SMB"

    asyncio.run(scenario())


def test_what_may_have_arrived_although_no_success_was_told_is_written_over(sqlite_databases: SqliteDatabases) -> None:
    async def scenario(url: str) -> None:
        async with salesforce() as crm, relaying(url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await place.record(ACCOUNT, df=12)
            await place.quiet()
            crm.instead_of_a_patch = [message("500 Internal Server Error")]
            await place.record(ACCOUNT, df=640)
            await place.quiet()
            crm.accounts[ACCOUNT]["Account_Owner_Team__c"] = "MM_TERRITORY"
            await place.record(ACCOUNT, df=12)
            await place.pass_time(hours=0.1, step=timedelta(minutes=1))

            assert crm.team() == "SMB"
            assert [outcome for outcome, _ in outcomes(place)] == ["accepted", "accepted", "not_sent"]

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))


def _lose_the_session(crm: StandIn) -> None:
    crm.expire()


def _lock(crm: StandIn) -> None:
    crm.locked = {ACCOUNT}


def _use_up_the_limit(crm: StandIn) -> None:
    crm.requests_left = 0


def _break_off(crm: StandIn) -> None:
    crm.instead_of_a_patch = [message("200 OK", b'[{"success":')]


def _ask_to_wait(crm: StandIn) -> None:
    crm.instead_of_a_patch = [message("503 Service Unavailable", Retry_After="600")]


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (_lose_the_session, "accepted"),
        (_lock, "declined"),
        (_use_up_the_limit, "declined"),
        (_break_off, "protocol"),
        (_ask_to_wait, "declined"),
    ],
)
def test_what_keeps_salesforce_from_taking_it_passes(
    sqlite_databases: SqliteDatabases, trouble: Callable[[StandIn], None], outcome: str
) -> None:
    async def scenario(url: str) -> None:
        async with salesforce() as crm, relaying(url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await place.record(ACCOUNT, df=12)
            await place.quiet()
            trouble(crm)
            await place.record(ACCOUNT, df=640)
            await place.quiet()
            assert outcomes(place)[-1][0] == outcome

            crm.locked, crm.requests_left = set(), None
            await place.pass_time(hours=0.5, step=timedelta(minutes=5))
            assert crm.team() == "MM_TERRITORY"
            assert outcomes(place)[-1] == ("accepted", None)

    with sqlite_databases.fresh() as url:
        asyncio.run(scenario(url))
