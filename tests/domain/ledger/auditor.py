"""An auditor's own program, which shares nothing with ours: RFC 6962, the tlog formats and Ed25519, as documented."""

from base64 import b64decode
from collections.abc import Callable, Iterator
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Read = Callable[[str], bytes]


def signed_tree(note: bytes, key: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint, if the key signed it."""
    name, number, encoded = key.split("+", 2)
    text, _, lines = note.decode().rpartition("\n\n")
    for line in lines.splitlines():
        _, signer, signature = line.split(" ")
        raw = b64decode(signature)
        if signer == name and raw[:4].hex() == number:
            Ed25519PublicKey.from_public_bytes(b64decode(encoded)[1:]).verify(raw[4:], f"{text}\n".encode())
            origin, size, root = text.splitlines()[:3]
            return origin, int(size), b64decode(root)
    raise ValueError(key)


def entries(read: Read, size: int) -> Iterator[bytes]:
    """Every entry, from the bundles."""
    for first in range(0, size, 256):
        width = min(256, size - first)
        rest = read(f"tile/entries/{_number(first // 256)}" + (f".p/{width}" if width < 256 else ""))
        while rest:
            length = int.from_bytes(rest[:2])
            yield rest[2 : 2 + length]
            rest = rest[2 + length :]


def root_of(leaves: Iterator[bytes]) -> bytes:
    """MTH by a stack: it is that of the recursion, since whole subtrees are joined as soon as they are."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        stack.append((1, sha256(b"\0" + leaf).digest()))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            (count, right), (_, left) = stack.pop(), stack.pop()
            stack.append((2 * count, _node(left, right)))
    while len(stack) > 1:
        (count, right), (more, left) = stack.pop(), stack.pop()
        stack.append((count + more, _node(left, right)))
    return stack[0][1] if stack else sha256().digest()


def root_by_path(leaf: bytes, m: int, n: int, path: list[bytes]) -> bytes:
    """The root that PATH(m, D[n]) leads to from the hash of entry m: 2.1.1 of RFC 6962, read backwards."""
    if n == 1:
        assert not path
        return leaf
    k = 1 << (n - 1).bit_length() - 1
    *rest, last = path
    if m < k:
        return _node(root_by_path(leaf, m, k, rest), last)
    return _node(last, root_by_path(leaf, m - k, n - k, rest))


def roots_by_proof(m: int, n: int, proof: list[bytes], known: bytes) -> tuple[bytes, bytes]:
    """The roots of m and of n entries that PROOF(m, D[n]) leads to: 2.1.2 of RFC 6962, read backwards."""

    def roots(m: int, n: int, rest: list[bytes], *, whole: bool) -> tuple[bytes, bytes]:
        if m == n:
            assert len(rest) == (not whole)
            return (known, known) if whole else (rest[0], rest[0])
        k = 1 << (n - 1).bit_length() - 1
        *rest, last = rest
        if m <= k:
            older, newer = roots(m, k, rest, whole=whole)
            return older, _node(newer, last)
        older, newer = roots(m - k, n - k, rest, whole=False)
        return _node(last, older), _node(last, newer)

    return roots(m, n, proof, whole=True)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _number(index: int) -> str:
    whole, last = divmod(index, 1000)
    return (f"x{whole:03}/" if whole else "") + f"{last:03}"
