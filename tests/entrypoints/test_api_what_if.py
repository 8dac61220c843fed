"""What would alter a decision, over HTTP: each change that is proposed does alter it."""

from typing import Any

from tests.api import Api
from tests.builders import Request, request


def test_the_nearest_change_that_is_proposed_alters_the_decision(api: Api) -> None:
    facts: dict[str, Any] = {"df": 640, "max_family_employees": 640, "lam_dev_count": 80}
    decision = api.classify(id="what-1", **facts)

    told = api.get(f"/v1/decisions/{decision['id']}/what-if")

    nearest = told["found_out"][0]
    changed = facts | {change["fact"]: change["after"] for change in nearest["changes"]}
    assert {change["fact"] for change in nearest["changes"]} <= facts.keys()
    again = _tried(api, request(id="what-1", **changed))
    assert (again["team"], again["rule"]) == (nearest["team"], nearest["rule"]) != ("MMKAFO", "ROUTE-3")
    assert nearest["text"].startswith("141 fewer")
    assert told["given"]
    assert "ROUTE-3/test: max_family_employees >= 500 holds by 140 (it is 640)" in [
        boundary["text"] for boundary in told["boundaries"]
    ]


def test_a_provisional_decision_says_what_would_settle_it_and_so_it_does(api: Api) -> None:
    decision = api.classify(id="what-2", df=640, lam_dev_count=99)

    told = api.get(f"/v1/decisions/{decision['id']}/what-if")

    assert told["settled_by"] == [["max_family_employees"]]
    for number in (499, 500):
        assert (
            _tried(api, request(id="what-2", df=640, lam_dev_count=99, max_family_employees=number))["status"]
            == "final"
        )


def test_of_a_moved_account_it_is_said_what_would_take_it_back(api: Api) -> None:
    facts: dict[str, Any] = {"df": 640, "max_family_employees": 640, "lam_dev_count": 80}
    api.classify(id="what-3", **facts)
    found = {"discovered_by": "Sample AE", "employees": 430, "potential_users": 60, "evidence": "Sample chart"}
    discovery = api.http.post("/v1/accounts/what-3/discoveries", json=found).json()
    assert (discovery["kind"], discovery["team"]) == ("discovery", "MM_TERRITORY")

    told = api.get(f"/v1/decisions/{discovery['id']}/what-if")

    changes = [each for each in (*told["found_out"], *told["given"]) if each["team"] != "MM_TERRITORY"]
    assert changes
    for each in changes[:3]:
        changed = facts | {change["fact"]: change["after"] for change in each["changes"]}
        if changed.keys() <= facts.keys():
            again = _tried(api, request(id="what-3", **changed, on=None))
            assert (again["team"], again["rule"]) == (each["team"], each["rule"])
    words = api.http.get("/v1/accounts/what-3", headers={"Accept": "text/plain"}).text
    assert "\nNearest   " in words


def _tried(api: Api, body: Request) -> dict[str, Any]:
    decision: dict[str, Any] = api.http.post("/v1/classifications?dry_run=true", json=body).json()
    return decision
