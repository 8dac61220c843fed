"""The numbers of entries, by what they were sealed of."""

from collections.abc import Iterable
from dataclasses import replace

from sqlmodel import Session, col, select

from service.domain.decision import RecordedDecision
from service.store.tables.ledger import LedgerEntryRow

_DECISION = "decision"


def numbered(session: Session, decisions: Iterable[RecordedDecision]) -> list[RecordedDecision]:
    """Decisions with the numbers of their entries, as far as they are sealed."""
    found = list(decisions)
    numbers = numbers_of(session, _DECISION, (str(each.id) for each in found))
    return [replace(each, sequence=numbers[str(each.id)]) if str(each.id) in numbers else each for each in found]


def numbers_of(session: Session, kind: str, subjects: Iterable[str]) -> dict[str, int]:
    """The numbers of the entries of a kind, by what these were sealed of; without what is not sealed."""
    named = list(subjects)
    if not named:
        return {}
    query = select(LedgerEntryRow.subject, LedgerEntryRow.number)
    found = session.exec(query.where(col(LedgerEntryRow.subject).in_(named), LedgerEntryRow.kind == kind))
    return {subject: number for subject, number in found}  # noqa: C416 - which mypy reads
