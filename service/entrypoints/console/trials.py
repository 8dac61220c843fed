"""A draft tried: where it decides otherwise, and what it makes of what was recorded. It takes seconds, and says so."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.duties.policy import DutyPolicy
from service.domain.keys import Scope
from service.domain.parameters import MEANINGS
from service.domain.policy import of_accounts
from service.domain.terms import Team
from service.domain.vocabulary import fact_names
from service.entrypoints.common.accepting import CSV
from service.entrypoints.common.apart import made_apart
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exporting import record_export
from service.entrypoints.console.drafts import PATH, draft_path
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.policies import value_shown
from service.entrypoints.console.try_case import PATH as TRY
from service.entrypoints.console.try_case import case_of
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import STATUSES, fact_words, segment_words, team_words, without_codes
from service.entrypoints.views.backtests import MOVERS
from service.entrypoints.views.trials import (
    backtest_of_draft,
    comparison_of_draft,
    every_mover,
    found_draft,
    movers_between,
)
from service.store.history import Extent

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_BACKTEST = "What the draft makes of what is on record"
_STANDINGS = Extent(standings=True)
_MOST_MOVERS = 200
_MOST_REGIONS = 60
_NOBODY = "none"


class Waited(BaseModel):
    """Whether the page that says that it takes a while was shown."""

    run: bool = False


class Between(Waited):
    """From which team to which; ``none`` is no team yet."""

    of: str = _NOBODY
    to: str = _NOBODY


@router.get(f"{PATH}/{{draft_id}}/comparison")
async def compare_draft(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.READ))],
    draft_id: UUID,
    asked: Annotated[Waited, Query()],
) -> Response:
    """Every region of facts that a draft decides otherwise, with witnesses."""
    database = context_of(request).database
    path = draft_path(await run_in_threadpool(found_draft, database, draft_id))
    if not asked.run:
        return _wait(request, path, f"{path}/comparison?run=true", "The draft is being compared")
    told = orjson.loads(await made_apart(database, comparison_of_draft, draft_id))
    regions, reassigned = told["regions"], {each["bounds"] for each in told["reassigned"]}
    view = {
        "path": path,
        "parameters": _parameters(told["parameters"]),
        "reassigned": len(reassigned),
        "regions": [_region(each) for each in regions[:_MOST_REGIONS]],
        "more": max(0, len(regions) - _MOST_REGIONS),
        "questions": [] if regions else told["words"][len(told["parameters"]) :],
        "words": "\n".join(told["words"]),
        "may_try": Scope.CLASSIFY in visitor.scopes,
    }
    return page(request, "comparison.html", "Where the draft decides otherwise", view)


def _parameters(changes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(MEANINGS[name], value_shown(each["before"]), value_shown(each["after"])) for name, each in changes.items()]


def _region(found: Mapping[str, Any]) -> dict[str, object]:
    return {
        "words": without_codes(found["words"], fact_names()),
        "bounds": found["bounds"],
        "differences": [
            (_verdict(each["before"]), _verdict(each["after"]), _case(each["witness"])) for each in found["differences"]
        ],
    }


def _verdict(verdict: Mapping[str, Any]) -> str:
    if verdict["rule"] is None:
        return "No rule covers it"
    status = next(pill.text for each, pill in STATUSES.items() if each.value == verdict["status"])
    return f"{team_words(verdict['team'])}, {segment_words(verdict['segment'])}, {verdict['rule']}, {status.lower()}"


def _case(witness: Mapping[str, Any]) -> str:
    case = case_of(witness)
    return "" if case is None else query(TRY, **case)


@router.get(f"{PATH}/{{draft_id}}/backtest")
async def backtest_draft(
    request: Request,
    _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))],
    draft_id: UUID,
    asked: Annotated[Waited, Query()],
) -> Response:
    """What a draft makes of the decisions that accounts stand on: who would move from which team to which."""
    context = context_of(request)
    draft = await run_in_threadpool(found_draft, context.database, draft_id)
    path = draft_path(draft)
    if not asked.run:
        return _wait(request, path, f"{path}/backtest?run=true", "The draft is being taken to what is on record")
    async with context.backtesting:
        told = orjson.loads(await made_apart(context.database, backtest_of_draft, draft_id, _STANDINGS))
    if isinstance(draft.draft.policy, DutyPolicy):
        return page(request, "backtest_duties.html", _BACKTEST, {"path": path, "told": told})
    counted = Counter({(each["from"], each["to"]): each["decisions"] for each in told["movements"]})
    come = [team for team in (*Team, None) if any(before == team for before, _ in counted)]
    go = [team for team in (*Team, None) if any(after == team for _, after in counted)]
    view = {
        "path": path,
        "told": told,
        "headings": [team_words(team) for team in go],
        "matrix": [
            (team_words(before), [(counted[before, after], _between(path, before, after)) for after in go])
            for before in come
        ],
        "wanted": [(fact_words(each["fact"]), each["decisions"]) for each in told["wanted_facts"]],
        "words": "\n".join(told["words"]),
        "csv": f"{path}/movers.csv",
    }
    return page(request, "backtest.html", _BACKTEST, view)


def _between(path: str, before: Team | None, after: Team | None) -> str:
    return query(f"{path}/movers", of=before or _NOBODY, to=after or _NOBODY)


@router.get(f"{PATH}/{{draft_id}}/movers")
async def list_movers(
    request: Request,
    _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))],
    draft_id: UUID,
    asked: Annotated[Between, Query()],
) -> Response:
    """Who would move from a team to another."""
    context = context_of(request)
    draft = await run_in_threadpool(found_draft, context.database, draft_id)
    path = draft_path(draft)
    of_accounts(draft.draft.policy)
    teams = _team(asked.of), _team(asked.to)
    if not asked.run:
        return _wait(request, path, f"{_between(path, *teams)}&run=true", "Those who would move are being found")
    async with context.backtesting:
        made = await made_apart(context.database, movers_between, draft_id, _STANDINGS, teams, _MOST_MOVERS + 1)
    told = orjson.loads(made)
    view = {
        "path": path,
        "of": team_words(teams[0]),
        "to": team_words(teams[1]),
        "movers": [
            {
                "name": each["name"] or each["account_id"],
                "path": f"/console/accounts/{segment(each['account_id'])}",
                "decision": f"/console/decisions/{segment(each['decision_id'])}",
                "account_id": each["account_id"],
                "flips": [each_flip["clause"] for each_flip in each["flips"]],
            }
            for each in told[:_MOST_MOVERS]
        ],
        "more": len(told) > _MOST_MOVERS,
        "csv": f"{path}/movers.csv",
    }
    return page(request, "movers.html", "Who would move", view)


def _team(name: str) -> Team | None:
    return Team(name) if name in set(Team) else None


@router.get(f"{PATH}/{{draft_id}}/movers.csv")
async def export_movers(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], draft_id: UUID
) -> Response:
    """All who would move, as CSV."""
    context = context_of(request)
    of_accounts((await run_in_threadpool(found_draft, context.database, draft_id)).draft.policy)
    await run_in_threadpool(record_export, request, visitor.asked, MOVERS.name, CSV)
    return await every_mover(context, visitor.name, draft_id, _STANDINGS, CSV)


def _wait(request: Request, back: str, to: str, says: str) -> Response:
    """A page that stands while the one that it leads to is made."""
    return page(request, "wait.html", "Wait a moment", {"back": back, "to": to, "says": says})
