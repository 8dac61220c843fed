"""What becomes of an event: applied, superseded by newer ones, or rejected with what is wrong."""

from collections.abc import Callable

from pydantic import ValidationError

from service.crm.known_record import KnownRecord, known_to_json
from service.crm.merging import RecordChange
from service.domain.errors import DomainError
from service.store.inbox import EventStatus, Verdict
from service.store.recording import Draft


def unreadable(change: RecordChange) -> Draft | None:
    """The draft for an event of which a field cannot be read: nothing of it is applied. None where all can."""
    if not change.patch.faults:
        return None
    problem = tuple((fault.field, fault.reason) for fault in change.patch.faults)
    return Draft(verdict=Verdict(status=EventStatus.REJECTED, problem=problem, remarks=_remarks(change)))


def superseded(change: RecordChange) -> Draft:
    """The draft for an event that says nothing which newer ones had not said already."""
    return Draft(verdict=Verdict(status=EventStatus.SUPERSEDED, remarks=_remarks(change)))


def applied(change: RecordChange, known: KnownRecord) -> Verdict:
    """The verdict that an event is applied, with what is known from now on."""
    return Verdict(status=EventStatus.APPLIED, remarks=_remarks(change), known=known_to_json(known).decode())


def tried(verdict: Verdict, decide: Callable[[], Draft]) -> Draft:
    """What is decided on an event; where that cannot be, it is rejected, and what it tells is known all the same."""
    try:
        return decide()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        return Draft(verdict=rejected(verdict, *((".".join(map(str, found["loc"])), found["msg"]) for found in faults)))
    except DomainError as error:
        return Draft(verdict=rejected(verdict, (error.pointer, str(error))))


def rejected(verdict: Verdict, *problem: tuple[str | None, str]) -> Verdict:
    """The verdict that what an event tells is known, and cannot be decided on."""
    return Verdict(status=EventStatus.REJECTED, problem=problem, remarks=verdict.remarks, known=verdict.known)


def _remarks(change: RecordChange) -> tuple[tuple[str | None, str], ...]:
    remarks = tuple((remark.field, f"{remark.value}: {remark.reason}") for remark in change.patch.remarks)
    if change.patch.unused and not change.patch.stated:
        return (*remarks, (None, "The mapping has none of its fields, so that it states no fact"))
    return remarks
