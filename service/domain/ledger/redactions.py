"""Whether each part of a decision that is told as redacted was: by an act that the log has further on."""

from collections.abc import Mapping

import orjson

from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.receipts import Line

ACT = "redacted"
"""The kind of the act that redacts an account, which its body names."""


class Redactions:
    """The accounts of which decisions were found redacted, and those that acts redact.

    A decision that was sealed as one text tells its account no more: any act that follows may have redacted it.
    """

    def __init__(self) -> None:
        self._first: dict[str | None, int] = {}

    def note(self, line: Line) -> None:
        """Take up an entry, as they follow."""
        plain = line.entry.plain
        if line.entry.kind == "decision" and line.redacted:
            account = plain.get("account_id")
            self._first.setdefault(account if isinstance(account, str) else None, line.number)
        elif line.entry.kind == "act" and plain.get("kind") == ACT:
            for account in (_account_of(line), None):
                self._first.pop(account, None)

    def finish(self) -> Bad | None:
        """The first decision of which something is missing that no act redacts."""
        left = min(self._first.values(), default=None)
        return None if left is None else Bad(fault=Fault.NOT_REDACTED, number=left)


def _account_of(line: Line) -> str:
    opening = line.opened.get("/body")
    try:
        body = orjson.loads(opening.value) if opening and isinstance(opening.value, str) else {}
    except orjson.JSONDecodeError:
        return ""
    return str(body.get("account_id")) if isinstance(body, Mapping) else ""
