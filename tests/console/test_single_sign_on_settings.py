"""Single sign-on is set up whole or not at all, and asks a provider where requests may go."""

import asyncio
import json
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from service import wiring
from service.delivery.identities import ProviderAwayError, allowance_for
from service.domain.access import Access, access_of
from service.domain.keys import Scope
from service.domain.terms import Team
from service.settings import Settings
from service.usecases.single_sign_on import SingleSignOn

WHOLE = {
    "ISSUER": "https://login.example.com/tenant",
    "CLIENT_ID": "chalkline",
    "CLIENT_SECRET": "a secret of tests",
    "GROUPS": json.dumps({"leads": {"scopes": ["read", "review"], "team": "MMKAFO"}}),
}
SetUp = Callable[[dict[str, str]], Settings]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> SetUp:
    def settings(said: dict[str, str]) -> Settings:
        for name, value in said.items():
            monkeypatch.setenv(f"CHALKLINE_OIDC_{name}", value)
        return Settings()

    return settings


def joined(settings: Settings) -> SingleSignOn | None:
    database = wiring.database(settings, CollectorRegistry())
    return wiring.single_sign_on(settings, database, wiring.sign_in_desk(database))


def test_nothing_is_set_up_by_itself() -> None:
    assert joined(Settings()) is None


def test_the_settings_name_the_provider_and_what_groups_allow(set_up: SetUp) -> None:
    settings = set_up(WHOLE)

    made = joined(settings)

    assert made is not None
    assert made.issuer == WHOLE["ISSUER"]
    assert settings.oidc_groups["leads"] == Access(scopes=frozenset({Scope.READ, Scope.REVIEW}), team=Team.MMKAFO)
    assert "a secret of tests" not in repr((settings, made.provider.registered))


@pytest.mark.parametrize("lacking", WHOLE)
def test_half_of_it_is_refused(set_up: SetUp, lacking: str) -> None:
    with pytest.raises(ValidationError, match="single sign-on takes an issuer"):
        set_up({name: value for name, value in WHOLE.items() if name != lacking})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ISSUER", "http://login.example.com", "unless it is on this machine"),
        ("ISSUER", "login.example.com", "begins with https"),
        ("ISSUER", "https://login.example.com/?tenant=1", "has no"),
        ("GROUPS", '{"leads": {"scopes": ["everything"]}}', "oidc_groups.leads.scopes"),
        ("GROUPS", '{"leads": {"scope": ["read"]}}', "oidc_groups.leads.scope"),
        ("SCOPE", "profile", "oidc_scope"),
    ],
)
def test_what_cannot_be_meant_is_refused(set_up: SetUp, name: str, value: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        set_up(WHOLE | {name: value})


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_a_provider_on_this_machine_may_be_asked_over_http(set_up: SetUp, issuer: str) -> None:
    assert set_up(WHOLE | {"ISSUER": issuer}).oidc_issuer == issuer


def test_what_deliveries_may_do_over_http_a_provider_may_not(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKLINE_DELIVERY_ALLOW_HTTP", "true")
    settings = set_up(WHOLE)

    assert not allowance_for(WHOLE["ISSUER"], wiring.allowance(settings)).http


def test_a_provider_at_an_address_that_is_not_public_is_not_asked_unless_it_is_allowed(set_up: SetUp) -> None:
    made = joined(set_up(WHOLE | {"ISSUER": "https://10.1.2.3"}))
    assert made is not None

    with pytest.raises(ProviderAwayError, match="not public"):
        asyncio.run(made.leave("https://example.com/back", "/console", silent=False))


def test_groups_that_name_several_teams_give_none() -> None:
    by_group = {
        "one": Access(scopes=frozenset({Scope.READ}), team=Team.SMB),
        "two": Access(scopes=frozenset({Scope.DISPUTE}), team=Team.MMKAFO),
        "none": Access(scopes=frozenset({Scope.REVIEW})),
    }

    assert access_of(["one", "none"], by_group) == Access(scopes={Scope.READ, Scope.REVIEW}, team=Team.SMB)
    assert access_of(["one", "two"], by_group) == Access(scopes={Scope.READ, Scope.DISPUTE}, team=None)
    assert access_of(["else"], by_group) == Access(scopes=frozenset())
