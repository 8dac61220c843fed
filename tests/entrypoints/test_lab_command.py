"""``chalkline lab``: the policy looked at, and changes of its parameters compared with it."""

import json
import os
import subprocess

import pytest

from tests.api import serving
from tests.commands import run_for_text
from tests.databases import SqliteDatabases

DRAFT = {"policy_id": "fy23", "effective_from": "2022-02-01", "reason": "A trial"}


def lab(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_for_text("lab", *words, environment=os.environ | environment)


def test_the_published_policy_has_notes_and_no_fault() -> None:
    said = lab("lint")

    assert said.returncode == 0, said.stderr
    *notes, verdict = said.stdout.splitlines()
    assert {line.split()[0] for line in notes} == {"note"}
    assert verdict == f"Without fault: {len(notes)} notes."
    assert [finding["severity"] for finding in json.loads(lab("lint", "--json").stdout)] == ["note"] * len(notes)


@pytest.mark.usefixtures("linted_once")
def test_a_draft_is_linted_against_the_revision_that_it_changes(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api:
        drafts = [
            api.http.post("/v1/policies/drafts", json=DRAFT | {"parameters": {name: value}}).json()["id"]
            for name, value in (("mid_market_min_employees", 2_000), ("tam_below", 60_000))
        ]
        faulty, faultless = (lab("lint", "--draft", each, CHALKLINE_DATABASE_URL=url) for each in drafts)
        told = api.get(f"/v1/policies/drafts/{drafts[0]}/lint")
        as_json = lab("lint", "--draft", drafts[0], "--json", CHALKLINE_DATABASE_URL=url)

    assert (faulty.returncode, faultless.returncode) == (1, 0)
    place = faulty.stdout.splitlines().index("New against the revision that it changes:")
    assert any(line.startswith("fault never_") for line in faulty.stdout.splitlines()[place:])
    assert faulty.stdout.splitlines()[-1].startswith("At fault, and not to be published: ")
    assert faultless.stdout.endswith("Without fault: 9 notes, none of them new against the revision that it changes.\n")
    assert told["verdict"] == faulty.stdout.splitlines()[-1]
    assert json.loads(as_json.stdout) == told["findings"]
    assert {finding["new"] for finding in told["findings"] if finding["severity"] == "fault"} == {True}


def test_other_segment_bands_reassign_the_accounts_at_their_edges_alone() -> None:
    words = ("compare", "--set", "mid_market_min_employees=101", "--set", "large_min_employees=2001")

    said, told = lab(*words), json.loads(lab(*words, "--json").stdout)

    assert "leading_employees 100 or 2,000" in said.stdout
    lines = said.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split() for line in lines[:3]] == [
        ["Parameter", "before", "after"],
        ["mid_market_min_employees", "100", "101"],
        ["large_min_employees", "2,000", "2,001"],
    ]
    assert lines[4].split() == ["What", "becomes", "of", "accounts", "regions"]
    assert "Mid-Market Territory becomes SMB" in said.stdout
    assert told["parameters"]["mid_market_min_employees"] == {"before": 100, "after": 101}
    assert told["reassigned"]
    assert " ".join(told["words"][-1].split()) in " ".join(said.stdout.split())


def test_many_regions_of_a_parameter_fit_the_terminal_too() -> None:
    regions = "NORAM,EMEA,LATAM,APAC,DACH,Benelux,Nordics,Iberia,Africa,Oceania"
    said = lab("compare", "--set", f"first_order_regions={regions}", COLUMNS="80").stdout.splitlines()

    assert said[0].startswith("first_order_regions: NORAM, EMEA becomes NORAM, EMEA, LATAM")
    assert max(map(len, said)) <= 80


def test_the_same_parameters_decide_nothing_otherwise() -> None:
    assert lab("compare", "--set", "large_min_employees=2000").stdout == "The policies decide alike.\n"


def test_a_parameter_that_is_not_there_and_a_value_that_cannot_be_meant_are_said() -> None:
    for change, said in [
        ("large_min=1", "there is no such parameter"),
        ("first_order_min_employes=1", "did you mean first_order_min_employees?"),
        ("first_order_min_employees=-5", "should be greater than or equal to"),
        ("large_min_employees", "is not PARAMETER=VALUE"),
        ("large_min_employees=many", "valid integer"),
        ("in_crm_by=yesterday", "in_crm_by"),
    ]:
        refused = lab("compare", "--set", change)
        assert refused.returncode == 2
        assert said in " ".join(refused.stderr.replace("│", " ").split())


def test_what_would_alter_a_recorded_decision_is_said(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api:
        decision = api.classify(df=640, max_family_employees=640)
        moved = {"discovered_by": "An AE", "employees": 5, "potential_users": 1, "discovered_on": "2022-04-11"}
        discovery = api.http.post("/v1/accounts/acc-1/discoveries", json=moved).json()
        told = api.get(f"/v1/decisions/{decision['id']}/what-if")
        where = {"CHALKLINE_DATABASE_URL": url}

        said = lab("what-if", decision["id"], **where)
        as_json = lab("what-if", decision["id"], "--json", **where)
        refused = [lab("what-if", one, **where) for one in (discovery["id"], "0198c0de-0000-7000-a000-000000000007")]

    assert json.loads(as_json.stdout) == told
    assert told["given"][0]["text"] in said.stdout
    assert [each.returncode for each in refused] == [2, 2]
    assert "is about a discovery" in " ".join(refused[0].stderr.replace("│", " ").split())
