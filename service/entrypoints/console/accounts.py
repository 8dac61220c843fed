"""Explore accounts: where they stand, found by what is known of them, and how many there are of each."""

from datetime import tzinfo
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.domain.keys import Scope
from service.domain.sentences import summary
from service.domain.wording import value_words
from service.entrypoints.common.accepting import CSV
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exporting import streamed
from service.entrypoints.common.lines import Lines
from service.entrypoints.common.wanted import AccountQuery, filter_of, find_accounts
from service.entrypoints.console.facets import asked_pairs, chips, facets, path_with, total
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import BASES, STATUSES, fact_words, segment_words, team_words, without_codes
from service.entrypoints.views.account_lists import render_account
from service.entrypoints.views.cells import ACCOUNT_CELLS
from service.store.accounts import StandingAccount, chunks_of_accounts, count_standings
from service.store.counts import Counted
from service.store.people import users_on
from service.usecases.counts import By

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/accounts"
_FACETS = (By.TEAM, By.STATUS, By.SEGMENT, By.REGION, By.RULE, By.LEADING_SOURCE, By.MISSING_FACT, By.POLICY_VERSION)


class AccountsAsked(AccountQuery):
    """Which accounts to list. Of another time they are counted where that is asked for: it may take seconds."""

    counts: bool = False


@router.get(_PATH)
def list_accounts(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[AccountsAsked, Query()]
) -> Response:
    """A page of accounts, and what they can be narrowed down by."""
    context, pairs = context_of(request), asked_pairs(request)
    found = find_accounts(context, asked)
    wanted = filter_of(context, asked)

    def count(*without: str) -> list[Counted]:
        wider = asked.model_copy(update={name: [] for name in without})
        return count_standings(context.database.engine, wider.filter(wanted.known, wanted.owners))

    is_counted = asked.counts or (asked.as_of is None and asked.on is None)
    counted = count() if is_counted else []
    view = {
        "accounts": [_row(each, context.zone) for each in found.items],
        "facets": facets(_PATH, pairs, _FACETS, counted, count) if is_counted else [],
        "chips": chips(_PATH, pairs),
        "total": total(counted) if is_counted else None,
        "count_path": path_with(_PATH, [*pairs, ("counts", "true")]),
        "pairs": [(name, value) for name, value in pairs if name != "q"],
        "q": asked.q or "",
        "csv": path_with("/console/accounts.csv", pairs),
        "next": path_with(_PATH, [*pairs, ("cursor", found.cursor)]) if found.cursor else "",
        "first": path_with(_PATH, pairs) if asked.cursor else "",
    }
    return page(request, "accounts.html", "Accounts", view)


@router.get("/console/accounts.csv")
def export_accounts(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[AccountQuery, Query()]
) -> Response:
    """All accounts of a list as CSV."""
    context = context_of(request)
    engine = context.database.engine
    chunks = chunks_of_accounts(engine, filter_of(context, asked))
    render = partial(render_account, people=users_on(engine, asked.on or context.today()))
    return streamed(request, visitor.asked, CSV, chunks, Lines("accounts", render, ACCOUNT_CELLS))


def _row(found: StandingAccount, zone: tzinfo) -> dict[str, object]:
    recorded, decision = found.recorded, found.recorded.decision
    account = decision.facts.account
    led = "" if decision.led is None else f" {value_words(decision.led)}"
    return {
        "path": f"{_PATH}/{segment(recorded.account_id)}",
        "name": account.name or recorded.account_id,
        "account_id": recorded.account_id,
        "region": account.region or "region not known",
        "led": "nothing leads" if decision.basis is None else f"{BASES[decision.basis]}{led}",
        "team": team_words(decision.team),
        "segment": segment_words(decision.segment),
        "rule": decision.rule,
        "status": STATUSES[decision.status],
        "because": without_codes(summary(decision, decision.policy), decision.missing_facts),
        "missing": [fact_words(fact) for fact in decision.missing_facts],
        "moved": found.standing_move,
        "at": at_instant(recorded.recorded_at, zone),
    }
