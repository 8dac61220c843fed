"""What somebody does to the service itself is on record, and in the ledger, or it is not done."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from service.domain.keys import Scope
from service.store.errors import StoreUnavailableError
from service.store.keys import all_keys
from service.usecases.manage_keys import KeyOffice
from tests.api import Api
from tests.ledger.sealing import seal_all, sealed, sealer
from tests.problems import hold_problem

NDJSON = {"Accept": "application/x-ndjson"}


def acts(api: Api, **wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/audit/acts", **wanted)["items"]
    return found


def test_what_is_done_to_a_key_is_an_act(fresh_api: Api) -> None:
    office: KeyOffice = fresh_api.keys
    fresh_api.clock.advance(seconds=1)
    made = office.issue("clerk", frozenset({Scope.READ}), timedelta(days=9), by="Sample Operator")
    fresh_api.clock.advance(seconds=1)
    rotated = office.rotate(made.stored.id, timedelta(hours=2), by="Sample Operator")
    fresh_api.clock.advance(seconds=1)
    office.revoke(rotated.stored.id, by="Another")

    revoked, then, first = acts(fresh_api)[:3]
    assert [each["kind"] for each in (first, then, revoked)] == ["key_made", "key_rotated", "key_revoked"]
    assert [each["actor"] for each in (first, then, revoked)] == ["Sample Operator", "Sample Operator", "Another"]
    assert first["body"]["key_id"] == str(made.stored.id)
    assert first["body"]["scopes"] == ["read"]
    assert then["body"]["replaces"] == str(made.stored.id)
    assert made.key not in str(acts(fresh_api))
    assert [each["kind"] for each in acts(fresh_api, kind="key_revoked")] == ["key_revoked"]
    assert [each["kind"] for each in acts(fresh_api, actor="Another")] == ["key_revoked"]


def test_a_key_whose_act_cannot_be_recorded_is_not_made(fresh_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StoreUnavailableError("gone")

    before = all_keys(fresh_api.database.engine)
    monkeypatch.setattr("service.store.keys.add_act", refuse)

    with pytest.raises(StoreUnavailableError):
        fresh_api.keys.issue("clerk", frozenset({Scope.READ}), timedelta(days=9))

    assert all_keys(fresh_api.database.engine) == before


def test_what_is_done_to_a_subscriber_is_an_act(fresh_api: Api) -> None:
    wanted = {"name": "receiver", "url": "https://hooks.example.com/hidden-in-the-url"}
    made = fresh_api.http.post("/v1/subscribers", json=wanted, headers={"X-Request-ID": "of-the-act"}).json()
    path = f"/v1/subscribers/{made['id']}"
    for method, at in (("POST", "/secret-rotation"), ("POST", "/enabling"), ("DELETE", ""), ("DELETE", "")):
        fresh_api.clock.advance(seconds=1)
        body: dict[str, str] | None = {} if at == "/secret-rotation" else None
        assert fresh_api.http.request(method, f"{path}{at}", json=body).status_code == 200

    found = [each for each in acts(fresh_api) if each["kind"] != "key_made"]
    assert [each["kind"] for each in reversed(found)] == [
        "subscriber_made",
        "secret_rotated",
        "subscriber_enabled",
        "subscriber_ended",
    ]
    assert {each["actor"] for each in found} == {"tester"}
    assert found[-1]["request_id"] == "of-the-act"
    assert found[-1]["body"] == {
        "subscriber_id": made["id"],
        "name": "receiver",
        "target": "webhook",
        "host": "hooks.example.com",
    }
    assert "hidden" not in str(found)
    assert made["secret"] not in str(found)


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/accounts", "/v1/reviews", "/v1/handoffs", "/v1/audit/entries"])
def test_an_export_is_an_act_with_its_filter(fresh_api: Api, path: str) -> None:
    fresh_api.classify(id="acc-1", df=640)
    asked = {} if path.endswith(("entries", "handoffs")) else {"team": "MMKAFO"}

    assert fresh_api.http.get(path, params=asked).status_code == 200
    assert acts(fresh_api, kind="exported") == []
    assert fresh_api.http.get(path, params=asked, headers=NDJSON).status_code == 200

    (act,) = acts(fresh_api, kind="exported")
    assert act["actor"] == "tester"
    assert act["body"]["what"] == path.rpartition("/")[2]
    assert act["body"]["filter"] == {name: [value] for name, value in asked.items()}


def test_an_export_of_something_says_of_what(fresh_api: Api) -> None:
    fresh_api.classify(id="acc-1", df=640)

    asked = {"since": "2020-01-01T00:00:00Z"}
    assert fresh_api.http.get("/v1/accounts/acc-1/history", params=asked, headers=NDJSON).status_code == 200

    (act,) = acts(fresh_api, kind="exported")
    assert act["body"]["filter"] == {"account_id": ["acc-1"], "since": ["2020-01-01T00:00:00Z"]}


def test_an_export_whose_act_cannot_be_recorded_is_refused(fresh_api: Api) -> None:
    fresh_api.classify(id="acc-1", df=640)
    with fresh_api.database.engine.begin() as connection:
        refuse = {
            "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'attempt to write'); END",
            "postgresql": "ALTER TABLE acts ADD CONSTRAINT refuse CHECK (false) NOT VALID",
        }
        connection.execute(text(refuse[fresh_api.database.engine.dialect.name]))
    hold_problem(fresh_api.http.get("/v1/decisions", headers=NDJSON), 503, "store_unavailable")
    assert fresh_api.http.get("/v1/decisions").status_code == 200


def test_acts_are_sealed_and_say_nothing_personal_there(fresh_api: Api) -> None:
    fresh_api.classify(id="acc-1", df=640)
    fresh_api.http.get("/v1/accounts", params={"q": "Aurelia"}, headers=NDJSON)
    fresh_api.keys.issue("clerk", frozenset({Scope.READ}), timedelta(days=9), by="Sample Operator")
    seal_all(sealer(fresh_api.database))

    assert all(each["sequence"] is not None for each in acts(fresh_api))
    whole = b"".join(each.entry for each in sealed(fresh_api.database)[1] if each.kind == "act")
    assert b"exported" in whole
    assert b"Aurelia" not in whole
    assert b"Sample Operator" not in whole


def test_acts_are_told_to_auditors_alone(fresh_api: Api) -> None:
    reader = fresh_api.key("reader", Scope.READ, Scope.ADMIN)
    hold_problem(fresh_api.http.get("/v1/audit/acts", headers=reader), 403, "forbidden")
