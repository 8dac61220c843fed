"""The ledger: how far it is, what to note down of it, acts of administration, and the receipts of decisions."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from service.domain.acts import ActKind
from service.domain.keys import Scope
from service.entrypoints.common.accepting import JSON
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.proving import proved_decision
from service.entrypoints.console.facets import asked_pairs, path_with
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.times import at_instant, how_long
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.views.ledger import render_receipt
from service.store.acts import RecordedAct, page_of_acts
from service.store.ledger.queue import unsealed_rows
from service.store.ledger.reading import find_checkpoint

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/audit"
_ON_A_PAGE = 50
_KINDS = {
    ActKind.KEY_MADE: "Made a key",
    ActKind.KEY_ROTATED: "Rotated a key",
    ActKind.KEY_REVOKED: "Revoked a key",
    ActKind.SUBSCRIBER_MADE: "Made a subscriber",
    ActKind.SUBSCRIBER_ENDED: "Ended a subscriber",
    ActKind.SUBSCRIBER_ENABLED: "Enabled a subscriber",
    ActKind.SECRET_ROTATED: "Rotated a secret",
    ActKind.CHANGEOVER_REQUESTED: "Had a changeover run",
    ActKind.APPLICATION_REQUESTED: "Had a revision applied",
    ActKind.RETRY_REQUESTED: "Had events tried again",
    ActKind.EXPORTED: "Exported a list",
    ActKind.STARTED: "Started it with other settings",
    ActKind.REDACTION_REQUESTED: "Asked for a redaction",
    ActKind.REDACTION_CONFIRMED: "Confirmed a redaction",
    ActKind.REDACTED: "Redacted an account",
}


class ActsAsked(BaseModel):
    """Which acts to list."""

    kind: ActKind | None = None
    actor: Annotated[str, Field(max_length=200)] | None = None
    cursor: Cursor = None


def receipt_path(decision_id: UUID) -> str:
    """Where the receipt of a decision is."""
    return f"{PATH}/decisions/{decision_id}/receipt"


@router.get(PATH)
def get_ledger(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.AUDIT))], asked: Annotated[ActsAsked, Query()]
) -> Response:
    """How far the ledger is, what it is checked with, and who did what to the service, newest first."""
    context, pairs = context_of(request), asked_pairs(request)
    engine, wanted = context.database.engine, asked.model_dump(exclude={"cursor"})
    newest, waiting = find_checkpoint(engine), unsealed_rows(engine)
    found = page_of_acts(engine, limit=_ON_A_PAGE + 1, before=position(asked.cursor), **wanted)
    shown = found[:_ON_A_PAGE]
    more = next_cursor(shown[-1].id) if len(found) > _ON_A_PAGE else ""
    view = {
        "path": PATH,
        "size": newest.size,
        "sealed": at_instant(newest.signed_at, context.zone) if newest.size else None,
        "waiting": waiting.count,
        "oldest": "" if waiting.oldest is None else how_long(context.now() - waiting.oldest),
        "origin": newest.note.partition("\n")[0],
        "keys": newest.key.split(),
        "note": newest.note,
        "acts": [_row(each, context) for each in shown],
        "kinds": [(each.value, _KINDS[each]) for each in ActKind],
        "asked": {name: str(value) for name, value in wanted.items() if value is not None},
        "next": path_with(PATH, [*pairs, ("cursor", more)]) if more else "",
        "first": path_with(PATH, pairs) if asked.cursor else "",
    }
    return page(request, "audit.html", "Audit", view)


@router.get(f"{PATH}/decisions/{{decision_id}}/receipt")
def get_receipt(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.AUDIT))], decision_id: UUID) -> Response:
    """The receipt of a decision, as a file to be saved."""
    body = to_json(render_receipt(*proved_decision(context_of(request).database, decision_id)))
    headers = {"Content-Disposition": f'attachment; filename="receipt-{decision_id}.json"'}
    return Response(body, headers=headers, media_type=JSON)


def _row(act: RecordedAct, context: ApiContext) -> dict[str, object]:
    told: Mapping[str, Any] = json.loads(act.body)
    return {
        "what": _KINDS[act.kind],
        "actor": act.actor,
        "at": at_instant(act.at, context.zone),
        "number": act.sequence,
        "told": [
            (name.replace("_", " "), _words(value)) for name, value in told.items() if value not in (None, [], {})
        ],
    }


def _words(value: object) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
