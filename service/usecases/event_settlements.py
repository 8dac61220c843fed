"""What becomes of an event: applied, superseded by newer ones, or rejected with what is wrong."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import ValidationError

from service.crm.known_record import KnownRecord, known_to_json
from service.crm.merging import RecordChange
from service.domain.errors import DomainError
from service.store.inbox import EventStatus, Settlement
from service.store.recording import SettleEvent


def reject_unreadable(change: RecordChange) -> SettleEvent | None:
    """Reject an event of which a field cannot be read: nothing of it is applied. None where all can."""
    if not change.patch.faults:
        return None
    problem = tuple((fault.field, fault.reason) for fault in change.patch.faults)
    return SettleEvent(Settlement(status=EventStatus.REJECTED, problem=problem, remarks=_remarks(change)))


def supersede(change: RecordChange) -> SettleEvent:
    """Settle an event that says nothing which newer ones had not said already."""
    return SettleEvent(Settlement(status=EventStatus.SUPERSEDED, remarks=_remarks(change)))


def apply_change(change: RecordChange, known: KnownRecord) -> Settlement:
    """An event that is applied, with what is known from now on."""
    return Settlement(status=EventStatus.APPLIED, remarks=_remarks(change), known=known_to_json(known).decode())


def decide_or_reject(applied: Settlement, decide: Callable[[], SettleEvent]) -> SettleEvent:
    """What is decided on an event; where that cannot be, it is rejected, and what it tells is known all the same."""
    try:
        return decide()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        return reject(applied, *((".".join(map(str, found["loc"])), found["msg"]) for found in faults))
    except DomainError as error:
        return reject(applied, (error.pointer, str(error)))


def reject(applied: Settlement, *problem: tuple[str | None, str]) -> SettleEvent:
    """Reject an event that cannot be decided on. What it tells is known all the same."""
    return SettleEvent(replace(applied, status=EventStatus.REJECTED, problem=problem))


def _remarks(change: RecordChange) -> tuple[tuple[str | None, str], ...]:
    remarks = tuple((remark.field, f"{remark.value}: {remark.reason}") for remark in change.patch.remarks)
    if change.patch.unused and not change.patch.stated:
        return (*remarks, (None, "The mapping has none of its fields, so that it states no fact"))
    return remarks
