"""An event about an account: the facts that are known from now on, and the decision that they lead to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter

from service.crm.facts_patch import Patch
from service.crm.known_record import EventOrder, KnownRecord, known_from_json, stated_facts, to_request
from service.crm.merging import RecordChange, RecordKind, merge
from service.domain.decision import RecordedDecision
from service.domain.facts import EmployeeCount, Facts
from service.domain.reviews import counts_fingerprint
from service.domain.terms import Source
from service.store.recording import Classify, SettleEvent, Standing
from service.usecases.classify import decide_with
from service.usecases.event_settlements import apply_change, decide_or_reject, reject_unreadable, supersede
from service.usecases.read_payload import EventSource

_FACTS = TypeAdapter(Facts)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def settle_account_event(
    change: RecordChange, record_id: str, standing: Standing, today: date, *, again: bool
) -> SettleEvent:
    """What an event makes of its account. A decision follows where the facts are others than those it stands on."""
    if (rejected := reject_unreadable(change)) is not None:
        return rejected
    before = KnownRecord(record_id=record_id) if standing.known is None else known_from_json(standing.known)
    after = merge(_with_other_news(before, standing.previous), change)
    if after == before and not again:
        return supersede(change)
    applied = apply_change(change, after)
    # A deleted account is decided too: had its deletion come last, it would stand on what was told before.
    if change.record_id is None or not after.fields:
        return SettleEvent(applied)

    def decide() -> SettleEvent:
        facts = _facts(after, standing.previous)
        if standing.previous is not None and _same(facts, standing.previous.decision.facts):
            return SettleEvent(applied)
        fingerprint = counts_fingerprint(facts.employee_counts)
        move = None if standing.account is None else standing.account.move
        decision = decide_with(facts, standing.policies.on(today), today, standing.reviews.get(fingerprint), move)
        return SettleEvent(applied, Classify(decision=decision, counts_fingerprint=fingerprint))

    return decide_or_reject(applied, decide)


def _with_other_news(known: KnownRecord, standing: RecordedDecision | None) -> KnownRecord:
    """What is known together with the facts that somebody has stated since, other than by an event."""
    if standing is None or standing.source in set(EventSource):
        return known
    stated = {
        name: value
        for name, value in stated_facts(_as_request(standing.decision.facts)).items()
        # Of the counts the numbers alone: what else was said of a count hangs on its number, and is carried with it.
        if not name.endswith(("_gap", "_url", "_observed_on"))
        and (name not in known.fields or known.fields[name].value != value)
    }
    instant_ms = (standing.recorded_at - _EPOCH) // _MILLISECOND
    order = EventOrder(instant_ms=instant_ms, sequence=0, key=f"decision:{standing.id}")
    return merge(
        known,
        RecordChange(kind=RecordKind.ACCOUNT, record_id=known.record_id, order=order, patch=Patch(stated=stated)),
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


def _same(facts: Facts, stood: Facts) -> bool:
    return _comparable(facts) == _comparable(stood)


def _comparable(facts: Facts) -> tuple[Any, ...]:
    counts = sorted(facts.employee_counts, key=lambda count: (count.source, count.name or "", count.employees or 0))
    return (facts.account, tuple(counts), facts.motion)


def _as_request(facts: Facts) -> dict[str, Any]:
    request: dict[str, Any] = _FACTS.dump_python(facts, mode="json", exclude_none=True)
    return request
