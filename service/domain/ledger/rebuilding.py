"""Put a tree together again from its entries, and say with which of them something is wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.findings import OF_NOTES, Bad, Fault
from service.domain.ledger.merkle import Span, leaf_hash
from service.domain.ledger.notes import NoteFault, NoteKey
from service.domain.ledger.receipts import check_line, hashes, read_line, read_object
from service.domain.ledger.redactions import Redactions


class Rebuilding:
    """A tree that grows entry by entry, and is compared with each checkpoint where it has that one's size.

    ``kept`` are checkpoints of the same log that somebody kept, in any order.
    """

    def __init__(self, start: int = 0, kept: Iterable[Checkpoint] = ()) -> None:
        self.span = Span(start)
        self._kept = sorted(kept, key=lambda each: each.size)
        self._good = start
        self._due = [] if start else [each for each in self._kept if each.size]

    def append(self, leaf: bytes) -> Bad | None:
        """Add the hash of the next entry. Something is wrong where a kept checkpoint has another root."""
        self.span.append(leaf)
        while self._due and self._due[0].size == self.span.end:
            checkpoint = self._due.pop(0)
            if checkpoint.root != self.span.root():
                return Bad(fault=Fault.REWRITTEN, number=self._good, last=checkpoint.size - 1)
            self._good = checkpoint.size
        return None

    def finish(self, checkpoint: Checkpoint, before: Sequence[bytes] = (), after: Sequence[bytes] = ()) -> Bad | None:
        """Compare with the checkpoint of the whole tree, given the subtrees over entries that were not appended."""
        if self._kept and self._kept[-1].size > checkpoint.size:
            return shorter(checkpoint, self._kept[-1])
        if self.span.end < checkpoint.size and not after:
            return Bad(
                fault=Fault.CUT_OFF, number=self.span.end, detail=f"the checkpoint has {checkpoint.size} entries"
            )
        if self.span.end > checkpoint.size:
            detail = f"it has {checkpoint.size}"
            return Bad(fault=Fault.BEYOND_SIZE, number=checkpoint.size, last=self.span.end - 1, detail=detail)
        if self._kept and self.span.start:
            return Bad(
                fault=Fault.MALFORMED, detail="it begins in the middle, so that no kept checkpoint says anything"
            )
        tree = self.span.within(before, after, checkpoint.size)
        if tree is None:
            return Bad(fault=Fault.MALFORMED, detail="before or after has not as many hashes as that many entries need")
        if tree.root() != checkpoint.root:
            return Bad(fault=Fault.ROOT_DIFFERS, number=self._good, last=max(self._good, checkpoint.size - 1))
        return None


def shorter(checkpoint: Checkpoint, kept: Checkpoint) -> Bad:
    """What is wrong where a log has fewer entries than it had."""
    return Bad(fault=Fault.SHORTER, number=checkpoint.size, last=kept.size - 1)


def open_kept(notes: Iterable[bytes], known: Iterable[NoteKey]) -> list[Checkpoint] | Bad:
    """Checkpoints that were kept, which have to be of one log."""
    keys = list(known)
    found: list[Checkpoint] = []
    for note in notes:
        opened = open_checkpoint(note, keys)
        if isinstance(opened, NoteFault):
            return Bad(fault=OF_NOTES[opened], detail="it is one that was kept")
        if found and opened.origin != found[0].origin:
            return Bad(fault=Fault.OTHER_LOG, detail=f"{found[0].origin} and {opened.origin}")
        found.append(opened)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """An entry was found good. ``redacted`` is whether a part of it cannot be opened."""

    number: int
    redacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodExport:
    """Every entry of an export is in the tree that the checkpoint signs."""

    first: int
    entries: int
    redacted: int
    checkpoint: Checkpoint


def verify_export(
    lines: Iterable[bytes], known: Iterable[NoteKey], kept: Sequence[Checkpoint] = (), own: Checkpoint | None = None
) -> Iterator[Progress | GoodExport | Bad]:
    """Check an export line by line. The last that comes is what came of it.

    ``kept`` are checkpoints that somebody kept, ``own`` one that is given for the export instead of its last line.
    """
    keys = list(known)
    tree: Rebuilding | None = None
    redacted, last, redactions = 0, dict[str, Any](), Redactions()
    for line in lines:
        read = {} if line.isspace() else read_object(line)
        if isinstance(read, Bad) or last:
            yield read if isinstance(read, Bad) else Bad(fault=Fault.MALFORMED, detail="lines follow the last one")
            return
        if "entry" not in read:
            last = read
            continue
        entry = read_line(read)
        if isinstance(entry, Bad):
            yield entry
            return
        tree = tree or Rebuilding(entry.number, kept)
        if entry.number != tree.span.end:
            yield Bad(fault=Fault.OUT_OF_ORDER, number=tree.span.end, detail=f"entry {entry.number} is in its place")
            return
        wrong = check_line(entry) or tree.append(leaf_hash(entry.sealed))
        if wrong is not None:
            yield wrong
            return
        redacted += bool(entry.redacted)
        redactions.note(entry)
        yield Progress(number=entry.number, redacted=bool(entry.redacted))
    found = _finished(tree or Rebuilding(0, kept), last, keys, own, redacted)
    unexplained = redactions.finish() if isinstance(found, GoodExport) and not last.get("after") else None
    yield unexplained or found


def _finished(
    tree: Rebuilding, last: Mapping[str, Any], keys: list[NoteKey], own: Checkpoint | None, redacted: int
) -> GoodExport | Bad:
    checkpoint: Checkpoint | NoteFault | None = own
    if own is None and isinstance(last.get("checkpoint"), str):
        checkpoint = open_checkpoint(last["checkpoint"].encode(), keys)
    if isinstance(checkpoint, NoteFault):
        return Bad(fault=OF_NOTES[checkpoint])
    if checkpoint is None:
        detail = "the line with the checkpoint is missing"
        return Bad(fault=Fault.CUT_OFF, number=tree.span.end, detail=detail)
    before, after = hashes(last.get("before", [])), hashes(last.get("after", []))
    if before is None or after is None:
        return Bad(fault=Fault.MALFORMED, detail="before or after is no list of hashes")
    wrong = tree.finish(checkpoint, before, after)
    first = tree.span.start
    good = GoodExport(first=first, entries=tree.span.end - first, redacted=redacted, checkpoint=checkpoint)
    return good if wrong is None else wrong
