"""Receipts: one holds for the entry that it was given for, and whatever is changed in it is found and named."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.receipts import GoodReceipt, key_in, verify_receipt
from tests.domain.ledger.logs import KEY, PERSONAL, SIGNER, THIEF, Log, kept_of

LOG = Log.of(9)
Change = Callable[[dict[str, Any]], object]


def verified(receipt: dict[str, Any]) -> GoodReceipt | Bad:
    return verify_receipt(orjson.dumps(receipt), [KEY])


@pytest.mark.parametrize("number", range(9))
def test_a_receipt_of_every_entry_holds(number: int) -> None:
    good = verified(LOG.receipt(number))
    assert isinstance(good, GoodReceipt)
    assert (good.line.number, good.checkpoint.size, good.unsealed, good.line.redacted) == (number, 9, (), ())


def test_the_entry_may_be_told_as_the_json_that_it_is() -> None:
    receipt = LOG.receipt(5)
    receipt["entry"] = orjson.loads(receipt["entry"])
    assert isinstance(verified(receipt), GoodReceipt)
    for other in ("LARGE", 0.5):
        receipt["entry"]["plain"]["team"] = other
        assert isinstance(verified(receipt), Bad)


def test_what_an_answer_has_besides_is_told_to_be_vouched_for_by_nothing() -> None:
    good = verified(LOG.receipt(5, summary="Who knows", policy={"id": "fy23"}))
    assert isinstance(good, GoodReceipt)
    assert good.unsealed == ("/summary", "/policy")


def test_an_object_with_a_code_stands_for_the_code_that_was_sealed() -> None:
    assert isinstance(verified(LOG.receipt(5, advice=[{"code": "ask_again", "text": "Ask again"}])), GoodReceipt)
    wrong = verified(LOG.receipt(5, advice=[{"code": "never_ask", "text": "Ask again"}]))
    assert isinstance(wrong, Bad)
    assert (wrong.fault, wrong.pointer) == (Fault.RECORD_DIFFERS, "/advice")


@pytest.mark.parametrize(
    ("change", "fault", "pointer"),
    [
        (lambda its: its["decision"].update(team="SMB"), Fault.RECORD_DIFFERS, "/team"),
        (lambda its: its["decision"].update(id="id-6"), Fault.RECORD_DIFFERS, "/id"),
        (lambda its: its["decision"].update(sequence=4), Fault.RECORD_DIFFERS, "/sequence"),
        (lambda its: its["decision"]["facts"].update(name="Other"), Fault.RECORD_DIFFERS, "/facts/name"),
        (lambda its: its["decision"]["facts"].update(employees="5"), Fault.RECORD_DIFFERS, "/facts/employees"),
        (lambda its: its["decision"].update(facts=None), Fault.RECORD_DIFFERS, "/facts"),
        (lambda its: its["opened"]["/actor"].update(value="Other"), Fault.VALUE_DIFFERS, "/actor"),
        (lambda its: its["opened"]["/actor"].update(value=0.5), Fault.VALUE_DIFFERS, "/actor"),
        (lambda its: its["opened"]["/actor"].update(salt="0" * 32), Fault.VALUE_DIFFERS, "/actor"),
        (lambda its: its["opened"].update({"/team": its["opened"]["/actor"]}), Fault.VALUE_DIFFERS, "/team"),
        (lambda its: its["opened"].pop("/actor"), Fault.RECORD_DIFFERS, "/actor"),
        (lambda its: its.update(number=4), Fault.NOT_IN_TREE, ""),
        (lambda its: its.update(number=9), Fault.BEYOND_SIZE, ""),
        (lambda its: its.update(proof=its["proof"][:-1]), Fault.NOT_IN_TREE, ""),
        (lambda its: its.update(proof=its["proof"][::-1]), Fault.NOT_IN_TREE, ""),
        (lambda its: its.update(entry=LOG.receipt(4)["entry"]), Fault.NOT_IN_TREE, ""),
        (lambda its: its.update(entry=its["entry"].replace("MMKAFO", "SMB")), Fault.NOT_IN_TREE, ""),
        (lambda its: its.update(entry=its["entry"] + " "), Fault.ENTRY_MALFORMED, ""),
    ],
)
def test_whatever_is_changed_is_named(change: Change, fault: Fault, pointer: str) -> None:
    receipt = LOG.receipt(5)
    change(receipt)
    wrong = verified(receipt)
    assert isinstance(wrong, Bad)
    assert (wrong.fault, wrong.number, wrong.pointer) == (fault, receipt["number"], pointer)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda its: its.update(checkpoint=its["checkpoint"].replace("\n9\n", "\n8\n")), Fault.BAD_SIGNATURE),
        (lambda its: its.update(checkpoint=LOG.checkpoint(9).signed(THIEF)), Fault.UNKNOWN_KEY),
        (lambda its: its.update(checkpoint=str(LOG.checkpoint(9))), Fault.CHECKPOINT_MALFORMED),
        (lambda its: its.pop("checkpoint"), Fault.MALFORMED),
        (lambda its: its.pop("proof"), Fault.MALFORMED),
        (lambda its: its.update(proof=["AAAA"]), Fault.MALFORMED),
        (lambda its: its.update(number="5"), Fault.MALFORMED),
        (lambda its: its.update(number=True), Fault.MALFORMED),
        (lambda its: its.update(number=-1), Fault.MALFORMED),
        (lambda its: its.update(entry=1), Fault.MALFORMED),
        (lambda its: its.update(opened=[]), Fault.MALFORMED),
        (lambda its: its["opened"].update({"/actor": "crm"}), Fault.MALFORMED),
        (lambda its: its["opened"]["/actor"].update(salt="xyz"), Fault.MALFORMED),
        (lambda its: its["opened"]["/actor"].pop("value"), Fault.MALFORMED),
        (lambda its: its.update(decision=[]), Fault.MALFORMED),
    ],
)
def test_a_receipt_of_another_shape_or_with_another_checkpoint_is_refused(change: Change, fault: Fault) -> None:
    receipt = LOG.receipt(5)
    change(receipt)
    wrong = verified(receipt)
    assert isinstance(wrong, Bad)
    assert wrong.fault is fault


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_what_is_no_receipt_is_said_to_be_none(written: bytes) -> None:
    wrong = verify_receipt(written, [KEY])
    assert isinstance(wrong, Bad)
    assert wrong.fault is Fault.MALFORMED
    assert key_in(written) == ""


def test_the_key_in_a_receipt_is_believed_by_nobody() -> None:
    forged = Log.of(9)
    forged.acts[5] = kept_of(5, forged.acts[5].record | {"team": "SMB"})
    forged.seal_again(THIEF)
    receipt = forged.receipt(5)
    assert key_in(orjson.dumps(receipt)) == str(THIEF.key)
    assert isinstance(verify_receipt(orjson.dumps(receipt), [THIEF.key]), GoodReceipt)
    wrong = verified(receipt)
    assert isinstance(wrong, Bad)
    assert wrong.fault is Fault.UNKNOWN_KEY


def test_a_receipt_holds_after_a_redaction_and_says_what_was_redacted() -> None:
    log = Log.of(9)
    before = log.receipt(5)
    act = log.acts[5]
    del act.salts["/facts/name"], act.salts["/actor"]
    log.grow([kept_of(9)])
    good = verified(log.receipt(5))
    assert isinstance(good, GoodReceipt)
    assert good.line.redacted == ("/actor", "/facts/name")
    assert isinstance(verified(before), GoodReceipt)
    told = verified(log.receipt(5, actor="crm-production"))
    assert isinstance(told, Bad)
    assert (told.fault, told.pointer) == (Fault.RECORD_DIFFERS, "/actor")


def test_every_fault_is_told_in_a_sentence_of_its_own() -> None:
    told = {str(Bad(fault=fault, number=3, last=7, pointer="/x", detail="why")) for fault in Fault}
    assert len(told) == len(Fault)
    assert str(Bad(fault=Fault.TILE_DIFFERS, number=3, last=7)).count("entries 3 to 7") == 1
    assert PERSONAL[0] not in "".join(told)
    assert SIGNER.key == KEY
