"""Notices reach those who ask for them by their type, and nobody else: written with what they tell of, each once."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from jsonschema_rs import Draft202012Validator, Registry
from sqlalchemy import text

from service import wiring
from service.delivery.sender import Sender
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_decision
from service.store.delivery.claims import claim
from service.store.delivery.due_handoffs import notice_handoffs
from service.store.delivery.outbox import hand_out
from service.usecases.relay import Courier
from tests.api import Api, serving
from tests.builders import request
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, tick, won
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, company_event, milliseconds, notification
from tests.published import SERVED

DOCUMENT = json.loads(SERVED.read_text())
NOTICES = (
    "review.opened",
    "dispute.opened",
    "handoff.due",
    "handoff.overdue",
    "handoff.post_due",
    "event.rejected",
)
DUE = date(2022, 6, 8)


@pytest.fixture
def asked(database_url: str) -> Iterator[tuple[Api, UUID]]:
    """A service with one subscriber who asks for notices alone."""
    with serving(database_url, inbound=SET_UP) as api:
        yield api, subscribe(api, types=NOTICES)


def subscribe(api: Api, **stated: Any) -> UUID:  # noqa: ANN401 - as a request has them
    answer = api.http.post("/v1/subscribers", json={"name": "tester", "url": "http://127.0.0.1:9000/"} | stated)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def told(api: Api, subscriber: UUID) -> list[dict[str, Any]]:
    """The messages that are due to a subscriber, as they would be sent; each is as the document says."""
    engine, now = api.database.engine, api.clock()
    while hand_out(engine, now, wiring.new_id):
        pass
    courier = Courier(
        sender=cast("Sender", None),
        write_back=None,
        now=api.clock,
        ticks=lambda: 0,
        new_id=wiring.new_id,
        render=render_decision,
        encode=to_json,
    )
    claimed = claim(engine, {subscriber: 100}, now, now + timedelta(hours=1))
    messages = [json.loads(courier.message(each)) for each in claimed]
    for message in messages:
        place = f"urn:told#/webhooks/{message['type']}/post/requestBody/content/application~1json/schema"
        validator = Draft202012Validator({"$ref": place}, registry=Registry([("urn:told", DOCUMENT)]))
        validator.validate(message)
    return messages


def test_a_review_is_told_when_it_opens_and_not_again_for_the_same_counts(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    everything = subscribe(api, name="of decisions")
    wrong: dict[str, Any] = {"df": 12, "zi": 700, "wrong": {"df": "Counts Berlin only"}, "name": "Acme GmbH"}
    for region in ("EMEA", "NORAM"):
        api.http.post("/v1/classifications", json=request(id="acc-1", region=region, **wrong))
    api.http.post("/v1/classifications", json=request(id="acc-2", df=12, wrong={"df": "Counts Berlin only"}))

    (first, second) = told(api, subscriber)
    (review,) = api.get("/v1/reviews", account_id="acc-1")["items"]
    opened = first["data"]
    assert (first["type"], first["timestamp"]) == ("review.opened", review["opened_at"])
    assert (opened["id"], opened["decision_id"]) == (review["id"], review["opened_by_decision_id"])
    assert opened["text"].startswith("A review of the employee counts of Acme GmbH (acc-1) was opened")
    assert (opened["blocking"], second["data"]["blocking"]) == (False, True)
    assert {message["type"] for message in told(api, everything)} == {"decision.recorded"}


def test_a_dispute_is_told_when_it_opens_and_when_it_is_closed(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    of_closing = subscribe(api, name="of closing", types=("dispute.closed",))
    body, why = {"reason": "The annual report names 95."}, {"reason": "The report is the newest evidence."}
    verdicts: dict[str, dict[str, Any]] = {"acc-1": {"rejected": True}, "acc-2": {"segment": "SMB"}}
    reviews, led = [], {}
    for account, verdict in verdicts.items():
        api.classify(id=account, df=640, name="Acme GmbH", on=None)
        reviews.append(api.http.post(f"/v1/accounts/{account}/disputes", json=body).json())
        led = api.http.post(f"/v1/reviews/{reviews[-1]['id']}/resolution", json=verdict | why).json()

    opened, closed = told(api, subscriber), told(api, of_closing)

    assert [(each["type"], each["data"]["decision_id"]) for each in opened] == [
        ("dispute.opened", review["opened_by_decision_id"]) for review in reviews
    ]
    assert opened[0]["data"]["text"].startswith("The segment of Acme GmbH (acc-1) was disputed")
    assert [(each["data"]["id"], each["data"]["status"], each["data"]["decision_id"]) for each in closed] == [
        (reviews[0]["id"], "rejected", None),
        (reviews[1]["id"], "resolved", led["id"]),
    ]


def test_that_a_review_was_opened_is_told_right_behind_its_decision(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    subscriber = subscribe(api, name="of both", types=("decision.recorded", "review.opened"))
    reviewed = [request(id=f"acc-{number}", df=12, wrong={"df": "Counts Berlin only"}) for number in range(20)]
    api.http.post("/v1/classifications/batch", json={"items": reviewed})
    with api.database.engine.connect() as connection:
        waiting = connection.execute(text("SELECT account_id, type FROM outbox ORDER BY decision_id")).all()

    names = [item["account"]["id"] for item in reviewed]
    assert [tuple(each) for each in waiting] == [(name, of) for name in names for of in (None, "review.opened")]
    assert {message["type"] for message in told(api, subscriber)} == {"decision.recorded"}


def test_an_event_is_told_once_when_it_is_rejected(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    bad = company_event(7, 1, milliseconds(NOW), "name", "Acme") | {"occurredAt": "soon"}
    (event,) = Crm(api).hubspot(bad)
    Crm(api).hubspot(bad)
    api.http.post(f"/v1/events/{event['id']}/retry")

    (message,) = told(api, subscriber)
    data = message["data"]
    assert (message["type"], data["id"], data["record_id"]) == ("event.rejected", event["id"], "7")
    assert data["problem"] == event["problem"]
    (delivery,) = api.get("/v1/deliveries")["items"]
    assert (delivery["type"], delivery["decision_id"]) == ("event.rejected", None)


def test_an_event_that_its_own_commit_makes_good_is_not_told(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    wrong = notification("acc-1", {**KEY_ACCOUNT, "SystemModstamp": "1970-01-01T08:00:00.000Z"}, number=1)
    Crm(api).outbound(wrong, notification("acc-1", KEY_ACCOUNT, number=2))

    assert [event["status"] for event in Crm(api).events(record_id="acc-1")] == ["applied", "superseded"]
    assert told(api, subscriber) == []


def test_a_handoff_is_told_when_it_is_due_and_when_it_is_overdue_once_each(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    api.clock.advance(days=90)
    seen, done = won(api, "acc-1"), won(api, "acc-2")
    for item in NAMED_BY_HAND:
        if item != "tam-determined":
            tick(api, done, item)
    late = won(api, "acc-3", closed_on="2022-05-01")
    assert [each["type"] for each in told(api, subscriber)] == ["handoff.post_due"]

    def notice(on: date) -> int:
        return notice_handoffs(api.database.engine, on, api.clock(), wiring.new_id)

    assert date.fromisoformat(seen["due_on"]) == DUE
    days = [DUE - timedelta(days=1), DUE, DUE, DUE + timedelta(days=1), DUE + timedelta(days=2)]
    assert [notice(on) for on in days] == [1, 1, 0, 1, 0]
    # That the second is overdue is sent once it was taken that it is due.
    first = {each["data"]["id"]: each["type"] for each in told(api, subscriber)}
    assert first == {late["id"]: "handoff.overdue", seen["id"]: "handoff.due"}
    items = api.get("/v1/deliveries", account_id="acc-1")["items"]
    assert [(each["type"], each["attempt_count"]) for each in items] == [("handoff.overdue", 0), ("handoff.due", 1)]


def test_that_a_handoff_asks_for_its_chatter_post_is_told_each_time_that_it_comes_to_do_so(
    asked: tuple[Api, UUID],
) -> None:
    api, subscriber = asked
    api.clock.advance(days=90)
    handoff = won(api, "acc-1")

    def reopen(item: str) -> None:
        path = f"/v1/handoffs/{handoff['id']}/items/{item}"
        assert api.http.request("DELETE", path, json={"reason": "It was another"}).status_code == 200

    tick(api, handoff, "license-installed")
    assert told(api, subscriber) == []
    tick(api, handoff, "find-named-ae")
    (first,) = told(api, subscriber)
    assert first["data"]["text"] == "The handoff of acc-1 is to be asked for in Chatter."
    assert (first["data"]["id"], first["data"]["receiver"]) == (handoff["id"], "MMKAN")

    reopen("find-named-ae")
    tick(api, handoff, "find-named-ae")
    tick(api, handoff, "chatter-posted")
    tick(api, handoff, "material-editable")
    reopen("chatter-posted")
    with api.database.engine.connect() as connection:
        waiting = connection.execute(text("SELECT type FROM outbox WHERE type IS NOT NULL")).scalars().all()
    assert list(waiting) == ["handoff.post_due"] * 2


def test_for_salesforce_only_what_may_be_posted_is_kept(crm: Crm) -> None:
    body = {"name": "Salesforce", "target": "salesforce"}
    assert crm.api.http.post("/v1/subscribers", json=body).status_code == 201
    crm.hubspot(company_event(7, 1, milliseconds(NOW), "name", "Acme") | {"occurredAt": "soon"})
    crm.api.http.post("/v1/classifications", json=request(df=12, wrong={"df": "Counts Berlin only"}))

    with crm.api.database.engine.connect() as connection:
        kept = connection.execute(text("SELECT type FROM outbox WHERE type IS NOT NULL")).scalars().all()
    assert list(kept) == ["review.opened"]


def test_notices_that_nobody_asks_for_are_not_kept(crm: Crm) -> None:
    subscribe(crm.api)
    crm.api.clock.advance(days=90)
    won(crm.api, "acc-1")
    assert notice_handoffs(crm.api.database.engine, DUE, crm.api.clock(), wiring.new_id) == 1
    crm.hubspot(company_event(7, 1, milliseconds(NOW), "name", "Acme") | {"occurredAt": "soon"})
    crm.api.http.post("/v1/classifications", json=request(df=12, wrong={"df": "Counts Berlin only"}))

    with crm.api.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox WHERE type IS NOT NULL")).scalar_one() == 0


def test_salesforce_is_asked_for_no_types(crm: Crm) -> None:
    body = {"name": "Salesforce", "target": "salesforce", "types": ["review.opened"]}
    assert crm.api.http.post("/v1/subscribers", json=body).status_code == 422
