"""All events that match are tried again in the background, each payload read once, whoever is killed meanwhile."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.crm.mapping import read_mapping
from service.domain.keys import Scope
from service.store.event_retries import claim_retry, note_retry
from service.store.events import find_payload
from service.store.inbox import Payload
from service.usecases import retry_events
from tests.api import Api, eventually, serving
from tests.application import Clock
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, Fields, change, milliseconds, notification
from tests.problems import hold_problem

PATH = "/v1/event-retries"
AT = milliseconds(NOW, days=-1)
ODD: Fields = {**KEY_ACCOUNT, "ZI_Employees__c": "about 640"}
BOTH: Fields = {**KEY_ACCOUNT, "Type": "Customer"}


MENDED = USUAL_TEXT + '\n[salesforce.values.zoominfo_employees]\n"about 640" = "640"\n'


def retried(api: Api, **wanted: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Ask for a retry, and wait for its end."""
    answer = api.http.post(PATH, json=wanted)
    assert (answer.status_code, answer.headers["location"]) == (202, f"{PATH}/{answer.json()['id']}")
    eventually(lambda: api.get(answer.headers["location"])["status"] == "done")
    found: dict[str, Any] = api.get(answer.headers["location"])
    return found


def counts(retry: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return (retry["tried"], retry["applied"], retry["superseded"], retry["rejected"])


def test_a_mended_mapping_reaches_all_that_has_a_remark_and_reads_each_payload_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [change(f"acc-{place}", at=AT + place, kind="CREATE", **ODD) for place in range(230)]  # type: ignore[arg-type]  # fields
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        crm = Crm(api)
        crm.changes(*told)
        crm.outbound(notification("acc-900", ODD), notification("acc-901", KEY_ACCOUNT, number=2))
        assert crm.standing("acc-7")["leading_employees"] is None
    read = Counter[UUID]()

    def counted(engine: Any, payload_id: UUID) -> Payload | None:  # noqa: ANN401 - an engine
        read[payload_id] += 1
        return find_payload(engine, payload_id)

    monkeypatch.setattr(retry_events, "find_payload", counted)
    inbound = replace(SET_UP, mapping=read_mapping(MENDED))
    with serving(database_url, clock=Clock(NOW), key="mender", inbound=inbound, at_work=True) as api:
        crm = Crm(api)
        retry = retried(api, remark=True)

        assert counts(retry) == (231, 231, 0, 0)
        assert (retry["requested_by"], list(read.values())) == ("mender", [1, 1])
        assert crm.events(remark="true") == []
        for account in ("acc-0", "acc-229", "acc-900"):
            assert (crm.standing(account)["leading_employees"], crm.standing(account)["actor"]) == (640, "mender")


def test_a_retry_takes_what_matches_and_nothing_else(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api:
        crm = Crm(api)
        crm.outbound(notification("acc-1", BOTH), notification("acc-2", ODD, number=2))
        api.clock.advance(hours=1)
        (dated_wrong,) = crm.changes(change("acc-3", at=1, Name="Acme"))
        (dismissed,) = crm.changes(change("acc-4", at=1, Name="Acme"))
        api.http.post(f"/v1/events/{dismissed['id']}/dismissal", json={"reason": "It is nobody's."})

        assert counts(retried(api, status="rejected")) == (2, 0, 0, 2)
        assert counts(retried(api, remark=False)) == (2, 0, 0, 2)
        assert counts(retried(api, status="applied")) == (1, 1, 0, 0)
        assert counts(retried(api)) == (3, 1, 0, 2)
        assert counts(retried(api, kind="opportunity")) == (0, 0, 0, 0)
        assert counts(retried(api, since=dated_wrong["received_at"])) == (1, 0, 0, 1)
        assert counts(retried(api, source="salesforce-outbound")) == (2, 1, 0, 1)
        assert counts(retried(api, status="dismissed")) == (1, 0, 0, 1)


def test_an_event_that_another_s_retry_made_good_is_read_anew_all_the_same(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_events, "IN_ONE_COMMIT", 1)
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        first = change("acc-1", at=AT, First_Order_Available__c=True, LAM_Dev_Count__c="few")
        second = change("acc-1", at=AT + 1, Type="Customer", ZI_Employees__c="about 640")
        assert [event["status"] for event in Crm(api).changes(first, second)] == ["applied", "rejected"]
    mapping = read_mapping(MENDED + '[salesforce.values.first_order_available]\n"true" = "false"\n')
    inbound = replace(SET_UP, mapping=mapping)
    with serving(database_url, clock=Clock(NOW), inbound=inbound, key="mender", at_work=True) as api:
        retried(api)
        assert [event["status"] for event in Crm(api).events()] == ["applied", "applied"]
        assert Crm(api).standing("acc-1")["leading_employees"] == 640


def test_one_that_was_interrupted_goes_on_and_tries_none_of_what_was_noted_again(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        crm = Crm(api)
        for place in range(3):
            api.clock.advance(seconds=1)
            crm.changes(change(f"acc-{place}", at=AT + place, kind="CREATE", **ODD))  # type: ignore[arg-type]  # fields
        location = api.http.post(PATH, json={}).headers["location"]
        claimed = claim_retry(api.database.engine, NOW, NOW.replace(minute=31))
        assert claimed is not None
        first = crm.newest("acc-0")
        note_retry(api.database.engine, claimed.id, UUID(first["payload_id"]), {"applied": 1}, NOW.replace(minute=31))
        assert claim_retry(api.database.engine, NOW, NOW.replace(minute=31)) is None
    inbound = replace(SET_UP, mapping=read_mapping(MENDED))
    with serving(database_url, clock=Clock(NOW.replace(minute=32)), key="m", inbound=inbound, at_work=True) as api:
        eventually(lambda: api.get(location)["status"] == "done")
        crm = Crm(api)
        assert counts(api.get(location)) == (3, 3, 0, 0)
        assert [len(event["remarks"]) for event in crm.events()] == [0, 0, 1]


def test_a_retry_needs_an_administrator_a_filter_that_is_one_and_is_asked_for_once_with_a_key(shared: Crm) -> None:
    http = shared.api.http
    reader = shared.api.key("reader", *(set(Scope) - {Scope.ADMIN}))
    hold_problem(http.post(PATH, json={}, headers=reader), 403, "forbidden")
    for wrong in ({"status": "lost"}, {"since": "yesterday"}, {"remark": "yes, please"}, {"actor": "crm"}):
        hold_problem(http.post(PATH, json=wrong), 422, "invalid_request")
    hold_problem(http.get(f"{PATH}/0198c0de-0000-7000-a000-000000000001"), 404, "not_found")
    answers = [http.post(PATH, json={}, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
