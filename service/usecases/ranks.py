"""Give an account its rank, and look at what it has and had (RANK-1 to RANK-5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from service.domain.duties.policy import DutyPolicy
from service.domain.errors import UnknownAccountError
from service.domain.rank_checks import Check, TopTenFullError, checks_of, refuse_unmet
from service.domain.ranks import GivenRank, Held, Rank, StatedRank
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.domain.sellers import Sellers
from service.store.database import Database
from service.store.idempotency import do_once
from service.store.once import Answer, Done, IdempotencyKey
from service.store.policies import current_policies
from service.store.ranks import (
    NewRank,
    RankedAccount,
    RankSituation,
    book_of_ranks,
    keep_rank,
    names_of_accounts,
    ranked_account,
)
from service.store.recording import Asked
from service.store.sales_records import page_of_records
from service.usecases.people import sellers_on


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRank:
    """The newest rank of an account, by how the account stands today, with its name and what the rules ask of it.

    ``policy`` is that of today, which says how many places there are. ``stale`` says why it is, if it is; ``is_new``:
    it was given just now, and is the first of the account.
    """

    record: SalesRecord
    given: GivenRank
    held: Held
    name: str | None
    stale: Sequence[str]
    has_place: bool
    checks: Sequence[Check]
    policy: DutyPolicy
    is_new: bool


@dataclass(frozen=True, slots=True)
class Now:
    """When a rank is given, on which day of the organisation, and what makes its identifier."""

    at: datetime
    today: date
    new_id: Callable[[], UUID]


def read_given(record: SalesRecord) -> GivenRank:
    """What a record of a rank says."""
    return GivenRank.model_validate_json(record.body)


def give_rank(
    database: Database,
    account_id: str,
    stated: StatedRank,
    asked: Asked,
    now: Now,
    key: IdempotencyKey | None,
    told: Callable[[StandingRank], Answer],
) -> Done[StandingRank]:
    """Record the rank of an account. What stands already, word by word and not stale, is not recorded again.

    There are no more top places however many ask at once: an account executive's ranks stand still meanwhile.

    Raises:
        UnknownAccountError: nothing was decided of the account.
        NotTheOwnerError, RankIncompleteError, TopTenFullError: the rules refuse it.
        SeveralPeopleError: a name fits several.
        StoreError: see ``do_once``.
    """
    today, sellers = now.today, sellers_on(database, now.today)
    person = sellers.meant(stated.account_executive)
    names = sellers.names(person)
    new = NewRank(
        account_id=account_id,
        person=person,
        called=sellers.name(person) or stated.account_executive,
        names=names,
        new_id=now.new_id,
        asked=asked,
        at=now.at,
    )
    act = partial(keep_rank, new=new, decide=partial(_decide, new, stated, sellers, today))

    def standing(kept: tuple[RankSituation, SalesRecord]) -> StandingRank:
        situation, record = kept
        others = _places(new.person, situation.ones, sellers, today, but=account_id)
        policy = situation.policies.sales_on(today)
        return _standing(situation.account, record, len(others), sellers, today, policy)

    try:
        done = do_once(database.engine, key, now.at, act, lambda kept: told(standing(kept)))
    except TopTenFullError as error:
        called = names_of_accounts(database.engine, error.taken)
        taken = [f"{called[each]} ({each})" if each in called else each for each in error.taken]
        raise TopTenFullError(stated.account_executive, taken, error.places) from None
    return Done(done.answer, None if done.made is None else standing(done.made))


def _decide(
    new: NewRank, stated: StatedRank, sellers: Sellers, today: date, situation: RankSituation
) -> GivenRank | None:
    """The rank to be recorded; None where what stands says just that, and holds."""
    account, others = situation.account, _places(new.person, situation.ones, sellers, today, but=new.account_id)
    before = None if account.newest is None else read_given(account.newest)
    stands = before is not None and _stands(new, stated, sellers, today, account)
    given = GivenRank(
        **dict(stated),
        ranked_on=today,
        previous=None if before is None else before.previous if stands else before.rank,
        previous_account_executive=None if before is None else before.account_executive,
    )
    held = Held(
        id=situation.new_id,
        account_id=new.account_id,
        rank=given.rank,
        person=new.person,
        ranked_on=today,
        segment=account.segment,
        owner_id=account.owner_id,
    )
    bounds = situation.policies.bounds_on(today)
    checks = checks_of(given, held, len(others), sellers, today, bounds)
    taken = [each.account_id for each in others]
    has_place = _has_place(new, sellers, today, account)
    refuse_unmet(checks, given, held, taken, sellers, bounds.top_places, has_place=has_place)
    return None if stands else given


def _has_place(new: NewRank, sellers: Sellers, today: date, account: RankedAccount) -> bool:
    """Whether the account has one of the places of its account executive by the rank that it has."""
    if account.newest is None:
        return False
    held = _held(account, account.newest, read_given(account.newest))
    return sellers.whose(held.person) == new.person and held.has_place(sellers, today)


def _stands(new: NewRank, stated: StatedRank, sellers: Sellers, today: date, account: RankedAccount) -> bool:
    """Whether just that was said before, by the same person, and is not stale."""
    if account.newest is None:
        return False
    before = read_given(account.newest)
    held = _held(account, account.newest, before)
    is_same = all(getattr(before, name) == getattr(stated, name) for name in StatedRank.model_fields)
    return is_same and sellers.whose(held.person) == new.person and not held.is_stale(sellers, today)


def find_rank(database: Database, account_id: str, today: date) -> StandingRank | None:
    """The newest rank of an account, by how the account stands today; None where it has none.

    Raises:
        UnknownAccountError: nothing was decided of the account.
        StoreUnavailableError: the database cannot be reached.
    """
    account = ranked_account(database.engine, account_id)
    if account is None:
        raise UnknownAccountError(account_id)
    if account.newest is None:
        return None
    sellers = sellers_on(database, today)
    person = sellers.whose(account.newest.person or "")
    ones = book_of_ranks(database.engine, sellers.names(person), Rank.ONE)
    others = _places(person, ones, sellers, today, but=account_id)
    policy = current_policies(database.engine).sales_on(today)
    return _standing(account, account.newest, len(others), sellers, today, policy)


def page_of_rank_history(
    database: Database, account_id: str, *, limit: int, before: UUID | None = None
) -> list[SalesRecord]:
    """At most ``limit`` ranks that an account was given, newest first; with ``before``, those given before that one.

    Raises:
        UnknownAccountError: nothing was decided of the account.
        StoreUnavailableError: the database cannot be reached.
    """
    if ranked_account(database.engine, account_id) is None:
        raise UnknownAccountError(account_id)
    return page_of_records(database.engine, SalesRecordKind.RANK, account_id, limit=limit, before=before)


def _places(person: str, ones: Sequence[Held], sellers: Sellers, today: date, *, but: str) -> list[Held]:
    """Those of a person's ranks that have one of the top places, but for an account's own."""
    return [
        each
        for each in ones
        if each.account_id != but and sellers.whose(each.person) == person and each.has_place(sellers, today)
    ]


def _standing(
    account: RankedAccount, record: SalesRecord, others: int, sellers: Sellers, today: date, policy: DutyPolicy
) -> StandingRank:
    held = _held(account, record, read_given(record))
    return standing_rank(record, held, account.name, others, sellers, today, policy, is_new=account.newest is None)


def standing_rank(  # noqa: PLR0913 - what a rank stands by
    record: SalesRecord,
    held: Held,
    name: str | None,
    others: int,
    sellers: Sellers,
    today: date,
    policy: DutyPolicy,
    *,
    is_new: bool = False,
) -> StandingRank:
    """A rank as it stands on a day, by how many places other accounts of its account executive have."""
    given = read_given(record)
    return StandingRank(
        record=record,
        given=given,
        held=held,
        name=name,
        stale=held.why_stale(sellers, today),
        has_place=held.has_place(sellers, today),
        checks=checks_of(given, held, others, sellers, today, policy.parameters),
        policy=policy,
        is_new=is_new,
    )


def _held(account: RankedAccount, record: SalesRecord, given: GivenRank) -> Held:
    return Held(
        id=record.id,
        account_id=record.subject,
        rank=given.rank,
        person=record.person or "",
        ranked_on=given.ranked_on,
        segment=account.segment,
        owner_id=account.owner_id,
    )
