"""Events about an account: the facts known from now on, the decision that follows, and the state of its record."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from service.crm.facts_patch import Patch
from service.crm.known_record import (
    EVERY_RECORD,
    EventOrder,
    KnownRecord,
    RecordChange,
    RecordKind,
    merge,
    stated_facts,
    to_request,
)
from service.crm.payloads import milliseconds_to, moment_of
from service.domain.decision import RecordedDecision
from service.domain.facts import EmployeeCount, Facts
from service.domain.terms import Source
from service.store.database import Database
from service.store.events import known_records
from service.store.recording import Classify, SettleEvent, Standing
from service.usecases.classify import classification
from service.usecases.event_settlements import read_known, settle
from service.usecases.read_payload import EventSource

_FACTS = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmState:
    """When a record was deleted, and since when changes of it are known to be missing; None where neither is so."""

    deleted_at: datetime | None
    stale_since: datetime | None


def settle_account_event(change: RecordChange, standing: Standing, today: date, *, again: bool) -> SettleEvent:
    """What an event makes of its account. A decision follows where the facts are others than those it stands on.

    A deleted account is not decided: what comes is known, and decided on when the account is there again.
    """

    def tell(before: KnownRecord) -> KnownRecord:
        return merge(_with_other_news(before, standing.previous), change)

    def decide(after: KnownRecord) -> Classify | None:
        if change.record_id is None or not after.fields or after.deleted is not None:
            return None
        facts = _facts(after, standing.previous)
        if standing.previous is not None and _comparable(facts) == _comparable(standing.previous.decision.facts):
            return None
        return classification(facts, today, standing, today)

    return settle(change, standing, tell, decide, again=again)


def find_crm_state(database: Database, account_id: str) -> CrmState | None:
    """The state of an account's record; None where no event told of it.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = known_records(database.engine, RecordKind.ACCOUNT, [account_id, EVERY_RECORD])
    if account_id not in found:
        return None
    known, every = (read_known(found.get(name), name) for name in (account_id, EVERY_RECORD))
    # What overflowed concerns every record that has not told all of itself since.
    gaps = [order for order in (known.gap_at, every.gap_at) if order is not None]
    stale_since = replace(known, gap_at=max(gaps, default=None)).stale_since
    return CrmState(deleted_at=_instant(known.deleted), stale_since=_instant(stale_since))


def _with_other_news(known: KnownRecord, standing: RecordedDecision | None) -> KnownRecord:
    """What is known together with the facts that somebody has stated since, other than by an event."""
    if standing is None or standing.source in set(EventSource):
        return known
    request = _FACTS.dump_python(standing.decision.facts, mode="json", exclude_none=True)
    stated = {
        name: value
        for name, value in stated_facts(request).items()
        # Of the counts the numbers alone: what else was said of a count hangs on its number, and is carried with it.
        if not name.endswith(("_gap", "_url", "_observed_on"))
        and (name not in known.fields or known.fields[name].value != value)
    }
    order = EventOrder(milliseconds_to(standing.recorded_at), sequence=0, key=f"decision:{standing.id}")
    return merge(
        known, RecordChange(kind=RecordKind.ACCOUNT, record_id=known.record_id, order=order, patch=Patch(stated=stated))
    )


def _facts(known: KnownRecord, standing: RecordedDecision | None) -> Facts:
    """The facts that are known.

    Raises:
        ValidationError: they contradict each other.
    """
    facts = _FACTS.validate_json(orjson.dumps(to_request(known)))
    if standing is None:
        return facts
    stood = standing.decision.facts.employee_counts
    counts = tuple(_with_details(count, stood, known) for count in facts.employee_counts)
    if not any(count.source is Source.THIRD_PARTY for count in counts):
        counts += tuple(count for count in stood if count.source is Source.THIRD_PARTY)
    return Facts(account=facts.account, employee_counts=counts, motion=facts.motion)


def _with_details(count: EmployeeCount, stood: tuple[EmployeeCount, ...], known: KnownRecord) -> EmployeeCount:
    """A count with what was said of it before, as long as it is the same number; a gap too, unless the CRM has one."""
    if f"{count.source}_gap" in known.fields:
        return count
    same = (other for other in stood if (other.source, other.employees) == (count.source, count.employees))
    return next(same, count)


def _comparable(facts: Facts) -> tuple[Any, ...]:
    counts = sorted(
        facts.employee_counts, key=lambda count: (count.source, count.name or "", str(count.employees or 0))
    )
    return (facts.account, tuple(counts), facts.motion)


def _instant(order: EventOrder | None) -> datetime | None:
    return None if order is None else moment_of(order.instant_ms)
