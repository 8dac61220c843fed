"""An account is redacted: nothing that names it, or was written about it, is left, and every proof holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Engine, text

from service.domain.keys import Scope
from service.domain.ledger.rebuilding import GoodExport, verify_export
from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from service.domain.redaction import REDACTED
from service.entrypoints.common.ledger_words import receipt_words
from service.store import erasing
from service.store.errors import StoreUnavailableError
from service.store.guards import unguarded
from service.usecases.redact import carry_out_next
from service.wiring import new_id
from tests.api import Api, serving
from tests.application import Clock
from tests.databases import SqliteDatabases
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT
from tests.ledger import told_of_one
from tests.ledger.sealing import SIGNER, seal_all, sealer
from tests.ledger.told_of_one import ACCOUNT, NAME, WORD, tell_everything
from tests.problems import hold_problem

PATH = f"/v1/accounts/{ACCOUNT}/redaction"
WHY = {"reason": "A request of the person whose name it is"}
EVERYWHERE = {
    *("decisions.facts", "accounts.name", "reviews.resolved_reason", "conduct_matters.reason", "idempotency_keys.body"),
    *(
        "handoffs.terms",
        "handoff_steps.step",
        "payloads.body",
        "events.remarks",
        "events.reason",
        "crm_records.known",
        "outbox.body",
    ),
    *("statements.body", "disputes.reason", "disputes.employee_counts", "disputes.evidence"),
    *("disputes.resolved_reason", "sales_records.body", "acts.body"),
}
"""Where the word stands before."""
LISTED = ("accounts", "decisions", "reviews?limit=500", "handoffs", "events", "conduct")
DECIDED = ("id", "team", "segment", "status", "rule", "actor", "kind")


@pytest.fixture
def told_api(database_url: str) -> Iterator[Api]:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        tell_everything(api)
        seal_all(sealer(api.database))
        yield api


def rows_with_word(engine: Engine) -> dict[str, list[str]]:
    """The rows that have the word, by table and column."""
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        tables = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if engine.dialect.name == "sqlite"
            else "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for table in connection.scalars(text(tables)).all():
            for row in connection.execute(text(f"SELECT * FROM {table}")).mappings():  # noqa: S608 - our own names
                for name, value in row.items():
                    shown = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    if WORD.lower().encode() in shown.lower():
                        found.setdefault(f"{table}.{name}", []).append(shown.decode())
    return found


def redact(api: Api) -> dict[str, Any]:
    """Ask for the redaction, and have it carried out."""
    answer = api.http.post(PATH, json=WHY)
    assert answer.status_code == 202, answer.text
    assert carry_out_next(api.database, api.clock, new_id) is not None
    seal_all(sealer(api.database))
    told: dict[str, Any] = api.get(PATH)
    return told


def test_nothing_of_it_is_left_in_any_table(told_api: Api) -> None:
    before = rows_with_word(told_api.database.engine)

    told = redact(told_api)

    assert rows_with_word(told_api.database.engine) == {}
    assert before.keys() >= EVERYWHERE
    assert (told["status"], told["redacted_at"] is not None) == ("done", True)


def test_nothing_of_it_is_left_in_what_is_answered(told_api: Api) -> None:
    decisions = told_api.get("/v1/decisions", account_id=ACCOUNT)["items"]

    redact(told_api)

    for path in (
        *(f"/v1/accounts/{ACCOUNT}{below}" for below in ("", "/rank", "/rank/history")),
        *(f"/v1/decisions/{each['id']}" for each in decisions),
        *(f"/v1/{listed}" for listed in LISTED),
        *("/v1/opportunities/006-duties/duties", f"/v1/web-directs?account_id={ACCOUNT}", "/v1/audit/acts"),
    ):
        answer = told_api.http.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert WORD.lower() not in answer.text.lower(), path
    assert told_api.get(f"/v1/accounts/{ACCOUNT}")["decision"]["facts"]["account"]["name"] == REDACTED
    assert told_api.get("/v1/accounts", q=WORD)["items"] == []
    # A retry finds its answer, and it says no more than the others.
    again = told_api.http.post(
        "/v1/classifications", json=told_of_one.classification(), headers={"Idempotency-Key": "classified"}
    )
    assert (again.status_code, again.json()["id"] in {each["id"] for each in decisions}) == (201, True)
    assert WORD.lower() not in again.text.lower()


def test_what_was_decided_stays_and_is_decided_alike_again(told_api: Api) -> None:
    def decided() -> list[Any]:
        found = told_api.get("/v1/decisions", account_id=ACCOUNT, limit=100)["items"]
        return [
            {name: each[name] for name in ("id", "team", "segment", "status", "rule", "actor", "kind")}
            for each in found
        ]

    before = decided()
    duties = told_api.get("/v1/opportunities/006-duties/duties")["items"][0]["duties"]

    redact(told_api)

    assert decided() == before
    for each in before:
        assert told_api.get(f"/v1/decisions/{each['id']}/replay")["agrees"] is True
    assert [(each["code"], each["applies"], each["met"]) for each in duties] == [
        (each["code"], each["applies"], each["met"])
        for each in told_api.get("/v1/opportunities/006-duties/duties")["items"][0]["duties"]
    ]


def test_every_receipt_given_before_verifies_and_one_given_after_says_what_is_redacted(told_api: Api) -> None:
    decisions = [each["id"] for each in told_api.get("/v1/decisions", account_id=ACCOUNT, limit=100)["items"]]
    kept = {each: told_api.http.get(f"/v1/audit/decisions/{each}/receipt").content for each in decisions}

    redact(told_api)

    for each, receipt in kept.items():
        assert isinstance(verify_receipt(receipt, [SIGNER.key]), GoodReceipt)
        now = verify_receipt(told_api.http.get(f"/v1/audit/decisions/{each}/receipt").content, [SIGNER.key])
        assert isinstance(now, GoodReceipt), now
        assert "/facts/account/name" in now.line.redacted
        assert "in the place of /facts/account/name" in "\n".join(receipt_words(now))


def test_the_whole_ledger_verifies_and_the_redaction_is_an_entry_of_it(told_api: Api) -> None:
    redact(told_api)

    lines = told_api.http.get("/v1/audit/entries", headers={"Accept": "application/x-ndjson"}).content.splitlines()
    *_, found = verify_export(lines, [SIGNER.key])
    assert isinstance(found, GoodExport), found
    assert found.redacted > 10
    acts = {each["kind"]: each for each in told_api.get("/v1/audit/acts")["items"]}
    assert acts["redaction_requested"]["body"]["reason"] == WHY["reason"]
    assert acts["redacted"]["body"]["account_id"] == ACCOUNT
    assert acts["redacted"]["body"]["rows"]["decisions"] >= 7
    assert acts["redacted"]["sequence"] is not None


def from_an_earlier_release(file: Path) -> None:
    """Have a SQLite file seem to be one in which something may have been freed and not overwritten."""
    connection = sqlite.connect(str(file))
    assert connection.execute("PRAGMA application_id").fetchone() != (0,)
    connection.execute("PRAGMA application_id = 0")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE freed AS SELECT ? AS word", [WORD])
    connection.execute("DROP TABLE freed")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("is_new", [True, False], ids=["a file of this release", "one of an earlier release"])
def test_no_byte_of_it_is_left_in_sqlites_files(sqlite_databases: SqliteDatabases, *, is_new: bool) -> None:
    with sqlite_databases.fresh() as url:
        file = Path(url.removeprefix("sqlite:///"))
        if not is_new:
            from_an_earlier_release(file)

        def with_word() -> list[str]:
            files = (file, file.with_name(f"{file.name}-wal"))
            return [each.name for each in files if each.exists() and WORD.lower().encode() in each.read_bytes().lower()]

        with serving(url, clock=Clock(NOW), inbound=SET_UP) as api:
            tell_everything(api)
            seal_all(sealer(api.database))
            assert with_word()
            redact(api)
            assert with_word() == []
            api.classify(id=ACCOUNT, name=NAME, df=640, on=None)
            redact(api)
            assert with_word() == []


def test_a_file_of_an_earlier_release_that_is_too_large_to_be_rewritten_waits_for_whoever_can(
    sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api:
        file = Path(url.removeprefix("sqlite:///"))
        api.classify(id=ACCOUNT, name=NAME)
        from_an_earlier_release(file)
        assert api.http.post(PATH, json=WHY).status_code == 202
        monkeypatch.setattr(erasing, "_LARGEST_REWRITTEN", file.stat().st_size - 1)

        with pytest.raises(StoreUnavailableError, match="too large"):
            carry_out_next(api.database, api.clock, new_id)
        assert api.get(PATH)["status"] == "under_way"

        with sqlite.connect(str(file)) as connection:
            connection.execute("PRAGMA secure_delete = 1")
            connection.commit()
            connection.execute("VACUUM")
            connection.execute("PRAGMA application_id = 1128811340")
        assert carry_out_next(api.database, api.clock, new_id) is not None
        assert WORD.lower().encode() not in file.read_bytes().lower()


def test_a_second_person_confirms_where_publishing_needs_one(database_url: str) -> None:
    with serving(database_url, second_key=True) as api:
        api.classify(id="acc-1", name="Sample GmbH")
        path = "/v1/accounts/acc-1/redaction"

        asked = api.http.post(path, json=WHY)
        assert (asked.status_code, asked.json()["status"]) == (202, "waits_for_confirmation")
        assert carry_out_next(api.database, api.clock, new_id) is None
        hold_problem(api.http.post(f"{path}/confirmation"), 403, "second_person_needed")

        confirmed = api.http.post(f"{path}/confirmation", headers=api.key("another", Scope.ADMIN))
        assert (confirmed.status_code, confirmed.json()["status"]) == (202, "under_way")
        assert carry_out_next(api.database, api.clock, new_id) is not None
        assert api.get("/v1/accounts/acc-1")["decision"]["facts"]["account"]["name"] == REDACTED
        acts = {each["kind"]: each["actor"] for each in api.get("/v1/audit/acts")["items"]}
        assert acts["redaction_requested"] == "tester"
        assert acts["redaction_confirmed"] == acts["redacted"] != "tester"


def test_what_cannot_be_redacted_is_refused(database_url: str) -> None:
    with serving(database_url) as api:
        hold_problem(api.http.post("/v1/accounts/nobody/redaction", json=WHY), 404, "not_found")
        hold_problem(api.http.get("/v1/accounts/nobody/redaction"), 404, "not_found")
        hold_problem(api.http.post("/v1/accounts/nobody/redaction/confirmation"), 404, "not_found")
        hold_problem(api.http.post("/v1/accounts/nobody/redaction", json={"reason": "No"}), 422, "invalid_request")
        without = api.key("classifier", Scope.CLASSIFY)
        hold_problem(api.http.post("/v1/accounts/nobody/redaction", json=WHY, headers=without), 403, "forbidden")


def test_an_account_of_which_only_rejected_events_tell_is_redacted_too(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        told = Crm(api).account(ACCOUNT, {**KEY_ACCOUNT, "Type": "Customer", "Name": NAME}, 1)
        assert told["status"] == "rejected"
        assert "payloads.body" in rows_with_word(api.database.engine)

        assert redact(api)["status"] == "done"

        assert rows_with_word(api.database.engine) == {}


def test_one_that_cannot_be_carried_out_holds_up_none_behind_it(database_url: str) -> None:
    with serving(database_url) as api:
        for account in ("acc-1", "acc-2"):
            api.classify(id=account, name="Sample GmbH")
            assert api.http.post(f"/v1/accounts/{account}/redaction", json=WHY).status_code == 202
            api.clock.advance(minutes=1)
        with api.database.engine.begin() as connection, unguarded(connection, "decisions"):
            broken = text("UPDATE decisions SET facts = 'none' WHERE account_id = 'acc-1'")
            connection.execute(broken)

        done = carry_out_next(api.database, api.clock, new_id)

        assert done is not None
        assert done.account_id == "acc-2"
        with pytest.raises(ValueError, match="invalid literal"):
            carry_out_next(api.database, api.clock, new_id)
