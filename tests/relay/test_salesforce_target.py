"""Owners and reasons written back to Salesforce, against a stand-in of its REST API."""

import asyncio

from service.domain.subscriptions import DeliveryStatus, Target
from service.domain.terms import Team
from tests.delivery.endpoints import message
from tests.delivery.salesforce import ACCOUNT, salesforce
from tests.relay.place import relaying


def test_the_owner_and_the_reason_are_written_into_the_account_once_however_many_decisions_led_there(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await place.record(ACCOUNT, df=12)
            await place.record(ACCOUNT, df=640)
            await place.quiet()

            assert place.statuses() == [DeliveryStatus.DELIVERED] * 2
            written = crm.accounts[ACCOUNT]
            assert written["Account_Owner_Team__c"] == "MM_TERRITORY"
            assert written["Chalkline_Reason__c"].startswith("ROUTE-")
            assert "Mid-Market Territory" in written["Chalkline_Reason__c"]
            assert [line.split()[0] for line in crm.requests] == ["POST", "PATCH"]
            assert [place.attempts(one)[0].outcome for one in place.deliveries()] == ["accepted", "not_sent"]

    asyncio.run(scenario())


def test_what_salesforce_has_no_account_or_no_owner_for_is_not_written(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE, teams=(Team.MM_TERRITORY,))
            await place.record("acc-1")
            await place.record(ACCOUNT, wrong={"df": "Counts one office"})
            await place.record(ACCOUNT, df=12)
            await place.quiet()

            assert place.deliveries() == []
            assert crm.requests == []

    asyncio.run(scenario())


def test_salesforce_is_tried_again_when_it_is_busy_or_refuses_the_credentials(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            subscriber, secret = place.subscribe(0, target=Target.SALESFORCE)
            crm.instead_of_a_token = [message("400 Bad Request")]
            crm.instead_of_a_patch = [message("429 Too Many Requests", Retry_After="600")]
            await place.record(ACCOUNT)
            await place.quiet()
            await place.pass_time(hours=1)

            (delivery,) = place.deliveries()
            assert secret == ""
            assert [one.outcome for one in place.attempts(delivery)] == ["unauthorized", "declined", "accepted"]
            assert crm.accounts[ACCOUNT]["Account_Owner_Team__c"] == "MM_TERRITORY"
            assert place.is_enabled(subscriber)

    asyncio.run(scenario())
