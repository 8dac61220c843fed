"""An opportunity that a CRM tells of has its duties in its timeline, as they stand after what was told."""

from dataclasses import replace
from typing import Any

from service.crm.mapping import read_mapping
from tests.api import serving
from tests.application import Clock
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, notification, plain_event

OPEN = {"account_id": "acc-1", "stage": "Discovery", "amount": "12000", "net_arr": "100", "title": "Sample deal"}


def timeline(crm: Crm, opportunity_id: str = "006-1") -> list[dict[str, Any]]:
    answer = crm.api.http.get(f"/v1/opportunities/{opportunity_id}/duties")
    found: list[dict[str, Any]] = [] if answer.status_code == 404 else answer.json()["items"]
    return found


def duty(entry: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [each for each in entry["duties"] if each["code"] == code]
    return dict(found)


def told(crm: Crm, number: int, **facts: object) -> dict[str, Any]:
    at = f"2022-03-01T08:00:{number:02}Z"
    return crm.plain(plain_event("006-1", at, kind="opportunity.updated", **facts), f"msg_{number}")


def test_an_opportunity_that_changes_shows_its_duties_once_for_each_change(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))

    told(crm, 1, **OPEN)
    told(crm, 1, **OPEN)
    told(crm, 2, deck_url="https://decks.example.com/1")

    newest, first = timeline(crm)
    assert (first["account_id"], first["facts"]["segment"], first["recorded_by"]) == (
        "acc-1",
        "MM",
        newest["recorded_by"],
    )
    assert duty(first, "custom_deck")["missing_facts"][0] == "deck_url"
    assert "deck_url" not in duty(newest, "custom_deck")["missing_facts"]
    assert crm.api.get("/v1/accounts/acc-1")["decision"]["rule"] == "ROUTE-3"


def test_what_people_said_stays_and_a_field_of_the_plan_takes_its_place(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    told(crm, 1, **OPEN)
    said = {"opportunity_overview": {"why_now": False, "why_gitlab": True}, "custom_deck": {"two_options": True}}
    answer = crm.api.http.post(
        "/v1/opportunities/duties?record=true",
        json={
            "opportunity_id": "006-1",
            "account_id": "acc-1",
            "amount": 12000,
            "title": "Sample deal",
            "evidence": said,
        },
    )
    assert answer.status_code == 201, answer.text

    told(crm, 2, why_now="The contract ends in May")

    evidence = timeline(crm)[0]["facts"]["evidence"]
    assert evidence["opportunity_overview"] == {"why_now": "The contract ends in May", "why_gitlab": True}
    assert evidence["custom_deck"] == {"two_options": True}


def test_a_field_of_the_plan_is_evidence_where_nobody_has_said_any_yet(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))

    told(crm, 1, **OPEN, why_now="The contract ends in May", command_plan="As agreed")

    assert timeline(crm)[0]["facts"]["evidence"] == {
        "opportunity_overview": {"why_now": "The contract ends in May"},
        "full_command_plan": {"command_plan": "As agreed"},
    }


def test_a_stage_that_the_crm_calls_otherwise_closes_an_opportunity_where_the_mapping_says_it_is_won(
    database_url: str,
) -> None:
    mapping = read_mapping(USUAL_TEXT.replace('closed_won = ["Closed Won"]', 'closed_won = ["Gewonnen"]'))
    with serving(database_url, clock=Clock(NOW), inbound=replace(SET_UP, mapping=mapping)) as api:
        crm = Crm(api)
        crm.outbound(notification("acc-1", KEY_ACCOUNT))
        told(crm, 1, **OPEN)
        told(crm, 2, stage="GEWONNEN")

        newest, first = timeline(crm)
        assert [duty(each, "next_steps")["applies"] for each in (first, newest)] == [True, False]


def test_an_amount_that_cannot_be_is_unknown_and_all_else_is_kept(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    told(crm, 1, **OPEN)

    told(crm, 2, amount="99999999999.999", title="Another title")  # to the cent, it has a digit too many

    newest = timeline(crm)[0]
    assert newest["facts"]["title"] == "Another title"
    assert newest["facts"].get("amount") is None
    assert "amount" in duty(newest, "custom_deck")["missing_facts"]


def test_nothing_is_kept_of_an_unknown_account_nor_where_nothing_is_told_that_duties_rest_on(crm: Crm) -> None:
    told(crm, 1, **OPEN)
    assert timeline(crm) == []

    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    crm.plain(plain_event("006-2", kind="opportunity.updated", account_id="acc-1", amount="12000"), "msg_2")
    assert timeline(crm, "006-2") == []

    told(crm, 3, next_steps="Send the plan")
    assert len(timeline(crm)) == 1


def test_amounts_in_another_currency_are_unknown_and_an_emptied_field_is_known_to_be_empty(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    told(
        crm,
        1,
        **OPEN,
        currency="EUR",
        next_steps="Send the plan",
        next_steps_owner="sample-ae",
        next_step_on="2022-03-20",
    )
    told(crm, 2, next_steps=None, title=None)

    newest, first = timeline(crm)
    assert newest["facts"]["title"] == ""
    assert duty(first, "custom_deck")["applies"] is None
    assert (duty(first, "next_steps")["met"], duty(newest, "next_steps")["met"]) == (True, False)


def test_an_amount_of_more_digits_than_cents_is_taken_to_the_cent(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    told(crm, 1, **OPEN | {"amount": "10000.005", "net_arr": "-8333.3333"})

    (entry,) = timeline(crm)
    assert (entry["facts"]["amount"], entry["facts"]["net_arr"]) == ("10000.01", "-8333.33")
    assert duty(entry, "custom_deck")["applies"] is True


def test_the_fields_of_salesforce_are_those_that_the_mapping_names(database_url: str) -> None:
    more = 'first_order_ae = "OwnerId"\ntitle = "Name"\nnext_steps = "NextStep"'
    mapping = read_mapping(USUAL_TEXT.replace('first_order_ae = "OwnerId"', more))
    with serving(database_url, clock=Clock(NOW), inbound=replace(SET_UP, mapping=mapping)) as api:
        crm = Crm(api)
        fields = {
            "AccountId": "acc-1",
            "StageName": "Discovery",
            "Name": "Sample (Channel-Managed)",
            "NextStep": "Call",
        }
        crm.outbound(notification("acc-1", KEY_ACCOUNT), notification("006-1", fields, number="o", kind="Opportunity"))

        (entry,) = timeline(crm)
        assert (entry["facts"]["title"], entry["facts"]["next_steps"]) == ("Sample (Channel-Managed)", "Call")
