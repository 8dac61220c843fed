"""The ledger's newest checkpoint reaches who asks for it: at most once in a while, only another one, and once."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from service import wiring
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.notes import to_base64
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.notices import run_notices
from service.store.delivery.due_checkpoint import notice_checkpoint
from tests.api import Api, serving
from tests.inbox.test_notices import subscribe, told
from tests.ledger.sealing import SIGNER, seal_all, sealer

HOUR = timedelta(hours=1)


@pytest.fixture
def asked(database_url: str) -> Iterator[tuple[Api, UUID]]:
    """A service with one subscriber who asks for checkpoints alone."""
    with serving(database_url) as api:
        yield api, subscribe(api, types=["ledger.checkpoint"])


def seal(api: Api, account: str) -> None:
    api.classify(id=account, df=640)
    seal_all(sealer(api.database))


def notice(api: Api, every: timedelta = HOUR, **later: float) -> int:
    """Look for a newer checkpoint by then, as a worker does."""
    api.clock.advance(**later)
    return notice_checkpoint(api.database.engine, api.clock(), every, wiring.new_id)


def outbox(api: Api) -> list[str]:
    with api.database.engine.connect() as connection:
        return list(connection.scalars(text("SELECT account_id FROM outbox WHERE type = 'ledger.checkpoint'")))


def test_it_is_the_newest_as_it_was_signed(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    assert notice(api) == 0
    seal(api, "acc-1")
    seal(api, "acc-2")

    assert notice(api) == 1
    (message,) = told(api, subscriber)

    data: dict[str, Any] = message["data"]
    opened = open_checkpoint(data["note"].encode(), [SIGNER.key])
    assert isinstance(opened, Checkpoint)
    assert data["note"] == api.http.get("/v1/audit/checkpoint").text
    assert (data["origin"], data["size"], data["root"]) == (opened.origin, opened.size, to_base64(opened.root))
    assert data["text"] == f"The ledger {SIGNER.name} has {opened.size} entries."
    (delivery,) = api.get("/v1/deliveries", subscriber_id=str(subscriber))["items"]
    assert (delivery["type"], delivery["account_id"]) == ("ledger.checkpoint", SIGNER.name)


def test_another_is_told_after_an_hour_at_the_earliest_and_only_another(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    seal(api, "acc-1")
    assert (notice(api), notice(api, hours=2)) == (1, 0)
    seal(api, "acc-2")
    assert (notice(api), notice(api)) == (1, 0)
    seal(api, "acc-3")
    assert (notice(api, minutes=59), notice(api, minutes=1), notice(api, hours=3)) == (0, 1, 0)


def test_with_an_interval_of_nothing_none_is_told(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    seal(api, "acc-1")

    assert (notice(api, timedelta(0)), notice(api, timedelta(0), days=3), notice(api)) == (0, 0, 1)


def test_where_nobody_asks_none_is_put_anywhere_and_who_asks_then_is_told_at_once(database_url: str) -> None:
    with serving(database_url) as api:
        subscribe(api, name="of decisions")
        seal(api, "acc-1")
        assert (notice(api), outbox(api)) == (0, [])

        subscriber = subscribe(api, name="of checkpoints", types=["ledger.checkpoint"])

        assert notice(api) == 1
        assert [each["type"] for each in told(api, subscriber)] == ["ledger.checkpoint"]


def test_two_workers_tell_it_once(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    for number in range(4):
        seal(api, f"acc-{number}")
        api.clock.advance(hours=1)
        with ThreadPoolExecutor(4) as workers:
            counts = list(workers.map(lambda _: notice(api), range(4)))
        assert sum(counts) == 1
    assert len(outbox(api)) == 4


def test_a_worker_looks_for_it_with_the_other_notices(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    seal(api, "acc-1")
    quiet = lambda *_, **__: None  # noqa: E731 - says nothing
    worker = WorkerContext(database=api.database, now=api.clock, pause=0, log=quiet, warn=quiet, log_fault=quiet)

    found = [asyncio.run(run_notices(worker, UTC, wiring.new_id, every)) for every in (timedelta(0), HOUR, HOUR)]

    assert found == [False, True, False]
