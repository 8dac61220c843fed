"""The tree of hashes: its roots and proofs are those of RFC 6962, and no other proof is taken."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ledger.merkle import (
    EMPTY_ROOT,
    HashAt,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root,
)
from tests.domain.ledger import auditor, naive
from tests.shared import VECTORS

FOLDER = VECTORS / "rfc6962-merkle"
BESIDE = pytest.mark.skipif(not FOLDER.exists(), reason=f"the vectors are not at {FOLDER} (CHALKLINE_SHARED)")
MOST = 70  # past the sizes at which a tree has one more level


def kept(entries: list[bytes]) -> HashAt:
    """The hashes of whole subtrees, and of none that the entries do not fill."""

    def hash_at(level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(entries)
        return naive.mth(entries[index << level : (index + 1) << level])

    return hash_at


ENTRIES = [bytes([number]) * (number % 5) for number in range(MOST)]
ROOTS = [naive.mth(ENTRIES[:size]) for size in range(MOST + 1)]
TREE = kept(ENTRIES)


def test_the_empty_tree_has_the_root_of_the_standard_and_asks_for_no_hash() -> None:
    assert (
        root(0, kept([]))
        == EMPTY_ROOT
        == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )


def test_a_leaf_is_never_a_node() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    assert node_hash(left, right) != leaf_hash(left + right)


@pytest.mark.law
@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_roots_and_proofs_of_every_size_are_those_of_the_plain_recursion(size: int) -> None:
    entries = ENTRIES[:size]
    hash_at = kept(entries)
    assert root(size, hash_at) == ROOTS[size]
    for number in range(size):
        proof = inclusion_proof(number, size, hash_at)
        assert proof == naive.path(number, entries)
        assert is_included(leaf_hash(entries[number]), number, size, proof, ROOTS[size])
        assert auditor.root_by_path(leaf_hash(entries[number]), number, size, proof) == ROOTS[size]
    for first in range(1, size + 1):
        proof = consistency_proof(first, size, hash_at)
        assert proof == naive.proof(first, entries)
        assert is_consistent(first, size, ROOTS[first], ROOTS[size], proof)
        assert auditor.roots_by_proof(first, size, proof, ROOTS[first]) == (ROOTS[first], ROOTS[size])


@pytest.mark.law
@given(st.data())
def test_no_proof_holds_for_another_entry_number_size_or_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    number = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(number, size, TREE)
    leaf = leaf_hash(ENTRIES[number])
    assert not is_included(leaf_hash(b"another"), number, size, proof, ROOTS[size])
    assert not is_included(leaf, number, size, proof, ROOTS[size - 1])
    assert not any(is_included(leaf, other, size, proof, ROOTS[size]) for other in range(-2, MOST) if other != number)
    assert not is_included(leaf, number, size, [*proof, EMPTY_ROOT], ROOTS[size])
    if proof:
        assert not is_included(leaf, number, size, proof[:-1], ROOTS[size])
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not is_included(leaf, number, size, [*proof[:at], EMPTY_ROOT, *proof[at + 1 :]], ROOTS[size])


@pytest.mark.law
@given(st.data())
def test_no_tree_is_taken_for_the_beginning_of_one_that_does_not_begin_with_it(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, MOST))
    first = data.draw(st.integers(1, second - 1))
    proof = consistency_proof(first, second, TREE)
    changed = list(ENTRIES)
    changed[data.draw(st.integers(0, first - 1))] = b"changed"
    rewritten = kept(changed)
    forged = consistency_proof(first, second, rewritten)
    for tried in (proof, forged, proof[:-1], [*proof, EMPTY_ROOT]):
        assert not is_consistent(first, second, ROOTS[first], root(second, rewritten), tried)
    assert not is_consistent(first, second, naive.mth(changed[:first]), ROOTS[second], proof)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_nothing_is_proved_of_an_empty_tree_or_of_a_longer_one(first: int, second: int) -> None:
    with pytest.raises(IndexError):
        consistency_proof(first, second, TREE)
    assert not is_consistent(first, second, ROOTS[max(first, 0)], ROOTS[second], [])


@pytest.mark.parametrize(("number", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_an_entry_that_is_not_there_has_no_proof(number: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(number, size, TREE)
    assert not is_included(ROOTS[size], number, size, [], ROOTS[size])


def test_what_has_not_the_length_of_a_hash_is_none() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    two = node_hash(left, right)
    assert is_included(left, 0, 2, [right], two)
    assert not is_included(left + right[:1], 0, 2, [right[1:]], two)
    assert not is_included(b"", 0, 1, [], b"")
    assert not is_consistent(1, 2, left + right[:1], two, [right[1:]])


def test_a_proof_asks_for_few_hashes_however_large_the_tree_is() -> None:
    size, asked = 2**40 + 2**20 + 1, 0

    def hash_at(level: int, index: int) -> bytes:
        nonlocal asked
        asked += 1
        return leaf_hash(f"{level}/{index}".encode())

    for number in (0, size // 2, size - 1):
        inclusion_proof(number, size, hash_at)
    consistency_proof(size // 3, size, hash_at)
    assert asked < 4 * 50


def probes(kind: str) -> Iterator[dict[str, Any]]:
    for file in sorted((FOLDER / kind).rglob("*.json")):
        yield json.loads(file.read_text())


def hashed(text: str | None) -> bytes:
    return b64decode(text or "")


@pytest.mark.shared
@BESIDE
def test_every_probe_of_the_vectors_has_the_wanted_verdict() -> None:
    included, consistent = list(probes("inclusion")), list(probes("consistency"))
    assert len(included) == len(consistent) == 98
    for probe in included:
        proof = [hashed(each) for each in probe["proof"] or ()]
        found = is_included(
            hashed(probe["leafHash"]), probe["leafIdx"], probe["treeSize"], proof, hashed(probe["root"])
        )
        assert found != probe["wantErr"], probe["desc"]
    for probe in consistent:
        proof = [hashed(each) for each in probe["proof"] or ()]
        roots = hashed(probe["root1"]), hashed(probe["root2"])
        assert is_consistent(probe["size1"], probe["size2"], *roots, proof) != probe["wantErr"], probe["desc"]


@pytest.mark.shared
@BESIDE
def test_the_roots_of_the_reference_tree_are_found() -> None:
    reference = json.loads((FOLDER / "tree-constants.json").read_text())
    leaves = [bytes.fromhex(each) for each in reference["leaf_inputs_hex"]]
    for size, wanted in enumerate(reference["root_by_size_hex"]):
        assert root(size, kept(leaves[:size])).hex() == wanted
    hasher = reference["hasher"]
    assert (leaf_hash(b"").hex(), leaf_hash(b"L123456").hex()) == (hasher["empty_leaf"], hasher["leaf_L123456"])
    assert node_hash(b"N123", b"N456").hex() == hasher["node_N123_N456"]
