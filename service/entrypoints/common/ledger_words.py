"""What verifying a receipt showed, in sentences."""

from service.domain.ledger.checkpoint import Checkpoint, entry_words
from service.domain.ledger.receipts import GoodReceipt
from service.domain.wording import listing


def receipt_words(good: GoodReceipt) -> list[str]:
    """What a good receipt shows, and what it leaves open."""
    entry = good.line.entry
    said = [f"Entry {good.line.number} ({entry.kind} {entry.id} of {entry.at}) is in {log_words(good.checkpoint)}."]
    if good.line.redacted:
        said.append(f"Redacted, or not shown: {listing(good.line.redacted, 'and')}.")
    if good.unsealed:
        said.append(f"Not sealed, and vouched for by nothing: {listing(good.unsealed, 'and')}.")
    return said


def log_words(checkpoint: Checkpoint) -> str:
    """A ledger, as a checkpoint has it."""
    return f"the ledger {checkpoint.origin} of {entry_words(checkpoint.size)}"
