"""Conduct matters of AEs, for managers and auditors alone (MOVE-4, ROUTE-5). No other page tells of one."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from service.domain.conduct import MatterKind
from service.domain.fields import AccountId
from service.domain.keys import Scope
from service.entrypoints.common.context import context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.console.facets import asked_pairs, path_with
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.views.conduct import render_flagged_matter
from service.store.conduct import MatterFilter
from service.store.policies import current_policies
from service.usecases.conduct_matters import matters_asked

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/conduct"
_ON_A_PAGE = 50
_KINDS = {MatterKind.IGNORED_MOVE: "Ignored a move", MatterKind.DEDUPLICATION: "Had an account deduplicated"}


class MattersAsked(BaseModel):
    """Which matters to list."""

    account_executive: PersonNamed | None = None
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
    database, wanted = context.database, asked.model_dump(exclude={"cursor"})
    matching = MatterFilter(account_id=asked.account_id, kind=asked.kind, fiscal_year=asked.fiscal_year)
    find = partial(matters_asked, database, asked.account_executive, matching, context.today())
    found, policies = find(limit=_ON_A_PAGE + 1, before=position(asked.cursor)), current_policies(database.engine)
    shown = found[:_ON_A_PAGE]
    more = next_cursor(shown[-1].recorded.id) if len(found) > _ON_A_PAGE else ""
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
                "told": render_flagged_matter(counted, policies),
            }
            for counted in shown
            for each in (counted.recorded,)
        ],
        "kinds": [(each.value, says) for each, says in _KINDS.items()],
        "asked": {name: str(value) for name, value in wanted.items() if value is not None},
        "next": path_with(_PATH, [*pairs, ("cursor", more)]) if more else "",
        "first": path_with(_PATH, pairs) if asked.cursor else "",
    }
    return page(request, "conduct.html", "Conduct", view)
