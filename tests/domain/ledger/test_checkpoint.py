"""Checkpoints: what a log signs of itself, and by whom that is believed."""

import json

import pytest

from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint, why_not
from service.domain.ledger.merkle import EMPTY_ROOT, leaf_hash
from service.domain.ledger.notes import NoteFault, NoteSigner, sign_note
from tests.domain.ledger.logs import KEY, ORIGIN, SIGNER, THIEF, witness_key
from tests.shared import VECTORS

FILE = VECTORS / "golang-note" / "note-vectors.json"
POINT = Checkpoint(origin=ORIGIN, size=1, root=leaf_hash(b""))
ROOT = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="


def test_a_checkpoint_is_three_lines() -> None:
    assert str(POINT) == f"{ORIGIN}\n1\n{ROOT}\n"
    assert read_checkpoint(str(POINT)) == POINT


def test_further_lines_are_kept_and_signed_but_mean_nothing_here() -> None:
    extended = Checkpoint(origin=ORIGIN, size=1, root=POINT.root, extensions=("by night", "by day"))
    assert read_checkpoint(f"{ORIGIN}\n1\n{ROOT}\nby night\nby day\n") == extended
    assert open_checkpoint(extended.signed(SIGNER).encode(), [KEY]) == extended


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", ORIGIN, f"{ORIGIN}\n", f"{ORIGIN}\n1\n", f"{ORIGIN}\n1\n{ROOT}", f"\n1\n{ROOT}\n"),
        *(f"{ORIGIN}\n{size}\n{ROOT}\n" for size in ("01", "-1", "+1", "1.0", "1e3", " 1", "", "0", "9" * 20)),
        *(f"{ORIGIN}\n1\n{root}\n" for root in ("", ROOT[:-1], "AAAA", ROOT.replace("0=", "1="), ROOT + "=")),
        f"{ORIGIN}\n1\n{ROOT}\n\nafter an empty line\n",
    ],
)
def test_what_is_not_written_as_a_checkpoint_is_none(text: str) -> None:
    assert read_checkpoint(text) is None
    if text.endswith("\n"):
        assert open_checkpoint(sign_note(text, SIGNER).encode(), [KEY]) is NoteFault.MALFORMED


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    assert open_checkpoint(empty.signed(SIGNER).encode(), [KEY]) == empty


def test_only_a_key_with_the_origin_for_its_name_signs_for_the_log() -> None:
    other = NoteSigner(name="another.example", seed=SIGNER.seed)
    assert open_checkpoint(POINT.signed(other).encode(), [other.key, KEY]) is NoteFault.UNKNOWN_KEY
    assert open_checkpoint(POINT.signed(other, SIGNER).encode(), [other.key, KEY]) == POINT
    assert open_checkpoint(POINT.signed(SIGNER).encode(), [witness_key()]) is NoteFault.UNKNOWN_KEY


def test_a_log_that_changes_its_key_signs_with_both_for_a_while_and_readers_may_know_either() -> None:
    note = POINT.signed(SIGNER, THIEF).encode()
    assert open_checkpoint(note, [KEY]) == open_checkpoint(note, [THIEF.key]) == POINT
    assert open_checkpoint(POINT.signed(THIEF).encode(), [KEY, THIEF.key]) == POINT


def test_a_changed_checkpoint_is_found_out() -> None:
    note = POINT.signed(SIGNER)
    assert open_checkpoint(note.replace("\n1\n", "\n2\n").encode(), [KEY]) is NoteFault.BAD_SIGNATURE
    assert open_checkpoint(POINT.signed(THIEF).encode(), [KEY]) is NoteFault.UNKNOWN_KEY


def test_every_fault_is_said_in_a_sentence() -> None:
    assert len({why_not(fault) for fault in NoteFault}) == len(NoteFault)


@pytest.mark.shared
@pytest.mark.skipif(not FILE.exists(), reason=f"the vectors are not at {FILE} (CHALKLINE_SHARED)")
def test_the_checkpoints_of_the_vectors_are_read() -> None:
    vectors = json.loads(FILE.read_text())
    text = vectors["checkpoint_example"].partition("\n\n")[0] + "\n"
    read = read_checkpoint(text)
    assert read is not None
    assert (read.origin, read.size, str(read)) == ("example.com/behind-the-sofa", 20_852_163, text)
    golden = vectors["tree_format_golden"]
    known = Checkpoint(origin="go.sum database tree", size=golden["n"], root=leaf_hash(golden["leaf"].encode()))
    assert read_checkpoint(golden["text"]) == known
