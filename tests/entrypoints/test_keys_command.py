import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.domain.keys import is_well_formed
from tests.commands import run_for_text
from tests.databases import SqliteDatabases


class Keys:
    """``chalkline keys`` over a database of its own."""

    def __init__(self, url: str) -> None:
        self.environment = {**os.environ, "CHALKLINE_DATABASE_URL": url}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_for_text("keys", *words, environment=self.environment)

    def answer(self, *words: str) -> Any:  # noqa: ANN401 - whatever the command answers
        ran = self.run(*words, "--json")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture
def keys(sqlite_databases: SqliteDatabases) -> Any:  # noqa: ANN401 - a fixture that yields
    with sqlite_databases.fresh() as url:
        yield Keys(url)


def test_a_key_is_made_listed_rotated_and_revoked(keys: Keys) -> None:
    made = keys.answer("create", "crm", "--scope", "classify", "--scope", "read")
    assert is_well_formed(made["key"])
    assert made["scopes"] == ["classify", "read"]

    successor = keys.answer("rotate", made["id"], "--overlap-hours", "1")
    assert successor["name"] == "crm"
    assert successor["key"] != made["key"]

    assert keys.answer("revoke", made["id"])["revoked_at"] is not None
    listed = keys.answer("list")
    assert [(key["id"], key["revoked_at"] is None) for key in listed] == [(made["id"], False), (successor["id"], True)]
    assert made["key"] not in json.dumps(listed)


def test_the_list_shows_whole_identifiers_on_a_narrow_terminal(keys: Keys) -> None:
    made = keys.answer("create", "crm", "--scope", "read")
    listed = keys.run("list").stdout
    assert made["id"] in listed
    assert made["key"] not in listed
    assert max(map(len, listed.splitlines())) <= 80


def test_the_list_says_who_made_and_revoked_a_key_and_that_it_was_not_used(keys: Keys) -> None:
    made = keys.answer("create", "crm", "--scope", "read", "--by", "Sample Administrator")
    keys.answer("revoke", made["id"], "--by", "Sample Auditor")
    keys.environment |= {"LOGNAME": "sample-operator"}
    keys.answer("create", "console", "--scope", "read")

    listed = keys.answer("list")
    assert [(key["created_by"], key["revoked_by"], key["last_used_at"]) for key in listed] == [
        ("Sample Administrator", "Sample Auditor", None),
        ("sample-operator", None, None),
    ]
    shown = keys.run("list").stdout
    assert "UTC by Sample Auditor\n" in shown
    assert shown.count("UTC by sample-operator  not used yet") == 1


@pytest.mark.parametrize("by", ["", "x" * 65, "Sample\nAuditor"])
def test_who_does_it_has_a_name_that_fits_the_list(keys: Keys, by: str) -> None:
    ran = keys.run("create", "crm", "--scope", "read", "--by", by)

    assert (ran.returncode, "64 printable characters" in ran.stderr) == (2, True)


def test_a_name_that_is_taken_and_a_key_that_is_not_there_are_told_in_a_sentence(keys: Keys) -> None:
    made = keys.answer("create", "crm", "--scope", "read")
    taken = keys.run("create", "crm", "--scope", "read")
    assert (taken.returncode, "still works under" in taken.stderr) == (2, True)
    keys.answer("revoke", made["id"])
    gone = keys.run("revoke", made["id"])
    assert gone.returncode == 2
    assert "works." in gone.stderr


def test_a_database_that_nobody_migrated_is_told_in_a_sentence(tmp_path: Path) -> None:
    ran = Keys(f"sqlite:///{tmp_path / 'new.db'}").run("list")
    assert ran.returncode == 2
    assert "chalkline migrate" in ran.stderr


def test_the_team_that_a_key_acts_for_is_shown_in_the_list_and_as_json_and_outlives_a_rotation(keys: Keys) -> None:
    made = keys.answer("create", "Sample AE", "--scope", "handoff", "--team", "MMKAFO")
    teamless = keys.answer("create", "crm", "--scope", "handoff")
    successor = keys.answer("rotate", made["id"])

    assert (made["team"], teamless["team"], successor["team"]) == ("MMKAFO", None, "MMKAFO")
    assert [key["team"] for key in keys.answer("list")] == ["MMKAFO", None, "MMKAFO"]
    first_lines = keys.run("list").stdout.splitlines()[::3]
    assert [line.split("  ")[1:] for line in first_lines] == [["Sample AE", "MMKAFO"], ["crm"], ["Sample AE", "MMKAFO"]]


def test_a_team_that_there_is_not_is_told_in_a_sentence(keys: Keys) -> None:
    ran = keys.run("create", "Sample AE", "--scope", "handoff", "--team", "MMKA")

    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)
    assert "MMKAFO" in ran.stderr
