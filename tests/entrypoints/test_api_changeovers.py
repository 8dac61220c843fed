"""Quarter changeovers over HTTP: listed, carried out in the background, and refused (MOVE-3)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from service.crm.payloads import milliseconds_to
from service.domain.keys import Scope
from tests.api import Api, eventually, serving
from tests.builders import request
from tests.entrypoints.follow_ups import FIRST_ORDER, SMALL, discover, recorded_before
from tests.entrypoints.test_api_policies import drafted, published
from tests.inbox.messages import change
from tests.problems import hold_problem

ON = "2022-05-01"
PATH = "/v1/changeovers"
IDLE: dict[str, Any] = {"df": 300, "created": "2022-03-01", "lam_dev_count": 150, "last_activity_on": "2022-01-10"}
"""Facts of a Territory account that the changeover of May moves: nothing happened from February to April."""


@pytest.fixture
def at_work(database_url: str) -> Iterator[Api]:
    """The running service with its background, over a fresh database of each kind, with accounts of every sort."""
    with serving(database_url, at_work=True) as api:
        for number in range(5):
            api.classify(request(id=f"idle-{number}", name=f"Sample {number}", **IDLE))
        api.classify(request(id="active", **IDLE | {"last_activity_on": "2022-04-30"}))
        api.classify(request(id="unknown", **IDLE | {"last_activity_on": None}))
        api.classify(request(id="few-users", **IDLE | {"lam_dev_count": 100}))
        api.classify(request(id="large", **IDLE | {"df": 640}))
        yield api


def carried_out(api: Api, on: str = ON) -> dict[str, Any]:
    """Ask for a changeover, and wait for its end."""
    answer = api.http.post(PATH, json={"on": on})
    assert (answer.status_code, answer.headers["location"]) == (202, f"{PATH}/{on}")
    assert answer.json() == {"on": on, "status": "running"}
    eventually(lambda: api.get(f"{PATH}/{on}")["status"] == "done")
    found: dict[str, Any] = api.get(f"{PATH}/{on}")
    return found


def moves_of(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/v1/decisions", kind="changeover", limit=500)["items"]
    return items


def test_an_account_that_the_crm_has_deleted_is_not_moved(at_work: Api) -> None:
    gone = change("idle-3", at=milliseconds_to(at_work.clock()), kind="DELETE")
    assert at_work.http.post("/v1/webhooks/salesforce/change-events", json=gone).status_code == 200

    listed = at_work.http.post(PATH, params={"dry_run": "true"}, json={"on": ON}).json()["items"]
    carried_out(at_work)

    gone = change("unknown", at=milliseconds_to(at_work.clock()), kind="DELETE")
    assert at_work.http.post("/v1/webhooks/salesforce/change-events", json=gone).status_code == 200
    assert at_work.http.post(PATH, params={"dry_run": "true"}, json={"on": ON}).json()["unsettled"] == []
    left = ["idle-0", "idle-1", "idle-2", "idle-4"]
    assert [decision["account_id"] for decision in listed] == left
    assert sorted(decision["account_id"] for decision in moves_of(at_work)) == left


def test_a_dry_run_lists_who_would_move_in_pages_and_records_nothing(at_work: Api) -> None:
    rows = at_work.rows()
    first = at_work.http.post(PATH, params={"dry_run": "true", "limit": 2}, json={"on": ON})
    pages = [first]
    while "next" in pages[-1].links:
        pages.append(at_work.http.post(pages[-1].links["next"]["url"], json={"on": ON}))

    listed = [decision for page in pages for decision in page.json()["items"]]
    assert [len(page.json()["items"]) for page in pages] == [2, 2, 1]
    left_open = [account for page in pages for account in page.json()["unsettled"]]
    assert left_open == [{"account_id": "unknown", "name": at_work.get("/v1/accounts/unknown")["name"]}]
    assert [decision["account_id"] for decision in listed] == [f"idle-{number}" for number in range(5)]
    for decision in listed:
        assert (decision["id"], decision["kind"], decision["recorded_at"]) == (None, "changeover", None)
        assert (decision["team"], decision["rule"], decision["effective_on"]) == ("MMKAFO", "MOVE-3", ON)
    assert at_work.rows() == rows
    assert at_work.get(PATH)["items"] == []


def test_a_changeover_is_carried_out_in_the_background_and_tells_how_far_it_is(at_work: Api) -> None:
    tried = at_work.http.post(PATH, params={"dry_run": "true"}, json={"on": ON}).json()["items"]

    done = carried_out(at_work)

    assert (done["status"], done["examined"], done["moved"], done["unsettled"]) == ("done", 8, 5, 1)
    assert (done["requested_by"], done["finished_at"]) == ("tester", done["requested_at"])
    assert at_work.get(PATH)["items"] == [done]
    moves = {move["account_id"]: move for move in moves_of(at_work)}
    assert [move["summary"] for move in tried] == [moves[move["account_id"]]["summary"] for move in tried]
    assert {move["source"] for move in moves.values()} == {"changeover"}
    for account, team in (("idle-0", "MMKAFO"), ("active", "MM_TERRITORY"), ("unknown", "MM_TERRITORY")):
        assert at_work.get(f"/v1/accounts/{account}")["team"] == team
    assert at_work.get("/v1/accounts/idle-0")["decision"] == moves["idle-0"]


def test_a_changeover_run_twice_moves_none_twice(at_work: Api) -> None:
    carried_out(at_work)
    moves = moves_of(at_work)

    again = carried_out(at_work)

    assert moves_of(at_work) == moves
    assert (again["examined"], again["moved"]) == (3, 5)
    assert at_work.http.post(PATH, params={"dry_run": "true"}, json={"on": ON}).json()["items"] == []


def test_an_account_that_came_back_is_not_moved_again_by_the_same_changeover_but_by_the_next(at_work: Api) -> None:
    carried_out(at_work)
    body = {"discovered_by": "Sample AE", "employees": 300, "potential_users": 60, "discovered_on": "2022-06-01"}
    assert at_work.http.post("/v1/accounts/idle-0/discoveries", json=body).json()["team"] == "MM_TERRITORY"
    body |= {"potential_users": 150}
    assert at_work.http.post("/v1/accounts/idle-0/discoveries", json=body).json()["team"] == "MM_TERRITORY"

    carried_out(at_work)
    assert at_work.get("/v1/accounts/idle-0")["team"] == "MM_TERRITORY"

    carried_out(at_work, "2022-08-01")
    assert at_work.get("/v1/accounts/idle-0")["team"] == "MMKAFO"
    assert [found["on"] for found in at_work.get(PATH)["items"]] == ["2022-08-01", ON]


@pytest.mark.parametrize("recorded", ["now", "before"])
def test_an_account_whose_move_holds_no_more_goes_back_where_routing_sends_it(at_work: Api, recorded: str) -> None:
    for account in ("moved", "still few"):
        at_work.classify(id=account.replace(" ", "-"), on=None, **FIRST_ORDER)
    assert discover(at_work, "moved", **SMALL)["team"] == "MM_TERRITORY"
    assert discover(at_work, "still-few", **SMALL | {"potential_users": 40})["team"] == "MM_TERRITORY"
    if recorded == "before":
        recorded_before(at_work, "moved")
    # By this revision 60 potential users are no longer few.
    published(at_work, drafted(at_work, {"first_order_min_users": 50}, effective_from="2026-01-06"))
    at_work.clock.at = datetime(2026, 2, 1, 9, tzinfo=UTC)
    on = "2026-02-01"

    listed = at_work.http.post(PATH, params={"dry_run": "true"}, json={"on": on}).json()["items"]
    carried_out(at_work, on)
    moves = moves_of(at_work)
    again = carried_out(at_work, on)

    (tried,) = [decision for decision in listed if decision["account_id"] == "moved"]
    (move,) = [decision for decision in moves if decision["account_id"] == "moved"]
    assert tried["summary"] == move["summary"]
    assert (move["team"], move["rule"], move["status"], move["policy"]["version"]) == ("MMKAFO", "ROUTE-3", "final", 2)
    assert "The move by MOVE-1 on 2026-01-05 no longer stands, for want of potential_users < 50" in move["summary"]
    assert [action["code"] for action in move["actions"]] == ["change_the_owner"]
    assert at_work.get(f"/v1/decisions/{move['id']}/replay")["agrees"] is True
    entry = at_work.get("/v1/accounts/moved/history")["items"][0]
    assert (entry["event"], entry["team_before"], entry["team"]) == ("moved", "MM_TERRITORY", "MMKAFO")
    assert moves_of(at_work) == moves
    assert again["moved"] == len(moves)
    # It stands on routing from now on; of the other the move holds.
    assert at_work.classify(id="moved", on=None, **FIRST_ORDER)["rule"] == "ROUTE-3"
    assert at_work.get("/v1/accounts/still-few")["decision"]["kind"] == "discovery"


def test_what_was_discovered_counts_at_a_changeover_also_after_a_later_classification(at_work: Api) -> None:
    outbound = IDLE | {"motion": "outbound", "linkedin_engineering_it": 100}
    at_work.classify(id="few-found", **outbound)
    assert discover(at_work, "few-found", potential_users=60)["team"] == "MM_TERRITORY"
    assert at_work.classify(id="few-found", on=None, **outbound | {"name": "Sample"})["rule"] == "MOVE-1"

    carried_out(at_work)

    assert at_work.get("/v1/accounts/few-found")["team"] == "MM_TERRITORY"


def test_a_changeover_sent_again_with_its_key_gets_the_first_answer(at_work: Api) -> None:
    key = {"Idempotency-Key": "may"}
    first = at_work.http.post(PATH, json={"on": ON}, headers=key)
    eventually(lambda: at_work.get(f"{PATH}/{ON}")["status"] == "done")
    rows = at_work.rows()

    again = at_work.http.post(PATH, json={"on": ON}, headers=key)
    other = at_work.http.post(PATH, json={"on": "2022-08-01"}, headers=key)

    assert (again.status_code, again.content, again.headers["location"]) == (202, first.content, f"{PATH}/{ON}")
    assert again.headers["idempotent-replayed"] == "true"
    assert at_work.get(f"{PATH}/{ON}")["status"] == "done"
    hold_problem(other, 422, "idempotency_key_reused")
    hold_problem(at_work.http.get(f"{PATH}/2022-08-01"), 404, "not_found")
    assert at_work.rows() == rows


@pytest.mark.parametrize(
    ("on", "code"),
    [
        ("2022-05-02", "not_a_changeover"),
        ("2022-03-01", "not_a_changeover"),
        ("2021-11-01", "no_policy_in_force"),
        ("2026-02-01", "day_to_come"),
        ("1 May 2022", "invalid_request"),
        (None, "invalid_request"),
    ],
)
def test_a_day_that_is_no_changeover_is_refused(api: Api, on: str | None, code: str) -> None:
    rows = api.rows()

    problem = hold_problem(api.http.post(PATH, json={"on": on}), 422, code)

    assert [error["pointer"] for error in problem["errors"]] == ["/on"]
    assert api.rows() == rows
    assert api.get(PATH)["items"] == []


def test_a_changeover_to_come_is_listed_by_a_dry_run(api: Api) -> None:
    answer = api.http.post(PATH, params={"dry_run": "true"}, json={"on": "2026-02-01"})

    assert (answer.status_code, answer.json()) == (200, {"items": [], "unsettled": []})


def test_a_changeover_is_for_administrators(api: Api) -> None:
    key = api.key("everything but admin", *(set(Scope) - {Scope.ADMIN}))

    hold_problem(api.http.post(PATH, json={"on": ON}, headers=key), 403, "forbidden")
    hold_problem(api.http.get(PATH, headers=key), 403, "forbidden")
    hold_problem(api.http.get(f"{PATH}/{ON}"), 404, "not_found")


def test_one_that_several_ask_for_at_once_is_one(at_work: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        for on in ("2022-08-01", "2022-11-01", "2023-02-01"):
            answers = list(pool.map(lambda on: at_work.http.post(PATH, json={"on": on}), [on] * 8))
            assert [answer.status_code for answer in answers] == [202] * 8

    assert len(at_work.get(PATH)["items"]) == 3
