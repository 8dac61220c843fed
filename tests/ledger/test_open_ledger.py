"""Where the settings open the ledger, anybody reads its tree, and nothing else of it; and who cosigned is shown."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from service.domain.keys import Scope
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.notes import read_note_key
from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from service.store.ledger.cosignatures import keep_cosignature
from tests.api import Api, eventually, serving
from tests.commands import run_for_text
from tests.databases import SqliteDatabases
from tests.domain.ledger.auditor import entries, root_of, signed_tree
from tests.ledger.sealing import SIGNER, record, seal_all, sealer
from tests.ledger.witness import PREFIX, OwnWitness, witnessing
from tests.problems import hold_problem
from tests.servers import BOOTSTRAP_KEY
from tests.servers import serving as serving_apart
from tests.store.jobs import AT, recording

CLOSED = (
    "entries",
    "acts",
    "consistency?from=1&to=1",
    "decisions/{id}/proof",
    "decisions/{id}/receipt",
    "k/x/checkpoint",
)
OWN = OwnWitness(str(SIGNER.key))


@pytest.fixture
def opened(database_url: str) -> Iterator[Api]:
    """A service whose ledger is open, with a sealed decision."""
    with serving(database_url, ledger_open=True) as api:
        api.classify(id="acc-1", df=640)
        seal_all(sealer(api.database))
        yield api


def anybody(api: Api, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{api.url}/v1/audit/{path}", headers=headers)


def test_anybody_rebuilds_the_root_of_an_open_ledger(opened: Api) -> None:
    note = anybody(opened, "checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    _, size, root = signed_tree(note.content, str(SIGNER.key))

    def read(path: str) -> bytes:
        answer = anybody(opened, path)
        assert answer.headers["cache-control"].startswith("public, ")
        return answer.content

    assert root_of(entries(read, size)) == root
    assert anybody(opened, "tile/0/999").status_code == 404
    assert httpx.head(f"{opened.url}/v1/audit/checkpoint").status_code == 200


def test_anybody_verifies_the_tree_of_an_open_ledger(opened: Api) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHALKLINE_")}

    ran = run_for_text("verify", opened.url, "--no-records", "--key", str(SIGNER.key), environment=own)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"All of the ledger {SIGNER.name} of ")


def test_a_key_that_would_not_do_is_not_asked_for(opened: Api) -> None:
    for headers in ({"Authorization": "Bearer nonsense"}, opened.key("reader", Scope.READ)):
        assert anybody(opened, "checkpoint", **headers).status_code == 200


def test_nothing_else_of_it_is_open(opened: Api) -> None:
    decision = opened.get("/v1/decisions")["items"][0]["id"]
    for path in CLOSED:
        hold_problem(anybody(opened, path.format(id=decision)), 401, "unauthenticated")
    assert httpx.get(f"{opened.url}/v1/decisions").status_code == 401
    assert httpx.post(f"{opened.url}/v1/audit/checkpoint").status_code == 405


def test_an_open_entry_shows_no_name_and_no_text(opened: Api) -> None:
    opened.classify(id="acc-2", df=640, name="Sample Person GmbH", region="EMEA")
    seal_all(sealer(opened.database))
    _, size, _ = signed_tree(anybody(opened, "checkpoint").content, str(SIGNER.key))

    shown = b"".join(entries(lambda path: anybody(opened, path).content, size))

    assert b"acc-2" in shown
    for hidden in (b"Sample Person", b"tester", b"EMEA"):
        assert hidden not in shown


def test_a_ledger_that_is_not_opened_asks_for_a_key(database_url: str) -> None:
    with serving(database_url) as api:
        api.classify(id="acc-1", df=640)
        seal_all(sealer(api.database))
        for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"):
            hold_problem(anybody(api, path), 401, "unauthenticated")
        assert api.http.get("/v1/audit/tile/0/000.p/1").headers["cache-control"].startswith("private, ")


def test_the_newest_cosigned_checkpoint_is_there_though_the_newest_is_not_cosigned(opened: Api) -> None:
    hold_problem(anybody(opened, "checkpoint?cosigned=true"), 404, "not_found")
    first = anybody(opened, "checkpoint").text
    text = first.partition("\n\n")[0] + "\n"
    line = OWN.line(text).decode()
    keep_cosignature(opened.database.engine, int(text.split("\n")[1]), OWN.key, line, AT)
    cosigned = first + line
    assert anybody(opened, "checkpoint").text == cosigned
    assert anybody(opened, "checkpoint?cosigned=true").text == cosigned
    decision = opened.get("/v1/decisions")["items"][0]["id"]
    receipt = opened.http.get(f"/v1/audit/decisions/{decision}/receipt").content
    good = verify_receipt(receipt, [SIGNER.key, read_note_key(OWN.key)])
    assert isinstance(good, GoodReceipt)
    assert [said.by.name for said in good.checkpoint.cosigned] == [OWN.name]

    opened.classify(id="acc-2", df=640)
    seal_all(sealer(opened.database))

    assert OWN.name not in anybody(opened, "checkpoint").text
    assert anybody(opened, "checkpoint?cosigned=true").text == cosigned
    key = opened.key("auditor", Scope.AUDIT)["Authorization"].removeprefix("Bearer ")
    assert anybody(opened, f"k/{key}/checkpoint?cosigned=true").text == cosigned
    exported = opened.http.get("/v1/audit/entries", headers={"Accept": "application/x-ndjson"}).content
    assert orjson.loads(exported.splitlines()[-1])["checkpoint"] == anybody(opened, "checkpoint").text


def test_a_service_that_has_a_witness_is_cosigned(sqlite_databases: SqliteDatabases) -> None:
    own = OwnWitness(str(SIGNER.key))
    with sqlite_databases.fresh() as database, witnessing(own) as port:
        asyncio.run(seal_one(database))
        environment = {
            "CHALKLINE_LEDGER_OPEN": "true",
            "CHALKLINE_LEDGER_KEY": SIGNER.secret,
            "CHALKLINE_LEDGER_WITNESSES": orjson.dumps({f"http://127.0.0.1:{port}{PREFIX}/": own.key}).decode(),
            "CHALKLINE_DELIVERY_ALLOW_HTTP": "true",
            "CHALKLINE_DELIVERY_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }
        with serving_apart(Path(database.removeprefix("sqlite:///")), environment) as url:
            note = cosigned(url)
            acts = httpx.get(f"{url}/v1/audit/acts", headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"}).json()
    opened = open_checkpoint(note, [SIGNER.key, read_note_key(own.key)])
    assert isinstance(opened, Checkpoint)
    assert [said.by.name for said in opened.cosigned] == [own.name]
    (started,) = [act["body"] for act in acts["items"] if act["kind"] == "started"]
    assert (started["ledger_open"], started["ledger_witnesses"]) == (True, [own.key])


async def seal_one(url: str) -> None:
    async with recording(url) as database:
        await record(database, "acc-1")
        await asyncio.to_thread(seal_all, sealer(database))


def cosigned(url: str) -> bytes:
    """The newest cosigned checkpoint, once there is one."""
    found: list[bytes] = []

    def is_there() -> bool:
        answer = httpx.get(f"{url}/v1/audit/checkpoint?cosigned=true")
        found[:] = [answer.content] if answer.status_code == 200 else []
        return bool(found)

    eventually(is_there)
    return found[0]
