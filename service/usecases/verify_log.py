"""Verify a ledger that is served, by what anybody can read of it: checkpoint, tiles, entries and the records beside."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from service.delivery.log_reader import NotServedError, UnreadableLogError
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.findings import OF_NOTES, Bad, Fault
from service.domain.ledger.merkle import HASH_BYTES, leaf_hash
from service.domain.ledger.notes import NoteFault, NoteKey
from service.domain.ledger.rebuilding import Progress, Rebuilding, shorter
from service.domain.ledger.receipts import Line, check_line, read_line
from service.domain.ledger.redactions import Redactions
from service.domain.ledger.tiles import (
    HEIGHT,
    WIDTH,
    Bundle,
    MalformedTileError,
    Tile,
    bundles,
    hash_over,
    hashes_of,
    read_entries,
    tile_of,
)


class Reads(Protocol):
    """What a log is read with: see ``LogReader``."""

    async def read(self, path: str) -> bytes:
        """The bytes at a path below the log's prefix."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodLog:
    """Every entry of a log is in the tree that its checkpoint, the signed ``note``, tells of."""

    checkpoint: Checkpoint
    note: bytes
    redacted: int


async def verify_log(
    log: Reads, known: Sequence[NoteKey], kept: Sequence[Checkpoint] = (), *, records: bool = True
) -> AsyncIterator[Checkpoint | Progress | GoodLog | Bad]:
    """Read a whole log, 256 entries at a time, and check each. The last that comes is what came of it.

    ``kept`` are checkpoints of the log that somebody kept. With ``records`` what the service answers beside each entry
    is compared with it.

    Raises:
        UnreadableLogError: the log cannot be read. Nothing is said of it then.
    """
    note = await log.read("checkpoint")
    checkpoint = open_checkpoint(note, known)
    if isinstance(checkpoint, NoteFault):
        yield Bad(fault=OF_NOTES[checkpoint])
        return
    yield checkpoint
    wrong = _is_earlier(checkpoint, kept)
    tree, above, redacted, redactions = Rebuilding(0, kept), _Above(log, checkpoint.size), 0, Redactions()
    try:
        for bundle in () if wrong else bundles(0, checkpoint.size):
            found = await _read(log, bundle, records=records)
            for place, leaf in enumerate(found.leaves):
                number = bundle.index * WIDTH + place
                wrong = found.check(place, number) or tree.append(leaf)
                if wrong:
                    yield wrong
                    return
                yield Progress(number=number, redacted=found.is_redacted(place))
                redacted += found.is_redacted(place)
                found.note(place, redactions)
            wrong = await above.check(bundle, found.leaves)
            if wrong:
                break
    except (MalformedTileError, NotServedError) as error:
        wrong = Bad(fault=Fault.TILE_MALFORMED, detail=str(error))
    wrong = wrong or tree.finish(checkpoint) or redactions.finish()
    yield wrong or GoodLog(checkpoint=checkpoint, note=note, redacted=redacted)


def _is_earlier(checkpoint: Checkpoint, kept: Sequence[Checkpoint]) -> Bad | None:
    """What is wrong with a checkpoint beside those that were kept, before anything else is read."""
    for each in kept:
        if each.origin != checkpoint.origin:
            return Bad(fault=Fault.OTHER_LOG, detail=f"{each.origin} and {checkpoint.origin}")
        if each.size > checkpoint.size:
            return shorter(checkpoint, each)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a log has for a bundle: entries and hashes, and what is answered beside them, None where that is not asked.

    There may be fewer entries, and fewer answers, than hashes.
    """

    entries: list[bytes]
    leaves: list[bytes]
    told: list[Line | Bad] | None

    def check(self, place: int, number: int) -> Bad | None:
        """What is wrong with one entry."""
        if place >= len(self.entries):
            return Bad(fault=Fault.CUT_OFF, number=number)
        if leaf_hash(self.entries[place]) != self.leaves[place]:
            return Bad(fault=Fault.LEAF_DIFFERS, number=number)
        if self.told is None:
            return None
        told = self.told[place] if place < len(self.told) else None
        if isinstance(told, Bad):
            return replace(told, number=number)
        if told is None or (told.number == number and told.record is None):
            return Bad(fault=Fault.RECORD_MISSING, number=number)
        if told.number != number or told.sealed != self.entries[place]:
            return Bad(fault=Fault.OTHER_ENTRY, number=number)
        return check_line(told)

    def is_redacted(self, place: int) -> bool:
        """Whether a part of the entry cannot be opened. The entry was found good."""
        told = self.told and self.told[place]
        return isinstance(told, Line) and bool(told.redacted)

    def note(self, place: int, redactions: Redactions) -> None:
        """Have an entry taken up that was found good."""
        told = self.told and self.told[place]
        if isinstance(told, Line):
            redactions.note(told)


async def _read(log: Reads, bundle: Bundle, *, records: bool) -> _Found:
    told = _answered(log, bundle.index * WIDTH, bundle.width) if records else _nothing()
    tile = Tile(0, bundle.index, bundle.width)
    entries, leaves, lines = await asyncio.gather(_entries(log, bundle), _hashes(log, tile), told)
    return _Found(entries=entries, leaves=leaves, told=lines)


async def _entries(log: Reads, bundle: Bundle) -> list[bytes]:
    return read_entries(await _or_full(log, bundle))[: bundle.width]


async def _hashes(log: Reads, tile: Tile) -> list[bytes]:
    return hashes_of(tile, (await _or_full(log, tile))[: tile.width * HASH_BYTES])


async def _or_full(log: Reads, what: Tile | Bundle) -> bytes:
    """Its bytes, or those of the full one: a log may drop what is less than full, once it is full."""
    try:
        return await log.read(what.path)
    except NotServedError:
        if what.width == WIDTH:
            raise
    return await log.read(replace(what, width=WIDTH).path)


async def _answered(log: Reads, first: int, width: int) -> list[Line | Bad]:
    """What the service answers beside some entries, from a number on, as far as it goes."""
    lines: list[Line | Bad] = []
    while len(lines) < width:
        path = f"entries?since={first + len(lines)}&limit={width - len(lines)}"
        try:
            items = orjson.loads(await log.read(path))["items"]
            lines += [read_line(item) for item in items]
        except NotServedError as error:
            raise UnreadableLogError(f"{error}: what was recorded is not told there, only the tree is") from error
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
            raise UnreadableLogError(f"{path}: this is no page of entries") from error
        if not items:
            break
    return lines


async def _nothing() -> None:
    return None


class _Above:
    """The tiles above those that were read: a full tile has its hash there, and in the end only the root is left."""

    def __init__(self, log: Reads, size: int) -> None:
        self._log, self._size = log, size
        self._last: dict[int, tuple[Tile, list[bytes]]] = {}

    async def check(self, bundle: Bundle, leaves: list[bytes]) -> Bad | None:
        """What is wrong with the leaf hashes of a bundle, and with each tile above of which it is the last part."""
        level, index, hashes = 0, bundle.index, leaves
        while len(hashes) == WIDTH:
            above = await self._hashes(tile_of(level + 1, index // WIDTH, self._size))
            if above[index % WIDTH] != hash_over(hashes):
                wide = HEIGHT * (level + 1)
                return Bad(fault=Fault.TILE_DIFFERS, number=index << wide, last=(index + 1 << wide) - 1)
            if index % WIDTH != WIDTH - 1:
                return None
            level, index, hashes = level + 1, index // WIDTH, above
        return None

    async def _hashes(self, tile: Tile) -> list[bytes]:
        last, hashes = self._last.get(tile.level, (None, []))
        if last != tile:
            hashes = await _hashes(self._log, tile)
            self._last[tile.level] = (tile, hashes)
        return hashes
