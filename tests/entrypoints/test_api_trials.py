"""Drafts over HTTP: tried on what is on record, said what publishing does, withdrawn, and revisions rolled back."""

import csv
import io
import json

import pytest

from tests.api import Api
from tests.entrypoints.test_api_policies import IN_TIME, PATH, drafted, published, refusal

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("linted_once")]


def test_a_draft_is_tried_on_what_was_recorded(fresh_api: Api) -> None:
    api = fresh_api
    moving = api.classify(id="acc-1", **IN_TIME)
    api.clock.advance(days=1)
    api.classify(id="acc-2", df=640, max_family_employees=640)
    api.classify(id="acc-3", df=50)
    draft = drafted(api)
    path = f"{PATH}/{draft['id']}/backtest"

    found = api.get(path)
    history = api.get(path, examined="history", recorded_until="2026-01-06T00:00:00Z")

    assert [found[name] for name in ("examined", "moved", "otherwise_changed", "stays", "not_replayed")] == [
        3,
        1,
        0,
        2,
        0,
    ]
    (movement,) = found["movements"]
    assert (movement["from"], movement["to"], movement["decisions"]) == ("MMKAFO", "MM_TERRITORY", 1)
    assert movement["samples"] == [{"account_id": "acc-1", "decision_id": moving["id"]}]
    flip = {"before": True, "after": False, "decisions": 1}
    assert {"clause": "ROUTE-3/3", "answers": [flip]} in found["flips"]
    assert found["parameters"] == draft["changes"]
    bounded = api.http.get(path, params={"recorded_since": "2026-01-06T00:00:00Z"})
    assert refusal(bounded) == (422, "invalid_request", ["recorded_since"])
    assert (history["examined"], history["moved"]) == (1, 1)
    published(api, draft)
    assert api.classify(id="acc-1", **IN_TIME)["team"] == movement["to"]
    assert api.get(path)["movements"] == []


def test_all_that_would_move_come_as_lines_and_as_rows(fresh_api: Api) -> None:
    api = fresh_api
    moving = {
        f"acc-{number}": api.classify(id=f"acc-{number}", name="=Sample, Ltd", lam_dev_count=0, **IN_TIME)
        for number in range(7)
    }
    api.classify(id="stays", df=640, max_family_employees=640)
    found = {"discovered_by": "An AE", "employees": 550, "potential_users": 10, "discovered_on": "2022-04-11"}
    discovered = api.http.post("/v1/accounts/acc-6/discoveries", json=found).json()
    path = f"{PATH}/{drafted(api)['id']}/backtest"
    decisions = [moving[f"acc-{number}"]["id"] for number in range(6)] + [discovered["id"]]

    lines = api.http.get(path, headers={"Accept": "application/x-ndjson"})
    rows = api.http.get(path, headers={"Accept": "text/csv"})

    told = sorted(map(json.loads, lines.text.splitlines()), key=lambda mover: mover["account_id"])
    assert [(mover["account_id"], mover["decision_id"]) for mover in told] == [
        (f"acc-{number}", decision) for number, decision in enumerate(decisions)
    ]
    assert told[0] == {
        "account_id": "acc-0",
        "name": "=Sample, Ltd",
        "from": "MMKAFO",
        "to": "MM_TERRITORY",
        "flips": [
            {"clause": "ROUTE-3/3", "before": True, "after": False},
            {"clause": "ROUTE-3/test", "before": True, "after": False},
        ],
        "status_before": "final",
        "status_after": "final",
        "decision_id": decisions[0],
    }
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert rows.headers["content-disposition"] == 'attachment; filename="movers.csv"'
    first, *others = sorted(csv.DictReader(io.StringIO(rows.text)), key=lambda row: row["account_id"])
    assert list(first) == list(told[0])
    assert (first["name"], first["flips"]) == ("'=Sample, Ltd", "ROUTE-3/3 yes to no;ROUTE-3/test yes to no")
    assert [row["decision_id"] for row in (first, *others)] == decisions
    assert refusal(api.http.get(path, headers={"Accept": "text/plain"}))[:2] == (406, "not_acceptable")


def test_exports_that_have_ended_leave_room_for_others_also_where_nobody_moves(fresh_api: Api) -> None:
    api = fresh_api
    path = f"{PATH}/{drafted(api)['id']}/backtest"

    answers = [api.http.get(path, headers={"Accept": "text/csv"}) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {200}
    header = "account_id,name,from,to,flips,status_before,status_after,decision_id\r\n"
    assert {answer.text for answer in answers} == {header}


def test_a_draft_says_what_publishing_it_does_and_warns_of_a_day_in_the_past(fresh_api: Api) -> None:
    api = fresh_api
    late, early = drafted(api, effective_from="2026-02-01", effective_until="2026-05-01"), drafted(api)
    shown = api.get(f"{PATH}/{early['id']}")["publishing"]

    assert (late["publishing"]["version"], late["publishing"]["warnings"]) == (2, [])
    assert late["publishing"]["text"].startswith(
        "Publishes revision 2 of fy23, which decides for days from 2026-02-01 until 2026-05-01;"
    )
    assert shown == early["publishing"]
    assert [warning.split(":")[0] for warning in shown["warnings"]] == ["It begins on 2022-02-01, a day in the past"]
    assert published(api, early)["publishing"] is None


def test_a_withdrawn_draft_is_not_published_and_says_so(fresh_api: Api) -> None:
    api = fresh_api
    draft, key = drafted(api), {"Idempotency-Key": "withdraw-1"}
    path, why = f"{PATH}/{draft['id']}/withdrawal", {"reason": "The trial is to be longer"}

    short = api.http.post(path, json={"reason": "No"})
    done, again = (api.http.post(path, json=why, headers=key) for _ in range(2))

    assert refusal(short) == (422, "invalid_request", ["/reason"])
    assert (done.status_code, done.json()) == (201, again.json())
    withdrawal = done.json()["withdrawal"]
    assert (withdrawal["withdrawn_by"], withdrawal["reason"]) == ("tester", "The trial is to be longer")
    assert done.json()["publishing"] is None
    assert api.get(PATH)["items"] == [done.json()] == [api.get(f"{PATH}/{draft['id']}")]
    assert refusal(api.http.post(f"{PATH}/{draft['id']}/publish"))[:2] == (409, "draft_withdrawn")
    assert refusal(api.http.post(path, json=why))[:2] == (409, "draft_withdrawn")
    other = drafted(api)
    published(api, other)
    assert refusal(api.http.post(f"{PATH}/{other['id']}/withdrawal", json=why))[:2] == (409, "draft_published")
    unknown = f"{PATH}/0198c0de-0000-7000-a000-000000000007/withdrawal"
    assert refusal(api.http.post(unknown, json=why))[:2] == (404, "not_found")


def test_a_revision_is_rolled_back_by_publishing_the_one_before_it_anew(fresh_api: Api) -> None:
    api = fresh_api
    path, why = "/v1/policies/fy23/roll-back", {"reason": "It proved wrong in the trial"}
    first = refusal(api.http.post(path, json=why))
    published(api, drafted(api))
    published(api, drafted(api, {"tam_below": 60_000}, effective_from="2026-03-01", effective_until="2026-08-01"))

    back = api.http.post(path, json=why)
    further = api.http.post(path, json=why | {"to": 1, "effective_from": "2026-01-01"}).json()
    published(api, further)

    assert first[:2] == (409, "nothing_to_roll_back")
    assert back.status_code == 201
    assert back.headers["location"] == f"{PATH}/{back.json()['id']}"
    assert back.json()["changes"] == {"tam_below": {"before": 60_000, "after": 50_000}}
    assert (back.json()["effective_from"], back.json()["effective_until"]) == ("2026-03-01", "2026-08-01")
    assert (back.json()["reason"], back.json()["drafted_by"]) == (why["reason"], "tester")
    assert further["changes"].keys() == {"tam_below", "first_order_min_employees"}
    assert (further["based_on"], further["effective_from"]) == (3, "2026-01-01")
    assert api.get("/v1/policies/fy23")["parameters"] == api.get("/v1/policies/fy23", version=1)["parameters"]
    for wrong in (4, 5):
        assert refusal(api.http.post(path, json=why | {"to": wrong}))[:2] == (409, "nothing_to_roll_back")
    assert refusal(api.http.post("/v1/policies/fy24/roll-back", json=why))[:2] == (404, "not_found")
