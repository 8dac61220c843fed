"""A setting that cannot be meant ends a command with a sentence, not with a trace; a mistyped one is not overlooked."""

import os
import subprocess
from pathlib import Path

import pytest

from service.setting_names import UnknownSettingError, check_names
from service.settings import Settings, read_settings
from tests.commands import run_for_text
from tests.servers import REPOSITORY

SETTINGS = [name.upper() for name in Settings.model_fields]
NEAR_MISS = "CHALKLINE_PUBLISHING_NEED_SECOND_KEY"
LINKS = {
    "CHALKLINE_SERVICE_HOST": "10.0.0.1",
    "CHALKLINE_SERVICE_PORT": "8000",
    "CHALKLINE_SERVICE_PORT_HTTP": "8000",
    "CHALKLINE_PORT": "tcp://10.0.0.1:8000",
    "CHALKLINE_PORT_8000_TCP": "tcp://10.0.0.1:8000",
    "CHALKLINE_PORT_8000_TCP_PROTO": "tcp",
    "CHALKLINE_PORT_8000_TCP_PORT": "8000",
    "CHALKLINE_PORT_8000_TCP_ADDR": "10.0.0.1",
    "CHALKLINE_DB_PORT": "tcp://10.0.0.2:5432",
    "CHALKLINE_DB_SERVICE_HOST": "10.0.0.2",
    "CHALKLINE_DB_PORT_5432_TCP_ADDR": "10.0.0.2",
}
"""What Kubernetes sets in a namespace that has the services chalkline and chalkline-db."""


def run(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
    named = {f"CHALKLINE_{setting}": value for setting, value in settings.items()}
    return run_for_text(*words, environment=os.environ | named)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("FIELD_MAPPING", "/nowhere/mapping.toml", "CHALKLINE_FIELD_MAPPING names a file that cannot be read"),
        ("FIELD_MAPPING", str(REPOSITORY / "Makefile"), "The mapping is not TOML"),
        ("WEBHOOK_SECRETS", '["$$$"]', "The webhook secret is not base64."),
        ("WEBHOOK_SECRETS", '[""]', "The webhook secret has 0 bytes; it takes 8 or more."),
        ("WEBHOOK_SECRETS", '["whsec_JCQk"]', "The webhook secret has 3 bytes; it takes 8 or more."),
        ("HUBSPOT_CLIENT_SECRETS", '["$$$"]', "CHALKLINE_HUBSPOT_CLIENT_SECRETS"),
        ("WEBHOOK_SECRETS", "no list", "CHALKLINE_WEBHOOK_SECRETS: is not written as JSON."),
        ("DATABASE_URL", "mysql://host/name", "CHALKLINE_DATABASE_URL: must start with sqlite:/// or postgresql://\n"),
        ("PORT", "many", "CHALKLINE_PORT"),
        ("SALESFORCE_TEAM_VALUES", '{"SMB": "SMB"}', "it lacks MM_TERRITORY, MMKAFO, MMKAN, OUTSIDE_COMMERCIAL"),
        ("SALESFORCE_CLIENT_ID", "an app", "writing back to Salesforce takes an instance URL"),
    ],
)
def test_a_bad_setting_is_said_in_a_sentence(tmp_path: Path, setting: str, value: str, said: str) -> None:
    ran = run("openapi", "--out", tmp_path / "openapi.yaml", **{setting: value})

    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "$$$" not in ran.stderr


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_the_port_of_the_command_line_is_held_to_what_the_setting_is(tmp_path: Path, port: str) -> None:
    database = f"sqlite:///{tmp_path}/chalkline.db"

    by_option = run("serve", "--port", port, DATABASE_URL=database)
    by_setting = run("serve", DATABASE_URL=database, PORT=port)

    assert by_option.stderr == by_setting.stderr != ""
    assert "CHALKLINE_PORT: Input should be" in by_option.stderr
    assert (by_option.returncode, by_setting.returncode) == (2, 2)
    assert list(tmp_path.iterdir()) == []


def test_a_mistyped_setting_is_named_with_the_nearest(tmp_path: Path) -> None:
    ran = run("openapi", "--out", tmp_path / "openapi.yaml", DATABASE="sqlite:///elsewhere.db", NONSENSE="1")

    assert ran.returncode == 0
    assert ran.stderr.splitlines() == [
        "There is no setting CHALKLINE_DATABASE, and it changes nothing; CHALKLINE_DATABASE_URL is the nearest.",
        "There is no setting CHALKLINE_NONSENSE, and it changes nothing.",
    ]


@pytest.mark.parametrize("words", [["serve"], ["worker"], ["migrate"], ["policies", "list"], ["lab", "lint"]])
def test_a_near_miss_keeps_a_command_from_its_work(tmp_path: Path, words: list[str]) -> None:
    database = f"sqlite:///{tmp_path}/chalkline.db"

    ran = run(*words, DATABASE_URL=database, PUBLISHING_NEED_SECOND_KEY="true")

    assert ran.returncode == 2
    assert ran.stderr == (
        f"There is no setting {NEAR_MISS}; CHALKLINE_PUBLISHING_NEEDS_SECOND_KEY is near. Rename or remove it.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "PUBLISHING_NEED_SECOND_KEY",  # one letter missing
        "PUBLISHING_NEED_SECOND_KEYS",  # one missing, one too many
        "DATABASE_LRU",  # two others
        "DATABSAE_URL",  # swapped
        "TELEMTERY",
        "_PORT",
        "POTR",
        "HOSTS",
        "PORTE",
        "database_ur",  # in whatever case
    ],
)
def test_a_near_miss_is_two_letters_off_or_one_of_a_short_name(name: str) -> None:
    with pytest.raises(UnknownSettingError, match=f"CHALKLINE_{name};"):
        check_names({f"CHALKLINE_{name}": "1"}, SETTINGS)


@pytest.mark.parametrize("name", ["PUBLISHING_SECOND_KEY", "DATABASE_", "DATABASE", "HOME", "TEST", "PRTS", "WORK"])
def test_what_is_further_off_is_only_named(name: str) -> None:
    assert [sentence.split(",")[0] for sentence in check_names({f"CHALKLINE_{name}": "1"}, SETTINGS)] == [
        f"There is no setting CHALKLINE_{name}"
    ]


@pytest.mark.parametrize(
    "environment",
    [
        {"CHALKLINE_SHARED": "/shared", "CHALKLINE_EXAMPLES": "300", "CHALKLINE_KEY": "ck_123"},
        LINKS,
        {"CHALKLINE_PORT": "8000", "chalkline_host": "127.0.0.2"},
        {"CHALKLINE": "1", "CHALK_PORT": "1", "PORT": "1"},
    ],
)
def test_what_others_set_is_passed_over(environment: dict[str, str]) -> None:
    assert check_names(environment, SETTINGS) == []


def test_an_address_that_kubernetes_sets_is_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LINKS.items():
        monkeypatch.setenv(name, value)

    assert read_settings().port == 8000
    assert read_settings(port=9000).port == 9000
