"""What is to be known of an account to judge a dispute, on paper: its decision, clauses, facts, sources and story."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.domain.fields import AccountId
from service.domain.keys import Scope
from service.domain.review_queue import ReviewFilter
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import known
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.reasons import reasons_of
from service.entrypoints.console.review_words import (
    REVIEW_KINDS,
    REVIEW_STATUSES,
    counts_told,
    put_forward,
    resolved_said,
)
from service.entrypoints.console.story import tell, teller_path, teller_words
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import fact_words, value_of_fact
from service.store.decisions import find_decisions, standing_decision
from service.store.filters import DecisionFilter
from service.store.reviews import page_of_reviews
from service.usecases.changes import facts_told
from service.usecases.history import page_of_history

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_MOST_ENTRIES, _MOST_REVIEWS = 100, 20


@router.get("/console/accounts/{account_id}/packet")
def get_packet(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], account_id: AccountId
) -> Response:
    """All of it on one page, to be printed."""
    context = context_of(request)
    engine = context.database.engine
    recorded = known(standing_decision(engine, account_id), "account", account_id)
    decision = recorded.decision
    reviews = page_of_reviews(engine, ReviewFilter(account_id=account_id), limit=_MOST_REVIEWS)
    led = find_decisions(engine, {each.resolution.decision_id for each in reviews if each.resolution} - {None})  # type: ignore[arg-type]  # without None
    entries = page_of_history(
        context.database, account_id, DecisionFilter(account_id=account_id), limit=_MOST_ENTRIES + 1
    )
    view = {
        "account_id": account_id,
        "name": decision.facts.account.name or account_id,
        "path": f"/console/accounts/{segment(account_id)}",
        "reasons": reasons_of(recorded),
        "decision_path": f"/console/decisions/{segment(recorded.id)}",
        "decision_id": recorded.id,
        "decided": at_instant(recorded.recorded_at, context.zone),
        "effective": on_day(decision.effective_on),
        "policy": f"{decision.policy_id} revision {decision.policy_version}",
        "rule": decision.rule,
        "actor": recorded.actor,
        "facts": [
            (
                fact_words(each.fact),
                value_of_fact(each.fact, each.after),
                teller_words(each.told_by) or "not kept",
                teller_path(each.told_by),
            )
            for each in facts_told(context.database, recorded)
        ],
        "counts": counts_told(decision.facts.employee_counts),
        "reviews": [
            {
                "path": f"/console/reviews/{segment(each.id)}",
                "kind": REVIEW_KINDS[each.kind],
                "status": REVIEW_STATUSES[each.status],
                "opened": at_instant(each.opened_at, context.zone),
                "dispute": each.dispute,
                "put_forward": put_forward(each),
                "said": resolved_said(each, led.get(each.resolution.decision_id))
                if each.resolution is not None and each.resolution.decision_id is not None
                else "",
                "reason": "" if each.resolution is None else each.resolution.reason,
                "by": "" if each.resolution is None else each.resolution.decided_by,
            }
            for each in reviews
        ],
        "entries": tell(entries[:_MOST_ENTRIES], context.zone),
        "has_more": len(entries) > _MOST_ENTRIES,
        "printed": at_instant(context.now(), context.zone),
        "by": visitor.name,
    }
    return page(request, "packet.html", f"Packet of {view['name']}", view)
