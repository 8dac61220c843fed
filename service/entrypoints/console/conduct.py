"""Conduct matters of AEs, for managers and auditors alone (MOVE-4, ROUTE-5). No other page tells of one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from service.domain.conduct import MatterKind, RecordedMatter
from service.domain.fields import AccountId, Line
from service.domain.keys import Scope
from service.entrypoints.common.context import context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.console.facets import asked_pairs, path_with
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.views.conduct import render_flagged_matter
from service.store.conduct import ignored_moves, page_of_matters
from service.store.policies import current_policies

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/conduct"
_ON_A_PAGE = 50
_KINDS = {MatterKind.IGNORED_MOVE: "Ignored a move", MatterKind.DEDUPLICATION: "Had an account deduplicated"}


class MattersAsked(BaseModel):
    """Which matters to list."""

    account_executive: Line | None = None
    account_id: AccountId | None = None
    kind: MatterKind | None = None
    fiscal_year: Annotated[int, Field(ge=2000, le=9999)] | None = None
    cursor: Cursor = None


@router.get(_PATH)
def list_matters(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.CONDUCT))], asked: Annotated[MattersAsked, Query()]
) -> Response:
    """Matters, newest first, each with what it comes to."""
    context, pairs = context_of(request), asked_pairs(request)
    engine = context.database.engine
    wanted = asked.model_dump(exclude={"cursor"})
    found = page_of_matters(engine, **wanted, limit=_ON_A_PAGE + 1, before=position(asked.cursor))
    shown = found[:_ON_A_PAGE]
    times, policies = ignored_moves(engine, map(_whom, shown)), current_policies(engine)
    view = {
        "path": _PATH,
        "matters": [
            {
                "kind": _KINDS[each.matter.kind],
                "executive": each.matter.account_executive,
                "account_id": each.account_id,
                "account_path": f"/console/accounts/{segment(each.account_id)}",
                "decision_path": f"/console/decisions/{each.decision_id}",
                "reason": each.matter.reason or "",
                "on": on_day(each.matter.occurred_on),
                "at": at_instant(each.recorded_at, context.zone),
                "by": each.actor,
                "told": render_flagged_matter(each, times.get(_whom(each), 0), policies),
            }
            for each in shown
        ],
        "kinds": [(each.value, says) for each, says in _KINDS.items()],
        "asked": {name: str(value) for name, value in wanted.items() if value is not None},
        "next": path_with(_PATH, [*pairs, ("cursor", next_cursor(shown[-1].id))]) if len(found) > _ON_A_PAGE else "",
        "first": path_with(_PATH, pairs) if asked.cursor else "",
    }
    return page(request, "conduct.html", "Conduct", view)


def _whom(recorded: RecordedMatter) -> tuple[str, int]:
    return recorded.matter.account_executive, recorded.matter.fiscal_year
