"""The tree of RFC 6962 (section 2.1): its root, and the proofs that an entry or an earlier tree is part of it.

A hash has 32 bytes; what is of another length proves nothing. The subtree at (level, index) is over ``1 << level``
leaves from ``index << level`` on, so that leaves are level 0. Only whole subtrees are asked for, so that whoever keeps
them need keep no other; a root or a proof asks for a few for each doubling of the tree.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import TypeAlias

HashAt: TypeAlias = Callable[[int, int], bytes]
"""The hash of the whole subtree at (level, index)."""

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class Span:
    """Entries in a row, from number ``start`` to before number ``end``, by the hashes of a few whole subtrees.

    So a tree of any size is put together from its beginning to its end in little memory.
    """

    def __init__(self, start: int = 0) -> None:
        self.start = self.end = start
        self._subtrees: list[tuple[int, bytes]] = []

    def append(self, hash_: bytes, level: int = 0) -> None:
        """Add the hash of the next entry, or of a whole subtree over the next ``1 << level`` entries.

        Raises:
            ValueError: no whole subtree of that size begins there.
        """
        if self.end % (1 << level):
            raise ValueError(f"No subtree of {1 << level} entries begins with entry {self.end}")
        self.end += 1 << level
        while self._subtrees and self._subtrees[-1][0] == level and not (self.end >> level) & 1:
            hash_, level = node_hash(self._subtrees.pop()[1], hash_), level + 1
        self._subtrees.append((level, hash_))

    def within(self, before: Sequence[bytes], after: Sequence[bytes], size: int) -> "Span | None":
        """The tree of a size, with the hashes of the whole subtrees on both sides; None where their number is wrong."""
        levels = [level for level, _ in whole_subtrees(0, self.start)]
        levels_after = [level for level, _ in whole_subtrees(self.end, size)]
        if self.end > size or len(levels) != len(before) or len(levels_after) != len(after):
            return None
        tree = Span()
        for level, hash_ in [
            *zip(levels, before, strict=True),
            *self._subtrees,
            *zip(levels_after, after, strict=True),
        ]:
            tree.append(hash_, level)
        return tree

    def root(self) -> bytes:
        """The root over all entries. The span has to begin with entry 0."""
        found: bytes | None = None
        for _, hash_ in reversed(self._subtrees):
            found = hash_ if found is None else node_hash(hash_, found)
        return EMPTY_ROOT if found is None else found


def whole_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The largest whole subtrees, as (level, index) from left to right, that are over these entries and no other."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry, as the tree has it."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def root(size: int, hash_at: HashAt) -> bytes:
    """The root over the first ``size`` entries."""
    return _over(0, size, hash_at) if size else EMPTY_ROOT


def inclusion_proof(number: int, size: int, hash_at: HashAt) -> list[bytes]:
    """The hashes that lead from the entry of that number, from 0 on, to the root of ``size`` entries.

    Raises:
        IndexError: a tree of that size has no such entry.
    """
    if not 0 <= number < size:
        raise IndexError(f"A tree of {size} entries has no entry {number}")
    start, end, proof = 0, size, list[bytes]()
    while end - start > 1:
        middle = _middle(start, end)
        if number < middle:
            proof.append(_over(middle, end, hash_at))
            end = middle
        else:
            proof.append(_over(start, middle, hash_at))
            start = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, hash_at: HashAt) -> list[bytes]:
    """The hashes that lead from the root of ``first`` entries, and from one of its parts, to that of ``second``.

    Raises:
        IndexError: not 1 <= ``first`` <= ``second``. Of the empty tree there is nothing to prove.
    """
    if not 1 <= first <= second:
        raise IndexError(f"No tree of {first} entries is the beginning of one of {second}, or that says nothing")
    start, end, proof = 0, second, list[bytes]()
    while first != end:
        middle = _middle(start, end)
        if first <= middle:
            proof.append(_over(middle, end, hash_at))
            end = middle
        else:
            proof.append(_over(start, middle, hash_at))
            start = middle
    if start:  # else the verifier has this hash: it is the first root
        proof.append(_over(start, end, hash_at))
    return proof[::-1]


def is_included(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the entry with this leaf hash is number ``number`` of the ``size`` entries that have this root."""
    if not 0 <= number < size or not _are_hashes(leaf, root, *proof):
        return False
    at, last, found = number, size - 1, leaf
    for each in proof:
        if not last:
            return False
        if at & 1 or at == last:
            found = node_hash(each, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    return not last and found == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of ``second`` entries begins with that of ``first``, by their roots and a proof.

    False where ``first`` is 0: every tree begins with the empty one, and no proof says so.
    """
    if first == second:
        return first > 0 and not proof and first_root == second_root
    if not 0 < first < second or not _are_hashes(first_root, second_root, *proof):
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = path[0]
    for each in path[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            older, newer = node_hash(each, older), node_hash(each, newer)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(newer, each)
        at, last = at >> 1, last >> 1
    return not last and older == first_root and newer == second_root


def _are_hashes(*found: bytes) -> bool:
    # Else bytes could pass from one hash to its neighbour, and the node above them would be the same.
    return all(len(each) == HASH_BYTES for each in found)


def _middle(start: int, end: int) -> int:
    """Where the range is parted: its left part has the greatest power of two that is less than the whole."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _over(start: int, end: int, hash_at: HashAt) -> bytes:
    """The hash over a range that begins where a whole subtree of its size or larger begins."""
    level = (end - start).bit_length() - 1
    if end - start == 1 << level:
        return hash_at(level, start >> level)
    middle = _middle(start, end)
    return node_hash(hash_at(level, start >> level), _over(middle, end, hash_at))
