"""What becomes of an event: applied, superseded by newer ones, waiting, or rejected with what is wrong."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import ValidationError

from service.crm.known_record import (
    KnownRecord,
    RecordChange,
    as_of_receipt,
    forget_spent,
)
from service.crm.known_record_json import known_from_json, known_to_json
from service.crm.payloads import impossible, milliseconds_to
from service.domain.errors import DomainError, NotYetError, UnknownAccountError
from service.store.inbox import EventStatus, Known, OpenEvent, Settlement
from service.store.recording import Classify, SettleEvent, Standing, StartHandoff


class UndecidableEventError(Exception):
    """An event that cannot be decided on. ``problem`` says what is wrong with which of its facts.

    It can be, where it ``waits_for`` an account, once that is decided.
    """

    def __init__(self, *problem: tuple[str | None, str], waits_for: str | None = None) -> None:
        self.problem = problem
        self.waits_for = waits_for


def settle(
    change: RecordChange,
    standing: Standing,
    tell: Callable[[KnownRecord], KnownRecord],
    decide: Callable[[KnownRecord], Classify | StartHandoff | None],
    *,
    again: bool,
) -> SettleEvent:
    """What becomes of an event: ``tell`` makes of what was known what is known with it, and ``decide`` what follows.

    Applied, it makes good what was rejected of its record before for want of a decision, or states facts that are told
    anew.

    Of one that has a fault, or an impossible instant, nothing is applied. One that says nothing which newer ones had
    not said already is superseded, unless it is tried ``again``. Where it cannot be decided on, it is rejected, or
    waits for its account's first decision or its day, and what it tells is known all the same.
    """
    remarks = _remarks(change)
    problem = tuple((fault.field, fault.reason) for fault in change.patch.faults)
    now_ms = milliseconds_to(standing.at)
    # What could not be read is of no instant.
    instant = None if problem else impossible(change.order.instant_ms, now_ms)
    if instant is not None:
        problem = ((None, instant),)
    if problem:
        # What could not be read may have been anything; where it was, it is known what it says.
        left_out = None if instant is None or change.deletes or change.is_gap else tuple(sorted(change.patch.stated))
        settlement = Settlement(status=EventStatus.REJECTED, problem=problem, remarks=remarks, left_out=left_out)
        return SettleEvent(settlement)
    before = forget_spent(read_known(standing.known, change.about), now_ms)
    after = forget_spent(tell(without_its_own(before, change) if again else before), now_ms)
    known = None if after == before and not again else known_to_json(after).decode()
    # That Salesforce told of the record that early is known from now on, and no news.
    if replace(after, first_at=before.first_at) == before and not again:
        return SettleEvent(Settlement(status=EventStatus.SUPERSEDED, remarks=remarks, known=known))
    waits_for, waits_until = None, None
    try:
        leads_to = decide(after)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        problem = tuple((".".join(map(str, found["loc"])), found["msg"]) for found in faults)
    except DomainError as error:
        problem = ((error.pointer, str(error)),)
        waits_for = error.account_id if isinstance(error, UnknownAccountError) else None
        waits_until = error.day if isinstance(error, NotYetError) else None
    except UndecidableEventError as error:
        problem, waits_for = error.problem, error.waits_for
    else:
        closes = frozenset(each.id for each in standing.open_events if _is_made_good(each, change, after, again=again))
        settlement = Settlement(status=EventStatus.APPLIED, remarks=remarks, known=known, closes=closes)
        return SettleEvent(settlement, leads_to)
    waits = waits_for is not None or waits_until is not None
    settlement = Settlement(
        status=EventStatus.WAITING if waits else EventStatus.REJECTED,
        problem=problem,
        remarks=remarks,
        known=known,
        waits_for=waits_for,
        waits_until=waits_until,
        left_out=(),
    )
    return SettleEvent(settlement)


def _is_made_good(before: OpenEvent, change: RecordChange, known: KnownRecord, *, again: bool) -> bool:
    """Whether nothing is wanted of an open event any more, by what another says and what the CRM has told by then.

    One that is tried ``again`` may have come before it, and its word does not count; nor does that of one that comes
    late, of what newer ones have told. Nor does what people state: it leads only until the CRM tells another value,
    which may be what the open event tells.
    """
    newest = {name: told[-1].order for name, told in known.told.items()}
    if before.left_out is None:
        is_late = any(order > change.order for order in newest.values())
        return (change.tells_all or change.deletes) and not again and not is_late
    received = milliseconds_to(before.received_at)
    since = {name for name, order in newest.items() if order.instant_ms >= received}
    its_own = {name for name in change.patch.stated if newest.get(name, change.order) == change.order}
    return set(before.left_out) <= since | (set() if again else its_own)


def without_its_own(known: KnownRecord, change: RecordChange) -> KnownRecord:
    """What is known but for what the event itself had told of the same facts: it is read anew, and may say more."""
    told = {
        name: tuple(each for each in told if name not in change.patch.stated or each.order != change.order)
        for name, told in known.told.items()
    }
    return replace(known, told={name: statements for name, statements in told.items() if statements})


def read_known(known: Known | None, record_id: str) -> KnownRecord:
    """What is known of a record, from its JSON, whichever form of its id that has; nothing where there is none."""
    if known is None:
        return KnownRecord(record_id=record_id)
    stored = replace(known_from_json(known.json), record_id=record_id)
    return as_of_receipt(stored, milliseconds_to(known.changed_at))


def _remarks(change: RecordChange) -> tuple[tuple[str | None, str], ...]:
    remarks = tuple(
        (remark.field, f"{remark.value}: {remark.reason}" if remark.value else remark.reason)
        for remark in change.patch.remarks
    )
    if change.patch.unused and not change.patch.stated:
        return (*remarks, (None, "The mapping has none of its fields, so that it states no fact"))
    return remarks
