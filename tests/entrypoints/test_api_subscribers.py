"""Subscribers over HTTP: made and shown their secret once, listed, rotated, enabled, ended; their deliveries listed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from service import wiring
from service.crm.signed.standard_webhooks import signing_key
from service.domain.identifiers import uuid7
from service.domain.keys import Scope
from service.domain.subscriptions import DeliveryStatus
from service.store.delivery.attempts import Attempt, Ruling, record_attempts
from service.store.delivery.claims import claim, due_subscribers
from service.store.delivery.outbox import hand_out
from tests.api import Api
from tests.application import SALESFORCE_URL
from tests.builders import request
from tests.problems import hold_problem
from tests.published import published

URL = "https://hooks.example.com/in"
PATH = "/v1/subscribers"


def subscribe(api: Api, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = api.http.post(PATH, json={"name": "planning", "url": URL} | stated)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{made['id']}"
    return made


def test_a_subscriber_is_shown_its_secret_once(api: Api) -> None:
    made = subscribe(api, kinds=["classification", "classification"], teams=["MMKAN"], fields=["team", "rule"])

    secret = made.pop("secret")
    assert len(signing_key(secret)) == 32
    assert (made["kinds"], made["teams"], made["fields"]) == (["classification"], ["MMKAN"], ["team", "rule"])
    assert (made["status"], made["created_by"], made["url"]) == ("enabled", "tester", URL)
    assert api.get(f"{PATH}/{made['id']}") == made
    assert made in api.get(PATH, limit=500)["items"]
    for path in (PATH, f"{PATH}/{made['id']}"):
        assert secret not in api.http.get(path).text
    assert secret not in str(api.logged)


def test_an_idempotency_key_makes_one_subscriber_and_never_keeps_its_secret(api: Api) -> None:
    body, headers = {"name": "once", "url": URL}, {"Idempotency-Key": "subscribe-once"}

    first = api.http.post(PATH, json=body, headers=headers)
    again = api.http.post(PATH, json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == first.json() | {"secret": None}
    with api.database.engine.connect() as connection:
        kept = connection.execute(text("SELECT body FROM idempotency_keys WHERE key = 'subscribe-once'")).scalar_one()
    assert first.json()["secret"].encode() not in bytes(kept)
    hold_problem(api.http.post(PATH, json=body | {"name": "x"}, headers=headers), 422, "idempotency_key_reused")
    names = [one["name"] for one in api.get(PATH, limit=500)["items"]]
    assert names.count("once") == 1


def test_a_key_of_a_classification_does_not_serve_for_a_subscriber(api: Api) -> None:
    headers = {"Idempotency-Key": "of-a-classification"}
    api.http.post("/v1/classifications", json=request(id="acc-key", df=640), headers=headers)

    answer = api.http.post(PATH, json={"name": "x", "url": URL}, headers=headers)

    hold_problem(answer, 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/in",
        "https://[::1]/in",
        "https://user:pass@hooks.example.com/",
        "https://hooks.example.com:22/",
        "ftp://hooks.example.com/",
        "https://hooks.example.com/#part",
        "not a url",
    ],
)
def test_a_url_that_nothing_is_sent_to_is_refused(api: Api, url: str) -> None:
    problem = hold_problem(api.http.post(PATH, json={"name": "x", "url": url}), 422, "address_refused")

    assert [error["pointer"] for error in problem["errors"]] == ["/url"]
    assert url not in problem["detail"]


@pytest.mark.parametrize(
    ("stated", "pointer"),
    [
        ({"url": None}, ""),
        ({"target": "salesforce"}, ""),
        ({"target": "salesforce", "url": None, "fields": ["team"]}, ""),
        ({"kinds": ["conduct"]}, "/kinds/0"),
        ({"kinds": None}, "/kinds"),
        ({"teams": ["MMKA"]}, "/teams/0"),
        ({"fields": ["conduct"]}, "/fields/0"),
        ({"secret": "whsec_abc"}, "/secret"),
        ({"name": ""}, "/name"),
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(api: Api, stated: dict[str, Any], pointer: str) -> None:
    problem = hold_problem(api.http.post(PATH, json={"name": "x", "url": URL} | stated), 422, "invalid_request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_every_field_of_a_decision_can_be_chosen(api: Api) -> None:
    fields = [*published().document["components"]["schemas"]["DecisionBody"]["properties"]]

    answer = api.http.post(PATH, json={"name": "everything", "url": URL, "fields": fields})

    assert (answer.status_code, answer.json()["fields"]) == (201, fields)


def test_salesforce_has_the_organizations_url_and_no_secret(api: Api) -> None:
    answer = api.http.post(PATH, json={"name": "crm", "target": "salesforce"})

    assert answer.status_code == 201
    made = answer.json()
    assert (made["target"], made["url"], made["secret"]) == ("salesforce", SALESFORCE_URL, None)
    rotation = api.http.post(f"{PATH}/{made['id']}/secret-rotation", json={})
    hold_problem(rotation, 409, "no_signing_secret")


def test_a_secret_is_rotated_with_an_overlap(api: Api) -> None:
    made = subscribe(api)
    path = f"{PATH}/{made['id']}/secret-rotation"

    rotated = api.http.post(path, json={"overlap_hours": 2}, headers={"Idempotency-Key": f"rotate-{made['id']}"})
    again = api.http.post(path, json={"overlap_hours": 2}, headers={"Idempotency-Key": f"rotate-{made['id']}"})

    assert rotated.status_code == again.status_code == 200
    assert rotated.json()["secret"] not in {None, made["secret"]}
    assert again.json() == rotated.json() | {"secret": None}
    until = api.clock() + timedelta(hours=2)
    assert rotated.json()["previous_secret_until"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_ended_is_neither_enabled_nor_rotated(api: Api) -> None:
    made = subscribe(api)
    path = f"{PATH}/{made['id']}"

    ended = api.http.delete(path)

    assert (ended.status_code, ended.json()["status"]) == (200, "ended")
    assert api.http.delete(path).json() == ended.json() == api.get(path)
    hold_problem(api.http.post(f"{path}/enabling"), 409, "subscriber_ended")
    hold_problem(api.http.post(f"{path}/secret-rotation", json={}), 409, "subscriber_ended")
    with api.database.engine.connect() as connection:
        secrets = connection.execute(text("SELECT secret FROM subscribers WHERE status = 'ended'")).scalars().all()
    assert set(secrets) == {""}


def test_subscribers_are_listed_a_page_at_a_time_newest_first(fresh_api: Api) -> None:
    made = []
    for number in range(5):
        fresh_api.clock.advance(seconds=1)
        made.append(subscribe(fresh_api, name=f"number {number}")["id"])
    listed, path = [], f"{PATH}?limit=2"
    while path:
        answer = fresh_api.http.get(path)
        listed += [one["id"] for one in answer.json()["items"]]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")

    assert listed == made[::-1]


def test_deliveries_are_listed_found_and_sent_again(fresh_api: Api) -> None:
    api, engine = fresh_api, fresh_api.database.engine
    made = subscribe(api)
    api.classify(id="acc-1", df=640)
    api.classify(id="acc-2", df=640)
    hand_out(engine, api.clock(), lambda: _new_id(api))
    (pending, other) = api.get("/v1/deliveries", subscriber_id=made["id"], status="pending")["items"]
    hold_problem(api.http.post(f"/v1/deliveries/{other['id']}/resending"), 409, "delivery_pending")
    _give_up(api)

    path = f"/v1/deliveries/{pending['id']}"
    found = api.get(path)
    assert (found["status"], found["attempt_count"], found["type"]) == ("given_up", 1, "decision.recorded")
    (attempt,) = found["attempts"]
    assert (attempt["outcome"], attempt["http_status"], attempt["detail"]) == (
        "timeout",
        None,
        "No answer came in time",
    )
    assert [one["account_id"] for one in api.get("/v1/deliveries", account_id="acc-1")["items"]] == ["acc-1"]
    assert len(api.get("/v1/deliveries", status="given_up")["items"]) == 2
    assert api.get("/v1/deliveries", status="delivered")["items"] == []

    headers = {"Idempotency-Key": "again"}
    resent = api.http.post(f"{path}/resending", headers=headers)
    again = api.http.post(f"{path}/resending", headers=headers)

    assert (resent.status_code, again.status_code, again.content) == (202, 202, resent.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (resent.json()["status"], resent.headers["location"]) == ("pending", path)
    api.http.delete(f"{PATH}/{made['id']}")
    hold_problem(api.http.post(f"{path}/resending"), 409, "subscriber_not_enabled")


def _give_up(api: Api) -> None:
    """Let everything that is due fail for good."""
    engine, now = api.database.engine, api.clock()
    room = dict.fromkeys(due_subscribers(engine, now), 8)
    attempts = [
        Attempt(
            id=_new_id(api),
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


def _new_id(api: Api) -> UUID:
    return uuid7(api.clock(), wiring.random_bits())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("POST", PATH),
        ("GET", "/v1/deliveries"),
        ("POST", "/v1/deliveries/0198c0de-0000-7000-a000-000000000008/resending"),
        ("DELETE", f"{PATH}/0198c0de-0000-7000-a000-000000000008"),
    ],
)
def test_subscribers_are_for_administrators(api: Api, method: str, path: str) -> None:
    key = api.key(f"{method} {path}"[:64], *(scope for scope in Scope if scope is not Scope.ADMIN))

    hold_problem(api.http.request(method, path, headers=key), 403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("DELETE", PATH),
        ("POST", f"{PATH}/ID/enabling"),
        ("GET", "/v1/deliveries"),
        ("POST", "/v1/deliveries/ID/resending"),
    ],
)
def test_what_there_is_not_is_not_found(api: Api, method: str, path: str) -> None:
    nobody = "0198c0de-0000-7000-a000-0000000000ff"
    whole = path.replace("ID", nobody) if "ID" in path else f"{path}/{nobody}"

    hold_problem(api.http.request(method, whole), 404, "not_found")


def test_metrics_tell_what_waits_for_subscribers(fresh_api: Api) -> None:
    subscribe(fresh_api)
    fresh_api.classify(id="acc-1", df=640)

    measures = fresh_api.http.get("/metrics").text.splitlines()

    assert "chalkline_outbox_decisions 1.0" in measures
    assert "chalkline_deliveries_pending 0.0" in measures
    assert 'chalkline_subscribers{status="enabled"} 1.0' in measures
