"""The key that signs: where it is, when one is made, what becomes of a wrong one, and how one follows another."""

import asyncio
import os
import stat
import time
from pathlib import Path

import httpx
import pytest

from service.domain.ledger.checkpoint import open_checkpoint
from service.domain.ledger.notes import NoteSigner, open_note, read_signer
from service.ledger import CheckpointFile, key_place
from service.settings import Settings
from service.store.ledger.reading import find_checkpoint
from service.usecases.ledger_key import KeyPlace, LedgerStoppedError
from service.usecases.seal import examine_ledger
from tests.commands import run_for_text
from tests.ledger.sealing import OTHER_SIGNER, SIGNER, Published, record, seal_all, sealer
from tests.servers import BOOTSTRAP_KEY, serving
from tests.store.jobs import recording

SECRET = SIGNER.secret


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path, database_url: str) -> None:
    place, told = KeyPlace(file=tmp_path / "key", origin="example.org/made"), Published()

    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1")
            assert examine_ledger(database, place) == "its key will be made"
            seal_all(sealer(database, place=place, told=told))

            made = read_signer((tmp_path / "key").read_text().strip())
            assert made.name == "example.org/made"
            assert told.keys == [(str(tmp_path / "key"), str(made.key))]
            assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
            assert find_checkpoint(database.engine).key == str(made.key)
            assert examine_ledger(database, place) == f"1 sealed, signed by {made.key}"

            (tmp_path / "key").unlink()
            for stopped in (sealer(database, place=place).step, lambda: examine_ledger(database, place)):
                with pytest.raises(LedgerStoppedError, match="the key that signed them is not here"):
                    stopped()
            assert not (tmp_path / "key").exists()

    asyncio.run(go())


def test_a_checkpoint_of_two_keys_leads_from_one_to_the_other(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            for signers, account in (([SIGNER], "acc-1"), ([OTHER_SIGNER, SIGNER], "acc-2"), ([OTHER_SIGNER], "acc-3")):
                await record(database, account)
                await asyncio.to_thread(seal_all, sealer(database, *signers))
                note = find_checkpoint(database.engine).note.encode()
                opened = open_note(note, [SIGNER.key, OTHER_SIGNER.key])
                assert not isinstance(opened, str)
                assert set(opened.signed_by) == {signer.key for signer in signers}
            with pytest.raises(LedgerStoppedError, match="not signed by a key"):
                examine_ledger(database, KeyPlace(lines=SECRET))

    asyncio.run(go())


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (KeyPlace(lines="PRIVATE+KEY+nonsense"), "cannot be used"),
        (KeyPlace(lines=SECRET, origin="example.org/another"), "is named example.org/another"),
        (KeyPlace(lines=f"{SECRET}\n{NoteSigner(name='b', seed=bytes(32)).secret}"), "is named example.org/ledger"),
        (KeyPlace(file=Path("/nonexistent/folder/key")), "cannot be written"),
        (KeyPlace(), "has no key"),
    ],
)
def test_a_key_that_cannot_be_meant_stops_sealing_with_a_sentence(database_url: str, place: KeyPlace, why: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1")
            with pytest.raises(LedgerStoppedError, match=why) as stopped:
                sealer(database, place=place).step()
            assert SECRET not in str(stopped.value)
            assert find_checkpoint(database.engine).size == 0

    asyncio.run(go())


def test_the_key_is_beside_a_sqlite_file_and_nowhere_beside_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def place(**settings: str) -> KeyPlace:
        for name, value in settings.items():
            monkeypatch.setenv(f"CHALKLINE_{name}", value)
        return key_place(Settings())

    assert place(DATABASE_URL="sqlite:///data/x.db").file == Path("data/x.db.ledger-key")
    assert place(DATABASE_URL="postgresql://x:y@z:1/w") == KeyPlace()
    assert place(LEDGER_KEY_FILE="/run/key", LEDGER_ORIGIN="a/b") == KeyPlace(file=Path("/run/key"), origin="a/b")
    monkeypatch.delenv("CHALKLINE_LEDGER_ORIGIN")
    assert place(LEDGER_KEY=SECRET).read() == (SIGNER,)


def test_a_published_checkpoint_is_whole_and_replaced(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoint")
    assert file.read() is None
    for note in ("one\n", "two\n"):
        file.write(note)
        assert file.read() == note
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint"]
    nowhere = CheckpointFile(None)
    nowhere.write("one\n")
    assert nowhere.read() is None


def test_a_service_seals_by_itself_and_publishes(tmp_path: Path) -> None:
    database, published = tmp_path / "chalkline.db", tmp_path / "checkpoint"
    environment = {"CHALKLINE_LEDGER_CHECKPOINT_FILE": str(published), "CHALKLINE_LEDGER_ORIGIN": "example.org/ours"}
    with serving(database, environment) as url, httpx.Client(base_url=url) as http:
        http.headers["Authorization"] = f"Bearer {BOOTSTRAP_KEY}"
        signer = None
        for _ in range(200):
            acts = http.get("/v1/audit/acts").json()["items"]
            if acts and all(act["sequence"] is not None for act in acts):
                signer = read_signer((tmp_path / "chalkline.db.ledger-key").read_text().strip())
                break
            time.sleep(0.05)
        assert signer is not None
        assert sorted(act["kind"] for act in acts) == ["key_made", "started"]
        note = http.get("/v1/audit/checkpoint").content
        opened = open_checkpoint(note, [signer.key])
        assert not isinstance(opened, str)
        assert (opened.origin, opened.size) == ("example.org/ours", 2)
        assert published.read_bytes() == note

    with serving(database, environment) as url, httpx.Client(base_url=url) as http:
        http.headers["Authorization"] = f"Bearer {BOOTSTRAP_KEY}"
        assert len(http.get("/v1/audit/acts").json()["items"]) == 2  # it starts as it did before
        known = {"CHALKLINE_KEY": BOOTSTRAP_KEY, "CHALKLINE_LEDGER_PUBLIC_KEY": str(signer.key)}
        found = run_for_text("verify", url, environment={**os.environ, **known})
        assert found.returncode == 0, found.stderr


def test_a_key_is_made_by_a_command_for_those_who_keep_it_elsewhere() -> None:
    made = run_for_text("ledger", "new-key", "example.org/ledger")
    signer = read_signer(made.stdout.strip())
    assert str(signer.key) in made.stderr
    assert KeyPlace(lines=made.stdout).read() == (signer,)
    assert run_for_text("ledger", "new-key", "example.org/ledger").stdout != made.stdout
    assert run_for_text("ledger", "new-key", "a b").returncode == 2
