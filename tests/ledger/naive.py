"""A tree by the words of RFC 6962 (section 2.1), that shares nothing with the program."""

from collections.abc import Sequence
from hashlib import sha256


def naive_root(entries: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash of a list of entries."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    middle = 1
    while middle * 2 < len(entries):
        middle *= 2
    return sha256(b"\x01" + naive_root(entries[:middle]) + naive_root(entries[middle:])).digest()
