"""The ledger over HTTP, read as any client of such logs reads one, with what the specifications say and no more."""

from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from service.domain.keys import Scope
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.findings import Bad
from service.domain.ledger.merkle import is_consistent, is_included, leaf_hash
from service.domain.ledger.rebuilding import GoodExport, verify_export
from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from service.entrypoints.common import proving
from service.store.decisions import find_decision
from tests.api import Api, serving
from tests.builders import request as request_body
from tests.ledger.naive import naive_root
from tests.ledger.sealing import SIGNER, seal_all, sealer
from tests.problems import hold_problem

NOBODY = {"Authorization": ""}
DECISIONS = 300


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """A service with three hundred sealed decisions."""
    databases: Any = request.getfixturevalue("sqlite_databases" if request.param == "sqlite" else "postgres")
    with databases.fresh() as url, serving(url) as served:
        items = [request_body(id=f"acc-{number}", df=640) for number in range(DECISIONS)]
        assert served.http.post("/v1/classifications/batch", json={"items": items}).status_code == 200
        seal_all(sealer(served.database))
        yield served


@pytest.fixture(scope="module")
def auditor(api: Api) -> dict[str, str]:
    return api.key("auditor", Scope.AUDIT)


def checkpoint(api: Api, auditor: dict[str, str]) -> Checkpoint:
    answer = api.http.get("/v1/audit/checkpoint", headers=auditor)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    opened = open_checkpoint(answer.content, [SIGNER.key])
    assert isinstance(opened, Checkpoint)
    return opened


def tile(api: Api, auditor: dict[str, str], path: str) -> httpx.Response:
    return api.http.get(f"/v1/audit/tile/{path}", headers=auditor)


def entries_of(bundle: bytes) -> list[bytes]:
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


def test_a_client_of_such_logs_rebuilds_the_root_from_the_tiles(api: Api, auditor: dict[str, str]) -> None:
    newest = checkpoint(api, auditor)
    assert newest.size >= DECISIONS
    rest = newest.size - 256
    bundles = [tile(api, auditor, path) for path in ("entries/000", f"entries/001.p/{rest}")]
    leaves = [tile(api, auditor, path) for path in ("0/000", f"0/001.p/{rest}", "1/000.p/1")]

    assert [answer.status_code for answer in (*bundles, *leaves)] == [200] * 5
    assert "immutable" in bundles[0].headers["cache-control"]
    assert "immutable" not in bundles[1].headers["cache-control"]
    entries = [entry for bundle in bundles for entry in entries_of(bundle.content)]
    assert len(entries) == newest.size
    assert naive_root(entries) == newest.root
    hashes = b"".join(sha256(b"\x00" + entry).digest() for entry in entries)
    assert hashes == leaves[0].content + leaves[1].content
    assert leaves[2].content == naive_root(entries[:256])


@pytest.mark.parametrize("path", ["0/001", "0/001.p/200", "0/002.p/1", "1/000", "entries/001", "2/000.p/1", "64/000"])
@pytest.mark.parametrize("other", ["", "x"])
def test_what_the_tree_does_not_have_yet_is_not_found(api: Api, auditor: dict[str, str], path: str, other: str) -> None:
    hold_problem(tile(api, auditor, path + other), 404, "not_found")


def test_a_decision_is_proved_by_the_newest_checkpoint(api: Api, auditor: dict[str, str]) -> None:
    newest = checkpoint(api, auditor)
    decision = api.get("/v1/decisions", account_id="acc-7")["items"][0]
    proof = api.http.get(f"/v1/audit/decisions/{decision['id']}/proof", headers=auditor).json()

    assert (proof["sequence"], proof["size"]) == (decision["sequence"], newest.size)
    hashes = [b64decode(each) for each in proof["hashes"]]
    assert is_included(leaf_hash(proof["entry"].encode()), proof["sequence"], newest.size, hashes, newest.root)
    plain = orjson.loads(proof["entry"])["plain"]
    for name in ("status", "segment", "team", "rule", "policy", "effective_on", "recorded_at", "previous_decision_id"):
        assert plain[name] == decision[name]


def test_what_is_not_sealed_yet_is_told_and_what_is_not_there_is_not_found(api: Api, auditor: dict[str, str]) -> None:
    new = api.classify(id="unsealed", df=640)
    assert new["sequence"] is None
    problem = api.http.get(f"/v1/audit/decisions/{new['id']}/proof", headers=auditor)
    hold_problem(problem, 409, "not_sealed")
    assert problem.headers["retry-after"]
    nothing = "0198c0de-0000-7000-a000-000000000001"
    hold_problem(api.http.get(f"/v1/audit/decisions/{nothing}/proof", headers=auditor), 404, "not_found")


def test_every_two_trees_are_proved_consistent(api: Api, auditor: dict[str, str]) -> None:
    newest = checkpoint(api, auditor)
    entries = api.http.get("/v1/audit/entries", params={"limit": 500}, headers=auditor).json()["items"]
    whole = [each["entry"].encode() for each in entries]
    assert naive_root(whole) == newest.root
    for first, second in ((1, 2), (7, 256), (255, 257), (256, newest.size), (299, newest.size), (5, 5)):
        asked = {"from": first, "to": second}
        proof = api.http.get("/v1/audit/consistency", params=asked, headers=auditor).json()
        hashes = [b64decode(each) for each in proof["hashes"]]
        assert is_consistent(first, second, naive_root(whole[:first]), naive_root(whole[:second]), hashes)
    for asked in ({"from": 3, "to": 2}, {"from": 0, "to": 2}, {"from": 1, "to": 10_000}):
        answer = api.http.get("/v1/audit/consistency", params=asked, headers=auditor)
        hold_problem(answer, 422, "invalid_request")


def test_entries_are_listed_from_a_number_on_and_streamed(api: Api, auditor: dict[str, str]) -> None:
    first = api.http.get("/v1/audit/entries", params={"since": 290, "limit": 4}, headers=auditor)
    assert [each["number"] for each in first.json()["items"]] == [290, 291, 292, 293]
    then = api.http.get(first.headers["link"].partition(">")[0].removeprefix("<"), headers=auditor)
    assert then.json()["items"][0]["number"] == 294
    streamed = api.http.get(
        "/v1/audit/entries", params={"since": 10}, headers=auditor | {"Accept": "application/x-ndjson"}
    )
    lines = [orjson.loads(line) for line in streamed.content.splitlines()]
    assert [each["number"] for each in lines[:-1]] == list(range(10, 10 + len(lines) - 1))
    export = streamed.content.splitlines()
    *_, good = verify_export(export, [SIGNER.key])
    assert isinstance(good, GoodExport)
    assert (good.first, good.redacted) == (10, 0)


def test_a_receipt_is_checked_without_the_service(api: Api, auditor: dict[str, str]) -> None:
    decision = api.get("/v1/decisions", account_id="acc-9")["items"][0]
    answer = api.http.get(f"/v1/audit/decisions/{decision['id']}/receipt", headers=auditor)

    assert answer.json()["decision"] == decision
    assert answer.json()["key"] == str(SIGNER.key)
    good = verify_receipt(answer.content, [SIGNER.key])
    assert isinstance(good, GoodReceipt), good
    assert good.line.redacted == ()
    forged = answer.content.replace(b'"rule":"ROUTE-', b'"rule":"OTHER-', 1)
    assert forged != answer.content
    assert isinstance(verify_receipt(forged, [SIGNER.key]), Bad)


def test_a_receipt_asked_for_while_the_decision_is_sealed_names_its_number(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(database_url) as api:
        decision = api.classify(id="acc-1")
        find = find_decision

        def sealed_since(*asked: Any) -> Any:  # noqa: ANN401 - as what it stands for
            found = find(*asked)
            seal_all(sealer(api.database))
            return found

        monkeypatch.setattr(proving, "find_decision", sealed_since)
        receipt = api.http.get(f"/v1/audit/decisions/{decision['id']}/receipt").content

    assert isinstance(verify_receipt(receipt, [SIGNER.key]), GoodReceipt)


def test_a_key_in_the_path_reads_checkpoint_and_tiles_and_stands_in_no_log(api: Api, auditor: dict[str, str]) -> None:
    key = auditor["Authorization"].removeprefix("Bearer ")
    prefix = f"/v1/audit/k/{key}"
    answers = [
        api.http.get(f"{prefix}/checkpoint", headers=NOBODY),
        api.http.get(f"{prefix}/tile/0/000", headers=NOBODY),
        api.http.get(f"{prefix}/tile/entries/000", headers=NOBODY),
        api.http.get(f"{prefix}/tile/0/999", headers=NOBODY),
        api.http.get(f"/v1/audit/k/{key}x/checkpoint", headers=NOBODY),
        api.http.post(f"{prefix}/checkpoint", headers=NOBODY),
        api.http.get(f"{prefix}/nothing", headers=NOBODY),
        api.http.get(prefix, headers=NOBODY),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 401, 405, 404, 404]
    assert answers[0].content == api.http.get("/v1/audit/checkpoint", headers=auditor).content
    told = [str(answer.headers) + (answer.text if answer.is_error else "") for answer in answers]
    logged = [str(api.log_of(answer.headers["x-request-id"])) for answer in answers]
    assert not [text for text in (*told, *logged, api.http.get("/metrics").text) if key in text]


def test_a_key_in_the_path_has_the_scope_audit_alone(api: Api) -> None:
    for scope in Scope:
        key = api.key(f"path {scope}", scope)["Authorization"].removeprefix("Bearer ")
        answer = api.http.get(f"/v1/audit/k/{key}/checkpoint", headers=NOBODY)
        assert answer.status_code == (200 if scope is Scope.AUDIT else 401)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_verb_changes_an_entry(api: Api, method: str) -> None:
    for path in (
        "checkpoint",
        "tile/0/000",
        "tile/entries/000",
        "entries",
        "acts",
        "consistency",
        "decisions/0198c0de-0000-7000-a000-000000000001/proof",
    ):
        answer = api.http.request(method, f"/v1/audit/{path}", json={})
        hold_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"


def test_before_anything_is_sealed_there_is_no_checkpoint(fresh_api: Api) -> None:
    hold_problem(fresh_api.http.get("/v1/audit/checkpoint"), 404, "not_found")
    assert fresh_api.get("/v1/audit/entries") == {"items": []}
    measured = fresh_api.http.get("/metrics").text
    assert "chalkline_ledger_entries 0.0" in measured
    fresh_api.classify(id="waits", df=640)
    fresh_api.clock.advance(seconds=7)
    assert "chalkline_ledger_lag_seconds" in fresh_api.http.get("/metrics").text
