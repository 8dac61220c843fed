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
            stack.append((2 * count, sha256(b"\1" + left + right).digest()))
    while len(stack) > 1:
        (count, right), (more, left) = stack.pop(), stack.pop()
        stack.append((count + more, sha256(b"\1" + left + right).digest()))
    return stack[0][1] if stack else sha256().digest()


def _number(index: int) -> str:
    whole, last = divmod(index, 1000)
    return (f"x{whole:03}/" if whole else "") + f"{last:03}"
