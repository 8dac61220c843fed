"""A decision under a revision or a program that is no longer on record shows as such, and breaks nothing."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.domain.report import report
from service.store.decisions import find_decision
from service.usecases.change_over import concerned_accounts
from tests.api import Api, Decision, serving
from tests.builders import request
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.entrypoints.test_lab_command import lab
from tests.store.jobs import job, recorded, recording, submission
from tests.store.publishing import draft, publish, tamper

LOST = {
    "revision": ("policy_revisions", "DELETE FROM policy_revisions"),
    "program": ("decisions", f"UPDATE decisions SET program = '{64 * 'f'}'"),  # noqa: S608 - our own
}
ACCOUNTS = ("plain", "reviewed", "again", "found")
OUT_OF_REACH = "/v1/decisions/{id}/replay", "/v1/decisions/{id}/what-if"


@pytest.fixture(scope="module", params=[(kind, lost) for kind in ("sqlite", "postgresql") for lost in LOST])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that has lost the revision, or the program, that its decisions rest on."""
    kind, lost = request.param
    databases: SqliteDatabases | PostgresDatabases
    databases = request.getfixturevalue("sqlite_databases" if kind == "sqlite" else "postgres")
    with databases.fresh() as url:
        asyncio.run(_record(url, *LOST[lost]))
        yield url


@pytest.fixture(scope="module")
def api(url: str) -> Iterator[Api]:
    with serving(url) as served:
        yield served


async def _record(url: str, table: str, statement: str) -> None:
    async with recording(url) as database:
        first = publish(database.engine, draft(database.engine).draft.id).draft
        draft(database.engine, 2, first_order_min_employees="700")
        assert first.policy.version == 2
        for account in ACCOUNTS:
            stated: dict[str, Any] = {"df": 12, "wrong": {"df": "One office"}} if account == "reviewed" else {"df": 640}

            await recorded(database, job(submission(account, **stated)))
        tamper(database.engine, table, statement)


def newest(api: Api, account: str) -> Decision:
    """The decision that an account stands on."""
    decision: Decision = api.get(f"/v1/accounts/{account}")["decision"]
    return decision


def test_what_the_row_holds_is_answered_and_what_is_not_known_is_said(api: Api) -> None:
    decision = api.get(f"/v1/decisions/{newest(api, 'plain')['id']}")

    assert (decision["segment"], decision["team"], decision["rule"]) == ("MM", "MM_TERRITORY", "ROUTE-3")
    assert (decision["policy"]["id"], decision["policy"]["version"]) == ("fy23", 2)
    assert len(decision["policy"]["program"]) == 64
    assert decision["facts"]["account"]["id"] == "plain"
    assert decision["explanation"] == []
    assert "fy23 revision 2, which is not on record here" in decision["summary"]


def test_what_is_to_be_done_is_named_without_its_words(api: Api) -> None:
    decision = newest(api, "reviewed")

    assert [notice["code"] for notice in decision["actions"]] == ["post_to_chatter", "find_third_party", "await_the_vp"]
    assert {notice["citation"] for notice in decision["actions"]} == {None}
    assert "not on record here" in decision["actions"][0]["text"]


def test_every_list_that_holds_one_is_answered(api: Api) -> None:
    decision = newest(api, "plain")
    page = api.get("/v1/decisions", account_id="plain")["items"]
    history = api.get("/v1/accounts/plain/history")["items"]

    assert page == [decision]
    assert [entry["summary"] for entry in history] == [decision["summary"]]
    for accepted in ("text/csv", "application/x-ndjson"):
        answer = api.http.get("/v1/decisions", headers={"Accept": accepted})
        assert (answer.status_code, decision["id"] in answer.text) == (200, True)


def test_a_person_reads_that_it_is_not_on_record(api: Api) -> None:
    found = find_decision(api.database.engine, UUID(newest(api, "plain")["id"]))
    assert found is not None

    said = report(found.decision, found.decision.policy)

    assert "policy fy23 revision 2" in said
    assert "not on record here" in said


@pytest.mark.parametrize("path", OUT_OF_REACH)
def test_it_is_not_taken_again(api: Api, path: str) -> None:
    answer = api.http.get(path.format(id=newest(api, "plain")["id"]))

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:chalkline:problem:unknown_revision"
    assert "fy23 revision 2 is not on record here" in answer.json()["detail"]


def test_the_command_says_so_in_a_sentence(api: Api, url: str) -> None:
    told = lab("what-if", newest(api, "plain")["id"], CHALKLINE_DATABASE_URL=url)

    assert told.returncode != 0
    assert "fy23 revision 2 is not on record here" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_account_is_classified_again(api: Api) -> None:
    before = newest(api, "again")

    after = api.classify(request(id="again", df=640))

    assert after["previous_decision_id"] == before["id"]
    assert after["explanation"] != []
    assert [entry["decision_id"] for entry in api.get("/v1/accounts/again/history")["items"]] == [
        after["id"],
        before["id"],
    ]


def test_a_discovery_is_made_about_the_account(api: Api) -> None:
    found = {"employees": 90, "discovered_on": "2022-03-16", "discovered_by": "An AE"}

    answer = api.http.post("/v1/accounts/found/discoveries", json=found)

    assert answer.status_code == 201, answer.text
    assert answer.json()["explanation"] != []


def test_its_review_is_answered_and_resolved(api: Api) -> None:
    (review,) = api.get("/v1/reviews", account_id="reviewed")["items"]
    assert review["recommendation"]["segment"] is None
    assert "not on record here" in review["recommendation"]["reason"]

    answer = api.http.post(f"/v1/reviews/{review['id']}/resolution", json={"segment": "MM", "reason": "The filing."})

    assert answer.status_code == 201, answer.text
    assert answer.json()["explanation"] != []


def test_a_changeover_looks_at_the_account(api: Api) -> None:
    assert list(concerned_accounts(api.database, date(2022, 8, 1), None)) == []


def test_policies_and_drafts_are_listed(api: Api) -> None:
    drafts = api.get("/v1/policies/drafts")["items"]

    assert [each["based_on"] for each in drafts] == [2, 1]
    assert api.get("/v1/policies")["items"]
