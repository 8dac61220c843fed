"""Where accounts stand: lists of them, and how many."""

import base64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, Field

from service.domain.fields import Day
from service.domain.identifiers import next_to
from service.domain.people import SeveralPeopleError
from service.entrypoints.api.accepting import CSV, JSON, NDJSON, VARY, accepted
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.context import ApiContext, context_of
from service.entrypoints.api.decisions import COUNTED_BY, DecisionValues, Revision, each_once
from service.entrypoints.api.listing import streamed
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.api.paging import Limit, link_to_next
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import FieldError, invalid_request
from service.entrypoints.common.moments import Instant, Moment
from service.entrypoints.views.account_lists import AccountPage, render_account
from service.entrypoints.views.decisions import CountPage, render_counts
from service.entrypoints.views.lines import Lines
from service.store.accounts import (
    AccountFilter,
    StandingAccount,
    chunks_of_accounts,
    count_standings,
    page_of_accounts,
)
from service.store.decisions import first_identifier
from service.store.filters import DecisionFilter
from service.store.people import users_on
from service.usecases.counts import OfAccounts, summed
from service.usecases.people import books_of
from service.usecases.standings import TimeToComeError, instant_meant

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])
_SEARCHED = r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]+[^\s\x00-\x1f\x7f]$"
"""At least three characters, of which the first and the last can be seen."""
_CELLS: dict[str, Callable[[StandingAccount], object]] = {
    "account_id": lambda found: found.recorded.account_id,
    "name": lambda found: found.recorded.decision.facts.account.name,
    "region": lambda found: found.recorded.decision.facts.account.region,
    "owner_id": lambda found: found.recorded.decision.facts.account.owner_id,
    "team": lambda found: found.recorded.decision.team,
    "segment": lambda found: found.recorded.decision.segment,
    "status": lambda found: found.recorded.decision.status,
    "rule": lambda found: found.recorded.decision.rule,
    "leading_source": lambda found: found.recorded.decision.basis,
    "leading_employees": lambda found: found.recorded.decision.leading_employees,
    "missing_facts": lambda found: ";".join(found.recorded.decision.missing_facts),
    "policy": lambda found: found.recorded.decision.policy_id,
    "policy_version": lambda found: found.recorded.decision.policy_version,
    "effective_on": lambda found: found.recorded.decision.effective_on,
    "since": lambda found: found.recorded.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "standing_move": lambda found: str(found.standing_move).lower(),
    "decision_id": lambda found: found.recorded.id,
}


class AccountWanted(DecisionValues):
    """Which accounts are asked for, by the decision that they stand on and by what they are called."""

    policy_version_before: Revision | None = Field(None, description="Stands under an older revision than this.")
    owner: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None, description="The book of a person: an id, a CRM user id, an email, or a name that fits one active person."
    )
    manager: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None, description="The books of a person, and of all who report to them."
    )
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


class AccountCountQuery(AccountWanted):
    """Which accounts to count, and by what."""

    by: Annotated[list[OfAccounts], AfterValidator(each_once), COUNTED_BY]


class AccountQuery(AccountWanted):
    """Which accounts to list."""

    limit: Limit = 50
    cursor: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$", description="Taken from the `Link` of the page before."
        ),
    ] = None


@router.get(
    "/v1/accounts",
    summary="List accounts",
    responses=answers(
        200,
        "A page of accounts.",
        as_json(AccountPage, "account_page") | as_text(CSV, "accounts_csv") | as_text(NDJSON, "accounts_ndjson"),
        NEXT_PAGE,
    )
    | refuses(406),
)
def list_accounts(request: Request, caller: Reader, asked: Annotated[AccountQuery, Query()]) -> Response:
    """Where accounts stand, the last decided first; the pages behind the first are by what was on record with it.

    With `Accept: text/csv` or `application/x-ndjson` the whole result is streamed, as decisions are.
    """
    context = context_of(request)
    engine = context.database.engine
    media_type = accepted(request, "Accounts come", [NDJSON, CSV, JSON])
    now = context.now()
    known, before = _place(asked.cursor) or (_known(context, asked, now), None)
    day, owners = _books(context, asked)
    found = page_of_accounts(engine, asked.filter(known, owners), limit=asked.limit + 1, before=before)
    # A decision may be stamped ahead of the clock.
    by_now = known or max([_all_by(now), *(next_to(each.recorded.id) for each in found[:1])])
    if media_type != JSON:
        render = partial(render_account, people=users_on(engine, day))
        chunks = chunks_of_accounts(engine, asked.filter(by_now, owners))
        return streamed(context.exports, caller.name, media_type, chunks, Lines("accounts", render, _CELLS))
    found, more = found[: asked.limit], found[asked.limit :]
    owner_ids = (each.recorded.decision.facts.account.owner_id for each in found)
    owned_by = {each for each in owner_ids if each is not None}
    people = users_on(engine, day, owned_by) if owned_by else {}
    headers = dict(VARY)
    if more:
        pair = by_now.bytes + found[-1].recorded.id.bytes
        headers["Link"] = link_to_next(request, cursor=base64.urlsafe_b64encode(pair).rstrip(b"=").decode())
    return JsonResponse(AccountPage(items=[render_account(each, people) for each in found]), headers=headers)


@router.get(
    "/v1/accounts/counts",
    summary="Count accounts",
    responses=answers(200, "The counts.", as_json(CountPage, "counts")),
)
def count_accounts(request: Request, _: Reader, asked: Annotated[AccountCountQuery, Query()]) -> Response:
    """How many accounts a list with the same filters has, by up to three values, the largest first.

    By `missing_fact` an account counts once for each of its facts.
    """
    context = context_of(request)
    wanted = asked.filter(_known(context, asked, context.now()), _books(context, asked)[1])
    return JsonResponse(render_counts(summed(count_standings(context.database.engine, wanted), asked.by)))


def _books(context: ApiContext, asked: AccountWanted) -> tuple[date, tuple[str, ...] | None]:
    """The day whose people are meant, and the users of the CRM whose accounts are asked for."""
    day = asked.on or context.today()
    try:
        return day, books_of(context.database, day, asked.owner, asked.manager)
    except SeveralPeopleError as error:
        raise invalid_request([FieldError(error.pointer or "owner", str(error))]) from error


def _known(context: ApiContext, asked: AccountWanted, now: datetime) -> UUID | None:
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
