"""The write-back states where accounts stand at the moment of sending, whatever decision has them sent."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from service.crm.payloads import milliseconds_to
from service.domain.subscriptions import DeliveryStatus, Target
from service.domain.terms import Team
from service.store.decisions import standing_decision
from service.store.delivery.writes import begin_writes
from tests.delivery.salesforce import ACCOUNT, PATCH, StandIn, salesforce
from tests.inbox.messages import KEY_ACCOUNT, change
from tests.inbox.recording import record_post
from tests.relay.failing import resend
from tests.relay.place import Place, relaying
from tests.store.jobs import submission

OTHER = "0018a00001XyZbAAAV"
NAMES = {team: f"{team} of ours" for team in Team}
FIRST_ORDER = {name: value for name, value in KEY_ACCOUNT.items() if name != "SystemModstamp"}


async def tell(place: Place, kind: str = "UPDATE", **fields: Any) -> None:  # noqa: ANN401 - as ``change``
    """Have the CRM tell of the account, at an instant of its own."""
    at = milliseconds_to(place.clock.advance(seconds=10))
    await record_post(place.database, [change(ACCOUNT, at=at, kind=kind, **fields)], at, place.office.new_id)


def outcomes(place: Place) -> list[tuple[str, str | None]]:
    """How the last attempt at each delivery came out, and what is said of it."""
    last = [place.attempts(one)[-1] for one in place.deliveries()]
    return [(one.outcome, one.detail) for one in last]


def patches(crm: StandIn) -> int:
    return crm.requests.count(PATCH)


def test_sending_an_old_delivery_again_writes_no_older_team(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            for size in (12, 640):
                await place.record(ACCOUNT, df=size)
                await place.quiet()
            assert [values["Account_Owner_Team__c"] for _, values in crm.written] == ["SMB", "MM_TERRITORY"]

            first, _ = place.deliveries()
            place.clock.advance(seconds=10)
            resend(place, first.id)
            await place.quiet()

            assert crm.team() == "MM_TERRITORY"
            assert patches(crm) == 2
            assert outcomes(place)[0] == ("not_sent", "Salesforce has these values already")
            assert place.statuses() == [DeliveryStatus.DELIVERED] * 2

    asyncio.run(scenario())


def test_an_account_that_is_pending_at_the_moment_of_sending_keeps_the_team_that_the_crm_has(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await place.record(ACCOUNT, df=12)
            await place.record(ACCOUNT, wrong={"df": "Counts one office"}, df=12)
            await place.quiet()

            assert outcomes(place) == [("not_sent", "The account has no team at present")]
            assert crm.requests == []

    asyncio.run(scenario())


def test_a_deleted_account_is_not_written_to_until_it_is_there_again(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await tell(place, "CREATE", **FIRST_ORDER)
            await tell(place, "DELETE")
            await place.quiet()

            assert outcomes(place) == [("not_sent", "The CRM has deleted the account")]
            assert crm.requests == []

            await tell(place, "UNDELETE", **FIRST_ORDER)
            await place.quiet()

            assert crm.team() == "MMKAFO"
            assert [outcome for outcome, _ in outcomes(place)] == ["not_sent", "accepted"]

    asyncio.run(scenario())


@pytest.mark.parametrize("record", ["003AAA000000001AAA", "00QAAA000000001AAA"])
def test_what_is_no_account_of_salesforce_is_settled_without_being_sent(database_url: str, record: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            subscriber, _ = place.subscribe(0, target=Target.SALESFORCE)
            await place.record(record)
            await place.quiet()

            assert outcomes(place) == [
                ("not_sent", "The identifier is none of an account of Salesforce, which begin with 001")
            ]
            assert place.statuses() == [DeliveryStatus.DELIVERED]
            assert place.is_enabled(subscriber)
            assert crm.requests == []

    asyncio.run(scenario())


def test_the_names_of_the_map_go_out_and_a_mended_picklist_lets_what_was_refused_in(database_url: str) -> None:
    async def scenario() -> None:
        named = salesforce(ACCOUNT, OTHER)
        async with named as crm, relaying(database_url, salesforce_url=crm.url, team_values=NAMES) as place:
            subscriber, _ = place.subscribe(0, target=Target.SALESFORCE)
            crm.picklist = {NAMES[Team.SMB]}
            await place.record(ACCOUNT, df=640)
            await place.record(OTHER, df=12)
            await place.quiet()

            assert (crm.team(), crm.team(OTHER)) == (None, NAMES[Team.SMB])
            (refused, _), (accepted, _) = outcomes(place)
            assert (refused, accepted) == ("declined", "accepted")
            assert "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in (outcomes(place)[0][1] or "")
            assert place.subscriber(subscriber).failing_since is None

            crm.picklist |= {NAMES[Team.MM_TERRITORY]}
            await place.pass_time(hours=0.02, step=timedelta(minutes=1))
            assert crm.team() == NAMES[Team.MM_TERRITORY]

    asyncio.run(scenario())


def test_many_accounts_are_written_in_few_requests(database_url: str) -> None:
    async def scenario() -> None:
        accounts = [f"001AAA{number:09}" for number in range(250)]
        async with salesforce(*accounts) as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await place.database.recorder.record([submission(account, df=640) for account in accounts])
            await place.quiet()

            assert patches(crm) == 2
            assert sorted(account for account, _ in crm.written) == accounts

    asyncio.run(scenario())


def test_what_the_crm_takes_over_is_no_news_and_what_it_puts_in_its_place_is_written_over_once(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await tell(place, "CREATE", **FIRST_ORDER, Account_Owner_Team__c="MM_TERRITORY")
            await place.quiet()
            assert crm.team() == "MMKAFO"

            await tell(place, Account_Owner_Team__c="MMKAFO")
            await tell(place, Name="Acme")
            await place.quiet()
            assert len(place.deliveries()) == 2, "The name is news, the team is none"
            decided = len(place.deliveries())

            crm.accounts[ACCOUNT]["Account_Owner_Team__c"] = "MM_TERRITORY"
            await tell(place, Account_Owner_Team__c="MM_TERRITORY")
            await place.quiet()
            assert crm.team() == "MMKAFO"
            note = "It writes over MM_TERRITORY, which Salesforce has stated since the last time"
            assert outcomes(place)[decided:] == [("accepted", note)]

            await tell(place, Account_Owner_Team__c="MMKAFO")
            crm.accounts[ACCOUNT]["Account_Owner_Team__c"] = "MM_TERRITORY"
            await tell(place, Account_Owner_Team__c="MM_TERRITORY")
            await place.quiet()
            for delivery in place.deliveries():
                resend(place, delivery.id)
            await place.quiet()
            assert crm.team() == "MM_TERRITORY"
            left = "Salesforce states MM_TERRITORY again, which was written over once and is left now"
            assert set(outcomes(place)) == {("not_sent", left)}

            await tell(place, Account_Owner_Team__c="SMB")
            await place.quiet()
            assert crm.team() == "MMKAFO"

    asyncio.run(scenario())


def test_what_the_crm_takes_over_ends_no_statement_of_a_person(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await tell(place, "CREATE", **FIRST_ORDER, Account_Owner_Team__c="SMB")
            await place.record(ACCOUNT, zi=640, current_team="OUTSIDE_COMMERCIAL")
            await place.quiet()
            written = crm.team()
            assert written not in {"SMB", "OUTSIDE_COMMERCIAL", None}

            await tell(place, Account_Owner_Team__c=written)
            await tell(place, Name="Acme")
            assert _stated_team(place) == "OUTSIDE_COMMERCIAL"
            await tell(place, Account_Owner_Team__c="MMKAN")
            assert _stated_team(place) == "MMKAN"

    asyncio.run(scenario())


def _stated_team(place: Place) -> str | None:
    standing = standing_decision(place.database.engine, ACCOUNT)
    return None if standing is None else standing.decision.facts.account.current_team


def test_a_team_that_is_put_back_before_the_crm_told_of_ours_is_decided_on_once_and_written_over(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            place.subscribe(0, target=Target.SALESFORCE)
            await tell(place, "CREATE", **FIRST_ORDER, Account_Owner_Team__c="MM_TERRITORY")
            await place.quiet()

            crm.accounts[ACCOUNT]["Account_Owner_Team__c"] = "MM_TERRITORY"
            crm.away = True
            for _ in range(3):
                await tell(place, Account_Owner_Team__c="MM_TERRITORY")
                await place.quiet()
            assert len(place.deliveries()) == 2

            crm.away = False
            await place.pass_time(hours=0.5, step=timedelta(minutes=15))
            assert crm.team() == "MMKAFO"
            assert outcomes(place)[-1][0] == "accepted"
            assert "writes over MM_TERRITORY" in (outcomes(place)[-1][1] or "")

    asyncio.run(scenario())


def test_one_writes_into_an_account_at_a_time_and_another_waits_for_it(database_url: str) -> None:
    async def scenario() -> None:
        async with salesforce() as crm, relaying(database_url, salesforce_url=crm.url) as place:
            subscriber, _ = place.subscribe(0, target=Target.SALESFORCE)
            await place.record(ACCOUNT)
            write_back = place.relay._courier.write_back  # noqa: SLF001 - as another worker's would be
            assert write_back is not None
            now = place.clock()
            until = now + timedelta(seconds=30)
            begin_writes(place.database.engine, {ACCOUNT}, now, until, write_back._rule)  # noqa: SLF001
            await place.quiet()

            assert outcomes(place) == [("not_sent", "Another attempt is writing into the account")]
            assert place.statuses() == [DeliveryStatus.PENDING]
            assert place.subscriber(subscriber).failing_since is None

            await place.pass_time(hours=0.02, step=timedelta(minutes=1))
            assert crm.team() == "MM_TERRITORY"

    asyncio.run(scenario())
