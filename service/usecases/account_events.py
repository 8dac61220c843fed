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
from service.store.delivery.writes import Written
from service.store.events import known_records
from service.store.recording import Classify, SettleEvent, Standing
from service.usecases.classify import classification
from service.usecases.event_settlements import read_known, settle
from service.usecases.read_payload import EventSource
from service.usecases.write_back import TEAM, stated_since

_FACTS = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmState:
    """When a record was deleted, and since when changes of it are known to be missing; None where neither is so."""

    deleted_at: datetime | None
    stale_since: datetime | None


def settle_account_event(
    change: RecordChange, standing: Standing, today: date, *, written: Written, again: bool
) -> SettleEvent:
    """What an event makes of its account. A decision follows where the facts are others than those it stands on.

    A deleted account is not decided: what comes is known, and decided on when the account is there again. That the CRM
    has taken over the team that was ``written`` back is no news; that it states another in its place is, if it is new.
    """

    def tell(before: KnownRecord) -> KnownRecord:
        return merge(_with_other_news(before, standing.previous), change)

    def decide(after: KnownRecord) -> Classify | None:
        if change.record_id is None or not after.fields or after.deleted is not None:
            return None
        facts = _facts(after, standing.previous)
        stood = None if standing.previous is None else standing.previous.decision.facts
        ours = written.is_ours(facts.account.current_team)
        is_news = stood is None or _comparable(facts, but_for_the_team=ours) != _comparable(
            stood, but_for_the_team=ours
        )
        is_back = after.gone_at is not None and read_known(standing.known, change.about).deleted is not None
        if not is_news and not is_back and not _takes_back(change, after, written, standing):
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


def _comparable(facts: Facts, *, but_for_the_team: bool) -> tuple[Any, ...]:
    account = facts.account.model_copy(update={"current_team": None}) if but_for_the_team else facts.account
    counts = sorted(facts.employee_counts, key=lambda count: (count.source, count.name or "", count.employees or 0))
    return (account, tuple(counts), facts.motion)


def _takes_back(change: RecordChange, after: KnownRecord, written: Written, standing: Standing) -> bool:
    """Whether it is by this event that the CRM states another team in place of what was written, and not again."""
    stated, told = after.fields.get(TEAM), stated_since(after, written)
    if stated is None or stated.order != change.order or told is None or told in written.told:
        return False
    before = read_known(standing.known, change.about).fields.get(TEAM)
    if before is None or before.value != stated.value:
        return True
    # That what was written had arrived, no event need have told; since then a decision may have been taken on this.
    return standing.previous is None or written.since is None or standing.previous.recorded_at <= written.since


def _instant(order: EventOrder | None) -> datetime | None:
    return None if order is None else moment_of(order.instant_ms)
