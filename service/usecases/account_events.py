"""An event about an account: the facts that are known from now on, and the decision that they lead to."""

from datetime import date
from typing import Any

import orjson
from pydantic import TypeAdapter

from service.crm.facts_patch import Patch
from service.crm.known_record import EventOrder, KnownRecord, stated_facts, to_request
from service.crm.merging import RecordChange, RecordKind, merge
from service.crm.payloads import milliseconds_to
from service.domain.decision import RecordedDecision
from service.domain.facts import EmployeeCount, Facts
from service.domain.reviews import counts_fingerprint
from service.domain.terms import Source
from service.store.recording import Classify, SettleEvent, Standing
from service.usecases.classify import decide_with
from service.usecases.event_settlements import known_before, settle
from service.usecases.read_payload import EventSource

_FACTS = TypeAdapter(Facts)


def settle_account_event(
    change: RecordChange, record_id: str, standing: Standing, today: date, *, again: bool
) -> SettleEvent:
    """What an event makes of its account. A decision follows where the facts are others than those it stands on."""
    before = known_before(record_id, standing)
    after = merge(_with_other_news(before, standing.previous), change)

    def decide() -> Classify | None:
        # A deleted account is decided too: had its deletion come last, it would stand on what was told before.
        if change.record_id is None or not after.fields:
            return None
        facts = _facts(after, standing.previous)
        if standing.previous is not None and _comparable(facts) == _comparable(standing.previous.decision.facts):
            return None
        fingerprint = counts_fingerprint(facts.employee_counts)
        move = None if standing.account is None else standing.account.move
        decision = decide_with(facts, standing.policies.on(today), today, standing.reviews.get(fingerprint), move)
        return Classify(decision=decision, counts_fingerprint=fingerprint)

    return settle(change, before, after, decide, again=again)


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


def _comparable(facts: Facts) -> tuple[Any, ...]:
    counts = sorted(facts.employee_counts, key=lambda count: (count.source, count.name or "", count.employees or 0))
    return (facts.account, tuple(counts), facts.motion)
