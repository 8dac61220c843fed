"""Logs of the tests: who signs, what with, and a log in memory that can be tampered with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from service.domain.ledger.canonical import Json
from service.domain.ledger.checkpoint import Checkpoint
from service.domain.ledger.entries import joined, parted, seal
from service.domain.ledger.merkle import inclusion_proof, leaf_hash, root, whole_subtrees
from service.domain.ledger.notes import KeyKind, NoteKey, NoteSigner, to_base64
from service.domain.ledger.receipts import Opening, write_line, write_receipt
from service.domain.ledger.tiles import Bundle, Tile, grown, hash_in, read_path, tile_of, tiles, write_bundle

ORIGIN = "ledger.example/sales"
SIGNER = NoteSigner(name=ORIGIN, seed=bytes(range(32)))
KEY = SIGNER.key
THIEF = NoteSigner(name=ORIGIN, seed=bytes(range(1, 33)))
WITNESS_SEED = bytes(range(2, 34))
NO_TILES: dict[Tile, bytes] = {}
AT = "2026-11-30T09:30:00.123456Z"
PERSONAL = ("/actor", "/facts/name", "/reason")


def witness_key() -> NoteKey:
    signer = NoteSigner(name="witness.example", seed=WITNESS_SEED)
    return NoteKey(name=signer.name, public=signer.key.public, kind=KeyKind.WITNESS)


def record_of(number: int) -> dict[str, Json]:
    return {
        "id": f"id-{number}",
        "account_id": f"acc-{number}",
        "team": "MMKAFO" if number % 3 else "SMB",
        "facts": {"name": f"Company {number}", "region": "EMEA", "employees": number},
        "actor": "crm-production",
        "advice": ["ask_again"],
    }


def salt_of(number: int, pointer: str) -> bytes:
    return sha256(f"{number} {pointer}".encode()).digest()[:16]


@dataclass
class Kept:
    """What a database has of an act: the sealed bytes, and beside them the record with its salts."""

    sealed: bytes
    record: dict[str, Any]
    salts: dict[str, bytes]

    def opened(self) -> dict[str, Opening]:
        _, personal = parted(self.record, list(self.salts))
        return {pointer: Opening(salt=self.salts[pointer], value=value) for pointer, value in personal.items()}

    def shown(self) -> dict[str, Json]:
        plain, _ = parted(self.record, PERSONAL)
        return joined(plain, {pointer: each.value for pointer, each in self.opened().items()})


def kept_of(number: int, record: dict[str, Json] | None = None) -> Kept:
    record = record_of(number) if record is None else record
    plain, personal = parted(record, PERSONAL)
    salts = {pointer: salt_of(number, pointer) for pointer in personal}
    return Kept(seal("decision", str(record["id"]), AT, plain, personal, salts.__getitem__), record, salts)


def redaction_of(account_id: str) -> Kept:
    """The act that redacts an account."""
    body = orjson.dumps({"account_id": account_id}).decode()
    record: dict[str, Json] = {"kind": "redacted", "body": body}
    salt = salt_of(0, account_id)
    return Kept(
        seal("act", "an-act", AT, {"kind": "redacted"}, {"/body": body}, lambda _: salt), record, {"/body": salt}
    )


@dataclass
class Log:
    """A log as a database holds it. Whatever is changed in it is served and exported as it then stands."""

    acts: list[Kept]
    hashes: dict[Tile, bytes] = field(default_factory=dict)
    note: str = ""
    sealed: int = 0
    signer: NoteSigner = SIGNER
    asked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, size: int) -> "Log":
        log = cls([kept_of(number) for number in range(size)])
        log.seal_again()
        return log

    @property
    def size(self) -> int:
        return len(self.acts)

    def leaves(self) -> list[bytes]:
        return [leaf_hash(each.sealed) for each in self.acts]

    def hash_again(self, levels: Iterable[int] = range(64)) -> None:
        """Put the hashes of what stands there now into tiles of these levels."""
        made = grown(0, self.leaves(), NO_TILES.__getitem__)
        self.hashes |= {tile: made[tile] for tile in tiles(0, self.size) if tile.level in set(levels)}

    def seal_again(self, signer: NoteSigner | None = None) -> None:
        """Make the tree anew and sign it, as the owner of a database and a key can."""
        self.signer = signer or self.signer
        self.hash_again()
        self.sealed = self.size
        self.note = self.checkpoint(self.size).signed(self.signer)

    def grow(self, acts: Sequence[Kept]) -> None:
        self.acts += acts
        self.seal_again()

    def checkpoint(self, size: int) -> Checkpoint:
        made = grown(0, self.leaves()[:size], NO_TILES.__getitem__)
        return Checkpoint(origin=ORIGIN, size=size, root=root(size, hash_in(size, made.__getitem__)))

    def hash_at(self, level: int, index: int) -> bytes:
        return hash_in(self.size, self.hashes.__getitem__)(level, index)

    def receipt(self, number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members that an answer has besides
        act = self.acts[number]
        return write_receipt(
            decision={**act.shown(), "sequence": number, **more},
            number=number,
            sealed=act.sealed,
            opened=act.opened(),
            proof=inclusion_proof(number, self.size, self.hash_at),
            checkpoint=self.note,
            key=self.signer.key,
        )

    def lines(self, start: int = 0, end: int | None = None) -> list[dict[str, Any]]:
        last = self.size if end is None else end
        told = [self.line(number) for number in range(start, last)]
        before = [to_base64(self.hash_at(*each)) for each in whole_subtrees(0, start)]
        after = [to_base64(self.hash_at(*each)) for each in whole_subtrees(last, self.size)]
        return [*told, {"checkpoint": self.note, "before": before, "after": after}]

    def line(self, number: int) -> dict[str, Any]:
        act = self.acts[number]
        return write_line(number, act.sealed, act.opened(), act.shown())

    def get(self, path: str) -> bytes | None:
        """What is served at a path."""
        self.asked.append(path)
        if path == "checkpoint":
            return self.note.encode()
        if path.startswith("entries?"):
            since, limit = (int(each.partition("=")[2]) for each in path.partition("?")[2].split("&"))
            items = [self.line(number) for number in range(since, min(since + min(limit, 100), self.size))]
            return orjson.dumps({"items": items})
        match read_path(path):
            case Tile() as tile:
                kept = self.hashes.get(tile_of(tile.level, tile.index, self.sealed))
                return None if kept is None else kept[: 32 * tile.width]
            case Bundle() as bundle:
                first = bundle.index * 256
                return write_bundle(each.sealed for each in self.acts[first : first + bundle.width])
            case None:
                return None


def written(lines: Iterable[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps(line) + b"\n" for line in lines]
