"""Receipts of decisions that were recorded under 15 characters of an account's id."""

from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from tests.ledger.sealing import SIGNER, seal_all, sealer
from tests.one_account.releases import FULL, SHORT, Releases


def test_a_decision_of_a_shorter_id_is_sealed_as_it_is_answered(releases: Releases) -> None:
    with releases.before() as api:
        told = api.classify(id=SHORT, df=640)
    with releases.now() as api:
        seal_all(sealer(api.database))
        answer = api.http.get(f"/v1/audit/decisions/{told['id']}/receipt")

    assert answer.json()["decision"]["facts"]["account"]["id"] == FULL
    found = verify_receipt(answer.content, [SIGNER.key])
    assert isinstance(found, GoodReceipt), found
