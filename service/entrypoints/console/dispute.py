"""Dispute an account's segment: why, on what evidence, and with which counts."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from service.domain.disputes import Dispute
from service.domain.facts import EmployeeCount
from service.domain.fields import AccountId
from service.domain.keys import Scope
from service.domain.review_queue import ReviewFilter
from service.domain.reviews import ReviewStatus, ReviewType
from service.domain.terms import Source
from service.domain.wording import SOURCE_NAMES
from service.entrypoints.common.acts import DisputeRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.console.acting import act, once_of, record
from service.entrypoints.console.fields import FieldView, Typed, elsewhere, fields_of, moved_errors, read, stated
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.review_words import stands_said
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.store.decisions import standing_decision
from service.store.reviews import page_of_reviews
from service.usecases.dispute import propose_dispute

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/accounts/{account_id}/dispute"
_OF_A_COUNT = ("employees", "gap", "url", "observed_on")
_SOURCES = {**SOURCE_NAMES, Source.THIRD_PARTY: "A third party"}


@router.get(_PATH)
def ask_dispute(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.DISPUTE))], account_id: AccountId
) -> Response:
    """The form of a dispute; or the one that is open."""
    return _show(request, account_id, {}, None)


@router.post(_PATH)
async def dispute_account(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.DISPUTE))], account_id: AccountId
) -> Response:
    """Open a dispute."""

    async def do() -> str:
        asked = _read(visitor.form)
        dispute = Dispute(**dict(asked), opened_by=visitor.name)
        submission = propose_dispute(account_id, dispute, context_of(request).today(), visitor.asked)
        return await record(request, visitor, submission, lambda made: f"/console/reviews/{segment(made.id)}")

    return await act(visitor, partial(_show, request, account_id), do)


def _read(typed: Typed) -> DisputeRequest:
    counts: list[dict[str, Any]] = []
    places: dict[str, str] = {}
    for source in _SOURCES:
        found = stated(EmployeeCount, typed, prefix=f"{source}.")
        if found:
            places[f"/employee_counts/{len(counts)}"] = source
            counts.append(found | {"source": source, "wholly_wrong": "gap" in found})
    try:
        return read(DisputeRequest, typed, employee_counts=counts)
    except ProblemError as problem:
        raise moved_errors(problem, places) from None


def _show(request: Request, account_id: str, typed: Typed, problem: ProblemError | None) -> Response:
    engine = context_of(request).database.engine
    stands = known(standing_decision(engine, account_id), "account", account_id)
    own = fields_of(DisputeRequest, typed, problem, only=("reason", "evidence"))
    counts = [(name, _fields(source, typed, problem)) for source, name in _SOURCES.items()]
    fields = own + [each for _, fields in counts for each in fields]
    wanted = ReviewFilter(account_id=account_id, kind=(ReviewType.DISPUTE,), status=(ReviewStatus.OPEN,))
    is_open = page_of_reviews(engine, wanted, limit=1)
    path = f"/console/accounts/{segment(account_id)}"
    view = {
        "name": stands.decision.facts.account.name or account_id,
        "account_id": account_id,
        "path": path,
        "stands": stands_said(stands),
        "open_path": f"/console/reviews/{segment(is_open[0].id)}" if is_open else "",
        "own": own,
        "counts": [(name, fields, any(each.value or each.error for each in fields)) for name, fields in counts],
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "dispute.html", "Dispute its segment", view)


def _fields(source: Source, typed: Typed, problem: ProblemError | None) -> list[FieldView]:
    wanted = ("name", *_OF_A_COUNT) if source is Source.THIRD_PARTY else _OF_A_COUNT
    return fields_of(EmployeeCount, typed, problem, only=wanted, prefix=f"{source}.")
