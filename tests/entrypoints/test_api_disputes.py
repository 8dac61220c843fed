"""Disputes (SEG-5): opened beside what stands, closed by a resolution alone, and leading over the counts of either."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import Session, col, select

from service.domain.keys import Scope
from service.store.tables.decisions import StatementRow
from tests.api import Api
from tests.problems import hold_problem

STANDS: dict[str, Any] = {"df": 640, "region": "EMEA", "max_family_employees": 640, "on": None}
PUT_FORWARD = [
    {"source": "linkedin", "employees": 90},
    {"source": "third_party", "name": "Annual report", "employees": 95, "url": "https://example.org/report"},
]
COUNTED_SO: dict[str, Any] = {"li": 90, "third": [PUT_FORWARD[1]], "region": "EMEA", "on": None}
DISPUTE: dict[str, Any] = {
    "reason": "The annual report names 95 employees.",
    "employee_counts": PUT_FORWARD,
    "evidence": "Page 12 of it",
}
SMALL = {"segment": "SMB", "reason": "The report is the newest evidence."}
REJECTED = {"rejected": True, "reason": "The report is of a subsidiary."}


def dispute(
    api: Api, account: str, body: dict[str, Any] = DISPUTE, headers: dict[str, str] | None = None
) -> httpx.Response:
    return api.http.post(f"/v1/accounts/{account}/disputes", json=body, headers=headers)


def disputed(api: Api, account: str, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 - what a request takes
    """The open dispute of an account that is classified first."""
    api.classify(id=account, **STANDS | stated)
    answer = dispute(api, account)
    assert answer.status_code == 201, answer.text
    review: dict[str, Any] = answer.json()
    return review


def close(api: Api, review: dict[str, Any], verdict: dict[str, Any]) -> httpx.Response:
    return api.http.post(f"/v1/reviews/{review['id']}/resolution", json=verdict)


def test_a_dispute_opens_a_review_beside_the_decision_that_stands(api: Api) -> None:
    stands = api.classify(id="beside", name="Acme GmbH", **STANDS)
    seller = api.key("Sample seller", Scope.DISPUTE)

    answer = dispute(api, "beside", headers=seller)

    review = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/reviews/{review['id']}")
    assert api.get(f"/v1/reviews/{review['id']}") == review
    assert (review["kind"], review["status"], review["blocking"], review["team"]) == (
        "dispute",
        "open",
        False,
        "MMKAFO",
    )
    assert review["opened_by_decision_id"] == stands["id"]
    assert (review["dispute"]["reason"], review["dispute"]["opened_by"]) == (DISPUTE["reason"], "Sample seller")
    assert [each["employees"] for each in review["dispute"]["employee_counts"]] == [90, 95]
    assert [each["employees"] for each in review["employee_counts"]] == [640]
    assert review["outcomes"]["SMB"] == {"team": "SMB", "status": "final"}
    assert api.get("/v1/accounts/beside")["decision"] == stands
    assert review["chatter_text"].splitlines()[:4] == [
        "Segment of Acme GmbH, disputed. cc VP of Commercial Sales",
        "",
        f"It stands as Mid-Market with Key Accounts First Order. Disputed by Sample seller: {DISPUTE['reason']}",
        "",
    ]
    for part in ("Datafox: 640 employees", "Annual report: 95 employees (https://example.org/report)", "Page 12 of it"):
        assert part in review["chatter_text"]


def test_one_dispute_of_an_account_is_open_at_a_time(api: Api) -> None:
    review = disputed(api, "one-open")

    problem = hold_problem(dispute(api, "one-open"), 409, "dispute_open")

    assert review["id"] in problem["detail"]
    assert close(api, review, REJECTED).status_code == 201
    assert dispute(api, "one-open").status_code == 201


def test_of_disputes_at_once_one_is_opened(api: Api) -> None:
    api.classify(id="disputed-at-once", **STANDS)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: dispute(api, "disputed-at-once"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]


def test_a_dispute_is_superseded_by_nothing_that_is_classified_meanwhile(api: Api) -> None:
    review = disputed(api, "persists")
    for counts in ({"df": 700}, {"df": 12, "zi": 700, "wrong": {"df": "One office"}}, {"df": 3_000}):
        api.classify(id="persists", **counts, on=None)

    assert api.get(f"/v1/reviews/{review['id']}")["status"] == "open"
    decision = close(api, review, SMALL).json()
    assert (decision["kind"], decision["segment"], decision["team"]) == ("review", "SMB", "SMB")


def test_a_segment_decided_leads_over_the_counts_that_stand_and_over_those_put_forward(api: Api) -> None:
    review = disputed(api, "led")

    decision = close(api, review, SMALL).json()

    assert (decision["review_id"], decision["leading_source"]) == (review["id"], "vp")
    assert api.get("/v1/accounts/led")["decision"] == decision
    for counts in (STANDS, COUNTED_SO):
        again = api.classify(id="led", **counts)
        assert (again["segment"], again["leading_source"], again["review_id"]) == ("SMB", "vp", review["id"])
    other = api.classify(id="led", **STANDS | {"df": 641})
    assert (other["segment"], other["leading_source"], other["review_id"]) == ("MM", "datafox", None)
    closed = api.get(f"/v1/reviews/{review['id']}")
    said = {"decided_by": "tester", "decided_at": decision["recorded_at"], "decision_id": decision["id"]}
    assert (closed["status"], closed["resolution"]) == ("resolved", SMALL | said)
    assert [each["id"] for each in api.get("/v1/reviews", account_id="led")["items"]] == [review["id"]]


def test_a_review_of_the_same_counts_is_resolved_with_the_dispute(api: Api) -> None:
    passed: dict[str, Any] = {"df": 12, "zi": 700, "wrong": {"df": "One office only"}, "on": None}
    opened = api.classify(id="both-kinds", **passed)
    review = dispute(api, "both-kinds").json()

    decision = close(api, review, SMALL).json()

    of_counts = api.get(f"/v1/reviews/{opened['review_id']}")
    assert (of_counts["status"], of_counts["resolution"]["decision_id"]) == ("resolved", decision["id"])
    assert api.classify(id="both-kinds", **passed)["segment"] == "SMB"


def test_a_rejected_dispute_changes_nothing(api: Api) -> None:
    review = disputed(api, "rejected")
    before, decisions = api.get("/v1/accounts/rejected"), api.rows()["decisions"]

    answer = close(api, review, REJECTED)

    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/reviews/{review['id']}")
    closed = api.get(f"/v1/reviews/{review['id']}")
    assert answer.json() == closed
    assert (closed["status"], closed["resolution"]["segment"]) == ("rejected", None)
    assert (closed["resolution"]["reason"], closed["resolution"]["decision_id"]) == (REJECTED["reason"], None)
    assert (api.get("/v1/accounts/rejected"), api.rows()["decisions"]) == (before, decisions)
    hold_problem(close(api, review, SMALL), 409, "review_closed")
    hold_problem(close(api, review, SMALL | {"revises": True}), 409, "review_closed")


def test_what_was_decided_of_a_dispute_is_revised(api: Api) -> None:
    review = disputed(api, "dispute-revised")
    large = SMALL | {"segment": "LARGE"}
    hold_problem(close(api, review, large | {"revises": True}), 409, "nothing_to_revise")
    first = close(api, review, SMALL).json()

    problem = hold_problem(close(api, review, large), 409, "review_closed")
    revised = close(api, review, large | {"revises": True}).json()

    assert f"SMB, decided by tester, leads by decision {first['id']}" in problem["detail"]
    assert (revised["segment"], revised["previous_decision_id"]) == ("LARGE", first["id"])
    assert api.classify(id="dispute-revised", **COUNTED_SO)["segment"] == "LARGE"
    at = first["recorded_at"]
    assert api.get("/v1/accounts/dispute-revised", as_of=at)["segment"] == "SMB"
    with Session(api.database.engine) as session:
        query = select(StatementRow).where(StatementRow.subject_id == UUID(review["id"]))
        said = [json.loads(row.body) for row in session.exec(query.order_by(col(StatementRow.said_at)))]
    assert [(each["status"], each["segment"], each["decision_id"]) for each in said] == [
        ("resolved", "SMB", first["id"]),
        ("resolved", "LARGE", revised["id"]),
    ]


def test_history_and_every_instant_agree_with_disputes(api: Api) -> None:
    review = disputed(api, "through-time")
    close(api, review, SMALL)
    api.classify(id="through-time", **COUNTED_SO)
    again = dispute(api, "through-time").json()
    close(api, again, REJECTED)

    history = api.get("/v1/accounts/through-time/history")["items"]

    assert [entry["event"] for entry in history] == ["classified", "reviewed", "classified"]
    for entry in history:
        assert api.get("/v1/accounts/through-time", as_of=entry["at"])["decision"]["id"] == entry["decision_id"]
        assert api.get(f"/v1/decisions/{entry['decision_id']}/replay")["agrees"] is True


def test_a_repeated_request_opens_and_rejects_once(api: Api) -> None:
    api.classify(id="keyed", **STANDS)
    key = {"Idempotency-Key": "dispute-once"}

    first, again = (dispute(api, "keyed", headers=key) for _ in range(2))

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    path = f"/v1/reviews/{first.json()['id']}/resolution"
    rejected = [api.http.post(path, json=REJECTED, headers={"Idempotency-Key": "reject-once"}) for _ in range(2)]
    assert [answer.status_code for answer in rejected] == [201, 201]
    assert rejected[0].content == rejected[1].content


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reason"),
        ({"reason": "Too small"}, "/reason"),
        ({"reason": "             \n   "}, "/reason"),
        (DISPUTE | {"employee_counts": [{"source": "customer", "employees": 90}]}, "/employee_counts/0/source"),
        (
            DISPUTE | {"employee_counts": [{"source": "third_party", "name": "the customer", "employees": 90}]},
            "/employee_counts/0/name",
        ),
        (DISPUTE | {"evidence": "Told by the customer"}, "/evidence"),
        (DISPUTE | {"employee_counts": [PUT_FORWARD[0] | {"wholly_wrong": True}]}, "/employee_counts/0/gap"),
        (DISPUTE | {"segment": "SMB"}, "/segment"),
    ],
)
def test_a_bad_dispute_opens_nothing(api: Api, body: dict[str, Any], pointer: str) -> None:
    api.classify(id="bad-dispute", **STANDS)

    problem = hold_problem(dispute(api, "bad-dispute", body), 422, "invalid_request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert api.get("/v1/reviews", account_id="bad-dispute")["items"] == []


@pytest.mark.parametrize(
    ("verdict", "pointer"),
    [
        ({"reason": REJECTED["reason"]}, "/segment"),
        (REJECTED | {"segment": "MM"}, "/segment"),
        (REJECTED | {"reason": "No."}, "/reason"),
        (REJECTED | {"revises": True}, "/revises"),
    ],
)
def test_a_bad_resolution_closes_nothing(api: Api, verdict: dict[str, Any], pointer: str) -> None:
    account = f"bad-closing-{'-'.join(verdict)}"
    review = disputed(api, account)

    problem = hold_problem(close(api, review, verdict), 422, "invalid_request")

    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert api.get(f"/v1/reviews/{review['id']}")["status"] == "open"


def test_an_account_that_nobody_knows_is_not_disputed(api: Api) -> None:
    hold_problem(dispute(api, "nobody-knows"), 404, "not_found")


def test_a_review_of_counts_is_not_rejected(api: Api) -> None:
    opened = api.classify(id="no-dispute", df=12, wrong={"df": "One office only"}, on=None)

    hold_problem(close(api, {"id": opened["review_id"]}, REJECTED), 409, "not_a_dispute")


def test_who_may_ask_is_not_who_may_decide(api: Api) -> None:
    review = disputed(api, "asked-not-decided")
    seller = api.key("Sample asker", Scope.DISPUTE)
    others = api.key("Sample of all else", *(set(Scope) - {Scope.DISPUTE}))

    hold_problem(dispute(api, "asked-not-decided", headers=others), 403, "forbidden")
    path = f"/v1/reviews/{review['id']}"
    hold_problem(api.http.post(f"{path}/resolution", json=SMALL, headers=seller), 403, "forbidden")
    hold_problem(api.http.get(path, headers=seller), 403, "forbidden")


def test_disputes_stand_in_the_queue_with_the_others(api: Api) -> None:
    api.classify(id="queued", df=12, zi=700, wrong={"df": "One office only"}, on=None)
    review = dispute(api, "queued").json()

    found = {kind: api.get("/v1/reviews", account_id="queued", kind=kind)["items"] for kind in ("size", "dispute")}
    both = api.get("/v1/reviews", account_id="queued")["items"]

    assert [each["id"] for each in found["dispute"]] == [review["id"]]
    assert both == [*found["dispute"], *found["size"]]
    assert api.get("/v1/reviews?account_id=queued&sort=oldest")["items"] == both[::-1]
    page = api.http.get("/v1/reviews?account_id=queued&limit=1")
    assert page.json()["items"] + api.http.get(page.links["next"]["url"]).json()["items"] == both
    assert api.get("/v1/reviews?account_id=queued&blocking=true")["items"] == []
    assert api.get("/v1/reviews?account_id=queued&status=open&status=rejected&kind=dispute")["items"] == both[:1]


def test_an_account_of_salesforce_is_disputed_under_either_form_of_its_id(api: Api) -> None:
    long, short = "0018a00001XyZaBAAV", "0018a00001XyZaB"
    api.classify(id=long, **STANDS)

    review = dispute(api, short).json()

    assert review["account_id"] == long
    hold_problem(dispute(api, long), 409, "dispute_open")
    assert [each["id"] for each in api.get("/v1/reviews", account_id=short)["items"]] == [review["id"]]
