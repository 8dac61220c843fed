"""What lists of decisions and of accounts are asked for, and a page of accounts: by one instant from page to page."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from service.crm.facts_by_name import FACTS_BY_NAME
from service.domain.decision import Kind, Status
from service.domain.fields import AccountId, Day, Line
from service.domain.identifiers import next_to
from service.domain.people import SeveralPeopleError
from service.domain.terms import Basis, Segment, Team
from service.domain.vocabulary import fact_names
from service.entrypoints.common.context import ApiContext
from service.entrypoints.common.moments import Instant, Moment
from service.entrypoints.common.paging import Limit
from service.entrypoints.common.problems import FieldError, invalid_request
from service.store.accounts import AccountFilter, StandingAccount, page_of_accounts
from service.store.decisions import first_identifier
from service.store.filters import DecisionFilter
from service.store.people import RecordedPeriod, users_on
from service.usecases.people import books_of
from service.usecases.standings import TimeToComeError, instant_meant

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
PersonNamed = Annotated[Line, AfterValidator(str.strip)]
"""Whoever is meant, by an id, a CRM user id, an email or a name."""
_FACTS = fact_names() | FACTS_BY_NAME.keys()


def _fact_name(name: str) -> str:
    if name not in _FACTS:
        raise PydanticCustomError("unknown_fact", "There is no such fact; docs/reference/facts.md names them")
    return name


FactName = Annotated[str, AfterValidator(_fact_name)]
Region = Literal["NORAM", "EMEA", "LATAM", "APAC", "OTHER"]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]
_SEARCHED = r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]+[^\s\x00-\x1f\x7f]$"
"""At least three characters, of which the first and the last can be seen."""


class DecisionValues(BaseModel):
    """By what lists of decisions, and of accounts by the decisions that they stand on, are asked for."""

    status: list[Status] = Field([], description="How firm it is.")
    segment: list[Segment] = Field([], description="The segment.")
    team: list[Team] = Field([], description="The owning team.")
    rule: list[Text] = Field([], description="The rule that decided, such as ROUTE-3.")
    policy: list[Text] = Field([], description="The policy it was taken under.")
    policy_version: list[Revision] = Field([], description="The revision it was taken under.")
    leading_source: list[Basis] = Field([], description="What the segment rests on.")
    missing_fact: list[FactName] = Field([], description="A fact for want of which it is provisional.")
    region: list[Region] = Field([], description="The region; OTHER is any but the four.")

    def values(self) -> dict[str, Any]:
        """The values asked for, by the names of a ``DecisionFilter``."""
        return {name: tuple(getattr(self, name)) for name in DecisionValues.model_fields}


class DecisionWanted(DecisionValues):
    """Which decisions are asked for."""

    account_id: AccountId | None = Field(None, description="For this account.")
    kind: list[Kind] = Field([], description="What made it necessary.")
    team_before: list[Team] = Field([], description="The team of the decision before it.")
    moved: bool | None = Field(None, description="Whether another team owns the account by it than before.")
    actor: Text | None = Field(None, description="Who asked: the name of the API key.")
    source: list[Text] = Field([], description="The entry point it came through, such as api.")
    recorded_since: Instant | None = Field(None, description="Recorded then or later.")
    recorded_until: Instant | None = Field(None, description="Recorded before.")
    effective_since: Day | None = Field(None, description="Effective on this day or later.")
    effective_until: Day | None = Field(None, description="Effective on this day or earlier.")

    def filter(self) -> DecisionFilter:
        """The same, for the store."""
        return DecisionFilter(
            **self.values(),
            account_id=self.account_id,
            kind=tuple(self.kind),
            team_before=tuple(self.team_before),
            moved=self.moved,
            actor=self.actor,
            source=tuple(self.source),
            recorded_since=self.recorded_since,
            recorded_until=self.recorded_until,
            effective_since=self.effective_since,
            effective_until=self.effective_until,
        )


class AccountWanted(DecisionValues):
    """Which accounts are asked for, by the decision that they stand on and by what they are called."""

    policy_version_before: Revision | None = Field(None, description="Stands under an older revision than this.")
    owner: PersonNamed | None = Field(
        None, description="The book of a person: an id, a CRM user id, an email, or a name that fits one active person."
    )
    manager: PersonNamed | None = Field(None, description="The books of a person, and of all who report to them.")
    standing_move: bool | None = Field(None, description="Whether a move stands on it now.")
    updated_since: Instant | None = Field(None, description="Something was recorded of it then or later.")
    q: Annotated[str, Field(max_length=200, pattern=_SEARCHED)] | None = Field(
        None, description="A part of its name, in any case and without accents, or its id."
    )
    as_of: Moment | None = Field(None, description="By what was on record then: an instant, or a day.")
    on: Day | None = Field(None, description="What held for this day.")

    def filter(self, known: UUID | None, owners: tuple[str, ...] | None) -> AccountFilter:
        """The same, for the store: by what was on record then, and the users of the CRM that the owner is."""
        decided = DecisionFilter(
            **self.values(), policy_version_before=self.policy_version_before, recorded_since=self.updated_since
        )
        return AccountFilter(
            decided=decided, standing_move=self.standing_move, owners=owners, search=self.q, known=known, on=self.on
        )


class AccountQuery(AccountWanted):
    """Which accounts to list."""

    limit: Limit = 50
    cursor: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$", description="Taken from the `Link` of the page before."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class FoundAccounts:
    """A page of accounts; ``cursor`` begins the next one, and ``wanted`` finds all of them.

    ``people`` are those of the day, by their users of the CRM.
    """

    items: list[StandingAccount]
    people: dict[str, RecordedPeriod]
    wanted: AccountFilter
    cursor: str | None


def find_accounts(context: ApiContext, asked: AccountQuery) -> FoundAccounts:
    """A page of the accounts asked for; the pages behind the first are by what was on record with it.

    Raises:
        ProblemError: a time that is asked for has not come yet.
        StoreUnavailableError: the database cannot be reached.
    """
    now = context.now()
    known, before = _place(asked.cursor) or (on_record_by(context, asked, now), None)
    day, owners = asked.on or context.today(), books_asked(context, asked)
    engine = context.database.engine
    found = page_of_accounts(engine, asked.filter(known, owners), limit=asked.limit + 1, before=before)
    # A decision may be stamped ahead of the clock.
    by_now = known or max([_all_by(now), *(next_to(each.recorded.id) for each in found[:1])])
    cursor = None
    if len(found) > asked.limit:
        pair = by_now.bytes + found[asked.limit - 1].recorded.id.bytes
        cursor = base64.urlsafe_b64encode(pair).rstrip(b"=").decode()
    items = found[: asked.limit]
    owner_ids = {each.recorded.decision.facts.account.owner_id for each in items}
    people = users_on(engine, day, [each for each in owner_ids if each is not None]) if owner_ids - {None} else {}
    return FoundAccounts(items, people, asked.filter(by_now, owners), cursor)


def books_asked(context: ApiContext, asked: AccountWanted) -> tuple[str, ...] | None:
    """The users of the CRM whose accounts are asked for; None where anybody's are.

    Raises:
        ProblemError: a name fits several people.
    """
    try:
        return books_of(context.database, asked.on or context.today(), asked.owner, asked.manager)
    except SeveralPeopleError as error:
        raise invalid_request([FieldError(error.pointer or "owner", str(error))]) from error


def filter_of(context: ApiContext, asked: AccountWanted) -> AccountFilter:
    """What finds all of the accounts asked for.

    Raises:
        ProblemError: a time that is asked for has not come yet, or a name fits several people.
        StoreUnavailableError: the database cannot be reached.
    """
    return asked.filter(on_record_by(context, asked, context.now()), books_asked(context, asked))


def on_record_by(context: ApiContext, asked: AccountWanted, now: datetime) -> UUID | None:
    """What was on record as of the instant or day that is asked for; None is now."""
    if asked.on is not None and asked.on > context.today():
        raise invalid_request([FieldError("on", str(TimeToComeError("on", asked.on)))])
    if asked.as_of is None:
        return None
    try:
        instant = instant_meant(asked.as_of, now, context.zone)
    except TimeToComeError as error:
        raise invalid_request([FieldError(error.name, str(error))]) from error
    if instant > now:
        raise invalid_request([FieldError("as_of", str(TimeToComeError("as_of", instant)))])
    return None if instant == now else _all_by(instant)


def _all_by(instant: datetime) -> UUID:
    """The bound of identifiers that were recorded with by an instant."""
    return first_identifier(instant + timedelta(microseconds=1))


def _place(cursor: str | None) -> tuple[UUID, UUID] | None:
    """What was on record with the first page, and the last decision of the page before."""
    if cursor is None:
        return None
    both = base64.urlsafe_b64decode(f"{cursor}=")
    return UUID(bytes=both[:16]), UUID(bytes=both[16:])
