"""Finding decisions again: every filter, and an account at an instant."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from tests.api import Api, Decision
from tests.builders import request
from tests.problems import hold_problem


def _is(name: str, value: str) -> Callable[[Decision], bool]:
    return lambda decision: decision[name] == value


MIDWAY = "2026-01-05T09:10:00Z"
FILTERS: dict[tuple[str, str], Callable[[Decision], bool]] = {
    ("account_id", "acc-0"): _is("account_id", "acc-0"),
    ("kind", "review"): _is("kind", "review"),
    ("status", "provisional"): _is("status", "provisional"),
    ("segment", "MM"): _is("segment", "MM"),
    ("team", "MMKAFO"): _is("team", "MMKAFO"),
    ("rule", "ROUTE-3"): _is("rule", "ROUTE-3"),
    ("actor", "crm-production"): _is("actor", "crm-production"),
    ("source", "api"): _is("source", "api"),
    ("policy", "fy23"): lambda decision: decision["policy"]["id"] == "fy23",
    ("recorded_since", MIDWAY): lambda decision: _at(decision) >= datetime.fromisoformat(MIDWAY),
    ("recorded_until", MIDWAY): lambda decision: _at(decision) < datetime.fromisoformat(MIDWAY),
}


CHOSEN = [*combinations(FILTERS, 1), *combinations(FILTERS, 2), tuple(FILTERS)[:-1], ()]


def _at(decision: Decision) -> datetime:
    return datetime.fromisoformat(decision["recorded_at"])


@pytest.mark.parametrize("chosen", CHOSEN, ids=str)
def test_each_filter_and_each_two_together_find_what_they_say(
    api: Api, recorded: list[Decision], chosen: tuple[tuple[str, str], ...]
) -> None:
    found = api.get("/v1/decisions", **dict(chosen))["items"]

    assert found == [decision for decision in recorded if all(FILTERS[one](decision) for one in chosen)]
    if len(chosen) == 1:
        assert found


@pytest.mark.parametrize(
    ("name", "value"),
    [("account_id", "nobody"), ("policy", "fy1999"), ("actor", "' OR 1=1 --"), ("rule", "%"), ("source", "株式会社"),
     ("recorded_until", "1969-07-20T20:17:40Z"), ("recorded_since", "9999-12-31T23:59:59.999999Z"),
     ("recorded_until", "0001-01-01T00:00:00Z")],
)  # fmt: skip
@pytest.mark.usefixtures("recorded")
def test_a_filter_that_nothing_matches_finds_nothing(api: Api, name: str, value: str) -> None:
    answer = api.http.get("/v1/decisions", params={name: value})

    assert answer.json() == {"items": []}
    assert "link" not in answer.headers


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("path", ["/v1/decisions?recorded_since=", "/v1/accounts/acc-0?as_of="])
def test_an_instant_beyond_the_calendar_is_refused(api: Api, path: str, instant: str) -> None:
    hold_problem(api.http.get(path + instant.replace("+", "%2B")), 422, "invalid_request")


@pytest.mark.parametrize(
    "instant", ["2026-01-05T10:10:00%2B01:00", "2026-01-05T00:40:00-08:30", "2026-01-05T09:10:00.0z"]
)
def test_an_instant_is_the_same_in_every_zone(api: Api, recorded: list[Decision], instant: str) -> None:
    found = api.get(f"/v1/decisions?recorded_since={instant}")["items"]

    assert found == [decision for decision in recorded if FILTERS["recorded_since", MIDWAY](decision)]


def test_an_account_stands_where_its_newest_decision_put_it(fresh_api: Api) -> None:
    first = fresh_api.classify(id="moving", name="Acme", df=640, max_family_employees=640)
    fresh_api.clock.advance(days=1)
    second = fresh_api.classify(id="moving", name="Acme Group", df=40)

    standing = fresh_api.get("/v1/accounts/moving")
    assert (standing["team"], standing["name"], standing["as_of"]) == ("SMB", "Acme Group", None)
    assert standing["decision"] == second

    instant = timedelta(microseconds=1)
    for at, expected in (
        (_at(first) - instant, None),
        (_at(first), first),
        (_at(second) - instant, first),
        (_at(second), second),
    ):
        answer = fresh_api.http.get("/v1/accounts/moving", params={"as_of": at.isoformat()})
        if expected is None:
            hold_problem(answer, 404, "not_found")
        else:
            assert answer.json()["decision"] == expected
            assert datetime.fromisoformat(answer.json()["as_of"]) == at
            assert answer.json()["since"] == expected["recorded_at"]
    to_come = {"as_of": (fresh_api.clock.at + timedelta(minutes=1)).isoformat()}
    problem = hold_problem(fresh_api.http.get("/v1/accounts/moving", params=to_come), 422, "invalid_request")
    assert problem["errors"][0]["pointer"] == "as_of"


def test_a_history_tells_what_happened_newest_first(api: Api, recorded: list[Decision]) -> None:
    mine = [decision for decision in recorded if decision["account_id"] == "acc-0"]

    history = api.get("/v1/accounts/acc-0/history")["items"]

    assert [entry["decision_id"] for entry in history] == [decision["id"] for decision in mine]
    assert [entry["previous_decision_id"] for entry in history] == [entry["decision_id"] for entry in history[1:]] + [
        None
    ]
    assert [entry["event"] for entry in history][:2] == ["reviewed", "classified"]
    assert [entry["at"] for entry in history] == sorted((entry["at"] for entry in history), reverse=True)
    for entry, decision in zip(history, mine, strict=True):
        same = [name for name in entry if name in decision and name != "team_before"]
        assert {name: entry[name] for name in same} == {name: decision[name] for name in same}
        assert entry["team_before"] is None, "which a history says of moves alone"


def test_what_is_recorded_is_what_was_answered(api: Api, recorded: list[Decision]) -> None:
    for decision in recorded:
        assert api.get(f"/v1/decisions/{decision['id']}") == decision


def test_the_policies_tell_their_rules_and_citations(api: Api) -> None:
    listed, duties = api.get("/v1/policies")["items"]
    policy = api.get(f"/v1/policies/{listed['id']}")

    assert {name: policy[name] for name in listed} == listed
    assert {rule["rule"] for rule in policy["rules"]} >= {"SEG-1", "SEG-2", "ROUTE-2", "ROUTE-3", "ROUTE-7"}
    assert all(rule["citation"]["gist"] for rule in policy["rules"])
    assert policy["parameters"]["first_order_min_employees"] == 500
    assert {rule["rule"] for rule in api.get(f"/v1/policies/{duties['id']}")["rules"]} >= {"OPP-1", "OPP-5", "OPP-8"}


def test_a_dry_run_decides_as_a_recorded_one_would(api: Api) -> None:
    body = request(id="dry", df=640)
    tried = api.http.post("/v1/classifications?dry_run=true", json=body).json()

    assert tried["id"] is None
    assert tried["recorded_at"] is None
    hold_problem(api.http.get("/v1/accounts/dry"), 404, "not_found")


def test_an_account_that_is_stamped_ahead_of_the_clock_answers_and_says_by_how_much(fresh_api: Api) -> None:
    begun = fresh_api.clock.at
    fresh_api.clock.at = begun + timedelta(days=30)
    first, second = (fresh_api.classify(id="fast", df=employees) for employees in (60, 640))
    fresh_api.clock.at = begun

    standing = fresh_api.get("/v1/accounts/fast")
    then = fresh_api.get("/v1/accounts/fast", as_of=begun.isoformat())
    history = fresh_api.get("/v1/accounts/fast/history")

    assert (standing["decision"]["id"], then["decision"]["id"]) == (second["id"], first["id"])
    assert [entry["decision_id"] for entry in history["items"]] == [second["id"], first["id"]]
    for answer in (standing, then, history):
        (advice,) = answer["advice"]
        assert advice["code"] == "stamped_ahead"
        assert "stamped 30 days, 0:00:00 ahead of the clock" in advice["text"]


def test_an_account_that_was_stamped_ahead_but_once_has_no_answer_from_before_it_was_known(fresh_api: Api) -> None:
    begun = fresh_api.clock.at
    first = fresh_api.classify(id="once", df=60)
    fresh_api.clock.at = begun + timedelta(days=30)
    fresh_api.classify(id="once", df=640)
    fresh_api.clock.at = begun + timedelta(minutes=1)

    then = fresh_api.get("/v1/accounts/once", as_of=fresh_api.clock.at.isoformat())
    before = fresh_api.http.get("/v1/accounts/once", params={"as_of": (begun - timedelta(days=1)).isoformat()})

    assert then["decision"]["id"] == first["id"]
    assert [advice["code"] for advice in then["advice"]] == ["stamped_ahead"]
    assert before.status_code == 404


def test_an_account_that_is_stamped_by_the_clock_has_no_advice(fresh_api: Api) -> None:
    fresh_api.classify(id="usual", df=60)

    for path in ("/v1/accounts/usual", "/v1/accounts/usual/history"):
        assert fresh_api.get(path)["advice"] == []
