"""What is sent to a witness, and what is taken from its answer."""

from base64 import b64encode

import pytest

from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.merkle import leaf_hash
from service.domain.ledger.notes import NoteFault, read_note_key
from service.domain.ledger.witnessing import cosignature_in, known_size, submission
from tests.domain.ledger.logs import KEY, ORIGIN, SIGNER
from tests.ledger.witness import OwnWitness

POINT = Checkpoint(origin=ORIGIN, size=1, root=leaf_hash(b""))
NOTE = POINT.signed(SIGNER)
WITNESS = OwnWitness(str(KEY))
OTHER = OwnWitness(str(KEY), name="witness.example/w2", seed=bytes(32))
SAME_NAME = OwnWitness(str(KEY), seed=bytes(32))
WITNESS_KEY = read_note_key(WITNESS.key)
LINE = WITNESS.line(str(POINT))


def test_a_submission_is_the_size_before_the_proof_an_empty_line_and_the_checkpoint() -> None:
    proof = [leaf_hash(b"a"), leaf_hash(b"b")]
    lines = [b64encode(each).decode() for each in proof]
    assert submission(5, proof, NOTE).decode() == f"old 5\n{lines[0]}\n{lines[1]}\n\n{NOTE}"
    assert submission(0, [], NOTE).decode() == f"old 0\n\n{NOTE}"


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        *((b"0\n", 0), (b"7\n", 7), (b"9223372036854775807\n", 2**63 - 1)),
        *((wrong, None) for wrong in (b"", b"7", b"07\n", b"-1\n", b" 7\n", b"7\n\n", b"seven\n", b"9" * 20 + b"\n")),
        ("\N{ARABIC-INDIC DIGIT SEVEN}\n".encode(), None),
    ],
)
def test_the_size_that_a_witness_knows_is_a_number_and_a_newline(answer: bytes, size: int | None) -> None:
    assert known_size(answer) == size


def test_its_line_is_taken_and_those_of_others_are_left() -> None:
    for answer in (LINE, OTHER.line(str(POINT)) + LINE, LINE + OTHER.line("something else\n"), LINE + LINE):
        line = cosignature_in(answer, NOTE, WITNESS_KEY)
        assert line == LINE.decode()
        opened = open_checkpoint(f"{NOTE}{line}".encode(), [KEY, WITNESS_KEY])
        assert isinstance(opened, Checkpoint)
        ((by, at),) = [(said.by, int(said.at.timestamp())) for said in opened.cosigned]
        assert (by, at) == (WITNESS_KEY, WITNESS.seconds)


def at(seconds: int) -> bytes:
    return OwnWitness(str(KEY), seconds=seconds).line(str(POINT))


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"", NoteFault.MALFORMED),
        (b"\n", NoteFault.MALFORMED),
        (b"a page of HTML", NoteFault.MALFORMED),
        (b"\xff" + LINE, NoteFault.MALFORMED),
        (LINE[:-1], NoteFault.MALFORMED),
        (LINE * 101, NoteFault.MALFORMED),
        (NOTE.rpartition("\n\n")[2].encode(), NoteFault.UNKNOWN_KEY),
        (OTHER.line(str(POINT)), NoteFault.UNKNOWN_KEY),
        (SAME_NAME.line(str(POINT)), NoteFault.UNKNOWN_KEY),
        (WITNESS.line("another text\n"), NoteFault.BAD_SIGNATURE),
        (LINE + WITNESS.line("another text\n"), NoteFault.BAD_SIGNATURE),
        (at(0), NoteFault.BAD_SIGNATURE),
        (at(253_402_300_800), NoteFault.BAD_SIGNATURE),
        (at(2**64 - 1), NoteFault.BAD_SIGNATURE),
    ],
)
def test_what_is_not_its_cosignature_of_this_checkpoint_is_not_taken(answer: bytes, fault: NoteFault) -> None:
    assert cosignature_in(answer, NOTE, WITNESS_KEY) is fault


def test_an_answer_that_makes_another_text_of_the_note_is_not_taken() -> None:
    longer = f"{NOTE.rpartition(chr(10) * 2)[0]}\n\nand more\n"
    assert cosignature_in(b"and more\n\n" + WITNESS.line(longer), NOTE, WITNESS_KEY) is NoteFault.MALFORMED


def test_the_last_second_of_the_calendar_is_one() -> None:
    opened = open_checkpoint(f"{NOTE}{at(253_402_300_799).decode()}".encode(), [KEY, WITNESS_KEY])
    assert isinstance(opened, Checkpoint)
    assert [said.at.year for said in opened.cosigned] == [9999]
