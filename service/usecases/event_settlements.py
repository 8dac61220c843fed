"""What becomes of an event: applied, superseded by newer ones, or rejected with what is wrong."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import ValidationError

from service.crm.known_record import (
    KnownRecord,
    RecordChange,
    as_of_receipt,
    forget_spent,
    known_from_json,
    known_to_json,
)
from service.crm.payloads import impossible, milliseconds_to
from service.domain.errors import DomainError
from service.store.inbox import EventStatus, Known, Settlement
from service.store.recording import Classify, SettleEvent, Standing, StartHandoff


class UndecidableEventError(Exception):
    """An event that cannot be decided on. ``problem`` says what is wrong with which of its facts."""

    def __init__(self, *problem: tuple[str | None, str]) -> None:
        self.problem = problem


def settle(
    change: RecordChange,
    standing: Standing,
    tell: Callable[[KnownRecord], KnownRecord],
    decide: Callable[[KnownRecord], Classify | StartHandoff | None],
    *,
    again: bool,
) -> SettleEvent:
    """What becomes of an event: ``tell`` makes of what was known what is known with it, and ``decide`` what follows.

    Of one that has a fault, or an impossible instant, nothing is applied. One that says nothing which newer ones had
    not said already is superseded, unless it is tried ``again``. Where it cannot be decided on, it is rejected, and
    what it tells is known all the same.
    """
    remarks = _remarks(change)
    problem = tuple((fault.field, fault.reason) for fault in change.patch.faults)
    now_ms = milliseconds_to(standing.at)
    # What could not be read is of no instant.
    instant = None if problem else impossible(change.order.instant_ms, now_ms)
    if instant is not None:
        problem = ((None, instant),)
    if problem:
        return SettleEvent(Settlement(status=EventStatus.REJECTED, problem=problem, remarks=remarks))
    before = forget_spent(read_known(standing.known, change.about), now_ms)
    after = forget_spent(tell(_without_its_own(before, change) if again else before), now_ms)
    known = None if after == before and not again else known_to_json(after).decode()
    # That Salesforce told of the record that early is known from now on, and no news.
    if replace(after, first_at=before.first_at) == before and not again:
        return SettleEvent(Settlement(status=EventStatus.SUPERSEDED, remarks=remarks, known=known))
    try:
        leads_to = decide(after)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        problem = tuple((".".join(map(str, found["loc"])), found["msg"]) for found in faults)
    except DomainError as error:
        problem = ((error.pointer, str(error)),)
    except UndecidableEventError as error:
        problem = error.problem
    else:
        return SettleEvent(Settlement(status=EventStatus.APPLIED, remarks=remarks, known=known), leads_to)
    return SettleEvent(Settlement(status=EventStatus.REJECTED, problem=problem, remarks=remarks, known=known))


def _without_its_own(known: KnownRecord, change: RecordChange) -> KnownRecord:
    """What is known but for what the event itself had told of the same facts: it is read anew, and may say more."""
    told = {
        name: tuple(each for each in told if name not in change.patch.stated or each.order != change.order)
        for name, told in known.told.items()
    }
    return replace(known, told={name: statements for name, statements in told.items() if statements})


def read_known(known: Known | None, record_id: str) -> KnownRecord:
    """What is known of a record, from its JSON; nothing where there is none."""
    if known is None:
        return KnownRecord(record_id=record_id)
    return as_of_receipt(known_from_json(known.json), milliseconds_to(known.changed_at))


def _remarks(change: RecordChange) -> tuple[tuple[str | None, str], ...]:
    remarks = tuple(
        (remark.field, f"{remark.value}: {remark.reason}" if remark.value else remark.reason)
        for remark in change.patch.remarks
    )
    if change.patch.unused and not change.patch.stated:
        return (*remarks, (None, "The mapping has none of its fields, so that it states no fact"))
    return remarks
