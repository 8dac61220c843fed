"""What waits of an account, and what somebody may do about it, as links."""

from service.domain.decision import RecordedDecision
from service.domain.keys import Scope
from service.domain.review_queue import ReviewFilter
from service.domain.reviews import ReviewStatus
from service.domain.triggers import HandoffTrigger
from service.entrypoints.common.context import ApiContext
from service.entrypoints.console.handoff_words import HANDOFF_STATUSES
from service.entrypoints.console.pages import query, segment
from service.entrypoints.console.review_words import REVIEW_KINDS, REVIEW_STATUSES
from service.entrypoints.console.visitors import Visitor
from service.entrypoints.console.words import Pill
from service.store.handoffs import HandoffFilter, page_of_handoffs
from service.store.reviews import page_of_reviews

_MOST = 5
_MAY = (
    (Scope.CLASSIFY, "Report a discovery", "/discovery"),
    (Scope.DISPUTE, "Dispute its segment", "/dispute"),
    (Scope.HANDOFF, "Start a handoff", "/handoff"),
    (Scope.READ, "The packet to print", "/packet"),
    (Scope.ADMIN, "Redact it", "/redaction"),
)
_MAY_ELSEWHERE = (
    (Scope.CLASSIFY, "Log a co-selling call", "/console/co-selling"),
    (Scope.READ, "Its web direct purchases", "/console/web-directs"),
)


def doings_of(context: ApiContext, account_id: str, path: str, visitor: Visitor) -> dict[str, object]:
    """Its open reviews and its newest handoffs, each with its status; and the acts that the visitor's key allows."""
    engine = context.database.engine
    wanted = ReviewFilter(account_id=account_id, status=(ReviewStatus.OPEN,))
    waits: list[tuple[str, Pill, str]] = [
        (REVIEW_KINDS[each.kind], REVIEW_STATUSES[each.status], f"/console/reviews/{segment(each.id)}")
        for each in page_of_reviews(engine, wanted, limit=_MOST)
    ]
    for each in page_of_handoffs(engine, HandoffFilter(account_id=account_id), limit=_MOST):
        terms = each.handoff.terms
        to = f"/console/handoffs/{segment(terms.id)}"
        waits.append((f"Handoff of {terms.opportunity_id}", HANDOFF_STATUSES[each.handoff.status], to))
    every = [("status", each.value) for each in ReviewStatus]
    reviews = query("/console/reviews", account_id=account_id, status=[value for _, value in every])
    may = [(text, path + to) for scope, text, to in _MAY if scope in visitor.scopes]
    may += [(text, query(to, account_id=account_id)) for scope, text, to in _MAY_ELSEWHERE if scope in visitor.scopes]
    return {"waits": waits, "may": [*may, ("All its reviews and disputes", reviews)]}


def about_of(recorded: RecordedDecision) -> list[tuple[str, str, str]]:
    """The review and the handoff that a decision belongs to, if any: what it is, its words, and its page."""
    found: list[tuple[str, str, str]] = []
    if recorded.review_id is not None:
        found.append(("Review", "The review of its counts", f"/console/reviews/{segment(recorded.review_id)}"))
    trigger = recorded.decision.facts.trigger
    if isinstance(trigger, HandoffTrigger):
        to = f"/console/handoffs/{segment(trigger.handoff_id)}"
        found.append(("Handoff", f"The handoff of {trigger.opportunity_id}", to))
    return found
