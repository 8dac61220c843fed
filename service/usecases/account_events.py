"""Events about an account: the facts known from now on, the decision that follows, and the state of its record."""

from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from service.crm.facts_by_name import THIRD_PARTIES
from service.crm.known_record import (
    EVERY_RECORD,
    KnownRecord,
    RecordChange,
    RecordKind,
    as_of_receipt,
    join,
    merge,
    merge_said,
    to_request,
    with_news_of_all,
)
from service.crm.known_record_json import known_to_json
from service.crm.payloads import milliseconds_to, moment_of
from service.crm.said_facts import COUNTS_OF, said_facts
from service.crm.statements import EventOrder
from service.crm.who_told import who_told
from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import EmployeeCount, Facts
from service.domain.fields import AS_RECORDED
from service.domain.terms import Source
from service.store.database import Database
from service.store.delivery.writes import Written
from service.store.events import known_records
from service.store.inbox import Known, StatedFacts
from service.store.recording import Classify, SettleEvent, Standing
from service.usecases.classify import classification
from service.usecases.event_settlements import read_known, settle
from service.usecases.write_back import TEAM, stated_since, team_told

_FACTS = TypeAdapter(Facts)
_COUNTS = TypeAdapter(tuple[EmployeeCount, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmState:
    """When a record was deleted, and since when changes of it are known to be missing; None where neither is so."""

    deleted_at: datetime | None
    stale_since: datetime | None


def settle_account_event(
    change: RecordChange,
    standing: Standing,
    today: date,
    *,
    written: Written,
    again: bool,
    ahead: KnownRecord | None = None,
) -> SettleEvent:
    """What an event makes of its account. A decision follows where the facts are others than those it stands on.

    It is taken with what the same payload tells ``ahead``, so that none goes by half of it; where that cannot be
    decided on, without. A deleted account is not decided: what comes is known, and decided on when it is there again.
    That the CRM has taken over the team that was ``written`` back is no news; that it states another in its place is,
    if it is new.
    """
    heard = read_known(standing.known, change.about).told.get(TEAM, ())

    def tell(before: KnownRecord) -> KnownRecord:
        known = _with_what_was_said(before, standing.stated)
        # What was news when it came is none the less for being what was written since.
        was_news = again and any(each.order == change.order for each in heard)
        ours = TEAM in known.said and not was_news and written.is_ours(change.patch.stated.get(TEAM))
        return merge(known, _without_the_team(change) if ours else change)

    def decide(after: KnownRecord) -> Classify | None:
        # A deleted account is decided on by what brings it back.
        if ahead is not None and after.deleted is None and as_of_receipt(ahead, milliseconds_to(standing.at)) is ahead:
            with suppress(ValidationError, DomainError):
                return decide_on(_with_what_follows(after, ahead, written))
        return decide_on(after)

    def decide_on(after: KnownRecord) -> Classify | None:
        if change.record_id is None or not (after.told or after.said) or after.deleted is not None:
            return None
        facts = _facts(after, standing.previous)
        before = None if standing.previous is None else standing.previous.told_by
        stood = None if standing.previous is None else standing.previous.decision.facts
        ours = written.is_ours(facts.account.current_team)
        is_news = stood is None or _comparable(facts, but_for_the_team=ours) != _comparable(
            stood, but_for_the_team=ours
        )
        is_back = after.gone_at is not None and read_known(standing.known, change.about).deleted is not None
        if not is_news and not is_back and not _takes_back(change, after, written, standing):
            return None
        third_parties = None if before is None else before.told(THIRD_PARTIES)
        return replace(classification(facts, today, standing, today), told_by=who_told(after, third_parties))

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
    known = with_news_of_all(known, every)
    return CrmState(deleted_at=_instant(known.deleted), stale_since=_instant(known.stale_since))


def known_together(account_id: str, known: Sequence[Known], stated: Iterable[StatedFacts]) -> Known:
    """What is known of an account that was known under several ids, with what people stated of it under any of them.

    Taking in twice what people stated changes nothing.
    """
    together = reduce(join, (read_known(each, account_id) for each in known))
    together = _with_what_was_said(together, stated)
    return Known(known_to_json(together).decode(), max(each.changed_at for each in known))


def _with_what_follows(known: KnownRecord, ahead: KnownRecord, written: Written) -> KnownRecord:
    """As ``join``; but an event that is read anew says what it says now, and what was written back is no news."""
    told = dict(ahead.told)
    if TEAM in known.said and TEAM in told:
        told[TEAM] = tuple(each for each in told[TEAM] if not written.is_ours(each.value))
    anew = {name: {each.order for each in statements} for name, statements in ahead.told.items()}
    before = {
        name: tuple(each for each in statements if each.order not in anew.get(name, ()))
        for name, statements in known.told.items()
    }
    told, before = ({name: each for name, each in some.items() if each} for some in (told, before))
    return join(replace(known, told=before), replace(ahead, told=told))


def _without_the_team(change: RecordChange) -> RecordChange:
    """The change without the team: what was written back ends nobody's statement."""
    stated = {name: value for name, value in change.patch.stated.items() if name != TEAM}
    return replace(change, patch=replace(change.patch, stated=stated))


def deleted_accounts(database: Database, account_ids: Sequence[str]) -> frozenset[str]:
    """Those of some accounts that the CRM has deleted.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = known_records(database.engine, RecordKind.ACCOUNT, account_ids)
    return frozenset(name for name, known in found.items() if read_known(known, name).deleted is not None)


def _with_what_was_said(known: KnownRecord, stated: Iterable[StatedFacts]) -> KnownRecord:
    """What is known together with the facts that people have stated since, by whatever way."""
    for each in stated:
        request = _FACTS.dump_python(each.facts, mode="json", exclude_none=True)
        known = merge_said(known, said_facts(request), milliseconds_to(each.at), str(each.decision_id))
    return known


def _facts(known: KnownRecord, standing: RecordedDecision | None) -> Facts:
    """The facts that are known.

    Raises:
        ValidationError: they contradict each other.
    """
    facts = _FACTS.validate_json(orjson.dumps(to_request(known)), context=AS_RECORDED)
    stood = () if standing is None else standing.decision.facts.employee_counts
    texts = (known.said[name].value for name in COUNTS_OF.values() if name in known.said)
    said = tuple(count for text in texts for count in _COUNTS.validate_json(str(text)))
    counts = tuple(_with_details(count, (*stood, *said), known.told) for count in facts.employee_counts)
    if not any(count.source is Source.THIRD_PARTY for count in counts):
        third_parties = ([count for count in some if count.source is Source.THIRD_PARTY] for some in (stood, said))
        counts += tuple(next(filter(None, third_parties), ()))
    return Facts(account=facts.account, employee_counts=counts, motion=facts.motion)


def _with_details(count: EmployeeCount, stood: Iterable[EmployeeCount], told: Container[str]) -> EmployeeCount:
    """A count with what was said of it before, as long as it is the same number; a gap too, unless the CRM has one."""
    if f"{count.source}_gap" in told:
        return count
    same = (other for other in stood if (other.source, other.employees) == (count.source, count.employees))
    return next(same, count)


def _comparable(facts: Facts, *, but_for_the_team: bool) -> tuple[Any, ...]:
    account = facts.account.model_copy(update={"current_team": None}) if but_for_the_team else facts.account
    counts = sorted(
        facts.employee_counts, key=lambda count: (count.source, count.name or "", str(count.employees or 0))
    )
    return (account, tuple(counts), facts.motion)


def _takes_back(change: RecordChange, after: KnownRecord, written: Written, standing: Standing) -> bool:
    """Whether it is by this event that the CRM states another team in place of what was written, and not again."""
    stated, told = team_told(after), stated_since(after, written)
    if stated is None or stated.order != change.order or told is None or told in written.told:
        return False
    before = team_told(read_known(standing.known, change.about))
    if before is None or before.value != stated.value:
        return True
    # That what was written had arrived, no event need have told; since then a decision may have been taken on this.
    return standing.previous is None or written.since is None or standing.previous.recorded_at <= written.since


def _instant(order: EventOrder | None) -> datetime | None:
    return None if order is None else moment_of(order.instant_ms)
