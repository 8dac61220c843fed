"""What the VP decided of a review is revised where it leads (SEG-5), and what was said before stays on record."""

import json

from tests.api import Api
from tests.entrypoints.test_api_reviews import NOBODY_LEADS, OTHER_COUNTS, VERDICT, resolve, review_of, statements_about
from tests.problems import hold_problem


def test_a_revision_leads_from_then_on_and_what_was_said_before_stays_on_record(api: Api) -> None:
    opened = api.classify(id="revised", **NOBODY_LEADS)
    first = resolve(api, opened["review_id"])
    api.clock.advance(minutes=1)
    revision = VERDICT | {"segment": "LARGE", "revises": True}

    decision, again = resolve(api, opened["review_id"], revision), resolve(api, opened["review_id"], revision)

    assert (decision["kind"], decision["segment"], decision["team"]) == ("review", "LARGE", "OUTSIDE_COMMERCIAL")
    assert (decision["previous_decision_id"], again["previous_decision_id"]) == (first["id"], decision["id"])
    assert api.classify(id="revised", on=None, **NOBODY_LEADS)["segment"] == "LARGE"
    assert review_of(api, "revised")["resolution"]["decision_id"] == again["id"]
    assert api.get(f"/v1/accounts/revised?as_of={first['recorded_at']}")["segment"] == "MM"
    kinds = [entry["event"] for entry in api.get("/v1/accounts/revised/history")["items"]]
    assert kinds == ["classified", "reviewed", "reviewed", "reviewed", "classified"]
    said = [json.loads(each.body)["segment"] for each in statements_about(api, opened["review_id"])]
    assert said == ["MM", "LARGE", "LARGE"]


def test_only_what_leads_is_revised(api: Api) -> None:
    opened = api.classify(id="unled", **NOBODY_LEADS)
    path, revision = f"/v1/reviews/{opened['review_id']}/resolution", VERDICT | {"revises": True}
    hold_problem(api.http.post(path, json=revision), 409, "nothing_to_revise")
    resolve(api, opened["review_id"])
    others = api.classify(id="unled", on=None, **OTHER_COUNTS)

    problem = hold_problem(api.http.post(path, json=revision), 409, "review_closed")

    assert others["id"] in problem["detail"]
