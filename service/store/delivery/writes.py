"""What the CRM last accepted of accounts that are written back to it, and the writes under way: one an account."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Engine, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from service.domain.decision import RecordedDecision
from service.store.engine import open_session, open_writer
from service.store.inbox import Known
from service.store.policy_cache import read_decision
from service.store.rows import value_of
from service.store.tables.decisions import AccountRow, DecisionRow
from service.store.tables.events import CrmRecordRow, CrmWriteRow

_KIND: Final = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is known of the writes into an account.

    ``accepted`` is the last that the CRM took, with the owner in the words of an event: ``team``, None where no event
    tells it. It began at ``since``; ``told`` are the teams that the CRM has stated in place of it and that were written
    over. ``sending`` is what may have arrived since: the team of a write of which no end is known.
    """

    account_id: str
    accepted: str | None = None
    team: str | None = None
    since: datetime | None = None
    told: tuple[str, ...] = ()
    sending: str | None = None

    def is_ours(self, team: object) -> bool:
        """Whether a team that the CRM states is one that was written."""
        return team is not None and team in {self.team, self.sending}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write into an account: ``values`` for the CRM, and what is to be known of it once they are ``accepted``."""

    values: Mapping[str, str]
    accepted: str
    team: str | None
    told: tuple[str, ...]
    note: str | None = None


Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account while nobody else writes into it: its decision, what events told of it, what was written."""

    account_id: str
    standing: RecordedDecision | None
    known: Known | None
    written: Written


Judge: TypeAlias = Callable[[Place], Write | Kept]


def begin_writes(
    engine: Engine, account_ids: Collection[str], at: datetime, until: datetime, judge: Judge[Kept]
) -> dict[str, Write | Kept]:
    """Begin the writes that ``judge`` rules, or keep what it says instead; an account that is busy is not among them.

    No other write into these accounts begins before they end, or before ``until``.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing has begun.
    """
    if not account_ids:
        return {}
    with open_writer(engine) as session:
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        missing = insert(CrmWriteRow).on_conflict_do_nothing()
        session.execute(missing, [{"account_id": account_id, "told": ""} for account_id in sorted(account_ids)])
        free = or_(col(CrmWriteRow.busy_until).is_(None), col(CrmWriteRow.busy_until) <= at)
        ours = _locked(session, account_ids, free)
        for row in ours:
            row.busy_until = until
        session.commit()
    # Nobody else writes into them from here on. Where they stand is read after that, and keeps nobody waiting.
    with open_session(engine) as session:
        ruled = {place.account_id: judge(place) for place in _places(session, ours)}
    with open_writer(engine) as session:
        begun = _locked(session, ruled, col(CrmWriteRow.busy_until) == until)
        for row in begun:
            ruling = ruled[row.account_id]
            if isinstance(ruling, Write):
                # What was accepted before may be there no more from now on.
                row.sending = ruling.team or ""
            else:
                row.busy_until = None
        session.commit()
    return {row.account_id: ruled[row.account_id] for row in begun}


def end_writes(
    engine: Engine, account_ids: Collection[str], accepted: Mapping[str, Write], began_at: datetime, until: datetime
) -> None:
    """End writes that ``begin_writes`` began at an instant, until another. Of those not accepted nothing is certain.

    Raises:
        StoreUnavailableError: the database cannot be reached; what was accepted is written again.
    """
    with open_writer(engine) as session:
        for row in _locked(session, account_ids, col(CrmWriteRow.busy_until) == until):
            row.busy_until = None
            if (write := accepted.get(row.account_id)) is not None:
                row.accepted, row.team, row.since = write.accepted, write.team, began_at
                row.told, row.sending = " ".join(write.told), None
        session.commit()


def find_written(engine: Engine, account_ids: Collection[str]) -> dict[str, Written]:
    """What is known of the writes into accounts, by their identifiers."""
    query = select(CrmWriteRow).where(col(CrmWriteRow.account_id).in_(account_ids))
    with open_session(engine) as session:
        return {row.account_id: _written(row) for row in session.exec(query)} if account_ids else {}


def _locked(session: Session, account_ids: Collection[str], which: ColumnElement[bool]) -> Sequence[CrmWriteRow]:
    query = select(CrmWriteRow).where(col(CrmWriteRow.account_id).in_(account_ids), which)
    return session.exec(query.order_by(col(CrmWriteRow.account_id)).with_for_update()).all()


def _written(row: CrmWriteRow) -> Written:
    return value_of(Written, row, told=row.told.split())


def _places(session: Session, rows: Sequence[CrmWriteRow]) -> Iterable[Place]:
    ids = [row.account_id for row in rows]
    standing = session.exec(
        select(DecisionRow)
        .join(AccountRow, col(AccountRow.decision_id) == col(DecisionRow.id))
        .where(col(AccountRow.account_id).in_(ids))
    )
    decisions = {row.account_id: read_decision(session, row) for row in standing.all()}
    records = session.exec(select(CrmRecordRow).where(CrmRecordRow.kind == _KIND, col(CrmRecordRow.record_id).in_(ids)))
    known = {row.record_id: Known(row.known, row.changed_at) for row in records}
    for row in rows:
        account_id = row.account_id
        yield Place(
            account_id=account_id,
            standing=decisions.get(account_id),
            known=known.get(account_id),
            written=_written(row),
        )
