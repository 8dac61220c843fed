"""Entries of the ledger: what one act leaves there for good.

What may have to be forgotten one day is in an entry only as a digest of a random salt and the value. Values and salts
are kept elsewhere: while they are there, anybody can check that they are what was sealed; once they are gone, the
digest tells nothing, and the tree stays as it is.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import orjson

from service.domain.ledger.canonical import Json, NotCanonicalError, canonical, check, spelled

FORMAT = 1
MOST_BYTES = 60_000
SALT_BYTES = 16
_SALTED = b"chalkline salted value 1\n"
_MEMBERS = {"at", "format", "id", "kind", "plain", "salted"}
_DIGEST_CHARACTERS = 64


class LongEntryError(ValueError):
    """An entry has more bytes than the ledger takes: seal its larger parts by digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an entry says.

    ``kind`` is what was done, such as ``decision``; ``id`` names the record, and ``at`` is its instant, both as the
    record has them. ``plain`` are the members of the record that can never be forgotten. ``salted`` has a digest
    (hexadecimal) for each other part of the record, by its JSON Pointer.
    """

    kind: str
    id: str
    at: str
    plain: Mapping[str, Json]
    salted: Mapping[str, str]


def salted(salt: bytes, value: Json) -> str:
    """The digest of a value, hexadecimal: SHA-256 over a fixed line, the salt and the value in its one spelling.

    Raises:
        ValueError: the salt has not 16 bytes.
        NotCanonicalError: the value cannot be written.
    """
    check(value)
    return _digest(salt, value)


def _digest(salt: bytes, value: Json) -> str:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"A salt has {SALT_BYTES} bytes")
    return sha256(_SALTED + salt + spelled(value)).hexdigest()


def seal(
    kind: str,
    id: str,  # noqa: A002 - its name in the entry
    at: str,
    plain: Mapping[str, Json],
    personal: Mapping[str, Json],
    salt_of: Callable[[str], bytes],
) -> bytes:
    """The bytes of an entry. ``personal`` are values by JSON Pointer; ``salt_of`` gives each pointer's salt.

    Raises:
        LongEntryError: they would be more than 60,000.
        NotCanonicalError: a value cannot be written.
    """
    check([at, id, kind, dict(plain), dict(personal)])
    digests = {pointer: _digest(salt_of(pointer), value) for pointer, value in personal.items()}
    written = spelled({"at": at, "format": FORMAT, "id": id, "kind": kind, "plain": dict(plain), "salted": digests})
    if len(written) > MOST_BYTES:
        raise LongEntryError(f"An entry has at most {MOST_BYTES} bytes; this one would have {len(written)}")
    return written


def read_entry(sealed: bytes) -> Entry | None:
    """What an entry says; None where the bytes are not what ``seal`` writes."""
    try:
        read = orjson.loads(sealed)
        if len(sealed) > MOST_BYTES or canonical(read) != sealed:
            return None
    except (orjson.JSONDecodeError, NotCanonicalError):
        return None
    if not isinstance(read, dict) or read.keys() != _MEMBERS or read["format"] != FORMAT:
        return None
    named = read["kind"], read["id"], read["at"]
    plain, digests = read["plain"], read["salted"]
    if not all(isinstance(name, str) for name in named) or not isinstance(plain, dict) or not isinstance(digests, dict):
        return None
    if not all(map(_is_digest, digests.values())) or not all(map(is_pointer, digests)):
        return None
    return Entry(kind=read["kind"], id=read["id"], at=read["at"], plain=plain, salted=digests)


def parted(record: Mapping[str, Json], pointers: Collection[str]) -> tuple[dict[str, Json], dict[str, Json]]:
    """A record in two parts: what is sealed plainly, and the values at the pointers, as far as they are there.

    An object that is left empty goes with its last member. Pointers lead through objects alone, and none into another.
    """
    plain, personal = dict(record), dict[str, Json]()
    for pointer in pointers:
        parents: list[tuple[dict[str, Json], str]] = []
        here: Json = plain
        for name in names_of(pointer):
            if not isinstance(here, dict) or name not in here:
                break
            parents.append((here, name))
            here = here[name]
            if isinstance(here, dict):
                here = parents[-1][0][name] = dict(here)  # the record itself stays as it is
        else:
            personal[pointer] = here
            _remove(parents)
    return plain, personal


def joined(plain: Mapping[str, Json], personal: Mapping[str, Json]) -> dict[str, Json]:
    """A record from the parts that ``parted`` gives, its members in another order."""
    record = dict(plain)
    for pointer, value in personal.items():
        *above, last = names_of(pointer)
        here = record
        for name in above:
            member = here.get(name)
            inner: dict[str, Json] = dict(member) if isinstance(member, dict) else {}
            here[name] = inner
            here = inner
        here[last] = value
    return record


def is_pointer(pointer: str) -> bool:
    """Whether a text is a JSON Pointer (RFC 6901) to something within a record."""
    return pointer.startswith("/") and all(part[:1] in {"0", "1"} for part in pointer.split("~")[1:])


def names_of(pointer: str) -> Iterator[str]:
    """The names of the members that a JSON Pointer leads through."""
    return (name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:])


def pointer_to(*names: str) -> str:
    """The JSON Pointer that leads through members of these names."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _remove(parents: list[tuple[dict[str, Json], str]]) -> None:
    for above, name in reversed(parents):
        del above[name]
        if above:
            return


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and len(value) == _DIGEST_CHARACTERS and set(value) <= set("0123456789abcdef")
