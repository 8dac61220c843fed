"""What verifying showed, in sentences."""

from collections.abc import Iterable

from service.domain.ledger.checkpoint import Checkpoint, entry_words
from service.domain.ledger.notes import KeyKind, NoteKey
from service.domain.ledger.receipts import GoodReceipt
from service.domain.wording import listing


def receipt_words(good: GoodReceipt) -> list[str]:
    """What a good receipt shows, and what it leaves open."""
    entry = good.line.entry
    said = [f"Entry {good.line.number} ({entry.kind} {entry.id} of {entry.at}) is in {log_words(good.checkpoint)}."]
    if good.line.redacted:
        said.append(f"Redacted, or not shown: {listing(good.line.redacted, 'and')}.")
    in_place = [pointer for pointer in good.unsealed if pointer in good.line.redacted]
    beside = [pointer for pointer in good.unsealed if pointer not in good.line.redacted]
    if in_place:
        said.append(f"What stands in the place of {listing(in_place, 'and')} now is vouched for by nothing.")
    if beside:
        said.append(f"Not sealed, and vouched for by nothing: {listing(beside, 'and')}.")
    return said


def log_words(checkpoint: Checkpoint) -> str:
    """A ledger, as a checkpoint has it."""
    return f"the ledger {checkpoint.origin} of {entry_words(checkpoint.size)}"


def witness_words(checkpoints: Iterable[Checkpoint], keys: Iterable[NoteKey]) -> list[str]:
    """Who cosigned checkpoints and when, and which witnesses are known and signed none of them."""
    found = list(checkpoints)
    said = [
        f"The checkpoint of {entry_words(each.size)} is cosigned by {word.by.name}, at {word.at:%Y-%m-%d %H:%M:%S} UTC."
        for each in found
        for word in each.cosigned
    ]
    missing = [key.name for key in uncosigned(found, keys)]
    return [*said, f"Not cosigned by {listing(missing, 'or')}."] if missing else said


def uncosigned(checkpoints: Iterable[Checkpoint], keys: Iterable[NoteKey]) -> list[NoteKey]:
    """The witnesses among some keys that cosigned none of the checkpoints."""
    cosigned = {word.by for each in checkpoints for word in each.cosigned}
    return [key for key in keys if key.kind is KeyKind.WITNESS and key not in cosigned]
