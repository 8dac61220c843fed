"""Events that cannot be read: each is rejected by itself, and keeps no other of its payload from being applied."""

import hashlib
from dataclasses import dataclass
from typing import Final

from service.crm.facts_patch import Patch
from service.crm.known_record import RecordChange, RecordKind
from service.crm.payloads import printable
from service.crm.statements import EventOrder
from service.domain.rows import Fault

_NOT_NAMED: Final = "?"
_LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableEvent:
    """An event that cannot be read for a ``reason``, and the record that it is of as far as it says that.

    ``content`` tells it from every other, and is the same when it is delivered again.
    """

    reason: str
    content: bytes
    record_id: str | None = None
    object_type: str = ""

    def change(self, kind: RecordKind) -> RecordChange:
        """What it comes to: a change that is rejected, of no moment, for nothing that it says is believed."""
        return RecordChange(
            kind=kind,
            record_id=printable(self.record_id or _NOT_NAMED)[:_LONGEST_ID],
            order=EventOrder(instant_ms=0, sequence=0, key=f"sha256-{hashlib.sha256(self.content).hexdigest()}"),
            patch=Patch(stated={}, faults=(Fault(field=None, reason=self.reason),)),
        )
