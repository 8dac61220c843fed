"""What stands is the decision of the latest day that has come; what is back-filled moves nothing."""

from typing import Any

import httpx
import pytest

from tests.api import Api
from tests.builders import request

LATE = {"effective_on": "2022-06-01"}


def test_a_back_filled_past_is_recorded_and_moves_nothing(api: Api) -> None:
    stands = api.classify(request(id="past", df=40) | LATE)
    history = api.classify(request(id="past", df=12, wrong={"df": "One office"}))

    assert (stands["stands"], history["stands"], history["review_id"]) == (True, False, None)
    assert history["previous_decision_id"] == stands["id"]
    assert api.get("/v1/accounts/past")["decision"]["id"] == stands["id"]
    assert api.get("/v1/reviews", account_id="past")["items"] == []
    entries = api.get("/v1/accounts/past/history")["items"]
    assert [(entry["decision_id"], entry["stands"]) for entry in entries] == [
        (history["id"], False),
        (stands["id"], True),
    ]
    as_of = api.get("/v1/accounts/past", as_of=history["recorded_at"])
    assert as_of["decision"]["id"] == stands["id"]


@pytest.mark.parametrize("path", ["/v1/classifications", "/v1/classifications/batch"])
def test_a_day_to_come_is_refused_by_name_but_for_a_dry_run(api: Api, path: str) -> None:
    body = request(id="to-come", df=40) | {"effective_on": "2026-01-06"}
    answer: httpx.Response = api.http.post(path, json={"items": [body]} if path.endswith("batch") else body)
    problem = answer.json()["results"][0]["problem"] if path.endswith("batch") else answer.json()

    assert (problem["status"], problem["errors"][0]["pointer"].endswith("/effective_on")) == (422, True)
    assert api.http.post("/v1/classifications?dry_run=true", json=body).status_code == 200


def test_a_late_report_still_moves_the_account(api: Api) -> None:
    api.classify(request(id="late", df=640, max_family_employees=640) | LATE)
    found = {"discovered_by": "An AE", "employees": 200, "potential_users": 20, "discovered_on": "2022-04-01"}
    decision = api.http.post("/v1/accounts/late/discoveries", json=found).json()

    assert (decision["team"], decision["effective_on"]) == ("MM_TERRITORY", "2022-06-01")
    assert api.get("/v1/accounts/late")["team"] == "MM_TERRITORY"


def test_history_goes_by_who_owned_the_account_on_its_day(api: Api) -> None:
    first_order: dict[str, Any] = {"df": 640, "max_family_employees": 640}
    unknown = request(id="owned", customer=True, first_order_available=False, key_account=None, **first_order)
    api.classify(request(id="owned", **first_order) | {"effective_on": "2022-03-15"})
    named = request(id="owned", customer=True, first_order_available=False, key_account=True, **first_order)
    assert api.classify(named | {"effective_on": "2023-03-15"})["team"] == "MMKAN"

    told = unknown | {"effective_on": "2022-06-15"}
    tried = api.http.post("/v1/classifications?dry_run=true", json=told).json()
    history = api.classify(told)

    assert (tried["team"], tried["stands"]) == (history["team"], history["stands"]) == ("MMKAFO", False)
