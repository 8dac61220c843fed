"""Ranges and long names over HTTP: taken wherever a count may be stated, and answered in one form."""

from typing import Any

import pytest

from tests.api import Api
from tests.builders import request
from tests.problems import hold_problem

LONG = "N" * 255
RANGED: dict[str, Any] = {
    "max_family_employees": "501+",
    "lam_dev_count": "51\u201380",
    "linkedin_engineering_it": "11 - 50",
}
COUNTED: dict[str, Any] = {"df": "501-1,000", "zi": "10,001 +"}


def test_a_request_states_ranges_and_its_decision_answers_them_in_one_form(api: Api) -> None:
    decided = api.classify(request(id="ranged", name=LONG, **COUNTED, **RANGED))

    assert (decided["team"], decided["leading_employees"], decided["leading_range"]) == ("MMKAFO", None, "501-1000")
    account = decided["facts"]["account"]
    assert account["name"] == LONG
    assert [account[name] for name in RANGED] == ["501+", "51-80", "11-50"]
    assert [count["employees"] for count in decided["facts"]["employee_counts"]] == ["501-1000", "10001+"]
    assert api.get(f"/v1/decisions/{decided['id']}") == decided
    assert api.get("/v1/accounts/ranged")["decision"] == decided
    api.get(f"/v1/decisions/{decided['id']}/replay")
    api.get(f"/v1/decisions/{decided['id']}/what-if")
    exported = api.http.get("/v1/decisions", params={"account_id": "ranged"}, headers={"Accept": "text/csv"}).text
    assert "501-1000" in exported


def test_a_number_is_whole_however_it_is_written(api: Api) -> None:
    spellings: list[Any] = [640, 640.0, "640", "640.0", "6.4E2"]
    decided = [api.classify(request(df=spelled, max_family_employees=spelled)) for spelled in spellings]
    assert [each["leading_employees"] for each in decided] == [640] * len(spellings)
    assert [each["facts"]["account"]["max_family_employees"] for each in decided] == [640] * len(spellings)


def test_a_discovery_may_find_ranges(api: Api) -> None:
    api.classify(request(id="found", df=640, max_family_employees=640))
    found = {"discovered_by": "An AE", "employees": "201-499", "potential_users": "10-99"}
    answer = api.http.post("/v1/accounts/found/discoveries", json=found)
    assert (answer.status_code, answer.json()["rule"], answer.json()["team"]) == (201, "MOVE-1", "MM_TERRITORY")
    hold_problem(
        api.http.post("/v1/accounts/found/discoveries", json=found | {"employees": "9-1"}), 422, "invalid_request"
    )


@pytest.mark.parametrize(
    "wrong", ["500-201", "-201", "-5-200", "1-100000001", "many", "640.000", "1" * 30 + "-" + "2" * 30]
)
def test_a_range_that_is_none_is_refused_at_its_field_and_harms_no_other_item(api: Api, wrong: Any) -> None:  # noqa: ANN401 - what a request may not take
    good, bad = request(id="good", df=640), request(id="bad", df=wrong)
    problem = api.http.post("/v1/classifications", json=bad)
    hold_problem(problem, 422, "invalid_request")
    assert problem.json()["errors"][0]["pointer"] == "/employee_counts/0/employees"
    answers = api.http.post("/v1/classifications/batch", json={"items": [good, bad]}).json()["results"]
    assert [each["status"] for each in answers] == [201, 422]
