"""Handoffs, events, deliveries and conduct of accounts that were recorded under 15 characters of their ids."""

from datetime import date, timedelta
from random import Random
from string import ascii_letters, digits
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from service.domain.account_ids import full_id
from service.domain.identifiers import uuid7
from service.domain.subscriptions import DeliveryStatus
from service.store.delivery.attempts import Attempt, Ruling, record_attempts
from service.store.delivery.claims import Claimed, claim
from service.store.delivery.outbox import hand_out
from service.wiring import random_bits
from tests.api import Api, eventually
from tests.entrypoints.follow_ups import FIRST_ORDER, TERRITORY
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, start, tick
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, PLAIN_ACCOUNT, WON, change, milliseconds, notification, plain_event
from tests.one_account.releases import FULL, MARCH, SHORT, Releases, classify, either

DECIDED_TWICE: list[tuple[str, dict[str, Any]]] = [
    (SHORT, FIRST_ORDER),
    (FULL, TERRITORY),
    (SHORT, TERRITORY),
    (FULL, FIRST_ORDER),
]
KNOWN: dict[str, Any] = {**KEY_ACCOUNT}


@pytest.mark.parametrize("other", [None, MARCH])
def test_an_open_handoff_is_gone_on_with(releases: Releases, other: date | None) -> None:
    with releases.before() as api:
        api.clock.at = api.clock.at.replace(month=6, day=8)
        classify(api, SHORT, **FIRST_ORDER)
        handoff = start(api, SHORT).json()
        if other is not None:
            classify(api, FULL, other, **FIRST_ORDER)

    with releases.now() as api:
        (listed,) = either(api, "/v1/handoffs?account_id={}")["items"]
        assert (listed["id"], listed["account_id"]) == (handoff["id"], FULL)
        again = start(api, FULL, opportunity_id="another")
        assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "handoff_under_way")
        for item in NAMED_BY_HAND:
            assert tick(api, handoff, item).status_code == 200
        assert either(api, "/v1/accounts/{}")["team"] == "MMKAN"


def test_two_handoffs_of_one_opportunity_can_both_be_ended(releases: Releases) -> None:
    with releases.before() as api:
        api.clock.at = api.clock.at.replace(month=6, day=8)
        handoffs = []
        for account in (SHORT, FULL):
            classify(api, account, **FIRST_ORDER)
            handoffs.append(start(api, account, opportunity_id="one").json())

    with releases.now() as api:
        found = either(api, "/v1/handoffs?account_id={}")["items"]
        assert {(each["id"], each["account_id"]) for each in found} == {(each["id"], FULL) for each in handoffs}
        for handoff in handoffs:
            path = f"/v1/handoffs/{handoff['id']}/abandonment"
            assert api.http.post(path, json={"reason": "It was one opportunity"}).status_code == 200
        assert either(api, "/v1/accounts/{}")["team"] == "MMKAFO"


def test_what_events_told_and_people_said_under_either_form_is_known_together(releases: Releases) -> None:
    with releases.before() as api:
        crm = Crm(api)
        crm.outbound(notification(FULL, {**KEY_ACCOUNT, "LAM_Dev_Count__c": "44"}))
        api.clock.advance(minutes=1)
        crm.plain(plain_event(SHORT, **PLAIN_ACCOUNT, key_account=False), "msg_1")
        classify(api, SHORT, **FIRST_ORDER, name="Sample Limited", linkedin_engineering_it=120)
        crm.outbound(notification(FULL, {**KEY_ACCOUNT, "SystemModstamp": "2022-03-15T08:40:00.000Z"}, number=2))
        api.clock.advance(minutes=1)

    with releases.now() as api:
        crm = Crm(api)
        told = {"Account_Demographic_Max_Family_Employees__c": "700", "SystemModstamp": "2022-03-15T08:50:00.000Z"}
        crm.outbound(notification(SHORT, {**KEY_ACCOUNT, **told}, number=3))
        facts = crm.facts(SHORT)
        assert facts["max_family_employees"] == 700
        assert (facts["name"], facts["linkedin_engineering_it"], facts["key_account"]) == ("Sample Limited", 120, False)
        # What was delivered before is known as such, by whichever form it was named.
        assert crm.plain(plain_event(SHORT, **PLAIN_ACCOUNT, key_account=False), "msg_1")["repeated"]
        assert len(either(api, "/v1/events?record_id={}")["items"]) == 4


def test_the_database_makes_of_every_id_what_is_made_of_it_elsewhere(releases: Releases) -> None:
    chance = Random(7)
    ids = ["001" + "".join(chance.choices(ascii_letters + digits, k=12)) for _ in range(500)]
    with releases.engine() as engine, engine.begin() as connection:
        connection.execute(
            text("INSERT INTO crm_records (kind, record_id, known, changed_at) VALUES ('account', :id, '{}', :at)"),
            [{"id": each, "at": "2022-03-15 08:30:00.000000"} for each in [*ids, "acc-1", "0038a00001XyZaB"]],
        )

    releases.migrate()

    with releases.engine() as engine, engine.connect() as connection:
        found = connection.scalars(text("SELECT record_id FROM crm_records")).all()
    assert sorted(found) == sorted([*map(full_id, ids), "acc-1", "0038a00001XyZaB"])


def test_a_record_known_under_the_shorter_form_alone_goes_on_as_it_was(releases: Releases) -> None:
    with releases.before() as api:
        Crm(api).plain(plain_event(SHORT, **PLAIN_ACCOUNT), "msg_1")
        Crm(api).plain(plain_event(SHORT, at="2022-03-15T08:30:00Z", kind="account.deleted"), "msg_2")

    with releases.now() as api:
        assert either(api, "/v1/accounts/{}")["crm"]["deleted_at"] == "2022-03-15T08:30:00Z"


def test_a_rejected_event_of_the_shorter_form_is_read_again(releases: Releases) -> None:
    with releases.before() as api:
        rejected = Crm(api).plain(plain_event(SHORT, **PLAIN_ACCOUNT, custommer=True), "msg_1")

    with releases.now() as api:
        again = api.http.post(f"/v1/events/{rejected['id']}/retry").json()
        assert (again["status"], again["record_id"]) == ("rejected", FULL)
        assert again["problem"] == rejected["problem"]
        # News of the record makes it good, by whichever form it comes.
        Crm(api).changes(change(SHORT, at=milliseconds(NOW), kind="CREATE", **KNOWN))
        assert api.get(f"/v1/events/{rejected['id']}")["status"] == "superseded"


def test_a_win_that_waits_for_the_longer_form_is_applied_to_what_was_decided_under_the_shorter(
    releases: Releases,
) -> None:
    with releases.before() as api:
        classify(api, SHORT, **FIRST_ORDER)
        Crm(api).outbound(notification("006-1", {**WON, "AccountId": FULL}, kind="Opportunity"))
        assert Crm(api).newest("006-1")["status"] == "waiting"

    with releases.now() as api:
        eventually(lambda: Crm(api).newest("006-1")["status"] == "applied")
        assert either(api, "/v1/handoffs?account_id={}")["items"][0]["opportunity_id"] == "006-1"


def test_deliveries_under_way_go_on_one_after_the_other(releases: Releases) -> None:
    with releases.before() as api:
        body = {"name": "planning", "url": "https://hooks.example.com/in"}
        subscriber = UUID(api.http.post("/v1/subscribers", json=body).json()["id"])
        made = [classify(api, account, **facts)["id"] for account, facts in DECIDED_TWICE]
        _hand_out(api)

    with releases.now() as api:
        made.append(classify(api, FULL, **TERRITORY)["id"])
        _hand_out(api)
        pending = either(api, "/v1/deliveries?account_id={}")["items"]
        assert {each["account_id"] for each in pending} == {FULL}
        order = []
        while due := claim(api.database.engine, {subscriber: 9}, api.clock(), api.clock() + timedelta(minutes=1)):
            (claimed,) = due
            assert (claimed.account_id, claimed.decision is not None) == (FULL, True)
            order.append(str(claimed.decision and claimed.decision.id))
            record_attempts(api.database.engine, [_accepted(api, claimed)], _delivered)
        assert order == made


def test_a_delivery_that_was_settled_is_sent_again_of_the_account_that_it_is_now(releases: Releases) -> None:
    with releases.before() as api:
        body = {"name": "planning", "url": "https://hooks.example.com/in"}
        subscriber = UUID(api.http.post("/v1/subscribers", json=body).json()["id"])
        classify(api, SHORT, **FIRST_ORDER)
        _hand_out(api)
        (claimed,) = claim(api.database.engine, {subscriber: 9}, api.clock(), api.clock() + timedelta(minutes=1))
        record_attempts(api.database.engine, [_accepted(api, claimed)], _delivered)

    with releases.now() as api:
        (settled,) = either(api, "/v1/deliveries?account_id={}")["items"]
        assert api.http.post(f"/v1/deliveries/{settled['id']}/resending").is_success
        (again,) = claim(api.database.engine, {subscriber: 9}, api.clock(), api.clock() + timedelta(minutes=1))
        assert again.account_id == FULL


def test_a_matter_of_conduct_is_found_by_either_and_is_one_incident(releases: Releases) -> None:
    matter = {"account_executive": "Sample AE", "account_id": SHORT, "reason": "Worked on all the same"}
    with releases.before() as api:
        classify(api, SHORT, **FIRST_ORDER)
        first = api.http.post("/v1/conduct", json=matter | {"occurred_on": "2022-03-14"}).json()

    with releases.now() as api:
        (found,) = either(api, "/v1/conduct?account_id={}")["items"]
        assert (found["id"], found["account_id"]) == (first["id"], FULL)
        again = api.http.post("/v1/conduct", json=matter | {"account_id": FULL, "occurred_on": "2022-03-14"})
        assert (again.status_code, again.json()["id"]) == (200, first["id"])


def _hand_out(api: Api) -> None:
    assert hand_out(api.database.engine, api.clock(), lambda: uuid7(api.clock(), random_bits()))


def _accepted(api: Api, claimed: Claimed) -> Attempt:
    return Attempt(
        id=uuid7(api.clock(), random_bits()),
        delivery_id=claimed.delivery_id,
        subscriber_id=claimed.subscriber_id,
        number=claimed.number,
        at=api.clock(),
        accepted=True,
        outcome="accepted",
        http_status=204,
        detail=None,
        took=0.1,
    )


def _delivered(*_: object) -> Ruling:
    return Ruling(status=DeliveryStatus.DELIVERED)
