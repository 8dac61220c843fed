"""An old copy of the database is put back, and its history goes on: a checkpoint that was kept tells."""

import asyncio
from typing import Any

import pytest

from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.findings import Bad, Fault
from service.store.database import Readable
from service.store.engine import connect_engine
from service.store.ledger.reading import find_checkpoint
from service.usecases.verify_log import GoodLog
from tests.ledger.sealing import SIGNER, seal_all, sealer
from tests.ledger.test_tampering import ledger, record_later, verified


@pytest.mark.parametrize("kind", ["sqlite_databases", "postgres"])
def test_an_old_backup_that_was_put_back_and_gone_on_from_is_found_by_a_kept_checkpoint(
    request: pytest.FixtureRequest, kind: str
) -> None:
    databases: Any = request.getfixturevalue(kind)
    with databases.fresh() as url:
        with ledger(url):
            pass
        with databases.copy_of(url) as backup:  # which somebody puts in the place of the database afterwards
            asyncio.run(record_later(url, *(f"acc-lost-{number}" for number in range(20))))
            kept = newest(url)
            asyncio.run(record_later(backup, *(f"acc-other-{number}" for number in range(30)), minutes=2))
            assert newest(backup).size > kept.size
            database = Readable(connect_engine(backup))
            assert isinstance(verified(database), GoodLog)
            found = verified(database, [kept])
            database.engine.dispose()

    assert isinstance(found, Bad)
    assert (found.fault, found.last) == (Fault.REWRITTEN, kept.size - 1)


def newest(url: str) -> Checkpoint:
    """The newest checkpoint of a database, once all of it is sealed."""
    database = Readable(connect_engine(url))
    seal_all(sealer(database))
    opened = open_checkpoint(find_checkpoint(database.engine).note.encode(), [SIGNER.key])
    database.engine.dispose()
    assert isinstance(opened, Checkpoint)
    return opened
