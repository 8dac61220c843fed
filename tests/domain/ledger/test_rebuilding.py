"""Exports: the tree is put together again from them, and whatever was tampered with is found and named."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ledger.checkpoint import Checkpoint
from service.domain.ledger.entries import seal
from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.merkle import Span, leaf_hash, whole_subtrees
from service.domain.ledger.rebuilding import GoodExport, Progress, open_kept, verify_export
from tests.domain.ledger import auditor, naive
from tests.domain.ledger.logs import AT, KEY, SIGNER, THIEF, Kept, Log, kept_of, redaction_of, salt_of, written

LOG = Log.of(300)
ENTRIES = [act.sealed for act in LOG.acts]
Lines = list[dict[str, Any]]


def verdict(
    lines: Iterable[dict[str, Any]], kept: Sequence[Checkpoint] = (), own: Checkpoint | None = None
) -> GoodExport | Bad:
    *_, last = verify_export(written(lines), [KEY], kept, own)
    assert not isinstance(last, Progress)
    return last


def wrong(lines: Lines, kept: Sequence[Checkpoint] = (), own: Checkpoint | None = None) -> Bad:
    found = verdict(lines, kept, own)
    assert isinstance(found, Bad)
    return found


def test_an_export_holds_and_every_entry_is_told_as_it_passes() -> None:
    *passed, last = verify_export(written(LOG.lines()), [KEY])
    assert passed == [Progress(number=number, redacted=False) for number in range(300)]
    assert last == GoodExport(first=0, entries=300, redacted=0, checkpoint=LOG.checkpoint(300))


def test_an_empty_log_has_an_export_that_holds() -> None:
    assert verdict(Log.of(0).lines()) == GoodExport(first=0, entries=0, redacted=0, checkpoint=Log.of(0).checkpoint(0))


@pytest.mark.law
@settings(max_examples=30)
@given(st.integers(0, 300), st.integers(0, 300))
def test_any_part_of_a_log_holds_with_the_hashes_on_either_side(one: int, other: int) -> None:
    start, end = min(one, other), max(one, other)
    if start < end:
        found = verdict(LOG.lines(start, end))
        assert isinstance(found, GoodExport)
        assert (found.first, found.entries) == (start, end - start)


@pytest.mark.law
@given(st.integers(0, 300), st.integers(0, 300))
def test_a_span_is_the_tree_of_its_entries(one: int, other: int) -> None:
    start, end = min(one, other), max(one, other)
    span = Span(start)
    for entry in ENTRIES[start:end]:
        span.append(leaf_hash(entry))
    assert (span.start, span.end) == (start, end)
    if not start:
        assert span.root() == naive.mth(ENTRIES[:end])
    sides = [[LOG.hash_at(*each) for each in whole_subtrees(*side)] for side in ((0, start), (end, 300))]
    whole = span.within(sides[0], sides[1], 300)
    assert whole is not None
    assert whole.root() == naive.mth(ENTRIES) == auditor.root_of(iter(ENTRIES))
    assert span.within([*sides[0], b""], sides[1], 300) is None
    assert span.within(sides[0], sides[1], end - 1) is None


def test_a_subtree_is_put_where_one_of_its_size_begins() -> None:
    span = Span(6)
    span.append(b"", 1)
    with pytest.raises(ValueError, match="No subtree of 16 entries begins with entry 8"):
        span.append(b"", 4)


def edited(number: int) -> Callable[[Lines], object]:
    """A field of the database's row is changed: the entry is not."""
    return lambda lines: lines[number]["record"].update(team="LARGE")


def sealed_anew(number: int) -> Callable[[Lines], object]:
    """The row and its entry are changed, so that they agree with each other."""
    log = Log.of(300)
    log.acts[number] = kept_of(number, log.acts[number].record | {"team": "LARGE"})
    return lambda lines: lines.__setitem__(number, log.line(number))


def renumbered(lines: Lines) -> None:
    for number, line in enumerate(lines[:-1]):
        line["number"] = number


def deleted_and_renumbered(lines: Lines) -> None:
    del lines[123]
    renumbered(lines)


def swapped_and_renumbered(lines: Lines) -> None:
    lines[123], lines[124] = lines[124], lines[123]
    renumbered(lines)


@pytest.mark.parametrize(
    ("tamper", "fault", "number"),
    [
        (edited(123), Fault.RECORD_DIFFERS, 123),
        (lambda lines: lines[123]["record"]["facts"].update(name="Other"), Fault.RECORD_DIFFERS, 123),
        (lambda lines: lines[123]["opened"]["/actor"].update(value="Other"), Fault.VALUE_DIFFERS, 123),
        (lambda lines: lines[123]["opened"].pop("/actor"), Fault.RECORD_DIFFERS, 123),
        (lambda lines: lines[123]["record"].update(more=1), Fault.RECORD_DIFFERS, 123),
        (lambda lines: lines[123]["record"].pop("team"), Fault.RECORD_DIFFERS, 123),
        (lambda lines: lines[123].update(entry="{}"), Fault.ENTRY_MALFORMED, 123),
        (lambda lines: lines.pop(123), Fault.OUT_OF_ORDER, 123),
        (lambda lines: lines.insert(123, lines[122]), Fault.OUT_OF_ORDER, 123),
        (lambda lines: lines.insert(123, lines.pop(124)), Fault.OUT_OF_ORDER, 123),
        (lambda lines: lines.pop(-2), Fault.CUT_OFF, 299),
        (lambda lines: lines.pop(), Fault.CUT_OFF, 300),
        (lambda lines: lines.append(LOG.line(0)), Fault.MALFORMED, None),
        (lambda lines: lines[-1].update(before=[1]), Fault.MALFORMED, None),
        (lambda lines: lines[-1].update(before=["AAAA"]), Fault.MALFORMED, None),
    ],
)
def test_whatever_is_tampered_with_in_an_export_is_named(
    tamper: Callable[[Lines], object], fault: Fault, number: int | None
) -> None:
    lines = LOG.lines()
    tamper(lines)
    found = wrong(lines)
    assert (found.fault, found.number) == (fault, number)


@pytest.mark.parametrize("tamper", [sealed_anew(123), swapped_and_renumbered])
def test_what_agrees_with_itself_does_not_have_the_root_that_was_signed(tamper: Callable[[Lines], object]) -> None:
    lines = LOG.lines()
    tamper(lines)
    found = wrong(lines)
    assert (found.fault, found.number, found.last) == (Fault.ROOT_DIFFERS, 0, 299)
    kept = [LOG.checkpoint(size) for size in (200, 100, 0)]
    found = wrong(lines, kept)
    assert (found.fault, found.number, found.last) == (Fault.REWRITTEN, 100, 199)


def test_one_who_deletes_and_numbers_again_is_missing_one_in_the_end() -> None:
    lines = LOG.lines()
    deleted_and_renumbered(lines)
    assert wrong(lines).fault is Fault.CUT_OFF
    assert wrong(lines, [LOG.checkpoint(200)]).fault is Fault.REWRITTEN


def resealed() -> Log:
    log = Log.of(300)
    log.acts[123] = kept_of(123, log.acts[123].record | {"team": "LARGE"})
    log.seal_again()
    return log


def test_who_has_the_key_can_seal_all_anew_and_only_a_kept_checkpoint_shows_it() -> None:
    assert isinstance(verdict(resealed().lines()), GoodExport)
    found = wrong(resealed().lines(), [LOG.checkpoint(100), LOG.checkpoint(300)])
    assert (found.fault, found.number, found.last) == (Fault.REWRITTEN, 100, 299)


def test_who_has_another_key_cannot_sign_for_the_log() -> None:
    log = resealed()
    log.seal_again(THIEF)
    assert wrong(log.lines()).fault is Fault.UNKNOWN_KEY


def test_a_cut_tail_and_an_old_backup_are_shorter_than_a_kept_checkpoint() -> None:
    backup = Log.of(200)
    assert isinstance(verdict(backup.lines()), GoodExport)
    found = wrong(backup.lines(), [LOG.checkpoint(300)])
    assert (found.fault, found.number, found.last) == (Fault.SHORTER, 200, 299)
    backup.grow([kept_of(number, {"id": f"later-{number}"}) for number in range(200, 310)])
    found = wrong(backup.lines(), [LOG.checkpoint(150), LOG.checkpoint(300)])
    assert (found.fault, found.number, found.last) == (Fault.REWRITTEN, 150, 299)


def test_a_checkpoint_may_be_given_beside_an_export() -> None:
    lines = LOG.lines()[:-1]
    assert isinstance(verdict(lines, own=LOG.checkpoint(300)), GoodExport)
    assert wrong(lines, own=LOG.checkpoint(299)).fault is Fault.BEYOND_SIZE
    other = Log.of(301).checkpoint(301)
    assert wrong(lines, own=other).fault is Fault.CUT_OFF


def test_a_part_of_a_log_says_nothing_of_kept_checkpoints_and_says_so() -> None:
    found = wrong(LOG.lines(5), [LOG.checkpoint(100)])
    assert found.fault is Fault.MALFORMED
    assert "begins in the middle" in str(found)


def test_redacted_parts_are_counted() -> None:
    log = Log.of(10)
    del log.acts[4].salts["/facts/name"]
    log.grow([redaction_of("acc-4")])
    found = verdict(log.lines())
    assert isinstance(found, GoodExport)
    assert found.redacted == 1


@pytest.mark.parametrize("acts", [(), ("acc-5",)])
def test_what_looks_redacted_and_was_by_no_act_is_named(acts: Sequence[str]) -> None:
    log = Log.of(10)
    for number in (6, 4):
        del log.acts[number].salts["/facts/name"]
    log.grow([redaction_of(account) for account in acts])
    found = wrong(log.lines())
    assert (found.fault, found.number) == (Fault.NOT_REDACTED, 4)
    assert str(found) == (
        "Parts of entry 4 are missing as if they were redacted, and no act up to the checkpoint redacts its account; "
        "if one was asked for just now, verify again"
    )


@pytest.mark.parametrize("account", ["acc-1", None])
def test_a_decision_that_was_sealed_as_one_text_is_redacted_by_any_act_behind_it(account: str | None) -> None:
    salts = {"/record": salt_of(0, "/record")}
    sealed = seal("decision", "id-0", AT, {}, {"/record": "All of it"}, salts.__getitem__)
    log = Log.of(0)
    log.grow([Kept(sealed, {}, {}), *([] if account is None else [redaction_of(account)])])

    assert isinstance(verdict(log.lines()), Bad if account is None else GoodExport)


def test_an_act_redacts_what_was_sealed_before_it_alone() -> None:
    log = Log.of(3)
    log.grow([redaction_of("acc-9"), *(kept_of(number) for number in (9, 10))])
    del log.acts[4].salts["/facts/name"]
    assert (wrong(log.lines()).fault, wrong(log.lines()).number) == (Fault.NOT_REDACTED, 4)


def test_kept_checkpoints_are_believed_only_with_a_signature_and_of_one_log() -> None:
    notes = [LOG.checkpoint(size).signed(SIGNER).encode() for size in (10, 20)]
    assert open_kept(notes, [KEY]) == [LOG.checkpoint(10), LOG.checkpoint(20)]
    changed = open_kept([notes[0].replace(b"\n10\n", b"\n11\n")], [KEY])
    assert isinstance(changed, Bad)
    assert changed.fault is Fault.BAD_SIGNATURE


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"\xff\n", orjson.dumps({"number": 1, "entry": 1}) + b"\n"])
def test_a_line_that_is_none_is_said_to_be_none(line: bytes) -> None:
    *_, last = verify_export([line], [KEY])
    assert isinstance(last, Bad)
    assert last.fault is Fault.MALFORMED
