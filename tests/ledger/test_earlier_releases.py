"""What earlier releases recorded is sealed once there is a ledger, and is answered as it was sealed."""

from pathlib import Path

import orjson
import pytest

from service.domain.ledger.rebuilding import GoodExport, verify_export
from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from service.usecases.tell_ledger import export_from
from tests.databases import SqliteDatabases
from tests.ledger.sealing import SIGNER, seal_all, sealed, sealer, waiting_rows
from tests.releases.recording import Recording
from tests.releases.restored import restored
from tests.releases.test_earlier_releases import HERE, RELEASES

RECORDED = ("decisions", "handoff_steps", "statements", "conduct_matters", "policy_drafts", "policy_revisions", "acts")


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_recorded_is_sealed_as_it_is_answered(release: str, sqlite_databases: SqliteDatabases) -> None:
    with restored(Recording.read(Path(HERE) / release), "sqlite", sqlite_databases) as api:
        seal_all(sealer(api.database))

        entries = sealed(api.database)[1]
        with api.database.engine.connect() as connection:
            recorded = sum(
                connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - our own names
                for table in RECORDED
            )
        assert len(entries) == recorded > 100
        assert waiting_rows(api.database) == 0
        export = [orjson.dumps(line) for chunk in export_from(api.database, 0, conduct=True) for line in chunk]
        *_, found = verify_export(export, [SIGNER.key])
        assert isinstance(found, GoodExport), found
        for each in entries:
            if each.kind == "decision":
                answer = api.http.get(f"/v1/audit/decisions/{each.subject}/receipt")
                good = verify_receipt(answer.content, [SIGNER.key])
                assert isinstance(good, GoodReceipt), good
                assert "/team" not in good.unsealed
