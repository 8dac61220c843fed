import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

import pytest

from service.delivery.addresses import NOTHING_MORE, Allowance
from service.delivery.outcomes import Declined, Failed, Failure, NotSent, Outcome, Sent
from service.delivery.salesforce import Organization, SalesforceAccounts
from service.delivery.sender import Sender
from service.domain.terms import Team
from tests.delivery.endpoints import message
from tests.delivery.salesforce import ACCOUNT, CLIENT_ID, CLIENT_SECRET, PATCH, StandIn, salesforce

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LOOPBACK_ALLOWED = Allowance.of(("127.0.0.0/8",), http=True)

Scenario: TypeAlias = Callable[[StandIn, SalesforceAccounts], Awaitable[None]]


def organization(url: str, *, secret: str = CLIENT_SECRET, team_field: str = "Account_Owner_Team__c") -> Organization:
    return Organization(instance_url=url, client_id=CLIENT_ID, client_secret=secret, team_field=team_field)


@asynccontextmanager
async def accounts(
    described: Organization, allowance: Allowance = LOOPBACK_ALLOWED
) -> AsyncIterator[SalesforceAccounts]:
    async with Sender(now=lambda: NOW, allowance=allowance) as sender:
        yield SalesforceAccounts(sender, described)


def run(scenario: Scenario) -> None:
    """Play a scenario between the stand-in and those who write to it."""

    async def play() -> None:
        async with salesforce() as stand_in, accounts(organization(f"{stand_in.url}/")) as writing:
            await scenario(stand_in, writing)

    asyncio.run(play())


async def write(writing: SalesforceAccounts, account_id: str = ACCOUNT, reason: str = "ROUTE-3: 640") -> Outcome:
    values = writing.organization.values(Team.MMKAFO, reason)
    return (await writing.write({account_id: values}))[account_id]


async def status_of(writing: SalesforceAccounts, account_id: str = ACCOUNT) -> int:
    outcome = await write(writing, account_id)
    assert isinstance(outcome, Sent), outcome
    return outcome.status


def test_the_team_and_the_reason_are_written_into_the_account() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        assert await status_of(writing) == 200
        assert stand_in.accounts[ACCOUNT] == {
            "Account_Owner_Team__c": "MMKAFO",
            "Chalkline_Reason__c": "ROUTE-3: 640",
        }

    run(scenario)


def test_one_token_serves_until_it_expires_and_then_one_more_is_asked_for() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        assert [await status_of(writing) for _ in range(3)] == [200] * 3
        assert stand_in.tokens_given == 1

        stand_in.expire()

        assert [await status_of(writing) for _ in range(2)] == [200] * 2
        assert stand_in.tokens_given == 2

    run(scenario)


def test_those_who_write_at_once_share_one_token_also_when_it_expires() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        for tokens in (1, 2):
            assert await asyncio.gather(*(status_of(writing) for _ in range(8))) == [200] * 8
            assert stand_in.tokens_given == tokens
            stand_in.expire()

    run(scenario)


def test_a_token_that_is_refused_twice_is_not_asked_for_a_third_time() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        stand_in.instead_of_a_patch = [message("401 Unauthorized"), message("401 Unauthorized")]

        assert await status_of(writing) == 401
        assert stand_in.tokens_given == 2
        assert len(stand_in.requests) == 4

    run(scenario)


def test_of_many_accounts_each_is_written_or_refused_by_itself() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        gone, unknown, contact, locked = "001AAA000000001", "001AAA000000002", "003AAA000000003", "001AAA000000004"
        stand_in.accounts |= {gone: {}, contact: {}, locked: {}}
        stand_in.deleted, stand_in.locked = {gone}, {locked}
        values = writing.organization.values(Team.MMKAFO, "ROUTE-3")
        outcomes = await writing.write(dict.fromkeys((gone, ACCOUNT, unknown, contact, locked), values))

        assert outcomes[ACCOUNT] == Sent(status=200, retry_after=None, body=b"")
        assert outcomes[gone] == NotSent(
            reason="Salesforce has deleted the account (ENTITY_IS_DELETED: entity is deleted)"
        )
        refused = {name: outcomes[name] for name in (unknown, contact, locked)}
        assert [outcome.reason.split(":")[0] for outcome in refused.values() if isinstance(outcome, Declined)] == [
            "INVALID_CROSS_REFERENCE_KEY",
            "MALFORMED_ID",
            "UNABLE_TO_LOCK_ROW",
        ]
        assert stand_in.requests == ["POST /services/oauth2/token", PATCH]
        assert [account_id for account_id, _ in stand_in.written] == [ACCOUNT]

    run(scenario)


def test_a_value_that_the_picklist_does_not_have_is_refused_and_the_one_of_the_map_is_taken() -> None:
    async def scenario() -> None:
        async with salesforce() as stand_in:
            stand_in.picklist = {"Key Accounts First Order"}
            async with accounts(organization(stand_in.url)) as writing:
                refused = await write(writing)
            named = {Team.MMKAFO: "Key Accounts First Order"}
            async with accounts(replace(organization(stand_in.url), team_values=named)) as writing:
                assert await status_of(writing) == 200

            assert isinstance(refused, Declined)
            assert refused.reason.startswith("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: ")
            assert stand_in.team() == "Key Accounts First Order"

    asyncio.run(scenario())


def test_a_request_beyond_the_limit_is_refused_as_a_whole() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        stand_in.requests_left = 1
        assert await status_of(writing) == 200
        outcome = await write(writing)

        assert isinstance(outcome, Sent)
        assert (outcome.status, outcome.accepted) == (403, False)
        assert "REQUEST_LIMIT_EXCEEDED" in outcome.excerpt

    run(scenario)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'[{"success":true},{"success":true}]', b'[{"id":"001"}]'])
def test_an_answer_that_does_not_say_what_came_of_each_account_is_a_failure(body: bytes) -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        stand_in.instead_of_a_patch = [message("200 OK", body)]
        outcome = await write(writing)

        assert isinstance(outcome, Failed)
        assert outcome.fault is Failure.PROTOCOL

    run(scenario)


def test_salesforce_is_left_alone_for_as_long_as_it_asks_at_both_of_its_doors() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        busy = message("429 Too Many Requests", Retry_After="30")
        stand_in.instead_of_a_token, stand_in.instead_of_a_patch = [busy], [busy]

        for _ in range(2):
            outcome = await write(writing)
            assert isinstance(outcome, Sent)
            assert (outcome.status, outcome.retry_after) == (429, 30)

        assert await status_of(writing) == 200

    run(scenario)


@pytest.mark.parametrize(
    "answer",
    [
        message("400 Bad Request", b'{"error":"invalid_client"}'),
        message("302 Found", Location="http://127.0.0.1/"),
        message("200 OK", b"<html>"),
        message("200 OK", b"[" * 16_000),
        message("200 OK", b'["access_token"]'),
        message("200 OK", b'{"access_token":7}'),
        message("200 OK", b'{"access_token":"a\\r\\nX-Injected: 1"}'),
    ],
)
def test_an_answer_without_a_token_is_a_failure_to_be_authorized_and_nothing_is_written(answer: bytes) -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        stand_in.instead_of_a_token = [answer]
        outcome = await write(writing)

        assert isinstance(outcome, Failed)
        assert outcome.fault is Failure.UNAUTHORIZED
        assert outcome.reason.startswith("Salesforce gave no token: it answered ")
        assert stand_in.requests == ["POST /services/oauth2/token"]
        assert await status_of(writing) == 200

    run(scenario)


def test_wrong_credentials_are_a_failure_that_does_not_repeat_them() -> None:
    async def scenario() -> None:
        async with salesforce() as stand_in, accounts(organization(stand_in.url, secret="wrong&secret")) as writing:
            assert await write(writing) == Failed(
                fault=Failure.UNAUTHORIZED, reason="Salesforce gave no token: it answered 400"
            )

    asyncio.run(scenario())


def test_a_reason_that_is_longer_than_its_field_is_cut() -> None:
    async def scenario(stand_in: StandIn, writing: SalesforceAccounts) -> None:
        await write(writing, reason="r" * 1000)

        assert stand_in.accounts[ACCOUNT]["Chalkline_Reason__c"] == "r" * 255

    run(scenario)


def test_the_fields_are_those_that_the_organization_names() -> None:
    async def scenario() -> None:
        async with salesforce() as stand_in, accounts(organization(stand_in.url, team_field="Owner__c")) as writing:
            stand_in.fields.add("Owner__c")
            assert await status_of(writing) == 200
            assert stand_in.accounts[ACCOUNT]["Owner__c"] == "MMKAFO"

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["", "9th__c", "Owner Team__c", 'Owner"', "Owner\n"])
def test_a_field_must_have_a_name_that_salesforce_could_give_it(name: str) -> None:
    with pytest.raises(ValueError, match="made of letters"):
        organization("https://acme.my.salesforce.com", team_field=name)


def test_salesforce_is_held_to_public_addresses_too() -> None:
    async def scenario() -> None:
        async with salesforce() as stand_in, accounts(organization(stand_in.url), NOTHING_MORE) as writing:
            outcome = await write(writing)

            assert isinstance(outcome, Failed)
            assert outcome.fault is Failure.REFUSED
            assert stand_in.requests == []

    asyncio.run(scenario())


def test_the_secret_is_not_in_the_representation_of_an_organization() -> None:
    assert CLIENT_SECRET not in repr(organization("https://acme.my.salesforce.com"))
