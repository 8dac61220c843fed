"""``chalkline policies``: revisions listed, drafted and published, and what other commands then decide on."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run_for_text
from tests.databases import SqliteDatabases

ACCOUNT = "id,region,crm_created_on,customer,first_order_available,max_family_employees,datafox_employees\n"
ACCOUNT += "acc-1,EMEA,2021-06-01,false,true,550,550\n"


class Commands:
    """The command line over one database."""

    def __init__(self, url: str) -> None:
        self._environment = {**os.environ, "CHALKLINE_DATABASE_URL": url, "COLUMNS": "200"}

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return run_for_text(*words, environment=self._environment | environment)

    def told(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def commands(sqlite_databases: SqliteDatabases) -> Any:  # noqa: ANN401 - an iterator of commands
    with sqlite_databases.fresh() as url:
        yield Commands(url)


DRAFT = ("policies", "draft", "--set", "first_order_min_employees=600", "--effective-from", "2022-02-01")
SAYING_WHY = ("--reason", "A trial", "--by", "operations")


def test_a_draft_is_made_compared_and_published_and_other_commands_decide_on_it(
    commands: Commands, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text(ACCOUNT)
    classify = ("classify", str(accounts), "--on", "2022-03-15")
    assert commands.told(*classify)["decisions"][0]["team"] == "MMKAFO"

    draft = commands.told(*DRAFT, *SAYING_WHY)
    compared = commands.run("lab", "compare", "--draft", draft["id"])
    assert compared.stdout.splitlines()[1].split() == ["first_order_min_employees", "500", "600"]
    assert commands.run("lab", "lint", "--draft", draft["id"]).returncode == 0
    done = commands.told("policies", "publish", draft["id"], "--by", "a manager")

    assert (done["published_as"], done["published_by"]) == (2, "a manager")
    (decision,) = commands.told(*classify)["decisions"]
    assert (decision["team"], decision["policy"]["version"]) == ("MM_TERRITORY", 2)
    listed = commands.run("policies", "list").stdout
    assert "fy23 revision 2, from 2022-02-01" in listed
    assert "first_order_min_employees: 500 becomes 600" in listed
    assert "published as revision 2" in commands.run("policies", "drafts").stdout


def test_what_cannot_be_drafted_or_published_is_said(commands: Commands) -> None:
    refused = [
        ((*DRAFT, *SAYING_WHY[:2], "--by", " "), "--by"),
        (("policies", "draft", *DRAFT[4:], *SAYING_WHY), "change one"),
        ((*DRAFT[:5], "2022-01-01", *SAYING_WHY), "begins on 2022-02-01"),
        (("policies", "publish", "0198c0de-0000-7000-a000-000000000007", "--by", "me"), "There is no policy draft"),
        (("lab", "compare"), "either --set"),
        (("lab", "lint", "--draft", "0198c0de-0000-7000-a000-000000000007"), "There is no draft"),
    ]
    for words, said in refused:
        done = commands.run(*words)
        assert done.returncode == 2, words
        assert said in done.stderr


def test_where_a_second_key_is_needed_the_command_publishes_nothing(commands: Commands) -> None:
    draft = commands.told(*DRAFT, *SAYING_WHY)

    refused = commands.run(
        "policies", "publish", draft["id"], "--by", "me", CHALKLINE_PUBLISHING_NEEDS_SECOND_KEY="true"
    )

    assert refused.returncode == 2
    assert "another key" in refused.stderr
    assert len(commands.told("policies", "list")) == 1


def test_a_policy_is_tried_and_applied_to_the_accounts_under_older_revisions(
    commands: Commands, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text(ACCOUNT + "acc-2,EMEA,2021-06-01,false,true,640,640\n")
    commands.told("bulk", "classify", str(accounts), "--record", "--on", "2022-03-15", "--out", f"{tmp_path}/out.csv")
    draft = commands.told(*DRAFT, *SAYING_WHY)
    commands.told("policies", "publish", draft["id"], "--by", "a manager")
    says = "2 accounts decided anew, 1 moved, 1 unchanged.\n"
    says += "  Key Accounts First Order -> Mid-Market Territory: 1 account\n"

    tried = [commands.run("policies", "apply", "--dry-run") for _ in range(2)]
    done = commands.run("policies", "apply")
    again = commands.told("policies", "apply")

    assert [each.stdout.split("\n", 1)[1] for each in tried] == [f"{says}Nothing was recorded.\n"] * 2
    assert done.stdout.split("\n", 1) == [tried[0].stdout.split("\n", 1)[0], says]
    assert (again["status"], again["decided"], again["dry_run"]) == ("done", 0, False)
    assert "Mid-Market Territory" in commands.run("explain", "acc-1").stdout


def test_a_policy_that_is_not_there_or_not_in_force_is_not_applied(commands: Commands) -> None:
    unknown = commands.run("policies", "apply", "--policy", "fy24")
    late = (*DRAFT[:-1], "2999-02-01")
    commands.told("policies", "publish", commands.told(*late, *SAYING_WHY)["id"], "--by", "a manager")
    early = commands.run("policies", "apply")

    assert (unknown.returncode, early.returncode) == (2, 2)
    assert "There is no policy fy24" in unknown.stderr
    assert "starts on 2999-02-01" in " ".join(early.stderr.replace("│", " ").split())


def test_a_policy_is_shown_with_the_meaning_the_rules_and_the_places_of_its_parameters(commands: Commands) -> None:
    commands.told("policies", "publish", commands.told(*DRAFT, *SAYING_WHY)["id"], "--by", "a manager")

    newest, first = commands.run("policies", "show"), commands.told("policies", "show", "fy23", "--version", "1")
    narrow = commands.run("policies", "show", COLUMNS="80")
    unknown = commands.run("policies", "show", "--version", "3")

    lines = newest.stdout.splitlines()
    assert lines[0].startswith("fy23 revision 2, from 2022-02-01")
    place = lines.index("first_order_min_employees: 600")
    assert lines[place + 1 : place + 3] == [
        "  From how many employees First Order owns it.",
        "  ROUTE-3/3: Fiscal Year 2023 Account Moves, condition 3",
    ]
    place = lines.index("november_cleanup_from: 2019-11-01")
    assert lines[place + 2] == "  No rule uses it."
    assert max(map(len, narrow.stdout.splitlines())) <= 80
    assert first["parameters_explained"][4]["value"] == first["parameters"]["first_order_min_employees"] == 500
    assert (unknown.returncode, "There is no policy fy23 revision 3" in unknown.stderr) == (2, True)


def test_publishing_says_first_what_it_does_and_warns_of_a_day_in_the_past(commands: Commands) -> None:
    draft = commands.told(*DRAFT, *SAYING_WHY)

    done = commands.run("policies", "publish", draft["id"], "--by", "a manager", "--json")

    said = " ".join(done.stderr.split())
    assert said.startswith("Publishes revision 2 of fy23, which decides for days from 2022-02-01;")
    assert "first_order_min_employees: 500 becomes 600" in said
    assert "Warning: It begins on 2022-02-01, a day in the past" in said
    assert json.loads(done.stdout)["published_as"] == 2


def test_a_draft_is_withdrawn_and_a_revision_rolled_back(commands: Commands) -> None:
    why = ("--reason", "It proved wrong in the trial", "--by", "operations")
    draft = commands.told(*DRAFT, *SAYING_WHY)

    early = commands.run("policies", "roll-back", *why)
    withdrawn = commands.run("policies", "withdraw", draft["id"], *why)
    refused = commands.run("policies", "publish", draft["id"], "--by", "a manager")
    short = commands.run("policies", "withdraw", draft["id"], "--reason", "No", "--by", "operations")
    commands.told("policies", "publish", commands.told(*DRAFT, *SAYING_WHY)["id"], "--by", "a manager")
    back = commands.told("policies", "roll-back", *why)
    commands.told("policies", "publish", back["id"], "--by", "a manager", "--yes")

    assert (early.returncode, "no revision 0 before the newest" in early.stderr) == (2, True)
    assert withdrawn.returncode == 0
    assert "of fy23 revision 1, withdrawn by operations" in withdrawn.stdout
    assert "withdrawn: It proved wrong in the trial" in commands.run("policies", "drafts").stdout
    assert (refused.returncode, "The draft was withdrawn by operations" in refused.stderr) == (2, True)
    assert (short.returncode, "at least 10 characters" in " ".join(short.stderr.split())) == (2, True)
    assert back["changes"] == {"first_order_min_employees": {"before": 600, "after": 500}}
    assert commands.told("policies", "show")["version"] == 3
