"""Say who sells: what holds of one person for a time, or of all that a file has."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from service.domain.account_ids import full_user_id
from service.domain.handoff.addressees import Addressees, addressees
from service.domain.handoff.state import Handoff
from service.domain.people import Key, Period, Periods, Refusal, find_person, people_on, refusals, reports_of
from service.domain.sales_notices import AccountCalled
from service.domain.sellers import Sellers
from service.store.accounts import find_accounts
from service.store.database import Database, Readable
from service.store.idempotency import Act, do_once
from service.store.once import Answer, Done, IdempotencyKey
from service.store.people import RecordedPeriod, SaidAnew, keep_periods, standing_periods, users_on
from service.store.recording import Asked


@dataclass(frozen=True, slots=True)
class Person:
    """What stands of a person: the period that is shown first, and all of them in the order of the days."""

    shown: RecordedPeriod
    periods: Sequence[RecordedPeriod]
    is_new: bool = False


class RefusedPeopleError(Exception):
    """Some of what a file says cannot stand; nothing was recorded."""

    def __init__(self, refused: Sequence[Refusal]) -> None:
        super().__init__(f"{len(refused)} periods cannot stand")
        self.refused = refused


def as_of_day(periods: Sequence[RecordedPeriod], day: date) -> Person | None:
    """The person of some periods: shown by that of the day, else the last before, else the first to come."""
    if not periods:
        return None
    begun = [each for each in periods if each.period.active_from <= day]
    return Person(begun[-1] if begun else periods[0], periods)


def books_of(database: Database, day: date, owner: str | None, manager: str | None) -> tuple[str, ...] | None:
    """The users of the CRM whose accounts are asked for: those of an owner, or of all who report to a manager.

    Each is said by an id, a CRM user id, an email or a name that fits one person of the day; an owner that nobody fits
    is a user of the CRM. A manager's own accounts are among them. None where neither is asked for.

    Raises:
        SeveralPeopleError: a name fits several.
        StoreUnavailableError: the database cannot be reached.
    """
    if owner is None and manager is None:
        return None
    people = people_on(day, standing_periods(database.engine))
    books: list[set[str]] = []
    if owner is not None:
        person_id = find_person(owner, people, "owner")
        books.append({full_user_id(owner)} if person_id is None else _users({person_id}, people))
    if manager is not None:
        above = find_person(manager, people, "manager") or manager  # of whom nothing may be said yet
        books.append(_users(reports_of(above, people) & people.keys(), people))
    return tuple(sorted(set.intersection(*books)))


def sellers_on(database: Readable, day: date) -> Sellers:
    """The people on record, asked who is meant on a day.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return Sellers(standing_periods(database.engine), day)


def names_of(database: Readable, named: str, day: date, pointer: str) -> tuple[str, ...]:
    """What records of whoever is meant on a day may be kept under.

    Raises:
        SeveralPeopleError: a name fits several.
        StoreUnavailableError: the database cannot be reached.
    """
    sellers = sellers_on(database, day)
    return tuple(sorted(sellers.names(sellers.meant(named, pointer))))


def call_accounts(database: Readable, account_ids: Collection[str], day: date) -> dict[str, AccountCalled]:
    """What texts call accounts, and whoever owns them on a day, by their ids; without those that are not on record.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    accounts = find_accounts(database.engine, account_ids)
    users = users_on(database.engine, day, {each.owner_id for each in accounts.values() if each.owner_id is not None})
    owners = {user: each.period.name for user, each in users.items()}
    return {key: AccountCalled(each.name, owners.get(each.owner_id or "")) for key, each in accounts.items()}


def person_meant(database: Readable, named: str, day: date, pointer: str) -> str:
    """Whose work something is: the id of who is meant on a day, or what was said where nobody is known by that.

    Raises:
        SeveralPeopleError: several are meant; ``pointer`` is the field that says so.
        StoreUnavailableError: the database cannot be reached.
    """
    return sellers_on(database, day).find(named, pointer) or named


def addressed(database: Readable, handoff: Handoff, day: date) -> Addressees:
    """Who the texts of a handoff address, by the people of a day.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return addressees(handoff, people_on(day, standing_periods(database.engine)))


def _users(person_ids: Iterable[str], people: Mapping[str, Period]) -> set[str]:
    return {user for each in person_ids if (user := people[each].crm_user_id) is not None}


def put_person(
    database: Database,
    person_id: str,
    period: Period,
    asked: Asked,
    at: datetime,
    key: IdempotencyKey | None,
    told: Callable[[Person], Answer],
) -> Done[SaidAnew]:
    """Record what holds of a person for a time; what was said before from the same day on stands no more.

    What stands already is not recorded again.

    Raises:
        OverlappingPeriodError, ManagerCircleError: it cannot stand beside the others.
        StoreError: see ``do_once``.
    """
    key_said = (person_id, period.active_from)
    act = _keeping({key_said: period}, asked, at)
    try:
        return do_once(database.engine, key, at, act, lambda anew: told(_person_said(anew, key_said)))
    except RefusedPeopleError as error:
        raise error.refused[0].error from None


def _person_said(anew: SaidAnew, said: Key) -> Person:
    before = {each.key: each for each in anew.before if each.person_id == said[0]}
    now = before | {each.key: each for each in anew.added}
    held, holding = (
        [each for _, each in sorted(some.items()) if each.period.active_until != each.period.active_from]
        for some in (before, now)
    )
    return Person(now[said], holding, is_new=bool(holding) and not held)


def import_people(database: Database, said: Mapping[Key, Period], asked: Asked, at: datetime) -> SaidAnew:
    """Record all of it together or nothing. What stands already is not recorded again.

    Raises:
        RefusedPeopleError: some cannot stand.
        StoreUnavailableError: the database cannot be reached.
    """
    made = do_once(database.engine, None, at, _keeping(said, asked, at), lambda _: Answer(b"")).made
    if made is None:
        raise TypeError("Without a key nothing is remembered")
    return made


def _keeping(said: Mapping[Key, Period], asked: Asked, at: datetime) -> Act[SaidAnew]:
    return partial(keep_periods, said=said, decide=partial(_news, said=said), asked=asked, at=at)


def _news(standing: Periods, said: Mapping[Key, Period]) -> Mapping[Key, Period]:
    """What differs from what stands, where all of it can stand together."""
    news = {key: period for key, period in said.items() if standing.get(key) != period}
    if refused := list(refusals({**standing, **news}, news)):
        raise RefusedPeopleError(refused)
    return news
