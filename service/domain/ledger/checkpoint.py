"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself at some size, in a signed note."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from service.domain.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from service.domain.ledger.notes import (
    Cosigned,
    NoteFault,
    NoteKey,
    NoteSigner,
    open_note,
    sign_note,
    strict_base64,
    to_base64,
)

_LEAST_LINES = 3
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The root of the first ``size`` entries of the log that ``origin`` names. ``extensions`` are further lines.

    ``cosigned`` is what known witnesses say of it.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    cosigned: tuple[Cosigned, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        """The text that is signed, with its newline."""
        return "\n".join([self.origin, str(self.size), to_base64(self.root), *self.extensions, ""])

    def signed(self, *signers: NoteSigner) -> str:
        """The checkpoint as a signed note."""
        return sign_note(str(self), *signers)


def read_checkpoint(text: str) -> Checkpoint | None:
    """A checkpoint from the text of a note; None where it is none."""
    origin, *lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < _LEAST_LINES - 1 or not all([origin, *lines]):
        return None
    size, root = lines[0], strict_base64(lines[1])
    if not _SIZE.fullmatch(size) or root is None or len(root) != HASH_BYTES:
        return None
    if int(size) == 0 and root != EMPTY_ROOT:
        return None
    return Checkpoint(origin=origin, size=int(size), root=root, extensions=tuple(lines[2:]))


def open_checkpoint(note: bytes, known: Iterable[NoteKey]) -> Checkpoint | NoteFault:
    """The checkpoint of a note that a known key of the log signed, one that has the log's origin for its name.

    A witness that is known has to have signed rightly where it signed, but does not stand in for the log.
    """
    opened = open_note(note, known)
    if isinstance(opened, NoteFault):
        return opened
    checkpoint = read_checkpoint(opened.text)
    if checkpoint is None:
        return NoteFault.MALFORMED
    signed = any(key.signs_for(checkpoint.origin) for key in opened.signed_by)
    return replace(checkpoint, cosigned=opened.cosigned) if signed else NoteFault.UNKNOWN_KEY


def entry_words(number: int) -> str:
    """So many entries, in words."""
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def why_not(fault: NoteFault) -> str:
    """A sentence without its end on a checkpoint that is not to be believed."""
    match fault:
        case NoteFault.MALFORMED:
            return "The checkpoint is not written as one"
        case NoteFault.UNKNOWN_KEY:
            return "The checkpoint is not signed by a key of the log that was given"
        case NoteFault.BAD_SIGNATURE:
            return "The checkpoint's signature is not that of the key that it names: it was changed, or never signed"
        case _:
            assert_never(fault)
