"""Signed notes (C2SP signed-note): a text, and below it a line for each key that signed it.

A key is written as one line, ``name+id+base64``, by which a note's readers know whom they trust. Two kinds are
understood: Ed25519 over the text, as a log signs, and Ed25519 with an instant, as a witness signs the checkpoint of a
log (C2SP tlog-cosignature).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import assert_never

_KEY_BYTES = 32
_ID_BYTES = 4
_TIME_BYTES = 8
_MOST_SIGNATURES = 100
_LAST_SECOND = 253_402_300_799
"""Of the year 9999: a cosignature is of none before 1970, and of none behind this one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DASH = "\N{EM DASH} "
"""How the line of a signature begins."""
_PRIVATE = "PRIVATE+KEY+"
_KEY = re.compile(r"(?P<name>[^+]+)\+(?P<id>[0-9a-f]{8})\+(?P<bytes>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class UnusableNoteKeyError(ValueError):
    """A text is not a key of notes. The message is a sentence without its end, and repeats nothing of the text."""


class KeyKind(IntEnum):
    """What a key signs: the byte by which a key says so."""

    LOG = 1
    WITNESS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """What a signature is checked with. ``name`` has neither a space nor a plus; ``public`` has 32 bytes."""

    name: str
    public: bytes
    kind: KeyKind = KeyKind.LOG

    @property
    def id(self) -> bytes:
        """The four bytes that stand before the key's signatures. With the name they say which key it was."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """The key as a line of text."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    def signs_for(self, origin: str) -> bool:
        """Whether it is a key of the log with that origin."""
        return self.kind is KeyKind.LOG and self.name == origin

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether a signature, without its four bytes, is this key's on a text."""
        match self.kind:
            case KeyKind.LOG:
                signed = text
            case KeyKind.WITNESS:
                at, signature = int.from_bytes(signature[:_TIME_BYTES]), signature[_TIME_BYTES:]
                if not 0 < at <= _LAST_SECOND:
                    return False
                signed = b"cosignature/v1\ntime %d\n" % at + text
            case _:
                assert_never(self.kind)
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - few commands need what it loads
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except (InvalidSignature, ValueError):  # the latter of bytes that are no point of the curve
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSigner:
    """What a log signs with: a name as of a ``NoteKey``, and a secret seed of 32 bytes."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def key(self) -> NoteKey:
        """What others check its signatures with."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above

        return NoteKey(
            name=self.name, public=Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    @property
    def secret(self) -> str:
        """The signer as a line of text, as ``read_signer`` takes it. It is to be kept from everybody."""
        return f"{_PRIVATE}{self.name}+{self.key.id.hex()}+{to_base64(bytes([KeyKind.LOG]) + self.seed)}"

    def sign(self, text: str) -> str:
        """The line of its signature below a text."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above

        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{DASH}{self.name} {to_base64(self.key.id + signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A witness's word that it saw a log grow to a checkpoint, and when, to the second."""

    by: NoteKey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A note that known keys signed. ``text`` ends with a newline; ``signed_by`` is at least one of the keys.

    ``cosigned`` is what those of them say that are a witness's.
    """

    text: str
    signed_by: tuple[NoteKey, ...]
    cosigned: tuple[Cosigned, ...] = field(default=(), compare=False)


class NoteFault(StrEnum):
    """Why a note is not to be believed."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


def is_key_name(name: str) -> bool:
    """Whether keys can have the name: it is not empty, and has neither spaces, control characters nor a plus."""
    return bool(name) and "+" not in name and not any(each.isspace() or ord(each) < ord(" ") for each in name)


def read_note_key(line: str) -> NoteKey:
    """A key from its line of text.

    Raises:
        UnusableNoteKeyError: it is none, or of a kind that is not understood.
    """
    name, kind, public, stated = _parts(line)
    if kind not in set(KeyKind):
        raise UnusableNoteKeyError("The key is of a kind that is not understood")
    key = NoteKey(name=name, public=public, kind=KeyKind(kind))
    if key.id.hex() != stated:
        raise UnusableNoteKeyError("The key's name, number and bytes do not belong together")
    return key


def read_signer(line: str) -> NoteSigner:
    """A signer from its secret line of text.

    Raises:
        UnusableNoteKeyError: it is none.
    """
    if not line.startswith(_PRIVATE):
        raise UnusableNoteKeyError(f"A signing key begins with {_PRIVATE}")
    name, kind, seed, stated = _parts(line.removeprefix(_PRIVATE))
    signer = NoteSigner(name=name, seed=seed)
    if kind != KeyKind.LOG or signer.key.id.hex() != stated:
        raise UnusableNoteKeyError("The key's name, number and bytes do not belong together")
    return signer


def sign_note(text: str, *signers: NoteSigner) -> str:
    """A note: a text that ends with a newline, and the signatures of it."""
    return f"{text}\n{''.join(signer.sign(text) for signer in signers)}"


def open_note(note: bytes, known: Iterable[NoteKey]) -> OpenedNote | NoteFault:
    """Read a note, and check every signature of a known key. Signatures of other keys say nothing."""
    taken_apart = _taken_apart(note)
    if taken_apart is None:
        return NoteFault.MALFORMED
    text, signatures = taken_apart
    keys = {(key.name, key.id): key for key in known}
    signed_by: dict[NoteKey, bytes] = {}
    for name, signature in signatures:
        key = keys.get((name, signature[:_ID_BYTES]))
        if key is None:
            continue
        if not key.has_signed(text.encode(), signature[_ID_BYTES:]):
            return NoteFault.BAD_SIGNATURE
        signed_by[key] = signature[_ID_BYTES:]
    if not signed_by:
        return NoteFault.UNKNOWN_KEY
    cosigned = [
        Cosigned(by=key, at=_EPOCH + timedelta(seconds=int.from_bytes(signature[:_TIME_BYTES])))
        for key, signature in signed_by.items()
        if key.kind is KeyKind.WITNESS
    ]
    return OpenedNote(text=text, signed_by=tuple(signed_by), cosigned=tuple(cosigned))


def strict_base64(text: str) -> bytes | None:
    """What a text stands for, in the one spelling that it has; None where it has another, or none."""
    try:
        found = b64decode(text, validate=True)
    except (NotBase64Error, ValueError):
        return None
    return found if to_base64(found) == text else None


def _taken_apart(note: bytes) -> tuple[str, list[tuple[str, bytes]]] | None:
    """The text, and each signature's name and bytes."""
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        return None
    text, blank, below = whole.rpartition("\n\n")
    if _CONTROL.search(whole) or not blank or not below.endswith("\n"):
        return None
    lines = below.removesuffix("\n").split("\n")
    if len(lines) > _MOST_SIGNATURES:
        return None
    signatures = []
    for line in lines:
        name, _, encoded = line.removeprefix(DASH).partition(" ")
        signature = strict_base64(encoded)
        if not line.startswith(DASH) or not is_key_name(name) or signature is None or len(signature) <= _ID_BYTES:
            return None
        signatures.append((name, signature))
    return text + "\n", signatures


def _parts(line: str) -> tuple[str, int, bytes, str]:
    """A key's name, kind, bytes and stated number."""
    read = _KEY.fullmatch(line)
    found = strict_base64(read["bytes"]) if read else None
    if read is None or found is None or not is_key_name(read["name"]) or len(found) != 1 + _KEY_BYTES:
        raise UnusableNoteKeyError("A key is a name, eight hexadecimal digits and 33 bytes in base64, joined by +")
    return read["name"], found[0], found[1:], read["id"]


def to_base64(some: bytes) -> str:
    """Bytes as text, as notes have them."""
    return b64encode(some).decode()
