"""Whoever watches the service is told how far the ledger is, how much waits, and that sealing stopped."""

import asyncio
import json
import os
import re
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import text

from service import wiring
from service.domain.ledger.notes import NoteSigner
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.ledger import Sealing
from service.store.ledger.cosignatures import keep_cosignature
from service.store.ledger.reading import find_checkpoint
from tests.api import Api, serving
from tests.application import Clock
from tests.commands import run_for_text
from tests.ledger.sealing import OTHER_SIGNER, SIGNER, seal_all, sealer
from tests.ledger.witness import OwnWitness
from tests.store.jobs import AT


def measured(api: Api) -> dict[str, float]:
    page = api.http.get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^chalkline_ledger_(\w+) (\S+)$", page, re.MULTILINE)}


def examined(url: str, key: NoteSigner | None) -> tuple[int, str, list[str]]:
    """How ``chalkline doctor`` ends, what it says of the ledger, and what it says is wrong."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHALKLINE_")}
    given = {"CHALKLINE_DATABASE_URL": url} | ({} if key is None else {"CHALKLINE_LEDGER_KEY": key.secret})
    ran = run_for_text("doctor", "--json", environment=own | given)
    told: dict[str, Any] = json.loads(ran.stdout)
    return ran.returncode, told["database"]["ledger"] or "", told["wrong"]


def test_size_what_waits_and_since_when_are_measured(database_url: str) -> None:
    with serving(database_url, clock=Clock(wiring.now())) as api:
        api.classify(id="acc-1", df=640)
        seal_all(sealer(api.database))
        sealed = measured(api)
        api.classify(id="acc-2", df=640)
        api.clock.advance(seconds=600)
        waits = measured(api)

    assert (sealed["entries"] > 0, sealed["waiting"], sealed["lag_seconds"]) == (True, 0, 0)
    assert (waits["entries"], waits["waiting"]) == (sealed["entries"], 1)
    assert 500 < waits["lag_seconds"] < 700


def test_sealing_that_stopped_is_measured_until_it_goes_on(fresh_api: Api) -> None:
    seal_all(sealer(fresh_api.database))
    fresh_api.classify(id="acc-1", df=640)
    warned: list[str] = []
    quiet = lambda *_, **__: None  # noqa: E731 - says nothing
    context = WorkerContext(
        database=fresh_api.database,
        now=fresh_api.clock,
        pause=0,
        log=quiet,
        warn=lambda event, **_: warned.append(event),
        log_fault=quiet,
    )
    stopped = Gauge("stopped", "As of the worker.", registry=CollectorRegistry())
    values = []

    for key in (OTHER_SIGNER, SIGNER):
        asyncio.run(Sealing(sealer(fresh_api.database, key), stopped.set).step(context))
        values.append(next(iter(stopped.collect())).samples[0].value)

    assert values == [1, 0]
    assert warned == ["ledger_stopped"]


def test_the_doctor_tells_how_far_it_is_and_why_it_stopped(database_url: str) -> None:
    with serving(database_url) as api:
        api.classify(id="acc-1", df=640)
        seal_all(sealer(api.database))
        api.classify(id="acc-2", df=640)
        with api.database.engine.connect() as connection:
            size = connection.scalar(text("SELECT max(size) FROM ledger_checkpoints"))

    status, told, wrong = examined(database_url, SIGNER)
    assert (status, wrong) == (0, [])
    assert re.fullmatch(
        rf"{size} sealed, signed by {re.escape(str(SIGNER.key))}; 1 waiting, the oldest for \d+ s", told
    )

    for key, says in ((OTHER_SIGNER, "not signed by a key"), (None, "the key that signed them is not here")):
        status, _, wrong = examined(database_url, key)
        assert status == 1
        assert [says in each for each in wrong] == [True]


def test_the_doctor_of_a_ledger_without_entries_finds_nothing_wrong(database_url: str) -> None:
    with serving(database_url):
        pass

    status, told, wrong = examined(database_url, None)

    assert (status, wrong) == (0, [])
    assert "waiting" in told


def test_the_doctor_tells_how_far_each_witness_is(database_url: str) -> None:
    first, second = OwnWitness(str(SIGNER.key)), OwnWitness(str(SIGNER.key), name="witness.example/w2", seed=bytes(32))
    with serving(database_url) as api:
        api.classify(id="acc-1", df=640)
        seal_all(sealer(api.database))
        size = find_checkpoint(api.database.engine).size
        keep_cosignature(api.database.engine, size, first.key, first.line("a text\n").decode(), AT)
        api.classify(id="acc-2", df=640)
        seal_all(sealer(api.database))

    set_up = {"https://w.example/1": first.key, "https://w.example/2": second.key}
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHALKLINE_")}
    settings = {
        "CHALKLINE_DATABASE_URL": database_url,
        "CHALKLINE_LEDGER_KEY": SIGNER.secret,
        "CHALKLINE_LEDGER_WITNESSES": json.dumps(set_up),
    }
    told = json.loads(run_for_text("doctor", "--json", environment=own | settings).stdout)

    assert told["wrong"] == []
    assert told["database"]["witnesses"] == [
        f"{first.name} has cosigned {size} of {size + 1}, the last at 2026-01-05 09:00:00 UTC",
        f"{second.name} has cosigned nothing",
    ]
