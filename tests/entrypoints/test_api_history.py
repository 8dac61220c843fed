"""An account's whole story: what happened, in which order, and where it stood at every instant in between."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.api import Api, eventually, serving
from tests.application import Clock
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.entrypoints.follow_ups import found, post_discovery
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, start, tick
from tests.problems import hold_problem

ACCOUNT = "story"
NOBODY_LEADS: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts one office"}, "third": [640]}
CREATED: dict[str, Any] = {"created": "2022-03-01", "lam_dev_count": 150, "last_activity_on": "2022-01-10"}
EVENTS = [
    ("classified", None, "pending_review"),
    ("reviewed", "MMKAFO", "final"),
    ("discovered", "MM_TERRITORY", "final"),
    ("discovered", "MM_TERRITORY", "final"),
    ("moved", "MMKAFO", "final"),
    ("won", "MMKAFO", "final"),
    ("escalated", "MMKAFO", "provisional"),
    ("escalation_answered", "MMKAFO", "final"),
    ("handed_over", "MMKAN", "final"),
]
"""What happens, oldest first: the event, the team that owns the account from then on, and how firmly."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a fixture that yields
    """The running service with its background, over a database of each kind, after the whole story."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url, clock=Clock(), at_work=True) as api:
        _happen(api)
        yield api


def _happen(api: Api) -> None:
    opened = api.classify(id=ACCOUNT, **NOBODY_LEADS, **CREATED)
    api.clock.advance(hours=1)
    verdict = {"segment": "MM", "reason": "The filing."}
    assert api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict).status_code == 201
    for users in (60, 150):
        api.clock.advance(hours=1)
        assert post_discovery(api, ACCOUNT, found(employees=430, potential_users=users)).status_code == 201
    api.clock.advance(hours=1)
    api.http.post("/v1/changeovers", json={"on": "2022-05-01"})
    eventually(lambda: api.get("/v1/changeovers/2022-05-01")["status"] == "done")
    api.clock.advance(hours=1)
    handoff = start(api, ACCOUNT).json()
    path = f"/v1/handoffs/{handoff['id']}"
    api.clock.advance(hours=1)
    api.http.post(f"{path}/escalation", json={"reason": "The customer has merged."})
    api.clock.advance(hours=1)
    api.http.post(f"{path}/escalation-answer", json={"team": "MMKAN", "reason": "It stays as large."})
    api.clock.advance(hours=1)
    for item in NAMED_BY_HAND:
        assert tick(api, handoff, item).status_code == 200


def history(api: Api) -> list[dict[str, Any]]:
    """Oldest first."""
    items: list[dict[str, Any]] = api.get(f"/v1/accounts/{ACCOUNT}/history")["items"]
    return items[::-1]


def test_the_story_is_told_whole_with_who_owned_the_account_after_each_event(told: Api) -> None:
    entries = history(told)

    assert [(entry["event"], entry["team"], entry["status"]) for entry in entries] == EVENTS


def test_each_event_follows_the_one_before_it(told: Api) -> None:
    entries = history(told)

    chain = [None, *(entry["decision_id"] for entry in entries)]
    assert [entry["previous_decision_id"] for entry in entries] == chain[:-1]
    for before, entry in pairwise(entries):
        assert entry["at"] > before["at"]
        assert entry["team_before"] == (None if entry["event"] == "reviewed" else before["team"])
    handoffs = {entry["handoff_id"] for entry in entries[5:]}
    assert len(handoffs) == 1
    assert [entry["handoff_id"] for entry in entries[:5]] == [None] * 5
    assert entries[0]["review_id"] == entries[1]["review_id"] is not None


def test_each_event_is_the_decision_that_it_names(told: Api) -> None:
    for entry in history(told):
        decision = told.get(f"/v1/decisions/{entry['decision_id']}")
        for name in ("team", "segment", "status", "rule", "summary", "actor", "source", "request_id", "handoff_id"):
            assert decision[name] == entry[name], name
        assert decision["recorded_at"] == entry["at"]
        assert told.get(f"/v1/decisions/{decision['id']}/replay")["agrees"] is True


def test_at_every_instant_the_account_stood_as_the_event_before_it_left_it(told: Api) -> None:
    entries = history(told)
    instants = [datetime.fromisoformat(entry["at"]) for entry in entries]

    def as_of(instant: datetime) -> Any:  # noqa: ANN401 - JSON
        return told.get(f"/v1/accounts/{ACCOUNT}", as_of=instant.isoformat())

    ends = [instant - timedelta(microseconds=1) for instant in instants[1:]] + [instants[-1] + timedelta(seconds=9)]
    for entry, first, last in zip(entries, instants, ends, strict=True):
        for instant in (first, first + (last - first) / 2, last):
            standing = as_of(instant)
            assert standing["decision"]["id"] == entry["decision_id"]
            assert (standing["team"], standing["status"]) == (entry["team"], entry["status"])
            assert standing["since"] == entry["at"]
    too_early = (instants[0] - timedelta(microseconds=1)).isoformat()
    hold_problem(told.http.get(f"/v1/accounts/{ACCOUNT}", params={"as_of": too_early}), 404, "not_found")


@pytest.mark.parametrize("limit", [1, 2, 4, 9])
def test_the_history_is_newest_first_in_pages_of_any_size(told: Api, limit: int) -> None:
    pages = [told.http.get(f"/v1/accounts/{ACCOUNT}/history", params={"limit": limit})]
    while "next" in pages[-1].links:
        pages.append(told.http.get(pages[-1].links["next"]["url"]))

    assert [entry for page in pages for entry in page.json()["items"]] == history(told)[::-1]
    assert {len(page.json()["items"]) for page in pages[:-1]} <= {limit}
