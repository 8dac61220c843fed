"""Where accounts stand that the release before recorded under 15 characters of their ids, and what was decided."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.entrypoints.follow_ups import FIRST_ORDER, LARGE, SMALL, TERRITORY, discover
from tests.one_account.releases import FEB, FULL, MARCH, OTHER, SHORT, UNCERTAIN, Releases, classify, either


def test_an_account_of_the_shorter_form_alone_is_found_by_either_with_all_that_was_decided(releases: Releases) -> None:
    with releases.before() as api:
        made = [classify(api, SHORT, FEB, **TERRITORY), classify(api, SHORT, **FIRST_ORDER)]
        assert api.get(f"/v1/accounts/{SHORT}")["account_id"] == SHORT

    with releases.now() as api:
        standing = either(api, "/v1/accounts/{}")
        assert (standing["account_id"], standing["team"]) == (FULL, "MMKAFO")
        assert standing["decision"]["id"] == made[1]["id"]
        found = either(api, "/v1/decisions?account_id={}")["items"]
        assert [(each["id"], each["account_id"], each["facts"]["account"]["id"]) for each in found] == [
            (each["id"], FULL, FULL) for each in reversed(made)
        ]
        assert [each["decision_id"] for each in either(api, "/v1/accounts/{}/history")["items"]] == [
            each["id"] for each in reversed(made)
        ]
        then = either(api, f"/v1/accounts/{{}}?as_of={made[0]['recorded_at']}")
        assert (then["decision"]["id"], then["team"]) == (made[0]["id"], "MM_TERRITORY")
        assert api.get(f"/v1/decisions/{made[0]['id']}/replay")["agrees"]
        assert api.get(f"/v1/decisions/{made[0]['id']}/what-if")["decision_id"] == made[0]["id"]
        assert discover(api, SHORT, discovered_on="2022-03-15", **SMALL)["previous_decision_id"] == made[1]["id"]


@pytest.mark.parametrize(
    ("first", "then", "leads"),
    [
        ((SHORT, FEB), (FULL, MARCH), "then"),
        ((FULL, FEB), (SHORT, MARCH), "then"),
        ((SHORT, MARCH), (FULL, MARCH), "then"),
        ((FULL, MARCH), (SHORT, MARCH), "then"),
        ((SHORT, MARCH), (FULL, FEB), "first"),
        ((FULL, MARCH), (SHORT, FEB), "first"),
    ],
)
def test_of_two_standings_the_one_of_the_later_day_leads_the_newer_among_equals(
    releases: Releases, first: tuple[str, date], then: tuple[str, date], leads: str
) -> None:
    with releases.before() as api:
        made = {"first": classify(api, *first, **FIRST_ORDER), "then": classify(api, *then, **TERRITORY)}

    with releases.now() as api:
        standing = either(api, "/v1/accounts/{}")
        assert standing["decision"]["id"] == made[leads]["id"]
        now = f"/v1/accounts/{{}}?as_of={made['then']['recorded_at']}"
        assert either(api, now)["decision"]["id"] == made[leads]["id"]
        earlier = f"/v1/accounts/{{}}?as_of={made['first']['recorded_at']}"
        assert either(api, earlier)["decision"]["id"] == made["first"]["id"]
        assert len(either(api, "/v1/accounts/{}/history")["items"]) == 2
        # A classification of an earlier day than that of what leads is history still.
        assert classify(api, SHORT, FEB, **FIRST_ORDER)["stands"] is False
        assert either(api, "/v1/accounts/{}")["decision"]["id"] == made[leads]["id"]


def test_what_moved_the_account_goes_with_what_leads(releases: Releases) -> None:
    with releases.before() as api:
        classify(api, SHORT, **FIRST_ORDER)
        discover(api, SHORT, **SMALL | {"discovered_on": "2022-03-15"})
        classify(api, OTHER, **TERRITORY)
        discover(api, OTHER, **LARGE | {"discovered_on": "2022-03-15"})
        classify(api, OTHER[:15], **TERRITORY)

    with releases.now() as api:
        assert classify(api, FULL, **FIRST_ORDER)["rule"] == "MOVE-1"
        assert classify(api, OTHER, **TERRITORY)["rule"] == "ROUTE-3"


def test_what_was_recorded_of_an_id_that_does_not_fit_its_case_is_still_read_and_resolved(releases: Releases) -> None:
    slip = "0018a00001xyzabAAV"
    with releases.before() as api:
        opened = classify(api, slip, **UNCERTAIN)

    with releases.now() as api:
        assert api.get(f"/v1/decisions/{opened['id']}")["account_id"] == slip
        assert api.get(f"/v1/decisions/{opened['id']}/replay")["agrees"]
        what_if = api.get(f"/v1/decisions/{opened['id']}/what-if")
        assert what_if["found_out"] + what_if["given"]
        assert [each["id"] for each in api.get("/v1/decisions")["items"]] == [opened["id"]]
        verdict = {"segment": "MM", "reason": "The filing is the newest evidence."}
        resolved = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict)
        assert (resolved.status_code, resolved.json()["account_id"]) == (201, slip)
        assert api.http.get(f"/v1/accounts/{slip}").status_code == 422


def test_what_the_release_before_records_afterwards_is_brought_together_at_the_next_start(releases: Releases) -> None:
    with releases.before() as api:
        classify(api, SHORT, FEB, **TERRITORY)
    releases.migrate()
    with releases.before("still") as api:
        stray = classify(api, SHORT, **FIRST_ORDER)

    with releases.now() as api:
        assert either(api, "/v1/accounts/{}")["decision"]["id"] == stray["id"]
        assert len(either(api, "/v1/accounts/{}/history")["items"]) == 2


def test_the_database_refuses_as_before_what_the_migration_had_to_do(releases: Releases) -> None:
    with releases.before() as api:
        classify(api, SHORT, **UNCERTAIN)
    releases.migrate()

    for statement in ("UPDATE reviews SET account_id = 'another'", "DELETE FROM reviews"):
        with (
            releases.engine() as engine,
            pytest.raises(IntegrityError, match="are never changed or removed"),
            engine.begin() as connection,
        ):
            connection.execute(text(statement))
