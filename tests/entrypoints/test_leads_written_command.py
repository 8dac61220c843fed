"""What is recorded of leads, calls and purchases at the command line, and what is asked there."""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from subprocess import CompletedProcess

import pytest

from tests.api import Api, serving
from tests.commands import run_for_text
from tests.databases import PostgresDatabases, SqliteDatabases

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(scope="module", params=["sqlite_databases", "postgres"])
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Api, Run]]:
    """The running service over a database of each kind, and the command line over the same."""
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(request.param)
    with databases.fresh() as url, serving(url) as api:
        yield api, _running(url)


@pytest.fixture
def api(served: tuple[Api, Run]) -> Api:
    return served[0]


@pytest.fixture
def run(served: tuple[Api, Run]) -> Run:
    return served[1]


@pytest.fixture(scope="module")
def alone(sqlite_databases: SqliteDatabases) -> Iterator[Run]:
    with sqlite_databases.fresh() as url:
        yield _running(url)


def _running(url: str) -> Run:
    return partial(run_for_text, environment={**os.environ, "CHALKLINE_DATABASE_URL": url})


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_lead_is_assigned_and_touched(api: Api, run: Run) -> None:
    assigned = ("--kind", "other_mql", "--sdr", "Command SDR", "--assigned-at", "2022-03-15T09:00:00Z", "--by", "ops")

    added = run("leads", "add", "command-1", *assigned, "--phone", "--account", "acc-1", "--json")
    touched = run("leads", "touch", "command-1", "--channel", "phone", "--at", "2022-03-15T09:30:00Z", "--by", "ops")

    assert added.returncode == 0, added.stderr
    told = json.loads(added.stdout)
    assert (told["id"], told["first_channel"], told["recorded_by"]) == ("command-1", "phone", "ops")
    assert words(touched.stdout).startswith("command-1 other mql of Command SDR: due 2022-03-15 10:00, touched")
    assert api.get("/v1/leads/command-1")["in_time"] is True
    listed = run("leads", "--sdr", "command sdr", "--json")
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == ["command-1"]


def test_a_call_is_logged_once_and_counted_by_a_person_alone(run: Run) -> None:
    call = ("co-selling", "add", "Command ASM", "acc-1", "--at", "2022-03-15T09:00:00Z", "--by", "ops")

    first, again, counted = run(*call), run(*call, "--json"), run("co-selling", "command asm", "--on", "2022-03-15")

    assert words(first.stdout) == "Logged: Command ASM on acc-1, 2022-03-15 09:00."
    assert json.loads(again.stdout)["recorded_by"] == "ops"
    assert words(counted.stdout).startswith("1 co-selling call from 2022-03-09 to 2022-03-15")
    assert counted.stdout == run("co-selling", "count", "command asm", "--on", "2022-03-15").stdout


def test_a_purchase_is_checked_recorded_and_listed(api: Api, run: Run) -> None:
    api.classify(id="command-bought", df=60, on=None)
    check = ("web-directs", "check", "command-bought", "--purchased-on", "2026-01-05")

    asked = run(*check)
    kept = run(*check, "--opportunity", "opp-1=A renewal", "--no-duplicate", "--record", "--by", "ops")
    none = run(*check, "--looked", "--duplicate", "--json")
    listed = run("web-directs", "list", "command-bought", "--json")

    assert words(asked.stdout).startswith("2026-01-05 Look at the account's open opportunities.")
    assert "Reach out to the main contact. Recorded by ops." in words(kept.stdout)
    assert "open: opp-1 A renewal" in words(kept.stdout)
    assert (json.loads(none.stdout)["next"], json.loads(none.stdout)["candidates"]) == (None, [])
    (line,) = listed.stdout.splitlines()
    assert json.loads(line) == api.get("/v1/web-directs", account_id="command-bought")["items"][0]


def test_a_request_is_triaged_with_why(alone: Run) -> None:
    hours = ("--time-zone", "Europe/Berlin", "--day", "fri", "--day", "mon", "--from", "09:00", "--until", "17:00")
    facts = ("--customer", "--no-net-arr-affected", "--no-needs-sales-manager", "--received-at", "2022-03-18T18:00:00Z")

    taken = alone("triage", *facts, *hours, "--breaches-at", "2022-03-19T18:00:00Z")
    unknown = alone("triage", "--customer", "--json")

    assert words(taken.stdout).startswith(
        "The SMB team takes it. Support is back 2022-03-21 08:00. no Support is at work"
    )
    assert json.loads(unknown.stdout)["taken_by"] is None


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        (("leads", "add", "no id", "--kind", "inquiry", "--sdr", "A"), "LEAD"),
        (("leads", "add", "l-1", "--kind", "inquiry", "--sdr", " "), "--sdr"),
        (("leads", "add", "l-1", "--kind", "inquiry", "--sdr", "A", "--assigned-at", "noon"), "--assigned-at"),
        (("leads", "add", "l-1", "--kind", "inquiry", "--sdr", "A", "--assigned-at", "2999-01-01T00:00:00Z"), "--ass"),
        (("leads", "add", "l-1", "--kind", "inquiry", "--sdr", "A", "--account", "no id"), "--account"),
        (("leads", "touch", "nobody", "--channel", "phone"), "nobody"),
        (("leads", "touch", "nobody", "--channel", "phone", "--at", "2022-03-15"), "--at"),
        (("co-selling", "add", " ", "acc-1"), "PERSON"),
        (("co-selling", "add", "A", "no id"), "ACCOUNT"),
        (("co-selling", "add", "A", "acc-1", "--at", "2999-01-01T00:00:00Z"), "--at"),
        (("web-directs", "check", "no id", "--purchased-on", "2026-01-05"), "ACCOUNT"),
        (("web-directs", "check", "a", "--purchased-on", "2026-01-05", "--opportunity", "no id"), "--opportunity"),
        (("web-directs", "check", "a", "--purchased-on", "2026-01-05", "--record"), "a"),
        (("web-directs", "list", "no id"), "ACCOUNT"),
        (("triage", "--received-at", "noon"), "--received-at"),
        (("triage", "--day", "mon", "--time-zone", "Mars", "--from", "09:00", "--until", "17:00"), "--time-zone"),
        (("triage", "--day", "mon"), "--time-zone"),
        (("ranks", "set", "no id", "1", "--account-executive", "A", "--source", "A call"), "ACCOUNT"),
        (("ranks", "set", "a", "1", "--account-executive", "A", "--source", " "), "--source"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_option(alone: Run, typed: tuple[str, ...], names: str) -> None:
    refused = alone(*typed)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert names in refused.stderr
    assert "Traceback" not in refused.stderr
