"""What can be wrong with a ledger, or with something that is said to be from one, and how that is told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from service.domain.ledger.notes import NoteFault


class Fault(StrEnum):
    """What is wrong, each found apart from the others."""

    MALFORMED = "malformed"
    """It is not written as a receipt, or as a line of an export."""
    ENTRY_MALFORMED = "entry_malformed"
    CHECKPOINT_MALFORMED = "checkpoint_malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    OTHER_LOG = "other_log"
    VALUE_DIFFERS = "value_differs"
    """A value that is given for a digest is not the one that was sealed."""
    RECORD_DIFFERS = "record_differs"
    """What is told of the record is not what was sealed."""
    RECORD_MISSING = "record_missing"
    """Of an entry that is in the tree, no record is told."""
    NOT_REDACTED = "not_redacted"
    """A part of a decision is told as one that was redacted, and no act of the log redacts its account."""
    OTHER_ENTRY = "other_entry"
    """Beside the tree, another entry is told of than is in it."""
    BEYOND_SIZE = "beyond_size"
    """The entry's number is not below the checkpoint's size."""
    NOT_IN_TREE = "not_in_tree"
    """The proof does not lead from the entry to the root."""
    OUT_OF_ORDER = "out_of_order"
    """An entry is missing, is there twice, or has another's number."""
    CUT_OFF = "cut_off"
    """There are fewer entries than the checkpoint has."""
    LEAF_DIFFERS = "leaf_differs"
    """An entry is not the one that the tree has the hash of."""
    TILE_MALFORMED = "tile_malformed"
    TILE_DIFFERS = "tile_differs"
    """The hashes of some entries are not those that the tree above has."""
    ROOT_DIFFERS = "root_differs"
    """All entries together do not have the root that was signed."""
    SHORTER = "shorter"
    """The log has fewer entries than it had when a checkpoint was kept."""
    REWRITTEN = "rewritten"
    """The log does not begin with the entries that it had when a checkpoint was kept."""


OF_NOTES = {
    NoteFault.MALFORMED: Fault.CHECKPOINT_MALFORMED,
    NoteFault.UNKNOWN_KEY: Fault.UNKNOWN_KEY,
    NoteFault.BAD_SIGNATURE: Fault.BAD_SIGNATURE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """The first thing that was found to be wrong.

    ``number`` is the entry that it is about; with ``last``, one of the entries from there to that one, which cannot be
    told apart. ``pointer`` is the part of the record. ``detail`` is a clause for the sentence.
    """

    fault: Fault
    number: int | None = None
    last: int | None = None
    pointer: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """What is wrong, as a sentence without its end."""
        said = self._said()
        return f"{said}: {self.detail}" if self.detail else said

    @property
    def entry(self) -> str:
        """The entry, or the entries, in words."""
        if self.number is None:
            return "the entry"
        return f"entry {self.number}" if self.last in {None, self.number} else f"entries {self.number} to {self.last}"

    def _said(self) -> str:  # noqa: C901, PLR0912 - a sentence for each
        match self.fault:
            case Fault.MALFORMED:
                return "This is not written as it should be"
            case Fault.ENTRY_MALFORMED:
                return f"What is given for {self.entry} is not written as an entry"
            case Fault.CHECKPOINT_MALFORMED:
                return "The checkpoint is not written as one"
            case Fault.UNKNOWN_KEY:
                return "The checkpoint is not signed with the key that was given"
            case Fault.BAD_SIGNATURE:
                return "The checkpoint was changed after it was signed, or its signature was"
            case Fault.OTHER_LOG:
                return "The checkpoints are of different logs"
            case Fault.VALUE_DIFFERS:
                return f"The value of {self.pointer} of {self.entry} is not the one that was sealed"
            case Fault.RECORD_DIFFERS:
                return f"What is told of {self.pointer} of {self.entry} is not what was sealed"
            case Fault.RECORD_MISSING:
                return f"The record of {self.entry} is gone, or is not told"
            case Fault.NOT_REDACTED:
                return (
                    f"Parts of {self.entry} are missing as if they were redacted, and no act up to the checkpoint "
                    "redacts its account; if one was asked for just now, verify again"
                )
            case Fault.OTHER_ENTRY:
                return f"What is answered for {self.entry} is not the entry that the tree has"
            case Fault.BEYOND_SIZE:
                return f"The checkpoint has fewer entries than {self.entry} needs"
            case Fault.NOT_IN_TREE:
                return f"The tree that was signed does not have {self.entry} as it is given"
            case Fault.OUT_OF_ORDER:
                return f"The numbers of the entries have a gap, or go back, at {self.entry}"
            case Fault.CUT_OFF:
                return f"The tail is missing, from {self.entry} on"
            case Fault.LEAF_DIFFERS:
                return f"The tree has another hash for {self.entry}: it was changed after it was sealed"
            case Fault.TILE_MALFORMED:
                return "A part of the tree is missing, or is not written as it should be"
            case Fault.TILE_DIFFERS:
                return f"The tree above has another hash for {self.entry}: at least one was changed after it was sealed"
            case Fault.ROOT_DIFFERS:
                return f"The root that was signed is not that of the entries: something is wrong with {self.entry}"
            case Fault.SHORTER:
                return f"The log is shorter than it was: {self.entry} of a kept checkpoint are gone"
            case Fault.REWRITTEN:
                return f"The log was rewritten after a checkpoint was kept: something is wrong with {self.entry}"
            case _:
                assert_never(self.fault)
