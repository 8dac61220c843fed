"""The VP's queue: found by what is asked, in either order, each review with all that an answer to it needs."""

from typing import Any

import pytest

from tests.api import Api
from tests.entrypoints.test_api_reviews import NOBODY_LEADS, VERDICT, ZOOMINFO_LEADS, resolve
from tests.problems import hold_problem

KNOWN: dict[str, Any] = {"region": "EMEA", "max_family_employees": 700}
REVIEWED: dict[str, dict[str, Any]] = {
    "queue-pending": NOBODY_LEADS,
    "queue-territory": ZOOMINFO_LEADS,
    "queue-first-order": ZOOMINFO_LEADS | KNOWN | {"size_cleanup": {"feb_2019": "SMB", "nov_2019": "MM"}},
    "queue-february": ZOOMINFO_LEADS | KNOWN | {"size_cleanup": {"feb_2019": "SMB"}},
    "queue-resolved": NOBODY_LEADS,
}


@pytest.fixture(scope="module")
def queues(both: tuple[Api, Api]) -> tuple[Api, Api]:
    """Both services, with reviews of every kind."""
    for api in both:
        opened = [api.classify(id=account, **stated) for account, stated in REVIEWED.items()]
        resolve(api, opened[-1]["review_id"], VERDICT)
    return both


@pytest.mark.parametrize(
    ("query", "accounts"),
    [
        ("", "pending territory first-order february resolved"),
        ("status=open", "pending territory first-order february"),
        ("status=open&status=resolved", "pending territory first-order february resolved"),
        ("blocking=true", "pending resolved"),
        ("blocking=false", "territory first-order february"),
        ("team=MMKAFO", "first-order february"),
        ("team=MMKAFO&team=MM_TERRITORY&status=open", "territory first-order february"),
        ("has_recommendation=true", "pending first-order resolved"),
        ("has_recommendation=false", "territory february"),
        ("kind=size&blocking=true", "pending resolved"),
        ("kind=size&kind=dispute&blocking=true", "pending resolved"),
        ("kind=dispute", ""),
    ],
)
def test_reviews_are_found_by_what_is_asked(queues: tuple[Api, Api], query: str, accounts: str) -> None:
    for api in queues:
        found = api.get(f"/v1/reviews?sort=oldest&{query}")["items"]
        ours = [each["account_id"].removeprefix("queue-") for each in found if each["account_id"].startswith("queue-")]

        assert ours == accounts.split()


@pytest.mark.parametrize(
    "query",
    [
        "status=open&status=closed",
        "kind=move",
        "team=mmkafo",
        "blocking=perhaps",
        "has_recommendation=MM",
        "sort=largest",
    ],
)
def test_what_no_filter_knows_is_refused_by_its_name(queues: tuple[Api, Api], query: str) -> None:
    for api in queues:
        problem = hold_problem(api.http.get(f"/v1/reviews?{query}"), 422, "invalid_request")

        assert [error["pointer"] for error in problem["errors"]] == [query.partition("=")[0]]


def test_the_queue_is_walked_from_either_end(queues: tuple[Api, Api]) -> None:
    for api in queues:
        all_of_them = [review["id"] for review in api.get("/v1/reviews?team=MMKAFO&team=MM_TERRITORY")["items"]]
        for sort, expected in {"newest": all_of_them, "oldest": all_of_them[::-1]}.items():
            walked: list[str] = []
            url: str | None = f"/v1/reviews?sort={sort}&limit=1&team=MMKAFO&team=MM_TERRITORY"
            while url is not None:
                page = api.http.get(url)
                walked += [review["id"] for review in page.json()["items"]]
                url = page.links["next"]["url"] if "next" in page.links else None
            assert walked == expected


def test_a_review_says_all_that_an_answer_to_it_needs(both: tuple[Api, Api]) -> None:
    for api in both:
        api.classify(id="told", name="Acme GmbH", **ZOOMINFO_LEADS | KNOWN)
        at = api.clock.at
        api.clock.advance(days=3)

        (review,) = api.get("/v1/reviews", account_id="told")["items"]

        api.clock.at = at
        assert (review["name"], review["region"], review["kind"]) == ("Acme GmbH", "EMEA", "size")
        assert (review["team"], review["age_days"]) == ("MMKAFO", 3)
        assert [(each["source"], each["employees"], each.get("gap")) for each in review["employee_counts"]] == [
            ("datafox", 12, "Counts the Berlin office only"),
            ("zoominfo", 700, None),
        ]
        assert review["outcomes"] == {
            "SMB": {"team": "SMB", "status": "final"},
            "MM": {"team": "MMKAFO", "status": "final"},
            "LARGE": {"team": "OUTSIDE_COMMERCIAL", "status": "final"},
        }


@pytest.mark.parametrize("segment", ["SMB", "MM", "LARGE"])
def test_an_answer_leads_to_what_the_review_said_that_it_would(both: tuple[Api, Api], segment: str) -> None:
    """Of a customer of whom nobody knows whether it is a Key Account, who owns it counts too (ROUTE-2)."""
    customer = {"customer": True, "first_order_available": False, "region": "EMEA"}
    for api in both:
        for account, known in {"led-prospect": KNOWN, "led-customer": customer}.items():
            opened = api.classify(id=f"{account}-{segment}", **ZOOMINFO_LEADS | known)
            review = api.get(f"/v1/reviews/{opened['review_id']}")

            decision = resolve(api, review["id"], {"segment": segment, "reason": "The filing says that it is so."})

            assert review["outcomes"][segment] == {"team": decision["team"], "status": decision["status"]}
            assert api.get(f"/v1/reviews/{review['id']}")["outcomes"] == {}
