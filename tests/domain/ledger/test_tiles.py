"""The tree as tiles and bundles: their names, what a growth writes, and that they give the tree back."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ledger.merkle import consistency_proof as consistency
from service.domain.ledger.merkle import inclusion_proof, is_consistent, is_included, leaf_hash, root
from service.domain.ledger.tiles import (
    Bundle,
    MalformedTileError,
    Tile,
    bundles,
    grown,
    hash_in,
    hashes_of,
    read_bundle,
    read_path,
    tiles,
    write_bundle,
)

ENTRIES = [str(number).encode() for number in range(70_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


class Kept:
    """A tree as somebody keeps it who knows nothing but tiles."""

    def __init__(self) -> None:
        self.size = 0
        self.tiles: dict[Tile, bytes] = {}

    def grow_to(self, size: int) -> dict[Tile, bytes]:
        written = grown(self.size, LEAVES[self.size : size], self.tiles.__getitem__)
        self.tiles |= written
        self.size = size
        return written

    def root(self, size: int) -> bytes:
        return root(size, hash_in(size, self.tiles.__getitem__))


def naive_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@pytest.mark.parametrize(
    ("what", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(63, 999, 1), "tile/63/999.p/1"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(2, 1_234_067), "tile/2/x001/x234/067"),
        (Bundle(67), "tile/entries/067"),
        (Bundle(1067, 255), "tile/entries/x001/067.p/255"),
    ],
)
def test_a_tile_and_a_bundle_have_one_path_each(what: Tile | Bundle, path: str) -> None:
    assert what.path == path
    assert read_path(path) == what


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/-01", "tile/0/+01"),
        *(
            "tile/00/000",
            "tile/01/000",
            "tile/64/000",
            "tile/99/000",
            "tile/-1/000",
            "tile/data/000",
            "tile/Entries/000",
        ),
        *("tile/0/x000/001", "tile/0/001/067", "tile/0/x001/x067", "tile/0/X001/067", "tile/0/x01/067"),
        *("tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/"),
        *("/tile/0/000", "tile/0/000/", "tile//000", "tile/0/../000", "tile/0/000\n", "tile/0/\u0660\u0660\u0660"),
        "tile/0/" + "x001/" * 400 + "000",
    ],
)
def test_what_is_not_written_as_it_should_be_is_no_path(path: str) -> None:
    assert read_path(path) is None


@pytest.mark.law
@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_every_path_is_read_as_it_was_written(level: int, index: int, width: int) -> None:
    for each in (Tile(level, index, width), Bundle(index, width)):
        assert read_path(each.path) == each


def test_seventy_thousand_entries_have_the_tiles_that_the_standard_counts() -> None:
    widths: dict[int, list[int]] = {}
    for tile in tiles(0, 70_000):
        widths.setdefault(tile.level, []).append(tile.width)
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [tile.width for tile in tiles(0, 256)] == [256, 1]
    assert list(tiles(256, 256)) == []
    assert list(bundles(255, 257)) == [Bundle(0), Bundle(1, 1)]


@pytest.mark.law
@settings(max_examples=30)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_a_tree_that_grows_in_any_steps_has_the_tiles_of_one_that_grew_at_once(steps: list[int]) -> None:
    kept = Kept()
    for step in steps:
        before = kept.size
        assert list(kept.grow_to(before + step)) == list(tiles(before, kept.size))
    at_once = Kept()
    at_once.grow_to(kept.size)
    assert at_once.tiles.items() <= kept.tiles.items()
    assert at_once.root(kept.size) == naive_root(LEAVES[: kept.size])


def sizes() -> Iterator[int]:
    yield from (1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 70_000)


def test_tiles_of_every_kept_size_give_its_root_and_its_proofs() -> None:
    kept = Kept()
    roots = {}
    for size in sizes():
        kept.grow_to(size)
        roots[size] = naive_root(LEAVES[:size])
        hash_at = hash_in(size, kept.tiles.__getitem__)
        assert root(size, hash_at) == roots[size]
        for number in {0, size // 3, size - 1}:
            proof = inclusion_proof(number, size, hash_at)
            assert is_included(LEAVES[number], number, size, proof, roots[size])
        for first, known in roots.items():
            assert is_consistent(first, size, known, roots[size], consistency(first, size, hash_at))


def test_a_growth_asks_for_the_last_tiles_that_are_less_than_full_and_for_no_other() -> None:
    kept = Kept()
    kept.grow_to(65_792)
    asked: list[Tile] = []

    def tile_at(tile: Tile) -> bytes:
        asked.append(tile)
        return kept.tiles[tile]

    grown(65_792, LEAVES[65_792:65_800], tile_at)
    assert asked == []
    kept.grow_to(65_800)
    grown(65_800, LEAVES[65_800:66_100], tile_at)
    assert asked == [Tile(0, 257, 8), Tile(1, 1, 1)]


def test_a_tile_that_is_cut_or_too_long_is_refused() -> None:
    tile = Tile(0, 1, 2)
    assert hashes_of(tile, LEAVES[0] + LEAVES[1]) == LEAVES[:2]
    for kept in (b"", LEAVES[0], LEAVES[0] + LEAVES[1][:31], b"".join(LEAVES[:3])):
        with pytest.raises(MalformedTileError, match=r"tile/0/001\.p/2 has \d+ bytes, not 64"):
            hashes_of(tile, kept)


@pytest.mark.law
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_gives_its_entries_back_and_grows_at_its_end(entries: list[bytes]) -> None:
    bundle, kept = Bundle(3, len(entries)), write_bundle(entries)
    assert read_bundle(bundle, kept) == entries
    half = len(entries) // 2
    assert write_bundle(entries[:half]) + write_bundle(entries[half:]) == kept
    for wrong in (kept[:-1], kept + b"\0", kept + b"\0\0", kept + b"\0\1", b""):
        with pytest.raises(MalformedTileError, match=r"tile/entries/003|within its entry"):
            read_bundle(bundle, wrong)


def test_the_longest_entry_fits_and_no_longer_one() -> None:
    longest = b"a" * 65_535
    assert read_bundle(Bundle(0, 1), write_bundle([longest])) == [longest]
    with pytest.raises(OverflowError):
        write_bundle([longest + b"a"])
