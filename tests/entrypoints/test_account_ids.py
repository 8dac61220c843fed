"""A Salesforce account is one by its 15 and its 18 characters, at every door; a slip in the 18 is refused there."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from service.domain.account_ids import full_id
from service.domain.identifiers import uuid7
from service.store.delivery.outbox import hand_out
from service.wiring import random_bits
from tests.api import Api, serving
from tests.application import Clock
from tests.builders import request
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.entrypoints.follow_ups import FIRST_ORDER, found
from tests.inbox.client import CHANGES, EVENTS, OUTBOUND, TEXT_XML, Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import (
    KEY_ACCOUNT,
    PLAIN_ACCOUNT,
    WON,
    as_json,
    change,
    message,
    milliseconds,
    notification,
    plain_event,
    signed_headers,
)
from tests.problems import hold_problem

UNCERTAIN: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts one office"}}
KNOWN: dict[str, Any] = {**KEY_ACCOUNT}
OTHERS = ("001-of-another-crm", "0018a00001XyZa", "0018a00001XyZaBA", "0038a00001XyZaB", "0018a00001XyZ_B", "001")
"""Ids that are none of an account of Salesforce."""
_numbers = iter(range(1, 1_000))


def fresh() -> str:
    """The id of an account that nobody has told of, in its shorter form."""
    return f"0018a0000{next(_numbers):03}XyZ"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api:
        yield api


def post(path: str, body: Callable[[str], Any]) -> "Door":
    """A door that takes an account's id in its path or its body."""
    return lambda api, account: api.http.post(path.format(account), json=body(account))


def get(path: str) -> "Door":
    return lambda api, account: api.http.get(path.format(account))


Door: TypeAlias = Callable[[Api, str], Any]
"""Takes a service and an account's id, and gives an answer."""


def handoff(account: str) -> dict[str, Any]:
    return {
        "account_id": account,
        "opportunity_id": f"won-{next(_numbers)}",
        "closed_on": "2022-03-14",
        "first_order_ae": "Sample AE",
        "initial_amount": "18000.00",
        "total_users": 240,
    }


def matter(account: str) -> dict[str, Any]:
    return {"account_executive": "Sample AE", "account_id": account, "reason": "Worked on all the same"}


def batch(account: str) -> dict[str, Any]:
    return {"items": [request(id=account, **FIRST_ORDER)]}


def plain(api: Api, account: str, **more: object) -> Any:  # noqa: ANN401 - an answer
    body = as_json(plain_event(account, **PLAIN_ACCOUNT | more))
    return api.http.post(EVENTS, content=body, headers=signed_headers(body, api.clock(), f"msg_{account}"))


def outbound(api: Api, account: str) -> Any:  # noqa: ANN401 - as above
    told = message(notification(account, KEY_ACCOUNT, number=account))
    return api.http.post(OUTBOUND, content=told, headers=TEXT_XML)


def changed(api: Api, account: str) -> Any:  # noqa: ANN401 - as above
    told = change(account, at=milliseconds(NOW - timedelta(days=9)) + next(_numbers), kind="CREATE", **KNOWN)
    return api.http.post(CHANGES, json=[told])


TELLING: dict[str, Door] = {
    "a classification": post("/v1/classifications", lambda account: request(id=account, **FIRST_ORDER)),
    "a batch": post("/v1/classifications/batch", batch),
    "a signed event": plain,
    "an outbound message": outbound,
    "a change event": changed,
}
"""Doors through which an account comes for the first time."""
FOLLOWING: dict[str, Door] = {
    "a dry run": post("/v1/classifications?dry_run=true", lambda account: request(id=account, **FIRST_ORDER)),
    "a discovery": post("/v1/accounts/{}/discoveries", lambda _: found(employees=430, discovered_on="2022-03-15")),
    "a handoff": post("/v1/handoffs", handoff),
    "a conduct matter": post("/v1/conduct", matter),
    "the standing": get("/v1/accounts/{}"),
    "the history": get("/v1/accounts/{}/history"),
}
"""Doors of an account that is on record."""
FILTERS = {
    "/v1/decisions": "account_id",
    "/v1/reviews": "account_id",
    "/v1/handoffs": "account_id",
    "/v1/conduct": "account_id",
    "/v1/deliveries": "account_id",
    "/v1/events": "record_id",
}
LISTED = "text/csv", "application/x-ndjson"


@pytest.mark.parametrize("door", TELLING)
def test_an_account_that_comes_by_15_characters_is_recorded_and_found_by_18(api: Api, door: str) -> None:
    short = fresh()
    assert TELLING[door](api, short).is_success

    for form in (full_id(short), short):
        standing = api.get(f"/v1/accounts/{form}")
        assert (standing["account_id"], standing["decision"]["account_id"]) == (full_id(short), full_id(short))
        assert standing["decision"]["facts"]["account"]["id"] == full_id(short)


@pytest.mark.parametrize("then", FOLLOWING)
@pytest.mark.parametrize("first", [15, 18])
def test_what_follows_is_about_the_same_account_by_either_form(api: Api, first: int, then: str) -> None:
    short = fresh()
    forms = {15: short, 18: full_id(short)}
    api.classify(id=forms.pop(first), **FIRST_ORDER)

    answer = FOLLOWING[then](api, *forms.values())

    assert answer.is_success, answer.text
    assert short not in answer.text.replace(full_id(short), "")
    assert full_id(short) in answer.text or then == "the history"


@pytest.mark.parametrize("path", FILTERS)
def test_lists_find_it_by_either_form_and_say_the_longer(api: Api, path: str) -> None:
    short = fresh()
    api.http.post("/v1/subscribers", json={"name": f"of {short}", "url": "https://hooks.example.com/in"})
    plain(api, short)
    assert api.http.post("/v1/handoffs", json=handoff(short)).status_code == 201
    assert api.http.post("/v1/conduct", json=matter(short)).status_code == 201
    api.classify(id=short, **UNCERTAIN)
    hand_out(api.database.engine, api.clock(), lambda: uuid7(api.clock(), random_bits()))

    by_full, by_short = (api.http.get(path, params={FILTERS[path]: form}) for form in (full_id(short), short))

    assert by_full.json() == by_short.json()
    assert by_full.json()["items"]
    assert all(item[FILTERS[path]] == full_id(short) for item in by_full.json()["items"])


@pytest.mark.parametrize("accept", LISTED)
def test_exports_have_the_longer_form(api: Api, accept: str) -> None:
    short = fresh()
    api.classify(id=short, **FIRST_ORDER)

    answer = api.http.get("/v1/decisions", params={"account_id": short}, headers={"Accept": accept})

    assert full_id(short) in answer.text
    assert short not in answer.text.replace(full_id(short), "")


def test_decisions_by_either_form_follow_one_another(api: Api) -> None:
    short = fresh()
    made = [
        api.classify(id=form, df=employees, max_family_employees=employees)["id"]
        for employees, form in enumerate([short, full_id(short)] * 3, start=600)
    ]

    found = api.get("/v1/decisions", account_id=short)["items"]

    assert [each["id"] for each in found] == made[::-1]
    assert [each["previous_decision_id"] for each in found] == [*made[-2::-1], None]


def test_a_win_of_an_account_by_either_form_starts_its_handoff(api: Api) -> None:
    short = fresh()
    api.classify(id=full_id(short), **FIRST_ORDER)

    Crm(api).outbound(notification(f"006-{short}", {**WON, "AccountId": short}, number=short, kind="Opportunity"))

    (started,) = api.get("/v1/handoffs", account_id=short)["items"]
    assert (started["account_id"], started["opportunity_id"]) == (full_id(short), f"006-{short}")


def test_an_event_that_is_signed_again_is_the_same_by_the_form_that_it_has(api: Api) -> None:
    short = fresh()
    first, again = plain(api, short).json(), plain(api, short).json()

    assert (first["events"][0]["repeated"], again["events"][0]["repeated"]) == (False, True)
    assert first["events"][0]["record_id"] == full_id(short)


def test_a_rejected_event_is_read_again_by_the_form_that_it_has(api: Api) -> None:
    (rejected,) = plain(api, fresh(), custommer=True).json()["events"]

    again = api.http.post(f"/v1/events/{rejected['id']}/retry").json()

    assert (
        rejected["problem"]
        == again["problem"]
        == [{"field": "custommer", "reason": "is no fact that an event can state"}]
    )


def test_a_key_of_a_request_goes_by_what_was_sent(api: Api) -> None:
    short = fresh()
    bodies = [request(id=form, **FIRST_ORDER) for form in (short, short, full_id(short))]

    answers = [
        api.http.post("/v1/classifications", json=body, headers={"Idempotency-Key": f"key-{short}"}) for body in bodies
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[0].content == answers[1].content


REFUSING: dict[str, tuple[Door, str]] = {
    "a classification": (TELLING["a classification"], "/account/id"),
    "a dry run": (FOLLOWING["a dry run"], "/account/id"),
    "a discovery": (FOLLOWING["a discovery"], "account_id"),
    "a handoff": (FOLLOWING["a handoff"], "/account_id"),
    "a conduct matter": (FOLLOWING["a conduct matter"], "/account_id"),
    "the standing": (FOLLOWING["the standing"], "account_id"),
    "the history": (FOLLOWING["the history"], "account_id"),
} | {
    f"a filter of {path}": (get(f"{path}?{name}={{}}"), name) for path, name in FILTERS.items() if name == "account_id"
}


@pytest.mark.parametrize("door", REFUSING)
def test_18_characters_that_do_not_fit_are_refused_by_the_name_of_the_field(api: Api, door: str) -> None:
    enter, field = REFUSING[door]
    slip = full_id(fresh()).swapcase()[:15] + "AAA"

    answer = enter(api, slip)

    hold_problem(answer, 422, "invalid_request")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == field
    assert error["detail"] == f'"{slip}" is not an id: its last three characters should be {full_id(slip[:15])[15:]}'


def test_such_an_id_harms_no_other_item_of_a_batch_and_no_other_event(api: Api) -> None:
    short, slip = fresh(), "0018a00001xyzabAAV"
    items = [request(id=account, **FIRST_ORDER) for account in (slip, short)]

    results = api.http.post("/v1/classifications/batch", json={"items": items}).json()["results"]
    Crm(api).outbound(notification(slip, KEY_ACCOUNT, number="slip"), notification(short, KEY_ACCOUNT, number="fit"))

    assert [result["status"] for result in results] == [422, 201]
    assert results[0]["problem"]["errors"][0]["pointer"] == "/items/0/account/id"
    assert Crm(api).newest(slip)["status"] == "rejected"
    assert Crm(api).newest(short)["status"] == "applied"
    signed = plain(api, slip)
    assert signed.status_code == 400
    assert "its last three characters should be AAA" in signed.json()["detail"]


@pytest.mark.parametrize("other", OTHERS)
def test_other_ids_are_left_as_they_are(api: Api, other: str) -> None:
    assert api.classify(id=other, **FIRST_ORDER)["account_id"] == other
    assert api.get(f"/v1/accounts/{other}")["account_id"] == other
    assert api.get("/v1/decisions", account_id=other)["items"][0]["account_id"] == other


def test_an_id_of_digits_alone_that_looks_like_one_is_found_as_it_was_sent(api: Api) -> None:
    api.classify(id="001000000000042", **FIRST_ORDER)

    assert api.get("/v1/accounts/001000000000042")["account_id"] == "001000000000042AAA"


def test_a_changeover_lists_from_behind_either_form(api: Api) -> None:
    shorts = [fresh() for _ in range(3)]
    facts: dict[str, Any] = {"df": 300, "lam_dev_count": 150, "last_activity_on": "2021-10-10", "created": "2022-03-01"}
    for short in shorts:
        assert api.classify(id=short, **facts)["team"] == "MM_TERRITORY"

    for after in (shorts[0], full_id(shorts[0])):
        answer = api.http.post(f"/v1/changeovers?dry_run=true&after={after}", json={"on": "2022-05-01"})
        assert [each["account_id"] for each in answer.json()["items"]] == list(map(full_id, shorts[1:]))
