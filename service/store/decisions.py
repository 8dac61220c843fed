"""Find recorded decisions again: one, a page, all that match, an account's newest at an instant."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine
from sqlmodel import col, select

from service.domain.identifiers import first_uuid7
from service.domain.record import RecordedDecision
from service.store.engine import session
from service.store.rows import recorded_decision
from service.store.tables import AccountRow, DecisionRow

_CHUNK = 1_000
_FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Which decisions to find; None is any. ``recorded_since`` is included, ``recorded_until`` is not."""

    account_id: str | None = None
    kind: str | None = None
    status: str | None = None
    segment: str | None = None
    team: str | None = None
    rule: str | None = None
    actor: str | None = None
    source: str | None = None
    policy: str | None = None
    recorded_since: datetime | None = None
    recorded_until: datetime | None = None


def find_decision(engine: Engine, decision_id: UUID) -> RecordedDecision | None:
    """One decision, or None where there is none of that identifier."""
    with session(engine) as opened:
        row = opened.get(DecisionRow, decision_id)
        return None if row is None else recorded_decision(row)


def page_of_decisions(
    engine: Engine, wanted: DecisionFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedDecision]:
    """At most ``limit`` decisions that match, newest first; with ``before``, those that come after that one."""
    query = select(DecisionRow).where(*_conditions(wanted)).order_by(col(DecisionRow.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(DecisionRow.id) < before)
    with session(engine) as opened:
        return [recorded_decision(row) for row in opened.exec(query)]


def chunks_of_decisions(engine: Engine, wanted: DecisionFilter) -> Iterator[list[RecordedDecision]]:
    """Every decision that matches, newest first, a chunk at a time, so that memory stays bounded."""
    before = None
    while chunk := page_of_decisions(engine, wanted, limit=_CHUNK, before=before):
        yield chunk
        before = chunk[-1].id


def newest_decision(engine: Engine, account_id: str, as_of: datetime | None = None) -> RecordedDecision | None:
    """The decision that an account stands on, now or at an instant; None where there was none yet."""
    with session(engine) as opened:
        if as_of is None:
            query = (
                select(DecisionRow)
                .join(AccountRow, col(AccountRow.decision_id) == col(DecisionRow.id))
                .where(AccountRow.account_id == account_id)
            )
        else:
            query = (
                select(DecisionRow)
                .where(DecisionRow.account_id == account_id, DecisionRow.recorded_at <= as_of)
                .order_by(col(DecisionRow.id).desc())
                .limit(1)
            )
        row = opened.exec(query).first()
        return None if row is None else recorded_decision(row)


def _first_identifier(instant: datetime) -> UUID:
    """The identifier from which on decisions were recorded at an instant or later; none was before 1970."""
    return first_uuid7(max(instant, _FIRST_INSTANT))


def _conditions(wanted: DecisionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for item in fields(wanted):
        value = getattr(wanted, item.name)
        if value is None:
            continue
        match item.name:
            case "recorded_since":
                # The identifier holds the instant, so the index that orders the answer also bounds it.
                conditions += [col(DecisionRow.id) >= _first_identifier(value), col(DecisionRow.recorded_at) >= value]
            case "recorded_until":
                conditions += [col(DecisionRow.id) < _first_identifier(value), col(DecisionRow.recorded_at) < value]
            case "policy":
                conditions.append(col(DecisionRow.policy_id) == value)
            case name:
                conditions.append(getattr(DecisionRow, name) == value)
    return conditions
