"""``chalkline ranks``: a rank given at the command line, and a book listed there."""

import json
import os
import subprocess

from tests.api import Api, serving
from tests.commands import run_for_text
from tests.databases import SqliteDatabases


def run(api: Api, *words: str) -> subprocess.CompletedProcess[str]:
    url = api.database.elsewhere.url
    return run_for_text("ranks", *words, environment={**os.environ, "CHALKLINE_DATABASE_URL": url})


def test_a_rank_is_given_and_listed_and_what_it_lacks_is_refused(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api:
        hold_commands(api)


def hold_commands(api: Api) -> None:
    api.classify(id="cli-1", name="Sample Freight", df=60, on=None)
    who, users = ("--account-executive", "AE cli"), ("--potential-users", "40")
    why = ("--source", "A call", "--reason", "They buy.", "--by", "sample-operator")

    lacking = run(api, "set", "cli-1", "1", *who, *why)
    given = run(api, "set", "cli-1", "1", *who, *users, *why)
    unread = run(api, "set", "cli-1", "1", *who, "--potential-users", "many", *why)
    listed = run(api, "list", "ae CLI")
    as_json = run(api, "list", "AE cli", "--rank", "1", "--current", "--json")

    assert lacking.returncode == 2
    assert "RANK-1" in lacking.stderr
    assert (given.returncode, given.stderr) == (0, "")
    assert "one of the ten accounts that may buy" in " ".join(given.stdout.split())
    assert unread.returncode == 2
    assert "--potential-users" in unread.stderr
    assert listed.returncode == 0, listed.stderr
    assert "Sample Freight (cli-1): SMB, one of the top places" in " ".join(listed.stdout.split())
    assert "Places taken: 1 of 10." in " ".join(listed.stdout.split())
    (told,) = map(json.loads, as_json.stdout.splitlines())
    assert (told["account_id"], told["recorded_by"], told["stale"]) == ("cli-1", "sample-operator", False)
