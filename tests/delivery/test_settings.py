import asyncio
import json
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from service import wiring
from service.crm.record_mapping import UnusableMappingError
from service.delivery.outcomes import Failed, Failure, Sent
from service.delivery.salesforce import Organization, SalesforceAccounts
from service.domain.terms import Team
from service.settings import Settings
from tests.delivery.endpoints import answering, endpoint
from tests.delivery.salesforce import ACCOUNT, CLIENT_ID, CLIENT_SECRET, salesforce
from tests.servers import REPOSITORY


def allow_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOWED_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOW_HTTP", "true")


def organization() -> Organization | None:
    return wiring.organization(Settings(), wiring.mapping(Settings()))


def name_the_organization(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CHALKLINE_SALESFORCE_INSTANCE_URL", url)
    monkeypatch.setenv("CHALKLINE_SALESFORCE_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("CHALKLINE_SALESFORCE_CLIENT_SECRET", CLIENT_SECRET)


def test_nothing_is_sent_to_this_machine_unless_the_settings_allow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with endpoint(answering()) as served:
            url = f"http://127.0.0.1:{served.port}/"
            async with wiring.sender(Settings()) as sending:
                refused = await sending.send(url, b"{}", {})
            allow_the_loopback(monkeypatch)
            async with wiring.sender(Settings()) as sending:
                sent = await sending.send(url, b"{}", {})

        assert isinstance(refused, Failed)
        assert refused.fault is Failure.REFUSED
        assert isinstance(sent, Sent)
        assert served.connections == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("networks", ["10.0.0.0/8", '["10.0.0.1/8"]', '["example.com"]', '"10.0.0.0/8"'])
def test_networks_that_are_none_are_refused_when_a_command_starts(
    networks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOWED_NETWORKS", networks)

    with pytest.raises(ValueError, match="delivery_allowed_networks"):
        Settings()


def test_nothing_is_written_back_to_salesforce_unless_the_settings_name_an_organization(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        async with salesforce() as stand_in:
            assert organization() is None
            name_the_organization(monkeypatch, stand_in.url)
            named = organization()
            assert named is not None
            async with wiring.sender(Settings()) as sending:
                (outcome,) = (
                    await SalesforceAccounts(sending, named).write({ACCOUNT: named.values(Team.MMKAFO, "ROUTE-3")})
                ).values()
            assert isinstance(outcome, Sent)
            assert stand_in.accounts[ACCOUNT]["Chalkline_Reason__c"] == "ROUTE-3"

    allow_the_loopback(monkeypatch)
    asyncio.run(scenario())


@pytest.mark.parametrize(
    "missing", [("INSTANCE_URL",), ("CLIENT_ID",), ("CLIENT_SECRET",), ("INSTANCE_URL", "CLIENT_ID")]
)
def test_half_of_an_organization_is_refused_when_a_command_starts_without_repeating_it(
    missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    name_the_organization(monkeypatch, "https://acme.my.salesforce.com")
    for name in missing:
        monkeypatch.delenv(f"CHALKLINE_SALESFORCE_{name}")

    with pytest.raises(ValidationError, match="takes an instance URL, a client id and a client secret") as refused:
        Settings()
    assert CLIENT_SECRET[-8:] not in str(refused.value)


def test_posts_to_chatter_are_asked_for_by_a_setting_which_is_refused_where_nothing_is_written_back(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("CHALKLINE_SALESFORCE_CHATTER", "true")
    with pytest.raises(ValidationError, match="posting to Chatter takes the write-back's instance URL, client id and"):
        Settings()

    name_the_organization(monkeypatch, "https://acme.my.salesforce.com")
    monkeypatch.setenv("CHALKLINE_DATABASE_URL", database_url)
    opened = wiring.database(Settings(), CollectorRegistry())
    for asked in ("true", "false"):
        monkeypatch.setenv("CHALKLINE_SALESFORCE_CHATTER", asked)
        write_back, chatter = wiring.to_salesforce(Settings(), opened, organization())
        assert write_back is not None
        assert (chatter is not None) is (asked == "true")
    opened.engine.dispose()


def test_an_organization_that_secrets_would_go_to_in_the_clear_is_refused_unless_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name_the_organization(monkeypatch, "http://acme.my.salesforce.com")
    with pytest.raises(ValidationError, match="begins with https://"):
        Settings()

    monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOW_HTTP", "true")
    assert Settings().salesforce_instance_url == "http://acme.my.salesforce.com"


def test_an_organization_of_empty_texts_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INSTANCE_URL", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"CHALKLINE_SALESFORCE_{name}", "")

    assert organization() is None


def test_a_field_of_salesforce_that_is_no_name_is_refused_when_a_command_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHALKLINE_SALESFORCE_TEAM_FIELD", "Owner Team")

    with pytest.raises(ValidationError, match="salesforce_team_field"):
        Settings()


def test_names_of_teams_are_of_all_of_them_or_refused_when_a_command_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {team: f"{team} of ours" for team in Team}
    monkeypatch.setenv("CHALKLINE_SALESFORCE_TEAM_VALUES", json.dumps(names))
    assert Settings().salesforce_team_values == names

    del names[Team.MMKAFO]
    monkeypatch.setenv("CHALKLINE_SALESFORCE_TEAM_VALUES", json.dumps(names))
    with pytest.raises(ValidationError, match="it lacks MMKAFO; name what Salesforce calls every team"):
        Settings()


def test_a_name_that_would_be_read_as_another_team_is_refused_when_a_command_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name_the_organization(monkeypatch, "https://acme.my.salesforce.com")
    names = {team: team.value for team in Team} | {Team.MMKAN: "Named", Team.MMKAFO: "Key Accounts First Order"}
    monkeypatch.setenv("CHALKLINE_SALESFORCE_TEAM_VALUES", json.dumps(names))
    with pytest.raises(UnusableMappingError, match='MMKAN is written to Account_Owner_Team__c as "Named"'):
        organization()

    monkeypatch.setenv("CHALKLINE_SALESFORCE_TEAM_FIELD", "Owner__c")
    written = organization()
    assert written is not None
    assert not written.tells_team

    monkeypatch.delenv("CHALKLINE_SALESFORCE_TEAM_FIELD")
    mended = (REPOSITORY / "service/crm/field_mapping.toml").read_text()
    (tmp_path / "mapping.toml").write_text(mended.replace('"Key Accounts Named" =', '"Named" ='))
    monkeypatch.setenv("CHALKLINE_FIELD_MAPPING", str(tmp_path / "mapping.toml"))
    written = organization()
    assert written is not None
    assert written.tells_team
