from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from service.crm.mapping import read_mapping
from tests.api import serving
from tests.application import Clock
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.client import OUTBOUND, TEXT_XML, Crm, hold_acknowledged
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import (
    KEY_ACCOUNT,
    WON,
    Event,
    Fields,
    change,
    message,
    milliseconds,
    notification,
    plain_event,
)
from tests.inbox.recording import submissions_of

CUSTOMER: Fields = {
    **KEY_ACCOUNT,
    "Type": "Customer",
    "First_Order_Available__c": "false",
    "SystemModstamp": "2022-03-14T17:00:01.000Z",
}


PARTS: list[Event] = [
    {"AccountId": "acc-1", "OwnerId": "005-first-order-ae"},
    {"Order_Type_Test__c": "1. New - First Order", "CloseDate": "2022-03-14"},
    {"Amount": 12000.0},
    {"StageName": "Closed Won"},
    {"ARR_Net__c": 12000.0},
]


def won(fields: Fields = WON, number: int | str = "won") -> str:
    return notification("006-1", fields, number=number, kind="Opportunity")


def handoffs(crm: Crm) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = crm.api.get("/v1/handoffs")["items"]
    return found


def test_an_event_with_a_remark_that_started_a_handoff_names_it_still_when_it_is_retried(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT), won({**WON, "ARR_Net__c": "a lot"}))
    event = crm.newest("006-1")
    (handoff,) = handoffs(crm)
    assert (event["remarks"][0]["field"], event["handoff_id"]) == ("ARR_Net__c", handoff["id"])

    retried = crm.api.http.post(f"/v1/events/{event['id']}/retry").json()

    assert retried == event | {"settled_at": retried["settled_at"]}
    assert handoffs(crm) == [handoff]


def test_a_first_order_that_is_closed_won_starts_its_handoff(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT), won())

    (handoff,) = handoffs(crm)
    event = crm.newest("006-1")
    assert (event["status"], event["record_kind"], event["handoff_id"]) == ("applied", "opportunity", handoff["id"])
    standing = crm.standing("acc-1")
    assert (standing["kind"], standing["team"], event["decision_id"]) == ("won", "MMKAFO", standing["id"])
    whole = crm.api.get(f"/v1/handoffs/{handoff['id']}")
    assert (whole["opportunity_id"], whole["account_id"]) == ("006-1", "acc-1")
    assert (whole["first_order_ae"], whole["closed_on"]) == ("005-first-order-ae", "2022-03-14")


@pytest.mark.parametrize(("key_account", "team"), [({}, "MMKAFO"), ({"Key_Account__c": "false"}, "MM_TERRITORY")])
def test_it_does_so_too_when_the_account_became_a_customer_before(crm: Crm, key_account: Fields, team: str) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    crm.outbound(notification("acc-1", {**CUSTOMER, **key_account}, number=2))
    assert crm.standing("acc-1")["rule"] == "ROUTE-2"
    assert crm.standing("acc-1")["team"] == team  # First Order keeps it where nobody knows whose it is

    crm.outbound(won())

    (handoff,) = handoffs(crm)
    assert crm.newest("006-1")["handoff_id"] == handoff["id"]


def test_the_two_in_one_message_start_it_in_either_order(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    crm.outbound(won({**WON, "SystemModstamp": "2022-03-14T17:00:02.000Z"}), notification("acc-1", CUSTOMER, number=2))

    assert [event["status"] for event in crm.events(status="rejected")] == []
    assert len(handoffs(crm)) == 1


def test_a_prospect_that_becomes_a_customer_and_its_win_in_one_post_start_it(crm: Crm) -> None:
    at = milliseconds(NOW, hours=-1)
    prospect, won_part = ({name: value for name, value in told.items() if name != "SystemModstamp"}
                          for told in (KEY_ACCOUNT, WON))  # fmt: skip
    events = crm.changes(
        change("acc-1", at=at, kind="CREATE", **prospect),  # type: ignore[arg-type]  # fields
        change("acc-1", at=at + 1, Type="Customer", First_Order_Available__c=False, Key_Account__c=False),
        change("006-1", at=at + 2, kind="CREATE", entity="Opportunity", **won_part),  # type: ignore[arg-type]  # fields
    )

    assert [event["status"] for event in events] == ["applied"] * 3
    (handoff,) = handoffs(crm)
    assert (handoff["account_id"], handoff["id"]) == ("acc-1", events[-1]["handoff_id"])
    assert crm.standing("acc-1")["kind"] == "won"


def test_a_win_of_an_account_that_the_crm_has_deleted_is_rejected_and_starts_nothing(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.changes(change("acc-1", at=milliseconds(NOW, hours=-1), kind="DELETE"))
    before = crm.history("acc-1")

    crm.outbound(won())

    event = crm.newest("006-1")
    reason = "is that of an account that the CRM has deleted"
    assert (event["status"], event["problem"]) == ("rejected", [{"field": "account_id", "reason": reason}])
    assert (handoffs(crm), crm.history("acc-1")) == ([], before)


def test_it_starts_from_parts_once_all_is_known_and_never_twice(crm: Crm) -> None:
    at = milliseconds(NOW, hours=-5)
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    started = []
    for place, part in enumerate(PARTS):
        (event,) = crm.changes(change("006-1", at=at + place, entity="Opportunity", **part))
        assert event["status"] == "applied"
        started.append(event["handoff_id"])

    (handoff,) = handoffs(crm)
    assert started == [None, None, None, handoff["id"], None]
    crm.outbound(won())
    assert handoffs(crm) == [handoff]


def test_it_starts_from_parts_of_one_post_as_from_parts_of_several(crm: Crm) -> None:
    at = milliseconds(NOW, hours=-5)
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    told = [change("006-1", at=at + place, entity="Opportunity", **part) for place, part in enumerate(PARTS)]
    events = crm.changes(*told[::-1])

    (handoff,) = handoffs(crm)
    assert [event["status"] for event in events] == ["applied"] * 5
    assert [event["handoff_id"] for event in events] == [None, None, None, handoff["id"], None]


def test_a_win_with_a_part_missing_is_rejected_and_starts_with_the_part(crm: Crm) -> None:
    at = milliseconds(NOW, hours=-5)
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    (early,) = crm.changes(
        change("006-1", at=at, entity="Opportunity", AccountId="acc-1", StageName="Closed Won",
               Order_Type_Test__c="1. New - First Order", CloseDate="2022-03-14", OwnerId="005-ae")
    )  # fmt: skip
    assert (early["status"], early["problem"]) == (
        "rejected",
        [{"field": "amount", "reason": "is not known of the opportunity"}],
    )

    (last,) = crm.changes(change("006-1", at=at + 1, entity="Opportunity", Amount=12000))
    assert last["status"] == "applied"
    assert last["handoff_id"] is not None


def test_what_is_dated_wrong_does_not_say_of_what_account_a_win_of_the_same_post_is(crm: Crm) -> None:
    early = change("006-1", at=1, entity="Opportunity", AccountId="acc-2")
    later = change("006-1", at=milliseconds(NOW), entity="Opportunity", StageName="Closed Won")
    assert [submission.account_id for submission in submissions_of(crm.api.database, [early, later], 1)] == [
        "006-1"
    ] * 2


def test_an_amount_in_euros_is_taken_for_no_dollars_in_whatever_order_it_is_told(crm: Crm) -> None:
    at = milliseconds(NOW, hours=-5)
    crm.outbound(notification("acc-1", KEY_ACCOUNT), won({**WON, "CurrencyIsoCode": "EUR"}))
    event = crm.newest("006-1")
    reason = "is not known of the opportunity in USD: it is in EUR"
    assert (event["status"], event["problem"]) == ("rejected", [{"field": "amount", "reason": reason}])
    said = {"field": "CurrencyIsoCode", "reason": "EUR: is not USD, so the amounts are taken as unknown"}
    assert event["remarks"] == [said]

    told = {name: value for name, value in WON.items() if name != "SystemModstamp"}
    crm.changes(change("006-2", at=at, entity="Opportunity", CurrencyIsoCode="EUR"))
    (later,) = crm.changes(change("006-2", at=at + 1, entity="Opportunity", **told))  # type: ignore[arg-type]  # fields
    assert later["problem"] == event["problem"]
    assert handoffs(crm) == []

    crm.changes(change("006-2", at=at + 2, entity="Opportunity", CurrencyIsoCode="USD"))
    assert len(handoffs(crm)) == 1


def test_won_twenty_times_at_once_it_starts_once(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    with ThreadPoolExecutor(20) as threads:
        sending = [
            threads.submit(crm.api.http.post, OUTBOUND, content=message(won(number=place % 5)), headers=TEXT_XML)
            for place in range(20)
        ]
        for sent in sending:
            hold_acknowledged(sent.result())

    assert len(handoffs(crm)) == 1
    assert [event["status"] for event in crm.events(record_id="006-1", status="rejected")] == []


def test_what_is_not_won_or_no_first_order_starts_none(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    crm.outbound(won({**WON, "StageName": "Closed Lost"}))
    crm.outbound(
        notification("006-2", {**WON, "Order_Type_Test__c": "2. New - Connected"}, number=2, kind="Opportunity")
    )
    crm.outbound(notification("006-3", {**WON, "IsDeleted": "true"}, number=3, kind="Opportunity"))

    assert {event["status"] for event in crm.events()} == {"applied"}
    assert handoffs(crm) == []


def test_a_win_of_an_account_that_nobody_knows_waits_and_can_be_tried_once_it_is_known(crm: Crm) -> None:
    crm.outbound(won(), notification("acc-2", KEY_ACCOUNT))
    event = crm.newest("006-1")
    assert event["status"] == "waiting"
    assert (crm.events(status="waiting"), crm.events(status="rejected")) == ([event], [])
    assert crm.standing("acc-2")["team"] == "MMKAFO"

    crm.outbound(notification("acc-1", KEY_ACCOUNT, number=2))
    answer = crm.api.http.post(f"/v1/events/{event['id']}/retry")
    assert answer.json()["status"] == "applied"
    assert [handoff["id"] for handoff in handoffs(crm)] == [answer.json()["handoff_id"]]


def test_a_win_on_a_day_to_come_waits_until_that_day(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT), won({**WON, "CloseDate": "2022-03-16"}))
    event = crm.newest("006-1")
    assert (event["status"], event["problem"][0]["field"]) == ("waiting", "/closed_on")

    crm.api.clock.advance(days=1)
    assert crm.api.http.post(f"/v1/events/{event['id']}/retry").json()["status"] == "applied"


def test_the_potential_and_the_users_of_an_opportunity_are_taken_from_the_fields_that_the_mapping_names(
    database_url: str,
) -> None:
    more = 'first_order_ae = "OwnerId"\ntotal_users = "Users__c"\nimmediate_potential = "Potential__c"'
    mapping = read_mapping(USUAL_TEXT.replace('first_order_ae = "OwnerId"', more))
    with serving(database_url, clock=Clock(NOW), inbound=replace(SET_UP, mapping=mapping)) as api:
        crm = Crm(api)
        crm.outbound(notification("acc-1", KEY_ACCOUNT), won({**WON, "Users__c": "240.0", "Potential__c": "30000.50"}))
        (handoff,) = handoffs(crm)
        whole = api.get(f"/v1/handoffs/{handoff['id']}")
        assert (whole["total_users"], whole["immediate_potential"]) == (240, "30000.50")
        assert whole["receiver"] == "MMKAN"


def test_signed_events_of_opportunities_start_handoffs_too(crm: Crm) -> None:
    told: Event = {
        "account_id": "acc-1", "stage": "Closed Won", "closed_on": "2022-03-14", "amount": "12000",
        "order_type": "1. New - First Order", "first_order_ae": "ae@example.com",
    }  # fmt: skip
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    event = crm.plain(plain_event("006-1", kind="opportunity.updated", **told), "msg_1")

    assert event["handoff_id"] == handoffs(crm)[0]["id"]
