"""Policies applied over HTTP: every account under an older revision is decided anew, in the background, once."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.store.decisions import find_decision
from tests.api import Api, eventually, serving
from tests.application import START
from tests.builders import request
from tests.entrypoints.follow_ups import FIRST_ORDER, SMALL, discover
from tests.entrypoints.test_api_handoffs import start
from tests.entrypoints.test_api_reviews import NOBODY_LEADS, resolve
from tests.problems import hold_problem
from tests.store.publishing import draft, publish

PATH = "/v1/policies/fy23/application"
TODAY = START.date().isoformat()
BETWEEN: dict[str, Any] = {"df": 550, "max_family_employees": 550}
"""An account of 550 employees: First Order from 500 on, Territory below 600."""
SORTS: dict[str, dict[str, Any]] = {
    "between": BETWEEN,
    "large": FIRST_ORDER,
    "unsaid": FIRST_ORDER | {"first_order_available": None},
    "reviewed": NOBODY_LEADS | {"max_family_employees": 550},
    "discovered": BETWEEN,
    "discovered-large": FIRST_ORDER,
    "customer": FIRST_ORDER | {"customer": True, "first_order_available": False},
    "waiting": NOBODY_LEADS,
}
"""Accounts of every sort that an application has to do with, by a name."""


@pytest.fixture
def at_work(database_url: str) -> Iterator[Api]:
    """The running service with its background, over a fresh database of each kind, with accounts of every sort."""
    with serving(database_url, at_work=True) as api:
        for sort, facts in SORTS.items():
            prepare(api, sort, f"{sort}-1", facts)
        yield api


def prepare(api: Api, sort: str, account: str, facts: dict[str, Any]) -> None:
    """Have an account of a sort on record."""
    decision = api.classify(id=account, **facts)
    if sort == "reviewed":
        resolve(api, decision["review_id"])
    if sort.startswith("discovered"):
        discover(api, account, **SMALL)


def publish_six_hundred(api: Api, number: int = 1, **changes: Any) -> None:  # noqa: ANN401 - as ``draft`` takes them
    publish(api.database.engine, draft(api.database.engine, number, **changes).draft.id)


def ask(api: Api, *, dry_run: bool = False) -> str:
    """Ask for an application; gives where it is to be found."""
    answer = api.http.post(PATH, json={"dry_run": dry_run})
    assert (answer.status_code, answer.json()["status"], answer.json()["dry_run"]) == (202, "running", dry_run)
    assert answer.headers["location"] == f"/v1/policy-applications/{answer.json()['id']}"
    return answer.headers["location"]


def applied(api: Api, *, dry_run: bool = False) -> dict[str, Any]:
    """Ask for an application, and wait for its end."""
    place = ask(api, dry_run=dry_run)
    eventually(lambda: api.get(place)["status"] != "running")
    found: dict[str, Any] = api.get(place)
    return found


def applications(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/v1/decisions", kind="application", limit=500)["items"]
    return items


def standing(api: Api, account: str) -> dict[str, Any]:
    """What is said of an account, whoever asked for it and when."""
    decision = api.get(f"/v1/accounts/{account}")["decision"]
    facts = decision["facts"]
    facts["account"].pop("id")
    said = ("status", "segment", "team", "rule", "summary", "missing_facts", "advice", "actions", "policy")
    return {"facts": facts, **{name: decision[name] for name in (*said, "effective_on", "leading_source")}}


def test_an_application_ends_in_the_standings_of_deciding_each_account_by_a_post(at_work: Api) -> None:
    for sort, facts in SORTS.items():
        prepare(at_work, sort, f"{sort}-2", facts)
    publish_six_hundred(at_work)
    for sort, facts in SORTS.items():
        at_work.classify(request(id=f"{sort}-2", on=None, **facts))

    done = applied(at_work)

    assert (done["status"], done["decided"], done["refused"], done["in_handoff"]) == ("done", len(SORTS), 0, 0)
    assert {each["account_id"] for each in applications(at_work)} == {f"{sort}-1" for sort in SORTS}
    for sort in SORTS:
        assert standing(at_work, f"{sort}-1") == standing(at_work, f"{sort}-2"), sort
    assert standing(at_work, "between-1")["effective_on"] == TODAY
    assert applied(at_work)["decided"] == 0


def test_decisions_of_an_application_say_what_changed_and_who_told_the_facts_before(at_work: Api) -> None:
    engine = at_work.database.engine
    before = {sort: at_work.get(f"/v1/accounts/{sort}-1")["decision"] for sort in SORTS}
    publish_six_hundred(at_work)

    done = applied(at_work)

    made = {each["account_id"].removesuffix("-1"): each for each in applications(at_work)}
    assert (made["between"]["team_before"], made["between"]["team"]) == ("MMKAFO", "MM_TERRITORY")
    assert (made["between"]["unchanged"], made["large"]["unchanged"]) == (False, True)
    for sort, each in made.items():
        assert (each["source"], each["actor"], each["policy"]["version"]) == ("application", "tester", 2)
        assert each["previous_decision_id"] == before[sort]["id"]
        one, other = (find_decision(engine, UUID(decision["id"])) for decision in (each, before[sort]))
        assert one is not None
        assert other is not None
        assert one.told_by == other.told_by is not None
        assert at_work.get(f"/v1/decisions/{each['id']}/replay")["agrees"] is True
    entry = at_work.get("/v1/accounts/between-1/history")["items"][0]
    assert (entry["event"], entry["team"]) == ("policy_applied", "MM_TERRITORY")
    assert done["unchanged"] == sum(each["unchanged"] for each in made.values())
    assert done["moved"] == sum(each["team"] != each["team_before"] for each in made.values())


def test_a_dry_run_records_nothing_and_says_the_same_movers(at_work: Api) -> None:
    at_work.classify(id="handed", **FIRST_ORDER)
    assert start(at_work, "handed").status_code == 201
    publish_six_hundred(at_work)
    rows = at_work.rows()

    tried = applied(at_work, dry_run=True)
    assert at_work.rows() == rows
    done = applied(at_work)

    found = ("decided", "unchanged", "moved", "movements", "refused", "in_handoff", "in_handoff_accounts")
    assert {name: tried[name] for name in found} == {name: done[name] for name in found}
    assert {"team_before": "MMKAFO", "team": "MM_TERRITORY", "count": 2} in done["movements"]
    assert len(applications(at_work)) == done["decided"]


def test_an_account_in_handoff_keeps_its_revision_until_that_ends_and_is_listed(at_work: Api) -> None:
    at_work.classify(id="handed", **FIRST_ORDER)
    handoff = start(at_work, "handed").json()
    publish_six_hundred(at_work, since=date(2026, 1, 1))  # the handoff goes by the policy of its first day

    first = applied(at_work)
    assert (first["in_handoff"], first["in_handoff_accounts"]) == (1, ["handed"])
    assert at_work.get("/v1/accounts/handed")["decision"]["policy"]["version"] == 1
    reason = {"reason": "The order was refunded within the week."}
    ended = at_work.http.post(f"/v1/handoffs/{handoff['id']}/abandonment", json=reason)
    assert ended.status_code == 200, ended.text
    second = applied(at_work)

    assert (second["decided"], second["in_handoff"]) == (1, 0)
    assert at_work.get("/v1/accounts/handed")["decision"]["policy"]["version"] == 2


def test_before_the_revision_starts_it_is_not_applied(fresh_api: Api) -> None:
    publish_six_hundred(fresh_api, since=date(2026, 1, 6))

    for dry_run in (False, True):
        hold_problem(fresh_api.http.post(PATH, json={"dry_run": dry_run}), 422, "revision_not_in_force")
    fresh_api.clock.advance(days=1)
    assert fresh_api.http.post(PATH, json={}).status_code == 202


def test_one_application_is_under_way_at_a_time(fresh_api: Api) -> None:
    key = {"Idempotency-Key": "apply"}
    first = fresh_api.http.post(PATH, json={}, headers=key)

    problem = hold_problem(fresh_api.http.post(PATH, json={"dry_run": True}), 409, "application_under_way")
    again = fresh_api.http.post(PATH, json={}, headers=key)

    assert first.json()["id"] in problem["detail"]
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"


def test_a_newer_publication_stops_it(database_url: str) -> None:
    with serving(database_url) as api:
        api.classify(id="between-1", **BETWEEN)
        publish_six_hundred(api)
        place = ask(api)
        publish_six_hundred(api, 2, first_order_min_employees="700")
    with serving(database_url, at_work=True, key="second") as api:
        eventually(lambda: bool(api.get(place)["status"] == "stopped"))
        assert api.get(place)["decided"] == 0
        assert applications(api) == []
        assert (applied(api)["policy_version"], len(applications(api))) == (3, 1)


@pytest.mark.parametrize(("path", "body"), [("/v1/policies/fy24/application", {}), (PATH, {"dry-run": True})])
def test_what_cannot_be_applied_is_refused(fresh_api: Api, path: str, body: dict[str, Any]) -> None:
    known = path == PATH
    hold_problem(
        fresh_api.http.post(path, json=body), 422 if known else 404, "invalid_request" if known else "not_found"
    )
