"""Accounts as they stand: a page of them, all that match, and how many. Where they stood goes by decisions alone."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlmodel import Session, col

from service.domain.account_ids import SHORT, forms_of, full_id
from service.domain.decision import RecordedDecision
from service.domain.facts import Account
from service.store.counts import Counted
from service.store.decisions import DECISIONS, first_identifier
from service.store.engine import open_session
from service.store.facets import Listed, facets_that, newest_of_facets
from service.store.filters import DecisionFilter
from service.store.ledger.numbers import numbered
from service.store.newest_of_days import newest_of_days
from service.store.policy_cache import read_decision
from service.store.rows.accounts import search_name
from service.store.tables.decisions import AccountRow, DecisionRow, FacetRow

_CHUNK = 200
_RECENT = 1_000
_RECORDED = 5_000
"""So many decisions are few: the accounts that they are about are looked up one by one."""
_CANDIDATES = 4
"""Of how many decisions one is looked for that an account stood on."""
_ACCOUNTS = Listed(AccountRow, cast("InstrumentedAttribute[UUID]", col(AccountRow.decision_id)))
_NO_LESS = col(DecisionRow.stands).is_not(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilter:
    """Which accounts to find: by the decision that they stand on, whether a move stands, their owner, name or id.

    ``owners`` are ids of users of the CRM, any of which owns it. ``known`` bounds what was on record: decisions with a
    smaller identifier; None is now. ``on`` asks what held for a day.
    """

    decided: DecisionFilter = field(default_factory=DecisionFilter)
    standing_move: bool | None = None
    owners: tuple[str, ...] | None = None
    search: str | None = None
    known: UUID | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class StandingAccount:
    """The decision that an account stands on, or stood; and whether a move stands on it now."""

    recorded: RecordedDecision
    standing_move: bool


def page_of_accounts(
    engine: Engine, wanted: AccountFilter, *, limit: int, before: UUID | None = None
) -> list[StandingAccount]:
    """At most ``limit`` accounts that match, the last decided first; with ``before``, behind that decision.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        asked = facets_that(wanted.decided)
        if wanted.known is None and wanted.on is None:
            updated = _updated(session, wanted)
            bounds = [*_of_accounts(wanted), *_after(col(AccountRow.decision_id), before), *updated]
            of_facets = select(col(FacetRow.facet)).where(*asked)
            if wanted.standing_move or wanted.owners is not None or wanted.search is not None or updated:
                # Few, and found by an index of their own or by reading on: index by index of facets takes far longer.
                few = _read_on(wanted, bounds)
                among = [few.c.facet.in_(of_facets)] if asked else []
                ids = list(session.scalars(select(few.c.id).where(*among).order_by(few.c.id.desc()).limit(limit)))
            else:
                ids = newest_of_facets(session, _ACCOUNTS, list(session.scalars(of_facets)), bounds, limit)
        else:
            ids = _ids_at_a_time(session, wanted, limit, before)
        return _read(session, ids)


def _updated(session: Session, wanted: AccountFilter) -> list[ColumnElement[bool]]:
    """The condition that something was recorded of an account since: where so little was that its decisions tell."""
    since = wanted.decided.recorded_since
    if since is None:
        return []
    recorded = col(DecisionRow.id) >= first_identifier(since)
    is_much = select(col(DecisionRow.id)).where(recorded).order_by(col(DecisionRow.id)).offset(_RECORDED).limit(1)
    if session.scalar(is_much) is not None:
        return []
    those = select(col(DecisionRow.account_id)).where(recorded)
    # Under the shorter form of its id decisions stand that were recorded before both were one account.
    shorter = session.scalars(those.where(func.length(col(DecisionRow.account_id)) == SHORT).distinct())
    named = col(AccountRow.account_id).in_(those)
    longer = [full_id(each) for each in shorter]
    return [named | col(AccountRow.account_id).in_(longer) if longer else named]


def _ids_at_a_time(session: Session, wanted: AccountFilter, limit: int, before: UUID | None) -> list[UUID]:
    """The decisions that accounts stood on by the times that are asked for, newest first."""
    asked = facets_that(wanted.decided)
    of_facets = select(col(FacetRow.facet)).where(*asked)
    if before is None and wanted.on is not None and not _of_accounts(wanted):
        return _first_ids_of_day(session, wanted, of_facets if asked else None, limit)
    bounds = [*_stood(wanted), *_after(col(DecisionRow.id), before)]
    if asked:
        return newest_of_facets(session, DECISIONS, list(session.scalars(of_facets)), bounds, limit)
    query = select(col(DecisionRow.id)).where(*bounds).order_by(col(DecisionRow.id).desc())
    return list(session.scalars(query.limit(limit)))


def _first_ids_of_day(session: Session, wanted: AccountFilter, of_facets: Select[int] | None, limit: int) -> list[UUID]:
    """The first of them for a day: among the newest decisions, else among those effective by the day, else of all."""

    def first(of: Any, condition: ColumnElement[bool], most: int) -> list[UUID]:  # noqa: ANN401 - a query's rows
        among = [] if of_facets is None else [of.c.facet.in_(of_facets)]
        return list(session.scalars(select(of.c.id).where(condition, *among).order_by(of.c.id.desc()).limit(most)))

    def newest_by_day(most: int) -> list[UUID]:
        # Reckoned with, facets are found by no index: these are read by their days.
        among = [] if of_facets is None else [(col(DecisionRow.facet) + 0).in_(of_facets)]
        return newest_of_days(session, None, wanted.on, [*_known(wanted), *among], most)

    most, newest = _CANDIDATES * limit, _newest(wanted)
    for look_up in (partial(first, newest, newest.c.effective_on <= wanted.on), newest_by_day):
        candidates = look_up(most)
        stood = select(col(DecisionRow.id)).where(col(DecisionRow.id).in_(candidates), *_stood(wanted))
        found = list(session.scalars(stood.order_by(col(DecisionRow.id).desc()).limit(limit)))
        if len(found) == limit:
            return found
    if len(candidates) < most:  # that was all there is
        return found
    each = _last_of_each(wanted)
    return first(each, each.c.later.is_(None), limit)


def _newest(wanted: AccountFilter) -> Any:  # noqa: ANN401 - a query's rows
    """The decisions that were recorded last: of a day not long ago the first that held are among them."""
    columns = (col(DecisionRow.id), col(DecisionRow.effective_on), col(DecisionRow.facet))
    newest = select(*columns).where(*_known(wanted)).order_by(col(DecisionRow.id).desc())
    return newest.limit(_RECENT).subquery("newest")


def _known(wanted: AccountFilter) -> list[ColumnElement[bool]]:
    return [] if wanted.known is None else [col(DecisionRow.id) < wanted.known]


def chunks_of_accounts(engine: Engine, wanted: AccountFilter) -> Iterator[list[StandingAccount]]:
    """Every account that matches, a chunk at a time."""
    before = None
    while chunk := page_of_accounts(engine, wanted, limit=_CHUNK, before=before):
        yield chunk
        before = chunk[-1].recorded.id


def count_standings(engine: Engine, wanted: AccountFilter) -> list[Counted]:
    """How many accounts match, by the facets of the decisions that they stand on.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    asked = facets_that(wanted.decided)
    of_facets = select(col(FacetRow.facet)).where(*asked)
    is_now = wanted.known is None and wanted.on is None
    about, conditions = _of_accounts(wanted), []
    if is_now:
        facet = _read_on(wanted, about).c.facet if about else cast("ColumnElement[int]", col(AccountRow.facet))
        conditions.append(facet.is_not(None))
    elif about:
        facet = cast("ColumnElement[int]", col(DecisionRow.facet))
        conditions += [facet.is_not(None), *_stood(wanted)]
    else:
        each = _last_of_each(wanted)
        facet = each.c.facet
        conditions.append(each.c.later.is_(None))
    if asked:
        conditions.append(facet.in_(of_facets))
    with open_session(engine) as session:
        query = select(facet, func.count()).where(*conditions).group_by(facet)
        counts = dict(tuple(row) for row in session.execute(query))
        facets = session.scalars(select(FacetRow).where(col(FacetRow.facet).in_(counts)))
        return [Counted(row.model_dump(), None, counts[row.facet]) for row in facets]


def _read_on(wanted: AccountFilter, bounds: list[ColumnElement[bool]]) -> Any:  # noqa: ANN401 - a query's rows
    """The ``id`` of the decision and the ``facet`` of accounts within bounds.

    A part of a name is looked for in all of them, in the order in which they lie: a subquery with an offset is one that
    no database walks into for the sake of an order or a facet.
    """
    columns: tuple[Any, ...] = (col(AccountRow.decision_id).label("id"), col(AccountRow.facet).label("facet"))
    few = select(*columns).where(*bounds)
    return (few if wanted.search is None else few.offset(0)).subquery("few")


def _last_of_each(wanted: AccountFilter) -> Any:  # noqa: ANN401 - a query's rows
    """The decisions by the times that are asked for: ``id``, ``facet``, and the ``later`` one of its account, if any.

    All of them are read, in the order of an index that has everything that this asks for.
    """
    by_day = [] if wanted.on is None else [col(DecisionRow.effective_on)]
    conditions: list[ColumnElement[bool]] = (
        [_NO_LESS] if wanted.on is None else [col(DecisionRow.effective_on) <= wanted.on]
    )
    if wanted.known is not None:
        conditions.append(col(DecisionRow.id) < wanted.known)
    order = [*by_day, col(DecisionRow.id)]
    later = func.lead(col(DecisionRow.id)).over(partition_by=col(DecisionRow.account_id), order_by=order)
    columns: tuple[Any, ...] = (
        col(DecisionRow.id).label("id"),
        col(DecisionRow.facet).label("facet"),
        later.label("later"),
    )
    return select(*columns).where(*conditions).subquery("each")


def _read(session: Session, ids: list[UUID]) -> list[StandingAccount]:
    """The decisions of some identifiers, in their order."""
    moved = exists().where(col(AccountRow.decision_id) == col(DecisionRow.id), col(AccountRow.move).is_not(None))
    found = session.execute(select(DecisionRow, moved).where(col(DecisionRow.id).in_(ids)))
    moves = [(read_decision(session, row), bool(has_moved)) for row, has_moved in found]
    decisions = numbered(session, [decision for decision, _ in moves])
    rows = {each.id: StandingAccount(each, has_moved) for each, (_, has_moved) in zip(decisions, moves, strict=True)}
    return [rows[each] for each in ids if each in rows]


def standing_accounts(session: Session, account_ids: Collection[str]) -> dict[str, Account]:
    """What is stated of accounts as they stand, by their ids; without those of which nothing was decided."""
    query = (
        select(DecisionRow)
        .join(AccountRow, col(AccountRow.decision_id) == col(DecisionRow.id))
        .where(col(AccountRow.account_id).in_(sorted(account_ids)))
    )
    found = (read_decision(session, row).decision.facts.account for row in session.scalars(query))
    return {account.id: account for account in found}


def find_accounts(engine: Engine, account_ids: Collection[str]) -> dict[str, Account]:
    """The same, asked of a database.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return standing_accounts(session, account_ids)


def _of_accounts(wanted: AccountFilter) -> list[ColumnElement[bool]]:
    """What is asked for of accounts as they stand now, beside the values of facets."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.decided.recorded_since is not None:
        conditions.append(col(AccountRow.recorded_at) >= wanted.decided.recorded_since)
    if wanted.standing_move is not None:
        conditions.append(col(AccountRow.move).is_not(None) if wanted.standing_move else col(AccountRow.move).is_(None))
    if wanted.owners is not None:
        conditions.append(col(AccountRow.owner_id).in_(wanted.owners))
    if wanted.search is not None:
        named = col(AccountRow.name).contains(search_name(wanted.search), autoescape=True)
        conditions.append(named | col(AccountRow.account_id).in_(forms_of(wanted.search)))
    return conditions


def _stood(wanted: AccountFilter) -> list[ColumnElement[bool]]:
    """The condition for decisions that accounts stood on, by what was known, or for a day."""
    newer = aliased(DecisionRow)
    conditions: list[ColumnElement[bool]] = []
    later: list[ColumnElement[bool]] = [col(newer.account_id) == col(DecisionRow.account_id)]
    if wanted.known is not None:
        conditions.append(col(DecisionRow.id) < wanted.known)
        later.append(col(newer.id) < wanted.known)
    if wanted.on is None:
        conditions.append(_NO_LESS)
        later += [col(newer.id) > col(DecisionRow.id), col(newer.stands).is_not(False)]
    else:
        conditions.append(col(DecisionRow.effective_on) <= wanted.on)
        later.append(col(newer.effective_on) <= wanted.on)
        one, other = (tuple_(col(each.effective_on), col(each.id)) for each in (newer, DecisionRow))
        later.append(one > other)
    conditions.append(~exists().where(and_(*later)))
    if wanted.owners is not None:
        # Who owned it then stands in the facts alone; a quote within a text of them has a stroke before it.
        stated = (col(DecisionRow.facts).contains(f'"owner_id":"{each}"', autoescape=True) for each in wanted.owners)
        conditions.append(or_(false(), *stated))
    if about := _of_accounts(replace(wanted, owners=None)):
        conditions.append(col(DecisionRow.account_id).in_(select(col(AccountRow.account_id)).where(*about)))
    return conditions


def _after(key: Any, before: UUID | None) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a column of identifiers
    return [] if before is None else [key < before]
