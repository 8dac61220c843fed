"""Reviews of accounts that the release before recorded under 15 characters of their ids."""

from datetime import date

import pytest

from tests.entrypoints.follow_ups import FIRST_ORDER, TERRITORY
from tests.one_account.releases import FEB, FULL, MARCH, SHORT, UNCERTAIN, Releases, classify, either


@pytest.mark.parametrize(("on", "other"), [(FEB, None), (MARCH, FEB)])
def test_an_open_review_of_what_leads_is_resolved_as_any(releases: Releases, on: date, other: date | None) -> None:
    with releases.before() as api:
        if other is not None:
            classify(api, FULL, other, **FIRST_ORDER)
        opened = classify(api, SHORT, on, **UNCERTAIN)["review_id"]

    with releases.now() as api:
        (review,) = either(api, "/v1/reviews?account_id={}")["items"]
        assert (review["id"], review["account_id"], review["status"]) == (opened, FULL, "open")
        verdict = {"segment": "MM", "reason": "The filing is the newest evidence."}
        answer = api.http.post(f"/v1/reviews/{opened}/resolution", json=verdict)
        assert (answer.status_code, answer.json()["account_id"]) == (201, FULL), answer.text
        assert classify(api, SHORT, **UNCERTAIN)["segment"] == "MM"


def test_an_open_review_of_what_does_not_lead_is_superseded_and_opens_again_by_its_counts(releases: Releases) -> None:
    with releases.before() as api:
        opened = classify(api, SHORT, FEB, **UNCERTAIN)["review_id"]
        classify(api, FULL, **FIRST_ORDER)

    with releases.now() as api:
        assert api.get(f"/v1/reviews/{opened}")["status"] == "superseded"
        assert classify(api, SHORT, **UNCERTAIN)["review_id"] == opened
        assert either(api, "/v1/reviews?account_id={}&status=open")["items"][0]["id"] == opened


@pytest.mark.parametrize(
    ("short", "full", "leads"),
    [
        ((FEB, None), (MARCH, None), "full"),
        ((MARCH, None), (FEB, None), "short"),
        ((FEB, "SMB"), (MARCH, None), "full"),
        ((MARCH, "SMB"), (MARCH, "LARGE"), "full"),
        ((FEB, "SMB"), (MARCH, "gone"), "short"),
        ((MARCH, "gone"), (FEB, "SMB"), "full"),
        ((MARCH, "gone"), (FEB, "gone"), "full"),
    ],
)
def test_of_two_reviews_of_the_same_counts_one_leads_and_the_other_is_still_found(
    releases: Releases, short: tuple[date, str | None], full: tuple[date, str | None], leads: str
) -> None:
    with releases.before() as api:
        reviews = {}
        for name, account, (on, became) in (("short", SHORT, short), ("full", FULL, full)):
            reviews[name] = classify(api, account, on, **UNCERTAIN)["review_id"]
            if became == "gone":
                classify(api, account, MARCH, **TERRITORY)
            elif became is not None:
                verdict = {"segment": became, "reason": "The filing is the newest evidence."}
                assert api.http.post(f"/v1/reviews/{reviews[name]}/resolution", json=verdict).status_code == 201
                api.clock.advance(minutes=1)

    with releases.now() as api:
        found = either(api, "/v1/reviews?account_id={}")["items"]
        assert {each["id"] for each in found} == set(reviews.values())
        assert {each["account_id"] for each in found} == {FULL}
        assert sum(each["status"] == "open" for each in found) <= 1
        for review_id in reviews.values():
            assert api.get(f"/v1/reviews/{review_id}")["account_id"] == FULL
        assert classify(api, FULL, MARCH, **UNCERTAIN)["review_id"] == reviews[leads]
