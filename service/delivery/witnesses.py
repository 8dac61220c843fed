"""Where witnesses take checkpoints, and by which keys their cosignatures are known."""

from dataclasses import dataclass

from service.delivery.addresses import AddressRefusedError, Allowance, check_url
from service.domain.ledger.notes import KeyKind, NoteKey, UnusableNoteKeyError, read_note_key

MOST_WITNESSES = 8
"""Readers of notes need not take more than sixteen signatures, and the log's own are among them."""
_ANYWHERE = Allowance.of(("0.0.0.0/0", "::/0"), http=True)
"""Where a URL leads is looked at when something is sent there."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who cosigns checkpoints: the URL below which it takes them, and its key."""

    url: str
    key: NoteKey

    @property
    def name(self) -> str:
        """What it is called."""
        return self.key.name


def witnesses_of(stated: dict[str, str]) -> tuple[Witness, ...]:
    """Witnesses, from their keys by their URLs.

    Raises:
        ValueError: a URL or a key is none, or is not a witness's. Neither is repeated.
    """
    found = tuple(Witness(url.rstrip("/"), _key(line)) for url, line in stated.items())
    for each in found:
        try:
            check_url(each.url, _ANYWHERE)
        except AddressRefusedError as error:
            raise ValueError(f"of {each.name}: {error}") from error
    if len({each.key for each in found}) < len(found):
        raise ValueError("two witnesses have one key")
    return found


def check_witnesses(stated: dict[str, str]) -> dict[str, str]:
    """The same as it was stated.

    Raises:
        ValueError: see ``witnesses_of``.
    """
    witnesses_of(stated)
    return stated


def _key(line: str) -> NoteKey:
    try:
        key = read_note_key(line)
    except UnusableNoteKeyError as error:
        raise ValueError(str(error)) from error
    if key.kind is not KeyKind.WITNESS:
        raise ValueError("a witness's key is of the kind that signs with an instant, and this one is a log's")
    return key
