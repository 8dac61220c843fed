"""``chalkline doctor``: what is in effect, without secrets, and what is wrong."""

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from service import wiring
from service.domain.keys import Scope
from service.domain.terms import Team
from service.store.database import Database, open_database
from service.store.engine import connect_engine
from service.store.migrations import NEWEST
from service.usecases.manage_keys import KeyOffice
from tests.api import serving
from tests.application import Clock
from tests.commands import run_for_text
from tests.databases import SqliteDatabases
from tests.delivery.salesforce import CLIENT_ID, CLIENT_SECRET

SIGNING = "whsec_" + "c2VjcmV0" * 4


def examined(url: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHALKLINE_")}
    return run_for_text("doctor", "--json", environment=environment | {"CHALKLINE_DATABASE_URL": url} | settings)


def wrong(ran: subprocess.CompletedProcess[str]) -> list[str]:
    assert (ran.returncode, ran.stderr) == (1, "")
    said: list[str] = json.loads(ran.stdout)["wrong"]
    return said


def test_it_says_what_is_in_effect_without_secrets_and_that_nothing_is_wrong(database_url: str) -> None:
    url = database_url
    if url.startswith("postgresql"):
        url = make_url(url).set(password="pass-in-secret").render_as_string(hide_password=False)
    secrets = {
        "CHALKLINE_BOOTSTRAP_KEY": "bootstrap-in-secret",
        "CHALKLINE_WEBHOOK_SECRETS": json.dumps([SIGNING]),
        "CHALKLINE_HUBSPOT_CLIENT_SECRETS": '["hubspot-in-secret"]',
    }

    ran = examined(url, **secrets)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "in-secret" not in ran.stdout
    assert SIGNING not in ran.stdout
    told = json.loads(ran.stdout)
    assert told["settings"]["CHALKLINE_BOOTSTRAP_KEY"] == {"value": "(a secret)", "set": True}
    assert told["settings"]["CHALKLINE_WEBHOOK_SECRETS"] == {"value": ["(a secret)"], "set": True}
    assert told["settings"]["CHALKLINE_PORT"] == {"value": 8000, "set": False}
    assert told["settings"]["CHALKLINE_DATABASE_URL"]["value"].startswith(url.partition(":")[0])
    database: dict[str, Any] = told["database"]
    assert (database["revision"], database["can be recorded"], database["keys that work"]) == (NEWEST, True, 0)
    assert told["wrong"] == []


def test_the_words_say_the_same_as_the_json(database_url: str) -> None:
    environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url}

    ran = run_for_text("doctor", environment=environment)

    assert ran.returncode == 0, ran.stdout
    assert f"revision         {NEWEST}\n  can be recorded  yes\n" in ran.stdout
    assert "CHALKLINE_PORT" in ran.stdout
    assert ran.stdout.endswith("Nothing is wrong.\n")


def test_a_stamp_ahead_of_the_clock_is_told(database_url: str) -> None:
    with serving(database_url, clock=Clock(wiring.now() + timedelta(days=400, seconds=30))) as api:
        api.classify(id="ahead", df=640)

    (said,) = wrong(examined(database_url))

    assert said.startswith("The newest decision is stamped 400 days, 0:00:")


def opened(url: str) -> Database:
    return open_database(url, clock=wiring.now, random_bits=wiring.random_bits, observe=lambda *_: None)


def test_that_no_key_works_any_more_is_told(database_url: str) -> None:
    database = opened(database_url)
    office = KeyOffice(database, wiring.now, wiring.key_secret)
    office.revoke(office.issue("crm", frozenset(Scope), timedelta(days=1)).stored.id)
    database.engine.dispose()

    assert wrong(examined(database_url)) == ["No API key works: make one with chalkline keys create."]


def test_settings_that_a_start_would_refuse_are_told_all_at_once(database_url: str, tmp_path: Path) -> None:
    ran = examined(
        database_url,
        CHALKLINE_BOOTSTRAP_KEY="chalk_production_0123456789",
        CHALKLINE_FIELD_MAPPING=str(tmp_path / "nowhere.toml"),
        CHALKLINE_WEBHOOK_SECRETS='["whsec_!"]',
    )

    said = wrong(ran)
    assert [each.split()[0] for each in said][0::2] == ["CHALKLINE_FIELD_MAPPING", "CHALKLINE_BOOTSTRAP_KEY"]
    assert len(said) == 3
    assert "0123456789" not in ran.stdout


def test_names_of_teams_that_a_start_would_refuse_are_told(sqlite_databases: SqliteDatabases) -> None:
    organization = {
        "CHALKLINE_SALESFORCE_INSTANCE_URL": "https://acme.my.salesforce.com",
        "CHALKLINE_SALESFORCE_CLIENT_ID": CLIENT_ID,
        "CHALKLINE_SALESFORCE_CLIENT_SECRET": CLIENT_SECRET,
        "CHALKLINE_SALESFORCE_TEAM_VALUES": json.dumps({team: f"{team} of ours" for team in Team}),
    }
    with sqlite_databases.fresh() as url:
        (said,) = wrong(examined(url, **organization))
        refused = run_for_text("serve", environment=os.environ | {"CHALKLINE_DATABASE_URL": url} | organization)

    assert 'is written to Account_Owner_Team__c as "SMB of ours", which the mapping does not read as SMB' in said
    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_schema_that_is_not_this_releases_is_told_with_what_it_is(database_url: str) -> None:
    engine = connect_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of-another-release'"))
    engine.dispose()

    ran = examined(database_url)

    assert json.loads(ran.stdout)["database"]["revision"] == "of-another-release"
    assert any("of-another-release" in each for each in wrong(ran))


def test_a_database_that_is_not_there_is_told_and_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "chalkline.db"

    assert wrong(examined(f"sqlite:///{path}")) == [f"There is no database at {path} yet: chalkline serve makes it."]
    assert not path.exists()
    away = examined("postgresql://x:pass-in-secret@127.0.0.1:1/x")
    assert wrong(away) == ["The database cannot be reached."]
    assert "pass-in-secret" not in away.stdout


@pytest.mark.parametrize("setting", [{"CHALKLINE_PORT": "many"}, {"CHALKLINE_PROT": "8000"}])
def test_settings_that_cannot_be_read_are_told_in_a_sentence(setting: dict[str, str], tmp_path: Path) -> None:
    ran = examined(f"sqlite:///{tmp_path}/chalkline.db", **setting)

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert next(iter(setting)) in ran.stderr
