"""How the tree is stored and read: as tiles and bundles (C2SP tlog-tiles), so that any client of such logs can.

A tile has up to 256 hashes of whole subtrees, side by side: leaf hashes on level 0, and above, each is the hash over a
full tile below. A bundle has the entries of a tile of level 0. Only the last of a level may be less than full, and a
wider one takes its place as the tree grows; a full one never changes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from service.domain.ledger.merkle import HASH_BYTES, HashAt, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
LONGEST_ENTRY = (1 << 16) - 1
_LAST_LEVEL = 63
_LENGTH_BYTES = 2
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class MalformedTileError(ValueError):
    """Bytes that are not the tile or the bundle that was asked for. The message is a sentence without its end."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The first ``width`` hashes, 1 to 256, of the tile with that index on its level."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's prefix."""
        return f"tile/{self.level}/{_numbered(self.index, self.width)}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The first ``width`` entries, 1 to 256, from number ``256 * index`` on."""

    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's prefix."""
        return f"tile/entries/{_numbered(self.index, self.width)}"


TileAt: TypeAlias = Callable[[Tile], bytes]
"""The hashes of a tile, one after the other."""


def read_path(path: str) -> Tile | Bundle | None:
    """What is served at a path below the log's prefix; None where it is not written as the one path of anything."""
    read = _PATH.fullmatch(path)
    if read is None:
        return None
    index = int(read["index"].replace("x", "").replace("/", ""))
    width = int(read["width"] or WIDTH)
    found = Bundle(index, width) if read["level"] == "entries" else Tile(int(read["level"]), index, width)
    return found if found.path == path and (isinstance(found, Bundle) or found.level <= _LAST_LEVEL) else None


def tile_of(level: int, index: int, size: int) -> Tile:
    """A tile as wide as a tree of that size has it. It has to be there in that tree."""
    return Tile(level, index, min(WIDTH, (size >> HEIGHT * level) - WIDTH * index))


def bundles(before: int, after: int) -> Iterator[Bundle]:
    """The bundles that change where a tree grows from one size to another, each as wide as it then is."""
    for tile in _changed(0, before, after):
        yield Bundle(tile.index, tile.width)


def tiles(before: int, after: int) -> Iterator[Tile]:
    """The tiles that change where a tree grows from one size to another, each as wide as it then is, lowest first."""
    level = 0
    while after >> HEIGHT * level:
        yield from _changed(level, before, after)
        level += 1


def grown(size: int, leaves: Sequence[bytes], tile_at: TileAt) -> dict[Tile, bytes]:
    """The tiles that change where leaf hashes are added to a tree of that size, lowest first.

    Asks for the last tile of each level that is less than full, and for nothing else.

    Raises:
        MalformedTileError: a tile that was asked for is not as long as it should be.
    """
    made: dict[Tile, bytes] = {}
    level, before, added = 0, size, list(leaves)
    while added:
        known = before % WIDTH
        if known:
            last = tile_of(level, before // WIDTH, size)
            added = [*hashes_of(last, tile_at(last)), *added]
        above: list[bytes] = []
        for start in range(0, len(added), WIDTH):
            hashes = added[start : start + WIDTH]
            made[Tile(level, (before + start) // WIDTH, len(hashes))] = b"".join(hashes)
            if len(hashes) == WIDTH:
                above.append(hash_over(hashes))
        level, before, added = level + 1, before // WIDTH, above
    return made


def hash_in(size: int, tile_at: TileAt) -> HashAt:
    """The whole subtrees of a tree of that size, from its tiles. Which are kept in memory is for ``tile_at`` to say.

    What it returns raises ``MalformedTileError`` where a tile is not as long as it should be.
    """

    def hash_at(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        tile = tile_of(tile_level, first // WIDTH, size)
        hashes = hashes_of(tile, tile_at(tile))
        return hash_over(hashes[first % WIDTH : first % WIDTH + (1 << height)])

    return hash_at


def hashes_of(tile: Tile, kept: bytes) -> list[bytes]:
    """The hashes of a tile, from its bytes.

    Raises:
        MalformedTileError: the bytes are not as long as the tile is wide.
    """
    if len(kept) != tile.width * HASH_BYTES:
        raise MalformedTileError(f"{tile.path} has {len(kept)} bytes, not {tile.width * HASH_BYTES}")
    return [kept[start : start + HASH_BYTES] for start in range(0, len(kept), HASH_BYTES)]


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """The bytes of a bundle. Those of more entries are appended to those of fewer.

    Raises:
        OverflowError: an entry is longer than 65,535 bytes.
    """
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES) + entry for entry in entries)


def read_bundle(bundle: Bundle, kept: bytes) -> list[bytes]:
    """The entries of a bundle, from its bytes.

    Raises:
        MalformedTileError: an entry is cut off, or there are more or fewer than the bundle is wide.
    """
    entries = read_entries(kept)
    if len(entries) != bundle.width:
        raise MalformedTileError(f"{bundle.path} has {len(entries)} entries, not {bundle.width}")
    return entries


def read_entries(kept: bytes) -> list[bytes]:
    """The entries of a bundle of any width, from its bytes.

    Raises:
        MalformedTileError: an entry is cut off.
    """
    entries: list[bytes] = []
    start = 0
    while start < len(kept):
        begins = start + _LENGTH_BYTES
        ends = begins + int.from_bytes(kept[start:begins])
        if begins > len(kept) or ends > len(kept):
            raise MalformedTileError(f"A bundle ends within its entry {len(entries)}")
        entries.append(kept[begins:ends])
        start = ends
    return entries


def hash_over(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring hashes of one level, a power of two of them."""
    row = list(hashes)
    while len(row) > 1:
        row = list(map(node_hash, row[::2], row[1::2]))
    return row[0]


def _changed(level: int, before: int, after: int) -> Iterator[Tile]:
    first, end = before >> HEIGHT * level, after >> HEIGHT * level
    if first < end:
        for index in range(first // WIDTH, (end - 1) // WIDTH + 1):
            yield tile_of(level, index, after)


def _numbered(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return name if width == WIDTH else f"{name}.p/{width}"
