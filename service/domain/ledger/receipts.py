"""Receipts: what somebody takes home of one entry, and how it is checked without us.

A receipt is one JSON object in UTF-8:

- ``decision``: the record as the API answers it (absent where the entry is of another kind than ``decision``);
- ``number``: the entry's number in the log, from 0 on;
- ``entry``: its bytes, which are JSON, as a string, or as that JSON itself: it has one spelling;
- ``opened``: by JSON Pointer ``{"salt": 32 hexadecimal digits, "value": ...}`` for each digest of the entry whose value
  is still there; a digest without one has been redacted, or is not shown;
- ``proof``: the inclusion proof, hashes in base64, from the leaf's sibling on;
- ``checkpoint``: the signed note;
- ``key``: the log's key, for convenience. It proves nothing: whoever forges a receipt puts in a key of his own.

A line of an export, and an item that ``GET /v1/audit/entries`` answers, is one JSON object as well: ``number``,
``entry`` and ``opened`` as above, and ``record``, the record as it stands in the database now, in the entry's own
terms: the members that were sealed plainly joined with the values that are still there (``entries.joined``), and null
or nothing in the place of a redacted one. An export has every entry from its first number on, in order, and its last
line is ``{"checkpoint": the signed note}``. One that does not begin with entry 0 says in that line, as ``before``, the
hashes of the whole subtrees over the entries before its first; one that ends before the checkpoint does says, as
``after``, those over the entries behind its last (``merkle.whole_subtrees``), in base64.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from service.domain.ledger.canonical import Json, NotCanonicalError, canonical, is_same
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.entries import SALT_BYTES, Entry, joined, parted, pointer_to, read_entry, salted
from service.domain.ledger.findings import OF_NOTES, Bad, Fault
from service.domain.ledger.merkle import HASH_BYTES, is_included, leaf_hash
from service.domain.ledger.notes import NoteFault, NoteKey, strict_base64, to_base64
from service.domain.redaction import is_redacted

_CHANGING = "sequence"
"""The member of a decision that tells the number of its entry, and so is in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A value that a digest was made of, and the salt."""

    salt: bytes
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry with what it was sealed of, as far as that is still there."""

    number: int
    sealed: bytes
    entry: Entry
    opened: Mapping[str, Opening]
    record: Mapping[str, Json] | None

    @property
    def redacted(self) -> tuple[str, ...]:
        """The parts of the record that nobody can open here."""
        return tuple(pointer for pointer in self.entry.salted if pointer not in self.opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodReceipt:
    """The entry is in the log that signed the checkpoint, and the decision tells what was sealed.

    Of ``unsealed`` parts of the decision the entry says nothing: they follow from others, and nothing vouches for them.
    """

    line: Line
    checkpoint: Checkpoint
    unsealed: tuple[str, ...]


def write_receipt(
    *,
    decision: Mapping[str, Json] | None,
    number: int,
    sealed: bytes,
    opened: Mapping[str, Opening],
    proof: Collection[bytes],
    checkpoint: str,
    key: NoteKey,
) -> dict[str, Any]:
    """A receipt, to be written as JSON."""
    said: dict[str, Any] = {} if decision is None else {"decision": decision}
    return (
        said
        | write_line(number, sealed, opened)
        | {
            "proof": [to_base64(each) for each in proof],
            "checkpoint": checkpoint,
            "key": str(key),
        }
    )


def write_line(
    number: int, sealed: bytes, opened: Mapping[str, Opening], record: Mapping[str, Json] | None = None
) -> dict[str, Any]:
    """A line of an export, to be written as JSON."""
    told = {pointer: {"salt": each.salt.hex(), "value": each.value} for pointer, each in opened.items()}
    line: dict[str, Any] = {"number": number, "entry": sealed.decode(), "opened": told}
    return line if record is None else line | {"record": record}


def key_in(receipt: bytes) -> str:
    """The key that a receipt brings along; empty where it is not written as a receipt. It proves nothing."""
    read = read_object(receipt)
    key = {} if isinstance(read, Bad) else read.get("key")
    return key if isinstance(key, str) else ""


def verify_receipt(receipt: bytes, known: Collection[NoteKey]) -> GoodReceipt | Bad:
    """Check a receipt against the keys of the log that are known, and name the first thing that is wrong with it."""
    read = read_object(receipt)
    if isinstance(read, Bad):
        return read
    line = read_line(read)
    if isinstance(line, Bad):
        return line
    note, proof = read.get("checkpoint"), hashes(read.get("proof"))
    decision = read.get("decision")
    if not isinstance(note, str) or proof is None or not isinstance(decision, dict | None):
        return Bad(fault=Fault.MALFORMED, detail="decision, proof or checkpoint is missing, or is something else")
    checkpoint = open_checkpoint(note.encode(), known)
    if isinstance(checkpoint, NoteFault):
        return Bad(fault=OF_NOTES[checkpoint])
    if line.number >= checkpoint.size:
        return Bad(fault=Fault.BEYOND_SIZE, number=line.number, detail=f"it has {checkpoint.size}")
    if not is_included(leaf_hash(line.sealed), line.number, checkpoint.size, proof, checkpoint.root):
        return Bad(fault=Fault.NOT_IN_TREE, number=line.number)
    wrong = check_line(line)
    if wrong is not None:
        return wrong
    unsealed = () if decision is None else check_answer(line, decision)
    if isinstance(unsealed, Bad):
        return unsealed
    return GoodReceipt(line=line, checkpoint=checkpoint, unsealed=unsealed)


def read_line(read: Mapping[str, Any]) -> Line | Bad:
    """A line of an export, or what a receipt has of it, from its JSON."""
    number, told, opened, record = (read.get(name) for name in ("number", "entry", "opened", "record"))
    if type(number) is not int or number < 0:
        return Bad(fault=Fault.MALFORMED, detail="number is not the number of an entry")
    if not isinstance(told, str | dict) or not isinstance(opened, dict) or not isinstance(record, dict | None):
        detail = "entry, opened or record is missing, or is something else"
        return Bad(fault=Fault.MALFORMED, number=number, detail=detail)
    sealed = told.encode() if isinstance(told, str) else _spelled(told)
    entry = read_entry(sealed)
    if entry is None:
        return Bad(fault=Fault.ENTRY_MALFORMED, number=number)
    openings: dict[str, Opening] = {}
    for pointer, salted_value in opened.items():
        opening = _opening(salted_value)
        if opening is None:
            return Bad(fault=Fault.MALFORMED, number=number, detail=f"what opens {pointer} is not a salt and a value")
        openings[pointer] = opening
    return Line(number=number, sealed=sealed, entry=entry, opened=openings, record=record)


def check_line(line: Line) -> Bad | None:
    """Whether the values are those that were sealed, and the record, where it is told, consists of them."""
    for pointer, opening in line.opened.items():
        if not _opens(line.entry.salted.get(pointer), opening):
            return Bad(fault=Fault.VALUE_DIFFERS, number=line.number, pointer=pointer)
    if line.record is None:
        return None
    record = {name: value for name, value in line.record.items() if name != _CHANGING or name in line.entry.plain}
    plain, personal = parted(record, line.entry.salted)
    if not is_same(plain, line.entry.plain):
        return _differs(line, _first_difference(line.entry.plain, plain))
    for pointer in line.entry.salted:
        sealed = line.opened.get(pointer)
        if not is_same(personal.get(pointer), None if sealed is None else sealed.value):
            return _differs(line, pointer)
    return None


def check_answer(line: Line, decision: Mapping[str, Json]) -> Bad | tuple[str, ...]:
    """Whether a decision, as it is answered, tells what was sealed; and the parts of it that were not sealed.

    What was sealed is looked for under the same names. A code stands for an object that has it. Nothing vouches for
    what stands in the place of a redacted part, which has to say so.
    """
    if decision.get(_CHANGING, line.number) != line.number:
        return _differs(line, pointer_to(_CHANGING))
    opened = {pointer: opening.value for pointer, opening in line.opened.items()}
    sealed = {"id": line.entry.id} | joined(line.entry.plain, opened | dict.fromkeys(line.redacted))
    told = {name: value for name, value in decision.items() if name != _CHANGING}
    unsealed: list[str] = []
    for pointer, value, same in _compared(sealed, told, ""):
        if pointer in line.redacted:
            unsealed += [pointer] if is_redacted(value) else []
            if value is not None and not is_redacted(value):
                return _differs(line, pointer)
        elif same is None:
            unsealed.append(pointer)
        elif not same:
            return _differs(line, pointer)
    return tuple(unsealed)


def hashes(told: object) -> list[bytes] | None:
    """Hashes from a list of them in base64; None where it is none."""
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        return None
    found = [strict_base64(each) for each in told]
    return [each for each in found if each] if all(each and len(each) == HASH_BYTES for each in found) else None


def read_object(written: bytes) -> dict[str, Any] | Bad:
    """The JSON object that is written there."""
    try:
        read = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        return Bad(fault=Fault.MALFORMED, detail=f"it is not JSON, at line {error.lineno}")
    return read if isinstance(read, dict) else Bad(fault=Fault.MALFORMED, detail="it is not a JSON object")


def _spelled(entry: Mapping[str, Any]) -> bytes:
    try:
        return canonical(entry)
    except NotCanonicalError:
        return b""


def _opening(told: object) -> Opening | None:
    if not isinstance(told, dict) or "value" not in told or not isinstance(told.get("salt"), str):
        return None
    try:
        salt = bytes.fromhex(told["salt"])
    except ValueError:
        return None
    return Opening(salt=salt, value=told["value"]) if len(salt) == SALT_BYTES else None


def _opens(digest: str | None, opening: Opening) -> bool:
    try:
        return salted(opening.salt, opening.value) == digest
    except NotCanonicalError:
        return False


def _differs(line: Line, pointer: str) -> Bad:
    return Bad(fault=Fault.RECORD_DIFFERS, number=line.number, pointer=pointer)


def _compared(sealed: Json, told: Json, at: str) -> Iterator[tuple[str, Json, bool | None]]:
    """Each part that is told, its value, and whether it is as it was sealed; None where nothing was."""
    if not isinstance(sealed, dict) or not isinstance(told, dict):
        yield at, told, is_same(sealed, told) or is_same(sealed, _codes(told))
        return
    for name, value in told.items():
        below = at + pointer_to(name)
        if name in sealed:
            yield from _compared(sealed[name], value, below)
        else:
            yield below, value, None


def _codes(told: Json) -> Json:
    if isinstance(told, list):
        return [each.get("code") if isinstance(each, dict) else each for each in told]
    return told


def _first_difference(sealed: Json, told: Json) -> str:
    """Where two values first differ, as a JSON Pointer."""
    if not isinstance(sealed, dict) or not isinstance(told, dict):
        return ""
    for name in sorted({*sealed, *told}):
        if name not in sealed or name not in told or not is_same(sealed[name], told[name]):
            return pointer_to(name) + _first_difference(sealed.get(name), told.get(name))
    return ""
