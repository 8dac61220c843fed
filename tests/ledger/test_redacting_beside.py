"""A redaction while others record, read or were interrupted: it waits for whom it must, and keeps nobody for long."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Engine, text

from service.domain.ledger.findings import Bad
from service.domain.ledger.rebuilding import GoodExport, verify_export
from service.domain.ledger.receipts import check_line, read_line
from service.store import redactions
from service.store.engine import open_session
from service.store.errors import StoreUnavailableError
from service.store.ledger import queue, reading
from service.store.recorder.postgres_connection import lock_number
from service.usecases.redact import carry_out_next
from service.usecases.tell_ledger import lines_from
from service.wiring import new_id
from tests.api import Api, eventually, serving
from tests.application import Clock
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import WON, notification
from tests.ledger.sealing import SIGNER, seal_all, sealer

WHY = {"reason": "A request of the person whose name it is"}


def _ask(api: Api) -> None:
    api.classify(id="acc-1", name="Sample GmbH")
    assert api.http.post("/v1/accounts/acc-1/redaction", json=WHY).status_code == 202


def test_who_reads_sqlite_puts_it_off_and_keeps_nobody_from_recording(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, serving(url, patience=2) as api, ThreadPoolExecutor() as pool:
        _ask(api)
        reader = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM decisions").fetchall()

        found = pool.submit(carry_out_next, api.database, api.clock, new_id)
        while not found.done():
            api.classify(id="acc-2")
        assert isinstance(found.exception(), StoreUnavailableError)
        assert api.get("/v1/accounts/acc-1/redaction")["status"] == "under_way"

        reader.execute("COMMIT")
        assert carry_out_next(api.database, api.clock, new_id) is not None
        assert api.get("/v1/accounts/acc-1/redaction")["status"] == "done"


@pytest.mark.parametrize("name", [("account", "acc-1"), ("record", "opportunity", "006-open"), ("outbox",)])
def test_in_postgresql_it_waits_for_whoever_may_write_what_was_read_before(
    postgres: PostgresDatabases, name: tuple[str, ...]
) -> None:
    with postgres.fresh() as url, serving(url, clock=Clock(NOW), inbound=SET_UP, patience=1) as api:
        _ask(api)
        told = {**WON, "StageName": "Proposal"}
        Crm(api).outbound(notification("006-open", told, kind="Opportunity"))
        with api.database.engine.connect() as other:
            other.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": lock_number(*name)})
            with pytest.raises(StoreUnavailableError):
                carry_out_next(api.database, api.clock, new_id)

        assert carry_out_next(api.database, api.clock, new_id) is not None


def test_who_asks_while_another_does_is_told_the_same(postgres: PostgresDatabases) -> None:
    with postgres.fresh() as url, serving(url) as api, ThreadPoolExecutor() as pool:
        api.classify(id="acc-1", name="Sample GmbH")
        engine = api.database.engine
        asked = redactions.Redaction(
            id=new_id(),
            account_id="acc-1",
            reason=WHY["reason"],
            requested_by="another",
            requested_at=api.clock(),
            request_id="",
            needs_second=False,
        )
        with open_session(engine) as session:
            redactions.ask_for_redaction(session, asked)
            answer = pool.submit(api.http.post, "/v1/accounts/acc-1/redaction", json=WHY)
            eventually(lambda: _waiting(engine) > 0)
            session.commit()

        assert (answer.result().status_code, answer.result().json()["requested_by"]) == (202, "another")


def test_what_is_redacted_while_it_is_being_sealed_is_sealed_as_it_is_then(database_url: str) -> None:
    with serving(database_url) as api:
        _ask(api)
        carried: list[object] = []

        def random(size: int) -> bytes:
            # What is sealed was read, and is not written yet.
            if not carried:
                carried.append(carry_out_next(api.database, api.clock, new_id))
            return bytes(size)

        for _ in ("it is put off", "it is sealed"):
            seal_all(replace(sealer(api.database), random=random))

        lines = api.http.get("/v1/audit/entries", headers={"Accept": "application/x-ndjson"}).content.splitlines()
        *_, found = verify_export(lines, [SIGNER.key])
        assert isinstance(found, GoodExport), found
        assert (carried != [], found.redacted) == (True, 0)


def test_what_is_redacted_while_it_is_read_is_told_as_it_is_then(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(database_url) as api:
        _ask(api)
        seal_all(sealer(api.database))
        carried: list[object] = []

        def contents(*asked: Any) -> Any:  # noqa: ANN401 - as it is asked
            if not carried:
                carried.append(carry_out_next(api.database, api.clock, new_id))
            return queue.contents(*asked)

        monkeypatch.setattr(reading, "contents", contents)
        lines = [orjson.dumps(each) for each in lines_from(api.database, 0, 100, conduct=True)]

        assert carried
        checked = [read_line(orjson.loads(each)) for each in lines]
        assert [each if isinstance(each, Bad) else check_line(each) for each in checked] == [None] * len(lines)


def _waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0


def test_what_an_interrupted_one_changed_is_erased_too(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    erased: list[set[str]] = []

    def erase(_: Engine, tables: Sequence[str]) -> None:
        erased.append(set(tables))
        if len(erased) == 1:
            raise StoreUnavailableError("The database is being stopped")

    monkeypatch.setattr(redactions, "erase_what_was_freed", erase)
    with serving(database_url) as api:
        _ask(api)
        with pytest.raises(StoreUnavailableError):
            carry_out_next(api.database, api.clock, new_id)
        assert carry_out_next(api.database, api.clock, new_id) is not None

    assert erased[0] == erased[1] >= {"decisions", "accounts", "ledger_salts"}
