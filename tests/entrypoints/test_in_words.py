"""Where an account stands in words: over HTTP, and by ``chalkline explain``."""

import json
import os
from typing import Any

import pytest

from tests.api import Api, serving
from tests.builders import request
from tests.commands import run_for_text
from tests.problems import hold_problem

SEVEN_HUNDRED: dict[str, Any] = {"name": "Acme GmbH", "zi": 700, "region": "EMEA", "created": "2021-06-01"}
FEW: dict[str, Any]
MANY: dict[str, Any]
BY_THE_KEY = {"kind": "key", "id": "tester", "line": None}
FEW, MANY = ({"lam_dev_count": count, "first_order_available": True} for count in (40, 140))


def _decided(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    first = api.classify(request(id="acc-1", **SEVEN_HUNDRED, **FEW) | {"effective_on": "2022-03-15"})
    api.clock.advance(hours=1)
    return first, api.classify(request(id="acc-1", **SEVEN_HUNDRED, **MANY) | {"effective_on": "2022-03-16"})


def test_a_standing_in_words_has_its_reasons_their_places_and_what_changed(fresh_api: Api) -> None:
    first, second = _decided(fresh_api)
    words = {"Accept": "text/plain"}
    told = fresh_api.http.get("/v1/accounts/acc-1", headers=words)

    assert told.headers["content-type"].startswith("text/plain")
    assert told.headers["vary"] == "Accept"
    lines = told.text.splitlines()
    assert lines[0].startswith("Acme GmbH -> Key Accounts First Order (MMKAFO)   final, ")
    assert "  yes      4  lam_dev_count >= 100         140" in lines
    assert "           Handbook: Fiscal Year 2023 Account Moves, condition 4" in lines
    assert lines[-2].startswith("Before    Mid-Market Territory by ROUTE-3, effective 2022-03-15")
    assert first["id"] in lines[-2]
    assert lines[-1] == "Changed   lam_dev_count: 40 -> 140 (key tester)"
    assert fresh_api.http.get(f"/v1/decisions/{second['id']}", headers=words).text == told.text
    then = fresh_api.http.get("/v1/accounts/acc-1", headers=words, params={"on": "2022-03-15"}).text
    assert then == fresh_api.http.get(f"/v1/decisions/{first['id']}", headers=words).text
    assert then.endswith("Before    This is the first decision on the account.\n")


def test_json_is_answered_unless_words_are_liked_better_and_nothing_else_is(api: Api) -> None:
    decision = api.classify(id="acc-json", df=40)
    for path in ("/v1/accounts/acc-json", f"/v1/decisions/{decision['id']}"):
        for accept in ("*/*", "application/json, text/plain;q=0.5", "application/*"):
            assert api.http.get(path, headers={"Accept": accept}).json()["account_id"] == "acc-json"
        hold_problem(api.http.get(path, headers={"Accept": "image/png"}), 406, "not_acceptable")


def test_what_a_name_hides_is_shown_in_words(api: Api) -> None:
    api.classify(id="hidden", name="Acme \u202eGmbH \u2028\x9b31m", df=40)
    told = api.http.get("/v1/accounts/hidden", headers={"Accept": "text/plain"}).text

    assert told.startswith("Acme \\u202eGmbH \\u2028\\x9b31m -> SMB")


def test_each_kind_of_decision_has_its_words(api: Api) -> None:
    api.classify(request(id="found", df=640, max_family_employees=640) | {"effective_on": "2022-03-15"})
    found = {"discovered_by": "An AE", "employees": 200, "potential_users": 20, "discovered_on": "2022-04-01"}
    discovery = api.http.post("/v1/accounts/found/discoveries", json=found).json()
    told = api.http.get(f"/v1/decisions/{discovery['id']}", headers={"Accept": "text/plain"}).text

    assert "Outcome" in told
    assert "Handbook: " in told
    assert "Changed   no fact since then" in told
    api.classify(id="found", df=640, max_family_employees=640, lam_dev_count=5, on=None)
    moved = api.http.get("/v1/accounts/found", headers={"Accept": "text/plain"}).text
    assert "moved from" in moved
    assert "lam_dev_count: not known -> 5" in moved


def test_a_history_says_which_facts_changed_and_can_be_asked_in_part(fresh_api: Api) -> None:
    first, second = _decided(fresh_api)
    entries = fresh_api.get("/v1/accounts/acc-1/history")["items"]

    changed = [{"fact": "lam_dev_count", "before": 40, "after": 140, "told_by": BY_THE_KEY}]
    assert [entry["changes"] for entry in entries] == [changed, []]
    # One that begins a page knows what is on the next.
    assert fresh_api.get("/v1/accounts/acc-1/history", limit=1)["items"][0]["changes"] == changed
    since = fresh_api.get("/v1/accounts/acc-1/history", since=second["recorded_at"])["items"]
    assert [entry["decision_id"] for entry in since] == [second["id"]]
    assert fresh_api.get("/v1/accounts/acc-1/history", kind="review")["items"] == []
    of_kind = fresh_api.get("/v1/accounts/acc-1/history", kind="classification", since=first["recorded_at"])["items"]
    assert len(of_kind) == 2
    hold_problem(fresh_api.http.get("/v1/accounts/nobody/history?kind=review"), 404, "not_found")


def test_what_changed_is_known_though_what_stood_before_is_of_another_kind_than_asked_for(fresh_api: Api) -> None:
    _decided(fresh_api)
    found = {"discovered_by": "An AE", "employees": 200, "potential_users": 20, "discovered_on": "2022-04-01"}
    fresh_api.http.post("/v1/accounts/acc-1/discoveries", json=found)
    fresh_api.classify(request(id="acc-1", **SEVEN_HUNDRED, **FEW, on=None))
    newest, *_ = fresh_api.get("/v1/accounts/acc-1/history", kind="classification")["items"]
    assert newest["changes"] == [{"fact": "lam_dev_count", "before": 140, "after": 40, "told_by": BY_THE_KEY}]


def test_counts_third_parties_and_gaps_are_among_what_changed(fresh_api: Api) -> None:
    fresh_api.classify(id="acc-2", df=12)
    fresh_api.classify(id="acc-2", df=12, zi=700, wrong={"df": "Counts one office"}, third=[640])
    (last, _) = fresh_api.get("/v1/accounts/acc-2/history")["items"]

    assert {each["fact"]: (each["before"], each["after"]) for each in last["changes"]} == {
        "datafox_gap": (None, "Counts one office"),
        "zoominfo_employees": (None, 700),
        "third_party_employees": (None, "Filing 1 640"),
    }


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    with serving(database_url) as api:
        _decided(api)
    return os.environ | {"CHALKLINE_DATABASE_URL": database_url, "COLUMNS": "80"}


def test_the_command_explains_an_account_by_the_record(environment: dict[str, str]) -> None:
    ran = run_for_text("explain", "acc-1", environment=environment)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert "Acme GmbH -> Key Accounts First Order (MMKAFO)" in ran.stdout
    assert ran.stdout.endswith("Changed   lam_dev_count: 40 -> 140 (key tester)\n")
    then = run_for_text("explain", "acc-1", "--on", "2022-03-15", environment=environment).stdout
    assert "This is the first decision" in then
    as_json = json.loads(run_for_text("explain", "acc-1", "--json", environment=environment).stdout)
    assert (as_json["team"], as_json["on"]) == ("MMKAFO", None)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("nobody",), 1, 'nothing was decided about "nobody"'),
        (("acc-1", "--on", "2022-03-14"), 1, "nothing was decided"),
        (("acc-1", "--on", "2999-01-01"), 2, "2999-01-01 has not come yet"),
        (("acc-1", "--as-of", "2999-01-01"), 2, "2999-01-01 has not come yet"),
        (("acc-1", "--as-of", "yesterday"), 2, "An instant is written as"),
        (("001SAMPLE000001AAB",), 2, "its last three characters should be YPA"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(
    environment: dict[str, str], words: tuple[str, ...], status: int, said: str
) -> None:
    ran = run_for_text("explain", *words, environment=environment)

    assert ran.returncode == status
    assert said in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
