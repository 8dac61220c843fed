"""Signed notes: who is believed, and what a note looks like that is."""

import json
from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.domain.ledger.notes import (
    KeyKind,
    NoteFault,
    NoteKey,
    NoteSigner,
    OpenedNote,
    UnusableNoteKeyError,
    open_note,
    read_note_key,
    read_signer,
    sign_note,
)
from tests.domain.ledger.logs import KEY, ORIGIN, SIGNER, THIEF, WITNESS_SEED, witness_key
from tests.shared import VECTORS

FILE = VECTORS / "golang-note" / "note-vectors.json"
BESIDE = pytest.mark.skipif(not FILE.exists(), reason=f"the vectors are not at {FILE} (CHALKLINE_SHARED)")
TEXT = "Who owns what,\n\nand since when.\n"
NOTE = sign_note(TEXT, SIGNER)
OTHER = NoteSigner(name="another.example", seed=bytes(32))


def opened(note: str, *known: NoteKey) -> OpenedNote | NoteFault:
    return open_note(note.encode(), known)


def test_a_signed_note_opens_with_its_key_and_gives_its_text() -> None:
    assert opened(NOTE, KEY) == OpenedNote(text=TEXT, signed_by=(KEY,))


def test_a_signature_of_an_unknown_key_says_nothing_whether_it_is_right_or_wrong() -> None:
    both = sign_note(TEXT, OTHER, SIGNER)
    assert opened(both, KEY) == OpenedNote(text=TEXT, signed_by=(KEY,))
    wrong = sign_note(TEXT, SIGNER) + sign_note("Another text\n", OTHER).splitlines(keepends=True)[-1]
    assert opened(wrong, KEY) == OpenedNote(text=TEXT, signed_by=(KEY,))
    assert opened(wrong, KEY, OTHER.key) is NoteFault.BAD_SIGNATURE
    assert opened(both, KEY, OTHER.key) == OpenedNote(text=TEXT, signed_by=(OTHER.key, KEY))


def test_nobody_who_is_known_has_signed() -> None:
    assert opened(NOTE) is NoteFault.UNKNOWN_KEY
    assert opened(NOTE, OTHER.key) is NoteFault.UNKNOWN_KEY
    assert opened(sign_note(TEXT, THIEF), KEY) is NoteFault.UNKNOWN_KEY


def test_another_key_under_the_name_and_number_of_one_that_is_known_is_found_out() -> None:
    stolen = Ed25519PrivateKey.from_private_bytes(THIEF.seed).sign(TEXT.encode())
    note = f"{TEXT}\n\N{EM DASH} {ORIGIN} {b64encode(KEY.id + stolen).decode()}\n"
    assert opened(note, KEY) is NoteFault.BAD_SIGNATURE


@pytest.mark.parametrize("changed", ["who owns what,\n\nand since when.\n", TEXT + "\n", TEXT + "Today.\n", "\n"])
def test_a_changed_text_is_found_out(changed: str) -> None:
    assert opened(NOTE.replace(TEXT, changed), KEY) is NoteFault.BAD_SIGNATURE


LINE = NOTE.splitlines(keepends=True)[-1]


@pytest.mark.parametrize(
    "note",
    [
        *("", "\n", "\n\n", TEXT, TEXT + "\n", TEXT + LINE, NOTE + "\n", NOTE + "More\n", NOTE.removesuffix("\n")),
        *(NOTE.replace("when", "when\r"), NOTE.replace("when", "\0"), NOTE.replace("\n", "\r\n")),
        TEXT + "\n" + LINE.replace("\N{EM DASH}", "-"),
        TEXT + "\n" + LINE.replace(ORIGIN, ""),
        TEXT + "\n" + LINE.replace(ORIGIN, "two words"),
        TEXT + "\n" + LINE.replace(ORIGIN, "a+b"),
        TEXT + "\n" + LINE.replace(ORIGIN, "two\N{NO-BREAK SPACE}words"),
        TEXT + f"\n\N{EM DASH} {ORIGIN} AAAA\n",
        TEXT + f"\n\N{EM DASH} {ORIGIN} AAAAAA==\n",
        TEXT + f"\n\N{EM DASH} {ORIGIN} not base64\n",
        TEXT + f"\n\N{EM DASH} {ORIGIN} AAAAAB\n",
        TEXT + f"\n\N{EM DASH} {ORIGIN} AAAAAAB=\n",
        TEXT + f"\n\N{EM DASH} {ORIGIN}\n",
        TEXT + "\n" + LINE * 101,
    ],
)
def test_what_is_not_written_as_a_note_is_none(note: str) -> None:
    assert opened(note, KEY) is NoteFault.MALFORMED
    assert open_note(b"\xff" + NOTE.encode(), [KEY]) is NoteFault.MALFORMED


def test_many_signatures_are_read() -> None:
    assert opened(TEXT + "\n" + LINE * 100, KEY) == OpenedNote(text=TEXT, signed_by=(KEY,))


def test_a_witness_signs_an_instant_with_the_text() -> None:
    witness, at = witness_key(), 1_679_315_147
    said = f"cosignature/v1\ntime {at}\n{TEXT}".encode()
    signature = Ed25519PrivateKey.from_private_bytes(WITNESS_SEED).sign(said)

    def cosigned(instant: int) -> str:
        encoded = b64encode(witness.id + instant.to_bytes(8) + signature).decode()
        return f"{NOTE}\N{EM DASH} {witness.name} {encoded}\n"

    assert opened(cosigned(at), KEY, witness) == OpenedNote(text=TEXT, signed_by=(KEY, witness))
    assert opened(cosigned(at + 1), KEY, witness) is NoteFault.BAD_SIGNATURE
    assert opened(cosigned(at + 1), KEY) == OpenedNote(text=TEXT, signed_by=(KEY,))
    assert witness.id != NoteKey(name=witness.name, public=witness.public).id


def test_keys_are_read_as_they_are_written() -> None:
    assert read_note_key(str(KEY)) == KEY
    assert read_note_key(str(witness_key())).kind is KeyKind.WITNESS
    assert read_signer(SIGNER.secret) == SIGNER
    assert SIGNER.seed.hex() not in repr(SIGNER)
    assert str(SIGNER.seed) not in repr(SIGNER)


@pytest.mark.parametrize(
    "line",
    [
        *("", "a-name", "a-name+00000000", f" {KEY}", f"{KEY}\n", f"{KEY}+", f"x{KEY}", f"x+{KEY}"),
        f"{ORIGIN}+{KEY.id.hex()}+{b64encode(bytes([1]) + KEY.public[:-1]).decode()}",
        f"{ORIGIN}+{KEY.id.hex()}+{b64encode(bytes([2]) + KEY.public).decode()}",
        f"{ORIGIN}+{KEY.id.hex()}+{b64encode(bytes([4]) + KEY.public).decode()}",
        f"{ORIGIN}+{KEY.id.hex().upper()}+{b64encode(bytes([1]) + KEY.public).decode()}",
        SIGNER.secret,
    ],
)
def test_what_is_no_key_is_refused_without_repeating_it(line: str) -> None:
    with pytest.raises(UnusableNoteKeyError) as refused:
        read_note_key(line)
    assert not line or line not in str(refused.value)
    with pytest.raises(UnusableNoteKeyError):
        read_signer(f"PRIVATE+KEY+{line}")


def test_a_public_key_is_no_signer() -> None:
    with pytest.raises(UnusableNoteKeyError, match="begins with"):
        read_signer(str(KEY))


@pytest.mark.shared
@BESIDE
def test_the_notes_of_the_vectors_have_the_wanted_verdicts() -> None:
    vectors: dict[str, Any] = json.loads(FILE.read_text())
    keys = {name: read_note_key(key) for name, key in vectors["keys"].items() if name.endswith("vkey")}
    assert len(keys) == 3
    for key in vectors["bad_vkeys"]:
        with pytest.raises(UnusableNoteKeyError):
            read_note_key(key)
    for good in vectors["good_notes"]:
        known = [keys[name] for name in good["keys"]]
        found = opened(good["note"], *known)
        assert isinstance(found, OpenedNote)
        assert set(found.signed_by) == set(known)
    for note in vectors["malformed_notes"]:
        assert opened(note, *keys.values()) is NoteFault.MALFORMED
    for note in vectors["invalid_signature_notes"]:
        assert opened(note, *keys.values()) is NoteFault.BAD_SIGNATURE
    signer = read_signer(vectors["keys"]["peter_skey_TEST_ONLY"])
    signed = vectors["good_notes"][0]["note"]
    assert sign_note(signed.partition("\n\n")[0] + "\n", signer) == signed
