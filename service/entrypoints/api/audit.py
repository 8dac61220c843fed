"""The ledger over HTTP: what any client of such logs reads (C2SP tlog-tiles), and proofs, entries and acts."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from service.domain.acts import ActKind
from service.domain.keys import Scope
from service.domain.ledger.tiles import WIDTH, read_path
from service.entrypoints.api.auth import Auditor, AuditProgram, TreeReader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.decisions import DecisionId
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.common.accepting import JSON, NDJSON, TEXT, VARY, accepted
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exporting import streamed
from service.entrypoints.common.lines import Lines
from service.entrypoints.common.paging import Cursor, Limit, link_to_next, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request
from service.entrypoints.common.proving import proved_decision
from service.entrypoints.views.ledger import (
    ActPage,
    ConsistencyBody,
    LedgerEntryPage,
    ProofBody,
    ReceiptBody,
    render_act,
    render_consistency,
    render_proof,
    render_receipt,
)
from service.store.acts import page_of_acts
from service.store.ledger.cosignatures import find_cosigned
from service.store.ledger.reading import find_checkpoint, find_tile, prove_consistency
from service.usecases.tell_ledger import export_from, lines_from

router = APIRouter(route_class=CheckedRoute, tags=["Audit"])
_BYTES = "application/octet-stream"
_FOR_EVER, _FOR_A_WHILE = "max-age=31536000, immutable", "max-age=60"
_NOW = {"Cache-Control": "no-cache"}
_CHECKPOINT = answers(200, "A signed note.", as_text(TEXT, "checkpoint"))
_TILE = answers(200, "Hashes, or entries.", as_text(_BYTES, "tile"))
_BY_KEY = refuses(401, 429, 503)
KeyInPath = Annotated[str, Path(description="An API key with the scope `audit` and no other.")]
Level = Annotated[str, Path(description="The level of a tile, 0 to 63; `entries`: a bundle of entries.")]
Place = Annotated[str, Path(description="Which, as tlog-tiles writes it: `067`, `x001/067`, or `067.p/3`.")]
_Size = Annotated[int, Field(ge=1, le=1 << 53)]


class CheckpointQuery(BaseModel):
    """Which checkpoint to get."""

    cosigned: bool = Field(default=False, description="The newest that a witness cosigned, which may be older.")


class ConsistencyQuery(BaseModel):
    """Two sizes of the tree."""

    first: _Size = Field(alias="from", description="The size of the earlier tree, 1 at least.")
    second: _Size = Field(alias="to", description="The size of the later one.")


class EntriesQuery(BaseModel):
    """Which entries to list."""

    since: int = Field(0, ge=0, le=1 << 53, description="The number of the first one.")
    limit: Limit = 50


class ActsQuery(BaseModel):
    """Which acts to list."""

    kind: ActKind | None = Field(None, description="What was done.")
    actor: str | None = Field(None, max_length=200, description="Who did it.")
    limit: Limit = 50
    cursor: Cursor = None


@router.get(
    "/v1/audit/checkpoint",
    summary="Get the newest checkpoint",
    responses=_CHECKPOINT | refuses(404),
    response_class=Response,
)
def get_checkpoint(request: Request, _: TreeReader, asked: Annotated[CheckpointQuery, Query()]) -> Response:
    """The size and the root of the ledger, signed (C2SP tlog-checkpoint), with the cosignatures that it has.

    404 before anything is sealed. Where the settings open the ledger, no key is needed.
    """
    return _checkpoint(request, asked)


@router.get(
    "/v1/audit/tile/{level}/{place:path}", summary="Get a tile of the ledger", responses=_TILE, response_class=Response
)
def get_tile(request: Request, _: TreeReader, level: Level, place: Place) -> Response:
    """Hashes of the tree, or entries, as C2SP tlog-tiles has them. What is full never changes.

    Where the settings open the ledger, no key is needed.
    """
    return _tile(request, level, place)


@router.get(
    "/v1/audit/k/{key}/checkpoint",
    summary="Get the newest checkpoint with a key in the path",
    responses=_CHECKPOINT | _BY_KEY,
    response_class=Response,
)
def get_checkpoint_by_key(
    request: Request, _: AuditProgram, key: KeyInPath, asked: Annotated[CheckpointQuery, Query()]
) -> Response:
    """The same for clients that send no headers: the key has the scope `audit` and no other."""
    del key  # it was looked at before, and is out of the path by now
    return _checkpoint(request, asked)


@router.get(
    "/v1/audit/k/{key}/tile/{level}/{place:path}",
    summary="Get a tile of the ledger with a key in the path",
    responses=_TILE | _BY_KEY,
    response_class=Response,
)
def get_tile_by_key(request: Request, _: AuditProgram, key: KeyInPath, level: Level, place: Place) -> Response:
    """The same for clients that send no headers."""
    del key
    return _tile(request, level, place)


def _checkpoint(request: Request, asked: CheckpointQuery) -> Response:
    engine = context_of(request).database.engine
    found = find_cosigned(engine) if asked.cosigned else find_checkpoint(engine)
    if found is None or not found.size:
        raise ProblemError("not_found", "No checkpoint is cosigned yet" if asked.cosigned else "Nothing is sealed yet")
    return Response(found.note, 200, _NOW, "text/plain; charset=utf-8")


def _tile(request: Request, level: str, place: str) -> Response:
    wanted = read_path(f"tile/{level}/{place}")
    found = None if wanted is None else find_tile(context_of(request).database.engine, wanted)
    if wanted is None or found is None:
        raise ProblemError("not_found", "The ledger has no such tile")
    kept_by = "public" if context_of(request).ledger_open else "private"
    kept_for = _FOR_EVER if wanted.width == WIDTH else _FOR_A_WHILE
    return Response(found, 200, {"Cache-Control": f"{kept_by}, {kept_for}"}, _BYTES)


@router.get(
    "/v1/audit/decisions/{decision_id}/proof",
    summary="Prove that a decision is in the ledger",
    responses=answers(200, "The proof.", as_json(ProofBody, "ledger_proof")) | refuses(409),
)
def get_proof(request: Request, _: Auditor, decision_id: DecisionId) -> Response:
    """The entry of a decision, and the hashes that lead from it to the root of the newest checkpoint (RFC 6962).

    Until the decision is sealed, which takes seconds, it is 409.
    """
    proved = proved_decision(context_of(request).database, decision_id)[1]
    return JsonResponse(render_proof(decision_id, proved))


@router.get(
    "/v1/audit/decisions/{decision_id}/receipt",
    summary="Get the receipt of a decision",
    responses=answers(200, "The receipt.", as_json(ReceiptBody, "receipt")) | refuses(409),
)
def get_receipt(request: Request, _: Auditor, decision_id: DecisionId) -> Response:
    """The decision with its proof, to be kept: `chalkline verify` checks it without a database, whenever that is."""
    return JsonResponse(render_receipt(*proved_decision(context_of(request).database, decision_id)))


@router.get(
    "/v1/audit/consistency",
    summary="Prove that the ledger only grew",
    responses=answers(200, "The proof.", as_json(ConsistencyBody, "ledger_consistency")),
)
def get_consistency(request: Request, _: Auditor, asked: Annotated[ConsistencyQuery, Query()]) -> Response:
    """The hashes that show that the tree of `from` entries is the beginning of that of `to` (RFC 6962)."""
    if asked.first > asked.second:
        raise invalid_request([FieldError("from", "It is more than `to`")])
    hashes = prove_consistency(context_of(request).database.engine, asked.first, asked.second)
    if hashes is None:
        raise invalid_request([FieldError("to", "The ledger has fewer entries")])
    return JsonResponse(render_consistency(asked.first, asked.second, hashes))


@router.get(
    "/v1/audit/entries",
    summary="List the entries of the ledger",
    responses=answers(
        200,
        "A page of entries.",
        as_json(LedgerEntryPage, "ledger_entry_page") | as_text(NDJSON, "ledger_entries_ndjson"),
        NEXT_PAGE,
    )
    | refuses(406),
)
def list_entries(request: Request, caller: Auditor, asked: Annotated[EntriesQuery, Query()]) -> Response:
    """In the order of their numbers, from `since` on, a page at a time.

    With `Accept: application/x-ndjson` all that follow are streamed, and the checkpoint over them at the end, which
    `chalkline verify` checks; `limit` plays no part. Matters of conduct are opened to keys with the scope `conduct`.
    """
    database, conduct = context_of(request).database, Scope.CONDUCT in caller.scopes
    if accepted(request, "Entries come", [NDJSON, JSON]) == NDJSON:
        chunks = export_from(database, asked.since, conduct=conduct)
        return streamed(request, caller.asked, NDJSON, chunks, Lines("entries", dict, {}))
    found = lines_from(database, asked.since, asked.limit + 1, conduct=conduct)
    headers = dict(VARY)
    if len(found) > asked.limit:
        headers["Link"] = link_to_next(request, since=str(found[-1]["number"]))
    return JsonResponse({"items": found[: asked.limit]}, headers=headers)


@router.get(
    "/v1/audit/acts",
    summary="List acts of administration",
    responses=answers(200, "A page of acts.", as_json(ActPage, "act_page"), NEXT_PAGE),
)
def list_acts(request: Request, _: Auditor, asked: Annotated[ActsQuery, Query()]) -> Response:
    """What somebody did to the service itself, newest first: keys, subscribers, exports, and how it was set up."""
    found = page_of_acts(
        context_of(request).database.engine,
        limit=asked.limit + 1,
        before=position(asked.cursor),
        kind=asked.kind,
        actor=asked.actor,
    )
    body = ActPage(items=[render_act(each) for each in found[: asked.limit]])
    return page(request, body, [each.id for each in found], asked.limit)
