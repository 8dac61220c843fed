"""Ranks as they stand, each with how its account stands now; and a new one, which is only ever added."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from service.domain.errors import UnknownAccountError
from service.domain.identifiers import next_to
from service.domain.policies import Policies
from service.domain.ranks import GivenRank, Held, Rank
from service.domain.sales_notices import rank_changed
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.domain.terms import Segment
from service.store.accounts import find_accounts
from service.store.engine import open_session
from service.store.policy_cache import read_decision, read_policies
from service.store.recording import Asked
from service.store.rows.notices import put_notices
from service.store.sales_records import IS_NEWEST, hold_alone, keep_record, newest_record
from service.store.tables.decisions import AccountRow, DecisionRow
from service.store.tables.sales_records import SalesRecordRow

_BEGINS = '{{"rank":"{}",'
"""How the body of a rank begins: so one is found, and read, without the rest of it."""
_LONGEST = len(_BEGINS.format(max(Rank, key=len)))


@dataclass(frozen=True, slots=True)
class RankedAccount:
    """How an account stands, as far as ranks ask; and its newest rank, if any."""

    name: str | None
    segment: Segment | None
    owner_id: str | None
    newest: SalesRecord | None


@dataclass(frozen=True, slots=True)
class RankSituation:
    """What a rank is decided on: the identifier that it gets, its account, the ranks 1 of who gives it, policies."""

    new_id: UUID
    account: RankedAccount
    ones: Sequence[Held]
    policies: Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRank:
    """A rank that is to be given to an account, by a person whose records may be kept under several ``names``.

    ``called`` is what texts call the person.
    """

    account_id: str
    person: str
    called: str
    names: Collection[str]
    new_id: Callable[[], UUID]
    asked: Asked
    at: datetime


def keep_rank(
    session: Session, new: NewRank, decide: Callable[[RankSituation], GivenRank | None]
) -> tuple[RankSituation, SalesRecord]:
    """Record what is decided while its account's ranks and those of the person stand still; or leave what stands.

    Gives what it was decided on, and what stands then. What ``decide`` raises goes on, and nothing is kept.

    Raises:
        UnknownAccountError: nothing was decided of the account.
    """
    # Always in this order, so that no two wait for each other.
    hold_alone(session, SalesRecordKind.RANK, "account", new.account_id)
    hold_alone(session, SalesRecordKind.RANK, "person", new.person)
    account = _ranked_account(session, new.account_id)
    if account is None:
        raise UnknownAccountError(new.account_id)
    before, new_id = account.newest, new.new_id()
    if before is not None:
        new_id = max(new_id, next_to(before.id))  # the newest, whatever the clock says
    situation = RankSituation(new_id, account, _held_ranks(session, new.names, Rank.ONE), read_policies(session))
    given = decide(situation)
    if given is None and before is not None:
        return situation, before
    if given is None:
        raise TypeError("Nothing is left as it was where nothing was")
    record = SalesRecord(
        id=new_id,
        kind=SalesRecordKind.RANK,
        subject=new.account_id,
        account_id=new.account_id,
        person=new.person,
        happened_at=datetime.combine(given.ranked_on, time.min, UTC),
        body=given.model_dump_json(),
        recorded_by=new.asked.actor,
        recorded_at=new.at,
    )
    kept = keep_record(session, record, new.asked.request_id)
    put_notices(session, [rank_changed(kept, given, new.called, account.name)])
    return situation, kept


def ranked_account(engine: Engine, account_id: str) -> RankedAccount | None:
    """How an account stands, with its newest rank; None where nothing was decided of it yet.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return _ranked_account(session, account_id)


def _ranked_account(session: Session, account_id: str) -> RankedAccount | None:
    query = (
        select(DecisionRow, col(AccountRow.owner_id))
        .join_from(AccountRow, DecisionRow, col(DecisionRow.id) == col(AccountRow.decision_id))
        .where(col(AccountRow.account_id) == account_id)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    decision = read_decision(session, found[0]).decision
    newest = newest_record(session, SalesRecordKind.RANK, account_id)
    return RankedAccount(decision.facts.account.name, decision.segment, found[1], newest)


def book_of_ranks(engine: Engine, names: Collection[str], rank: Rank | None = None) -> list[Held]:
    """The standing ranks that are kept under some names, the newest first: all of them, or those of one ``rank``.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return _held_ranks(session, names, rank)


def _held_ranks(session: Session, names: Collection[str], rank: Rank | None = None) -> list[Held]:
    # Little of each rank is read, for a book may be long.
    columns: list[Any] = [col(getattr(SalesRecordRow, name)) for name in ("id", "account_id", "person", "happened_at")]
    columns += [func.substr(col(SalesRecordRow.body), 1, _LONGEST), col(DecisionRow.segment), col(AccountRow.owner_id)]
    of_names = col(SalesRecordRow.person).in_(sorted(names))
    query = (
        select(*columns)
        .outerjoin(AccountRow, col(AccountRow.account_id) == col(SalesRecordRow.account_id))
        .outerjoin(DecisionRow, col(DecisionRow.id) == col(AccountRow.decision_id))
        .where(col(SalesRecordRow.kind) == SalesRecordKind.RANK, of_names, IS_NEWEST)
        .order_by(col(SalesRecordRow.id).desc())
    )
    if rank is not None:
        query = query.where(col(SalesRecordRow.body).startswith(_BEGINS.format(rank), autoescape=True))
    return [
        Held(
            id=each_id,
            account_id=account_id,
            rank=Rank(begins.split('"')[3]),
            person=person,
            ranked_on=_day(happened_at),
            segment=_segment(segment),
            owner_id=owner_id,
        )
        for each_id, account_id, person, happened_at, begins, segment, owner_id in session.execute(query)
    ]


def names_of_accounts(engine: Engine, account_ids: Collection[str]) -> dict[str, str]:
    """The names of accounts that have one, by their ids.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    accounts = find_accounts(engine, account_ids).values()
    return {account.id: account.name for account in accounts if account.name is not None}


def _segment(text: str | None) -> Segment | None:
    return None if text is None else Segment(text)


def _day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()
