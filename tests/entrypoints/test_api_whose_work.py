"""Leads and handoffs are a person's, by whatever name they are told, on record by then or not."""

from typing import Any

from tests.api import Api
from tests.entrypoints.test_api_handoffs import start


def put(api: Api, person_id: str, **said: Any) -> None:  # noqa: ANN401 - JSON
    answer = api.http.put(f"/v1/people/{person_id}", json={"active_from": "2022-02-01"} | said)
    assert answer.status_code in {200, 201}, answer.text


def assign(api: Api, lead_id: str, sdr: str) -> None:
    body = {"id": lead_id, "kind": "other_mql", "assigned_at": "2022-03-15T09:00:00Z", "sdr": sdr}
    api.clock.advance(microseconds=1)  # so that each is recorded after the one before
    assert api.http.post("/v1/leads", json=body).status_code == 201


def leads_of(api: Api, sdr: str) -> list[str]:
    return [each["id"] for each in api.get("/v1/leads", sdr=sdr)["items"]]


def test_leads_are_found_by_an_id_in_any_case_and_by_what_somebody_was_called_before(api: Api) -> None:
    assign(api, "joined-1", "Sample SDR")
    put(api, "sdr-1", name="Sample SDR", role="sdr", email="one@example.com")
    api.clock.advance(seconds=1)
    assign(api, "joined-2", "SDR-1")
    put(api, "sdr-1", name="Sample SDR", role="sdr", email="one@example.com", active_until="2022-08-01")
    put(api, "sdr-1", name="Sample Other", role="ae", email="other@example.com", active_from="2022-08-01")

    for named in ("SDR-1", "sdr-1", "sample sdr", "One@example.com", "Sample Other", "other@example.com"):
        assert leads_of(api, named) == ["joined-2", "joined-1"], named


def test_a_lead_of_a_name_that_two_people_have_is_neither_ones(api: Api) -> None:
    assign(api, "twins-1", "Sample Two")
    for number in (1, 2):
        put(api, f"two-{number}", name="Sample Two", role="sdr")

    assert leads_of(api, "two-1") == leads_of(api, "two-2") == []


def test_handoffs_of_an_ae_are_found_and_counted_as_one_persons(api: Api) -> None:
    named = ("Sample Winner", "winner@example.com", "WINNER-1")
    for number, name in enumerate((*named, "Sample Winner")):
        api.classify(id=f"won-{number}", df=640, max_family_employees=640)
        assert start(api, f"won-{number}", first_order_ae=name).status_code == 201
    put(api, "winner-1", name="Sample Winner", role="ae", email="winner@example.com")

    counted = api.get("/v1/handoffs/counts", by="first_order_ae", account_executive="winner-1")["items"]

    assert [(each["first_order_ae"], each["count"]) for each in counted] == [("Sample Winner", 4)]
    for name in (*named, "winner-1"):
        assert len(api.get("/v1/handoffs", account_executive=name)["items"]) == 4
