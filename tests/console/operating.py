"""Something to see to: a rejected event, a subscriber with a delivery that was given up, a person, a matter, a key."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service import wiring
from service.crm.payloads import milliseconds_to
from service.domain.identifiers import uuid7
from service.domain.subscriptions import DeliveryStatus
from service.store.delivery.attempts import Attempt, Ruling, record_attempts
from service.store.delivery.claims import claim, due_subscribers
from service.store.delivery.outbox import hand_out
from tests.api import Api
from tests.inbox.messages import change

EXECUTIVE = "Sample Executive"


@dataclass(frozen=True, slots=True)
class Operated:
    """What there is, by its identifiers."""

    event: str
    subscriber: str
    delivery: str
    key: str


def operated(api: Api, account: str, name: str, facts: dict[str, Any] | None = None) -> Operated:
    """Record it about an account that is decided on some facts, with words of somebody."""
    made = api.http.post("/v1/subscribers", json={"name": name, "url": "https://hooks.example.com/in"})
    assert made.status_code == 201, made.text
    subscriber = made.json()["id"]
    api.classify(id=account, **facts or {"df": 20, "zi": 30})
    told = change(account, at=milliseconds_to(api.clock()), kind=f"EXPLODE {name}")
    answer = api.http.post("/v1/webhooks/salesforce/change-events", json=told)
    assert answer.status_code == 200, answer.text
    (event,) = answer.json()["events"]
    person = {"name": name, "role": "ae", "team": "SMB", "active_from": "2025-02-01", "regions": ["EMEA"]}
    said = api.http.put(f"/v1/people/{account}-seller", json=person | {"manager_id": f"{account}-asm"})
    assert said.status_code == 201, said.text
    matter = {"account_executive": EXECUTIVE, "account_id": account, "reason": name, "rule": "MOVE-1"}
    assert api.http.post("/v1/conduct", json=matter).status_code == 201
    delivery = given_up(api, subscriber)
    key = api.keys.issue(name.replace("\u202e", "")[:64], frozenset(), timedelta(days=30), by=name)
    return Operated(event["id"], subscriber, delivery, str(key.stored.id))


def given_up(api: Api, subscriber: str) -> str:
    """Hand out what waits, and give it up."""
    engine, now = api.database.engine, api.clock()
    hand_out(engine, now, lambda: uuid7(api.clock(), wiring.random_bits()))
    room = dict.fromkeys(due_subscribers(engine, now), 10)
    attempts = [
        Attempt(
            id=uuid7(now, wiring.random_bits()),
            delivery_id=claimed.delivery_id,
            subscriber_id=claimed.subscriber_id,
            number=claimed.number,
            at=now,
            accepted=False,
            outcome="timeout",
            http_status=None,
            detail="No answer came in time",
            took=10.5,
        )
        for claimed in claim(engine, room, now, now + timedelta(seconds=10))
    ]
    record_attempts(engine, attempts, lambda *_: Ruling(status=DeliveryStatus.GIVEN_UP))
    (found, *_) = api.get("/v1/deliveries", subscriber_id=subscriber)["items"]
    return str(found["id"])
