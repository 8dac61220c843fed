"""Batches over HTTP: recorded part by part, so that nobody waits for a whole one, and answered once all is durable."""

from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from service.store.errors import StoreUnavailableError
from tests.api import Api, serving
from tests.builders import request
from tests.databases import PostgresDatabases
from tests.problems import hold_problem
from tests.store.holding import account_held

MANY = 230


def accounts(name: str, count: int = MANY) -> list[dict[str, Any]]:
    return [request(id=f"{name}-{number}", df=640) for number in range(count)]


def post(api: Api, items: list[dict[str, Any]], key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.http.post("/v1/classifications/batch", json={"items": items}, headers=headers)


def decisions_of(api: Api, account: str) -> int:
    return len(api.get("/v1/decisions", account_id=account)["items"])


def test_every_item_of_a_large_batch_is_answered_in_its_place(api: Api) -> None:
    items = accounts("placed")
    items[150] = request(id="placed-150", df=640) | {"mistyped": 1}

    results = post(api, items).json()["results"]

    assert [each["status"] for each in results] == [201] * 150 + [422] + [201] * (MANY - 151)
    assert results[150]["problem"]["errors"][0]["pointer"] == "/items/150/mistyped"
    named = [each["decision"]["account_id"] for each in results if each["status"] == 201]
    assert named == [item["account"]["id"] for item in items if "mistyped" not in item]


def test_a_large_batch_that_is_sent_again_with_its_key_is_answered_to_the_byte_and_recorded_once(api: Api) -> None:
    items = accounts("again")

    first, again = post(api, items, "batch-1"), post(api, items, "batch-1")

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert "Idempotent-Replayed" not in first.headers
    assert int(first.headers["Content-Length"]) == len(first.content)
    assert [decisions_of(api, account) for account in ("again-0", "again-229")] == [1, 1]
    hold_problem(post(api, items[1:], "batch-1"), 422, "idempotency_key_reused")


def test_the_answer_that_an_earlier_release_kept_for_a_whole_batch_is_given_again(api: Api) -> None:
    items = accounts("whole")
    kept = post(api, items, "batch-2").content
    keep_whole(api, "batch-2", kept)

    again = post(api, items, "batch-2")

    assert (again.content, again.headers["Idempotent-Replayed"]) == (kept, "true")
    assert decisions_of(api, "whole-229") == 1


def test_a_batch_that_was_recorded_in_parts_of_another_size_is_answered_as_it_was(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = accounts("resized")
    kept = post(api, items, "batch-5").content
    before = api.rows()
    monkeypatch.setattr("service.entrypoints.api.parts._TOGETHER", 30)

    again = post(api, items, "batch-5")

    assert (again.content, again.headers["Idempotent-Replayed"]) == (kept, "true")
    assert api.rows() == before


def keep_whole(api: Api, key: str, answer: bytes) -> None:
    """Let the answer be kept as it was where a batch was recorded in one commit."""
    changes = "body = :body, fingerprint = replace(fingerprint, ' in parts', '')"
    with api.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM idempotency_keys WHERE key LIKE :key || ' %'"), {"key": key})
        connection.execute(
            text(f"UPDATE idempotency_keys SET {changes} WHERE key = :key"),  # noqa: S608 - our own
            {"key": key, "body": answer},
        )


def test_a_key_that_was_purged_before_that_of_a_later_part_serves_for_another_request(api: Api) -> None:
    first, other = accounts("purged", 110), accounts("other", 110)
    assert post(api, first, "batch-4").status_code == 200
    with api.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM idempotency_keys WHERE key = 'batch-4'"))

    answered, again = post(api, other, "batch-4"), post(api, other, "batch-4")

    assert [each["status"] for each in answered.json()["results"]] == [201] * 110
    assert [decisions_of(api, account) for account in ("other-0", "other-109", "purged-109")] == [1, 1, 1]
    assert (again.content, again.headers["Idempotent-Replayed"]) == (answered.content, "true")


def test_where_nothing_was_recorded_before_the_database_went_away_the_whole_batch_is_503(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise StoreUnavailableError("The database is away")

    refused = [item | {"mistyped": 1} for item in accounts("refused", 100)]
    monkeypatch.setattr(api.database.recorder, "record", away)
    for items in (refused + accounts("away", 50), accounts("away", 50)):
        answer = post(api, items)
        hold_problem(answer, 503, "store_unavailable")
        assert answer.headers["Retry-After"]


def test_where_an_account_is_held_the_items_that_were_not_recorded_say_so(postgres: PostgresDatabases) -> None:
    items = accounts("held")
    with postgres.fresh() as url, serving(url, patience=2) as api, account_held(url, "held-150"):
        answered = post(api, items)

        results = answered.json()["results"]
        assert [each["status"] for each in results] == [201] * 150 + [503] * (MANY - 150)
        assert results[150]["problem"]["type"].endswith("store_busy")
        assert [decisions_of(api, account) for account in ("held-0", "held-150", "held-229")] == [1, 0, 0]


def test_the_larger_items_are_the_fewer_are_recorded_together(postgres: PostgresDatabases) -> None:
    items = [request(id=f"large-{number}", third=[640] * 47) for number in range(30)]
    with postgres.fresh() as url, serving(url, patience=2) as api, account_held(url, "large-15"):
        results = post(api, items).json()["results"]

    assert [each["status"] for each in results] == [201] * 15 + [503] * 15


def test_a_batch_with_a_key_that_was_broken_off_goes_on_where_it_was(postgres: PostgresDatabases) -> None:
    items = accounts("held")
    with postgres.fresh() as url, serving(url, patience=2) as api:
        with account_held(url, "held-150"):
            hold_problem(post(api, items, "batch-3"), 503, "store_busy")
        whole, again = post(api, items, "batch-3"), post(api, items, "batch-3")

        results = orjson.loads(whole.content)["results"]
        assert [each["status"] for each in results] == [201] * MANY
        assert [decisions_of(api, each["decision"]["account_id"]) for each in results[::50]] == [1] * 5
        assert again.content == whole.content
