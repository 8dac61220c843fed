"""Reviews by the VP (SEG-4, SEG-5): opened once, resolved once, and leading for as long as their counts are posted."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from service.domain.keys import Scope
from service.store.tables.decisions import StatementRow
from tests.api import Api
from tests.builders import request
from tests.problems import hold_problem

NOBODY_LEADS: dict[str, Any] = {
    "df": 12,
    "zi": 9,
    "li": 4,
    "wrong": {"df": "Counts the Berlin office only", "zi": "Counts one subsidiary", "li": "Counts contractors"},
    "third": [{"source": "third_party", "name": "Companies House", "employees": 640, "url": "https://example.org/1"}],
    "size_cleanup": {"feb_2019": "SMB", "nov_2019": "MM"},
}
ZOOMINFO_LEADS: dict[str, Any] = {"df": 12, "zi": 700, "wrong": {"df": "Counts the Berlin office only"}}
OTHER_COUNTS: dict[str, Any] = {"df": 80}
VERDICT = {"segment": "MM", "reason": "The filing names 640 employees.\nIt is the newest evidence."}


def resolve(api: Api, review_id: str, verdict: dict[str, Any] = VERDICT) -> dict[str, Any]:
    answer = api.http.post(f"/v1/reviews/{review_id}/resolution", json=verdict)
    assert answer.status_code == 201, answer.text
    decision: dict[str, Any] = answer.json()
    return decision


def review_of(api: Api, account: str) -> dict[str, Any]:
    """The account's one review."""
    (review,) = api.get("/v1/reviews", account_id=account)["items"]
    assert api.get(f"/v1/reviews/{review['id']}") == review
    body: dict[str, Any] = review
    return body


def test_where_nobody_leads_a_review_blocks_the_account(api: Api) -> None:
    decision = api.classify(id="blocking", name="Acme", **NOBODY_LEADS)

    assert (decision["status"], decision["team"], decision["segment"]) == ("pending_review", None, None)
    review = review_of(api, "blocking")
    assert review["id"] == decision["review_id"]
    assert (review["status"], review["blocking"], review["resolution"]) == ("open", True, None)
    assert review["opened_by_decision_id"] == decision["id"]
    assert review["recommendation"]["segment"] == "MM"
    for part in (
        "Acme",
        "Datafox: 12 employees, wholly wrong: Counts the Berlin office only",
        "Zoominfo: 9 employees, wholly wrong: Counts one subsidiary",
        "LinkedIn: 4 employees, wholly wrong: Counts contractors",
        "Companies House: 640 employees (https://example.org/1)",
        "cc VP of Commercial Sales",
    ):
        assert part in review["chatter_text"]


def test_a_walk_that_passed_a_wholly_wrong_source_is_reviewed_without_blocking(api: Api) -> None:
    decision = api.classify(id="passing", **ZOOMINFO_LEADS)

    review = review_of(api, "passing")
    assert (decision["status"], decision["team"], decision["leading_source"]) == (
        "provisional",
        "MM_TERRITORY",
        "zoominfo",
    )
    assert (review["status"], review["blocking"]) == ("open", False)
    assert review["recommendation"]["segment"] is None
    assert "Zoominfo leads with 700 employees: Mid-Market." in review["chatter_text"]


@pytest.mark.parametrize("counts", [NOBODY_LEADS, ZOOMINFO_LEADS], ids=["blocking", "not blocking"])
def test_the_same_facts_open_no_second_review(api: Api, counts: dict[str, Any]) -> None:
    account = f"again-{len(counts)}"
    decisions = [api.classify(id=account, **counts) for _ in range(3)]
    other_order = request(id=account, **counts)
    other_order["employee_counts"].reverse()
    decisions.append(api.classify(other_order))

    assert {decision["review_id"] for decision in decisions} == {review_of(api, account)["id"]}
    assert review_of(api, account)["opened_by_decision_id"] == decisions[0]["id"]


def test_a_resolution_is_a_decision_that_routes_the_account(api: Api) -> None:
    opened = api.classify(id="resolved", **NOBODY_LEADS)

    decision = resolve(api, opened["review_id"])

    assert (decision["kind"], decision["status"], decision["segment"]) == ("review", "provisional", "MM")
    assert (decision["team"], decision["leading_source"], decision["leading_employees"]) == ("MM_TERRITORY", "vp", 640)
    assert (decision["review_id"], decision["previous_decision_id"]) == (opened["review_id"], opened["id"])
    assert (decision["actor"], decision["facts"]["vp_decision"]["decided_by"]) == ("tester", "tester")
    assert api.get("/v1/accounts/resolved")["decision"] == decision
    review = review_of(api, "resolved")
    assert review["status"] == "resolved"
    assert review["resolution"] == VERDICT | {
        "decided_by": "tester",
        "decided_at": decision["recorded_at"],
        "decision_id": decision["id"],
    }


def test_the_vp_may_lead_otherwise_than_a_source_that_leads(api: Api) -> None:
    opened = api.classify(id="otherwise", **ZOOMINFO_LEADS)

    decision = resolve(api, opened["review_id"], {"segment": "LARGE", "reason": "The parent has 9,000."})

    assert (decision["segment"], decision["team"], decision["status"]) == ("LARGE", "OUTSIDE_COMMERCIAL", "final")


def test_a_review_is_resolved_once_unless_it_is_revised(api: Api) -> None:
    opened = api.classify(id="once", **NOBODY_LEADS)
    decision = resolve(api, opened["review_id"])
    rows = api.rows()

    answer = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=VERDICT)

    problem = hold_problem(answer, 409, "review_closed")
    assert f"MM, decided by tester, leads by decision {decision['id']}" in problem["detail"]
    assert api.rows() == rows


def statements_about(api: Api, review_id: str) -> list[StatementRow]:
    """All that was said of a review, in its order."""
    query = select(StatementRow).where(StatementRow.subject_id == UUID(review_id))
    with Session(api.database.engine) as session:
        return list(session.exec(query.order_by(col(StatementRow.said_at))))


def test_what_the_vp_said_is_kept_in_a_row_of_its_own(api: Api) -> None:
    opened = api.classify(id="kept", **NOBODY_LEADS)
    decision = resolve(api, opened["review_id"])

    (said,) = statements_about(api, opened["review_id"])
    assert (said.kind, said.said_by) == ("review_resolution", decision["actor"])
    assert said.said_at.isoformat().replace("+00:00", "Z") == decision["recorded_at"]
    assert json.loads(said.body) == VERDICT | {"decision_id": decision["id"]}


def test_of_resolutions_at_once_one_is_taken(api: Api) -> None:
    opened = api.classify(id="at-once", **NOBODY_LEADS)
    verdicts = [VERDICT | {"segment": segment} for segment in ("SMB", "MM", "LARGE") * 4]

    with ThreadPoolExecutor(12) as pool:
        path = f"/v1/reviews/{opened['review_id']}/resolution"
        answers = list(pool.map(lambda verdict: api.http.post(path, json=verdict), verdicts))

    (taken,) = [answer for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer is not taken:
            hold_problem(answer, 409, answer.json()["type"].rpartition(":")[2])
            assert answer.json()["type"].endswith(("review_closed", "standing_changed"))
    assert review_of(api, "at-once")["resolution"]["segment"] == taken.json()["segment"]
    assert len(api.get("/v1/decisions", account_id="at-once")["items"]) == 2


def test_the_vps_decision_leads_while_the_same_counts_are_posted(api: Api) -> None:
    opened = api.classify(id="leads", **NOBODY_LEADS)
    resolve(api, opened["review_id"])

    later = request(id="leads", **NOBODY_LEADS, max_family_employees=640) | {"effective_on": None}
    again = api.classify(later)

    assert (again["kind"], again["leading_source"], again["team"]) == ("classification", "vp", "MMKAFO")
    assert again["review_id"] == opened["review_id"]
    assert again["facts"]["vp_decision"]["reason"] == VERDICT["reason"]
    assert "post_to_chatter" not in [action["code"] for action in again["actions"]]
    assert review_of(api, "leads")["status"] == "resolved"


def test_other_counts_walk_anew_and_supersede_an_open_review(api: Api) -> None:
    opened = api.classify(id="anew", **NOBODY_LEADS)

    anew = api.classify(id="anew", **OTHER_COUNTS)

    assert (anew["team"], anew["leading_source"], anew["review_id"]) == ("SMB", "datafox", None)
    assert review_of(api, "anew")["status"] == "superseded"
    answer = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=VERDICT)
    assert hold_problem(answer, 409, "review_closed")["detail"].endswith("it is superseded")


def test_the_old_counts_open_a_superseded_review_again(api: Api) -> None:
    opened = api.classify(id="reopened", **NOBODY_LEADS)
    api.classify(id="reopened", **OTHER_COUNTS)

    again = api.classify(id="reopened", **NOBODY_LEADS)

    assert (again["status"], again["review_id"]) == ("pending_review", opened["review_id"])
    assert review_of(api, "reopened")["status"] == "open"
    assert resolve(api, opened["review_id"])["previous_decision_id"] == again["id"]


def test_a_resolved_verdict_leads_again_when_its_counts_come_back(api: Api) -> None:
    opened = api.classify(id="back", **NOBODY_LEADS)
    resolve(api, opened["review_id"])

    between = api.classify(id="back", **OTHER_COUNTS)
    back = api.classify(id="back", **NOBODY_LEADS)

    assert (between["leading_source"], between["facts"].get("vp_decision")) == ("datafox", None)
    assert (back["leading_source"], back["segment"]) == ("vp", "MM")
    assert review_of(api, "back")["status"] == "resolved"


def test_counts_that_meanwhile_lead_without_the_vp_close_their_review(api: Api) -> None:
    """With no source at all the CRM's mark stands as soon as it is known (SEG-9): the account has its team."""
    opened = api.classify(id="marked")
    assert opened["status"] == "pending_review"

    marked = api.classify(id="marked", crm_segment="SMB")

    assert (marked["team"], marked["review_id"]) == ("SMB", None)
    assert review_of(api, "marked")["status"] == "superseded"


def test_each_set_of_counts_has_a_review_of_its_own_and_the_queue_is_newest_first(api: Api) -> None:
    first = api.classify(id="queue", **NOBODY_LEADS)
    second = api.classify(id="queue", **ZOOMINFO_LEADS)

    queue = api.get("/v1/reviews", account_id="queue")["items"]
    assert [(review["id"], review["status"]) for review in queue] == [
        (second["review_id"], "open"),
        (first["review_id"], "superseded"),
    ]
    assert api.get("/v1/reviews", account_id="queue", status="open")["items"] == queue[:1]
    assert api.get("/v1/reviews", account_id="queue", status="resolved")["items"] == []
    page = api.http.get("/v1/reviews", params={"account_id": "queue", "limit": 1})
    assert page.json()["items"] == queue[:1]
    assert api.http.get(page.links["next"]["url"]).json()["items"] == queue[1:]


@pytest.mark.parametrize(
    ("verdict", "names"),
    [
        ({"segment": "MM"}, "/reason"),
        ({"segment": "MM", "reason": " \n"}, "/reason"),
        ({"segment": "MM", "reason": "Too few."}, "/reason"),
        ({"segment": "MM", "reason": "  Too few.  \n"}, "/reason"),
        ({"segment": "MM", "reason": "Too             few"}, "/reason"),
        ({"segment": "Medium", "reason": "The filing says so."}, "/segment"),
        ({"segment": None, "reason": "The filing says so."}, "/segment"),
        (VERDICT | {"decided_by": "somebody else"}, "/decided_by"),
    ],
)
def test_a_bad_verdict_resolves_nothing(api: Api, verdict: dict[str, Any], names: str) -> None:
    opened = api.classify(id="bad-verdict", **NOBODY_LEADS)

    answer = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict)

    problem = hold_problem(answer, 422, "invalid_request")
    assert names in [error["pointer"] for error in problem["errors"]]
    assert review_of(api, "bad-verdict")["status"] == "open"


def test_who_may_classify_may_not_resolve(api: Api) -> None:
    opened = api.classify(id="not-the-vp", **NOBODY_LEADS)
    key = api.key("integration", Scope.CLASSIFY, Scope.READ)

    answer = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=VERDICT, headers=key)

    hold_problem(answer, 403, "forbidden")


def test_the_recommendation_of_an_open_review_goes_by_what_is_known_of_the_account_now(api: Api) -> None:
    counts: dict[str, Any] = {"id": "acc-known-now", "df": 12, "wrong": {"df": "Counts one office"}}
    opened = api.classify(**counts)["review_id"]
    assert api.get(f"/v1/reviews/{opened}")["recommendation"]["segment"] is None

    api.classify(**counts, size_cleanup={"nov_2019": "MM"})

    (review,) = api.get("/v1/reviews", status="open", account_id="acc-known-now")["items"]
    assert (review["id"], review["recommendation"]["segment"]) == (opened, "MM")
