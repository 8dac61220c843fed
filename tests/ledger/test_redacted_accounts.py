"""A redacted account is worked on as before: what was decided of it goes on to lead, and others are not touched."""

from typing import Any

from sqlalchemy import text

from service.domain.redaction import REDACTED
from service.usecases.redact import carry_out_next
from service.wiring import new_id
from tests.api import Api, serving
from tests.application import Clock
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, WON, notification, plain_event

WHY = {"reason": "A request of the person whose name it is"}
SURVEYS = [{"source": "third_party", "name": name, "employees": number} for name, number in (("A", 90), ("B", 640))]
OPENING = {"source": "datafox", "employees": 12, "wholly_wrong": True, "gap": "A gap"}


def redact(api: Api, account_id: str) -> None:
    assert api.http.post(f"/v1/accounts/{account_id}/redaction", json=WHY).status_code == 202
    assert carry_out_next(api.database, api.clock, new_id) is not None


def reviewed(api: Api, account_id: str) -> dict[str, Any]:
    """Classify an account by counts of third parties, and have the VP decide on them; gives the request."""
    body = {
        "account": {"id": account_id, "name": "Sample GmbH", "region": "EMEA"},
        "employee_counts": [OPENING, *SURVEYS],
    }
    review = api.classify(body)["review_id"]
    resolution = {"segment": "MM", "reason": "The filing is the newest"}
    assert api.http.post(f"/v1/reviews/{review}/resolution", json=resolution).status_code == 201
    return body


def test_what_the_vp_decided_leads_over_the_same_counts_redacted_or_stated_anew(database_url: str) -> None:
    with serving(database_url) as api:
        body = reviewed(api, "acc-1")
        redact(api, "acc-1")
        told = api.get("/v1/accounts/acc-1")["decision"]["facts"]["employee_counts"]
        counts = [{name: value for name, value in each.items() if value is not None} for each in told]

        again = [api.classify(body), api.classify(body | {"employee_counts": counts})]

        assert {(each["segment"], each["team"]) for each in again} == {("MM", "MM_TERRITORY")}
        assert [each["status"] for each in api.get("/v1/reviews", limit=500)["items"]] == ["resolved"]


def test_what_the_vp_decided_is_revised_all_the_same(database_url: str) -> None:
    with serving(database_url) as api:
        body = reviewed(api, "acc-1")
        redact(api, "acc-1")
        review = api.classify(body)["review_id"]

        revision = {"segment": "SMB", "reason": "It is a subsidiary of it", "revises": True}
        answer = api.http.post(f"/v1/reviews/{review}/resolution", json=revision)

        assert (answer.status_code, answer.json()["segment"]) == (201, "SMB"), answer.text


def test_an_event_of_a_redacted_account_goes_by_what_the_vp_decided(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        crm = Crm(api)
        fields = {name: value for name, value in KEY_ACCOUNT.items() if name != "ZI_Employees__c"}
        crm.outbound(notification("acc-1", fields))
        reviewed(api, "acc-1")
        redact(api, "acc-1")

        crm.outbound(
            notification("acc-1", {"LAM_Dev_Count__c": "7", "SystemModstamp": "2022-03-15T08:00:00.000Z"}, number=2)
        )

        decision = crm.standing("acc-1")
        assert (decision["facts"]["account"]["lam_dev_count"], decision["segment"]) == (7, "MM")


def test_what_others_wait_for_is_applied_as_it_was_sent(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        crm = Crm(api)
        told = {**KEY_ACCOUNT, "Name": "EMEA"}
        won = {**WON, "AccountId": "acc-2"}
        crm.outbound(notification("acc-1", told), notification("006-waits", won, number=2, kind="Opportunity"))
        redact(api, "acc-1")
        crm.outbound(notification("acc-2", told, number=3))

        (waiting,) = crm.events(record_id="006-waits")
        payload = api.http.get(f"/v1/events/{waiting['id']}/payload").text
        answer = api.http.post(f"/v1/events/{waiting['id']}/retry")

        assert answer.json()["status"] == "applied", answer.text
        assert "acc-1" not in payload


def test_exports_that_were_searched_by_the_name_are_redacted_and_no_others(database_url: str) -> None:
    with serving(database_url) as api:
        api.classify(id="acc-1", name="Añil GmbH")
        asked = {"anil": True, "ANIL  GMBH of Berlin": True, "Vanil GmbH": False, "Another": False, "": False}
        for name in asked:
            answer = api.http.get("/v1/accounts", params={"q": name}, headers={"Accept": "text/csv"})
            assert answer.status_code in {200, 422}

        redact(api, "acc-1")

        exports = api.get("/v1/audit/acts", kind="exported")["items"]
        left = {each for act in exports for each in act["body"]["filter"].get("q", [])}
        assert left - {REDACTED} <= {name for name, is_redacted in asked.items() if not is_redacted}
        assert {"Vanil GmbH", "Another", REDACTED} <= left


def test_another_record_with_the_id_of_the_account_stays(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        crm = Crm(api)
        won = {**WON, "AccountId": "acc-2", "CloseDate": "Some day"}
        crm.outbound(notification("acc-1", KEY_ACCOUNT))
        crm.outbound(notification("acc-1", won, number=2, kind="Opportunity"))
        before = crm.newest("acc-1")

        redact(api, "acc-1")

        assert (before["record_kind"], crm.newest("acc-1")) == ("opportunity", before)
        assert b"Some day" in api.http.get(f"/v1/events/{before['id']}/payload").content


def test_an_opportunity_that_is_another_accounts_by_now_stays_its(database_url: str) -> None:
    def told(number: int, **facts: str) -> None:
        at = f"2022-03-01T08:00:{number:02}Z"
        crm.plain(plain_event("006-moved", at, kind="opportunity.updated", **facts), f"msg_{number}")

    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        crm = Crm(api)
        crm.outbound(notification("acc-1", KEY_ACCOUNT), notification("acc-2", KEY_ACCOUNT, number=2))
        told(1, account_id="acc-1", stage="Discovery", title="A deal of the first")
        told(2, account_id="acc-2", title="A deal of the second")
        redact(api, "acc-1")

        told(3, deck_url="https://decks.example.com/1")

        titles = [each["facts"]["title"] for each in api.get("/v1/opportunities/006-moved/duties")["items"]]
        assert titles == ["A deal of the second", "A deal of the second", REDACTED]
        with api.database.engine.connect() as connection:
            known = connection.scalar(text("SELECT known FROM crm_records WHERE record_id = '006-moved'"))
        assert "of the first" not in known
