"""Quarter changeovers (MOVE-3): which accounts they may concern, and how far those are that were asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, select

from service.domain.decision import RecordedDecision
from service.domain.terms import Team
from service.store.decisions import account_state
from service.store.engine import open_session
from service.store.leases import take_first
from service.store.policy_cache import read_decision
from service.store.recorder.postgres_connection import lock_number
from service.store.recording import AccountState
from service.store.reviews import complete_move
from service.store.rows import value_of
from service.store.tables.decisions import AccountRow, ChangeoverRow, DecisionRow

_CHANGEOVERS_LOCK = lock_number("changeovers")
_CHUNK = 200
"""Accounts that one commit moves at most: what others send waits for as long as that takes."""


class ChangeoverStatus(StrEnum):
    """Whether a changeover is still under way."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChangeover:
    """A changeover that was asked for. ``moved`` counts every account that this changeover ever moved.

    ``examined`` are the Territory accounts looked at since it was last asked for, ``unsettled`` those of them that it
    would concern, were their last activity known.
    """

    on: date
    status: ChangeoverStatus
    requested_by: str
    requested_at: datetime
    request_id: str
    examined: int
    unsettled: int
    moved: int
    after_account_id: str | None
    finished_at: datetime | None


def chunks_of_accounts(
    engine: Engine, after: str | None = None
) -> Iterator[list[tuple[AccountState, RecordedDecision]]]:
    """Every account that Territory owns or on which a move stands, in the order of their identifiers.

    They come from behind ``after`` on, a chunk at a time, so that memory stays bounded.
    """
    query = (
        select(AccountRow, DecisionRow)
        .join(DecisionRow, col(AccountRow.decision_id) == col(DecisionRow.id))
        .where((col(DecisionRow.team) == Team.MM_TERRITORY) | col(AccountRow.move).is_not(None))
        .order_by(col(AccountRow.account_id))
        .limit(_CHUNK)
    )
    while True:
        behind = query if after is None else query.where(col(AccountRow.account_id) > after)
        with open_session(engine) as session:
            chunk = [
                (account_state(account, decision.effective_on), read_decision(session, decision))
                for account, decision in session.exec(behind)
            ]
        if not chunk:
            return
        yield [
            (replace(state, move=complete_move(engine, recorded.account_id, state.move)), recorded)
            for state, recorded in chunk
        ]
        after = chunk[-1][1].account_id


def count_accounts(engine: Engine) -> int:
    """How many accounts the record has, of whatever team."""
    with open_session(engine) as session:
        return session.exec(select(func.count()).select_from(AccountRow)).one()


def request_changeover(session: Session, on: date, by: str, at: datetime, request_id: str) -> date:
    """Have a changeover run, from its beginning where it ran before. One that is running goes on as it is."""
    if session.connection().dialect.name == "postgresql":  # one that is not there yet cannot be locked by its row
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHANGEOVERS_LOCK})
    row = session.get(ChangeoverRow, on, with_for_update=True)
    if row is None or row.status != ChangeoverStatus.RUNNING:
        session.merge(
            ChangeoverRow(
                changeover_on=on,
                status=ChangeoverStatus.RUNNING,
                requested_by=by,
                requested_at=at,
                request_id=request_id,
                examined=0,
                unsettled=0,
                after_account_id=None,
                leased_until=None,
                finished_at=None,
            )
        )
    return on


def begin_changeover(
    session: Session, on: date, by: str, at: datetime, request_id: str, until: datetime
) -> RecordedChangeover:
    """Take a changeover as who asks for it, until an instant: from where one that is under way stands, else anew.

    Where another is at it still, both go on: neither moves an account that the other has moved.
    """
    request_changeover(session, on, by, at, request_id)
    session.flush()
    row = session.get_one(ChangeoverRow, on)
    row.leased_until = until
    return _changeover(session, row)


def claim_changeover(engine: Engine, now: datetime, until: datetime) -> RecordedChangeover | None:
    """Take a changeover that nobody is at, until an instant by which more is noted; None where none waits."""
    row = ChangeoverRow
    is_open = col(row.status) == ChangeoverStatus.RUNNING
    return take_first(engine, row, is_open, col(row.changeover_on), (now, until), _changeover)


def note_progress(engine: Engine, on: date, after: str, examined: int, unsettled: int, until: datetime) -> None:
    """Note how far a changeover is, and keep it until an instant."""
    with open_session(engine) as session:
        row = session.get_one(ChangeoverRow, on)
        row.after_account_id, row.examined, row.unsettled, row.leased_until = after, examined, unsettled, until
        session.commit()


def finish_changeover(engine: Engine, on: date, at: datetime) -> None:
    """Note that a changeover has looked at every account."""
    with open_session(engine) as session:
        row = session.get_one(ChangeoverRow, on)
        row.status, row.finished_at, row.leased_until = ChangeoverStatus.DONE, at, None
        session.commit()


def find_changeover(engine: Engine, on: date) -> RecordedChangeover | None:
    """The changeover of a day, or None where none was asked for."""
    with open_session(engine) as session:
        row = session.get(ChangeoverRow, on)
        return None if row is None else _changeover(session, row)


def all_changeovers(engine: Engine) -> list[RecordedChangeover]:
    """Every changeover that was asked for, newest day first: four a year."""
    with open_session(engine) as session:
        rows = session.exec(select(ChangeoverRow).order_by(col(ChangeoverRow.changeover_on).desc()))
        return [_changeover(session, row) for row in rows.all()]


def moved_at(engine: Engine, on: date) -> int:
    """How many accounts the changeover of a day moved, and no later one since."""
    with open_session(engine) as session:
        return _moved(session, on)


def _moved(session: Session, on: date) -> int:
    return session.exec(select(func.count()).select_from(AccountRow).where(AccountRow.changed_over_on == on)).one()


def _changeover(session: Session, row: ChangeoverRow) -> RecordedChangeover:
    return value_of(RecordedChangeover, row, on=row.changeover_on, moved=_moved(session, row.changeover_on))
