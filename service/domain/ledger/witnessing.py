"""What a log and a witness say to each other (C2SP tlog-witness), so that the log's checkpoint gets a cosignature."""

import re
from collections.abc import Iterable

from service.domain.ledger.notes import DASH, NoteFault, NoteKey, open_note, strict_base64, to_base64

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


def submission(old: int, proof: Iterable[bytes], note: str) -> bytes:
    """What a witness is sent: a checkpoint, and the proof that its log only grew since it had ``old`` entries."""
    lines = [f"old {old}", *map(to_base64, proof), "", note]
    return "\n".join(lines).encode()


def known_size(answer: bytes) -> int | None:
    """The size that a witness knows of a log, from its answer to a wrong one; None where it says none."""
    read = _SIZE.fullmatch(answer)
    return None if read is None else int(read[1])


def cosignature_in(answer: bytes, note: str, witness: NoteKey) -> str | NoteFault:
    """The line of a witness's cosignature of a checkpoint, from its answer. Whose other lines are says nothing."""
    text = note.rpartition("\n\n")[0] + "\n"
    opened = open_note(f"{text}\n".encode() + answer, [witness])
    if isinstance(opened, NoteFault):
        return opened
    if opened.text != text:  # an empty line in the answer: then it is another text that was signed
        return NoteFault.MALFORMED
    return next(line for line in answer.decode().splitlines(keepends=True) if _is_of(line, witness))


def _is_of(line: str, witness: NoteKey) -> bool:
    name, _, encoded = line.removeprefix(DASH).strip().partition(" ")
    return name == witness.name and (strict_base64(encoded) or b"").startswith(witness.id)
