"""A review as every entry point answers it, with its recommendation and the text to post (SEG-4, SEG-5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Decision
from service.domain.policy import Policy, UnknownRevision
from service.domain.reviews import ReviewStatus, chatter_text, recommendation_rests_on, recommended_segment
from service.domain.terms import Segment
from service.entrypoints.views.explanations import CitationBody, render_citation
from service.store.reviews import Review


class RecommendationBody(TypedDict):
    """What is recommended to the VP, and why (SEG-5)."""

    segment: Annotated[Segment | None, Field(description="The segment; null: none is recommended.")]
    reason: Annotated[str, Field(description="Why.")]
    citation: Annotated[
        CitationBody | None,
        Field(description="The place in the handbook that says so; null where the revision is not on record here."),
    ]


class ResolutionBody(TypedDict):
    """What the VP decided."""

    segment: Annotated[Segment, Field(description="The segment that leads from then on.")]
    reason: Annotated[str, Field(description="Why.")]
    decided_by: Annotated[str, Field(description="Who decided: the name of the API key.")]
    decided_at: Annotated[datetime, Field(description="When.")]
    decision_id: Annotated[UUID, Field(description="The decision that it led to.")]


class ReviewBody(TypedDict):
    """A review of an account's employee counts by the VP of Commercial Sales (SEG-4, SEG-5)."""

    id: Annotated[UUID, Field(description="The review's identifier.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    status: Annotated[ReviewStatus, Field(description="Where it stands.")]
    blocking: Annotated[bool, Field(description="The account has no team until the review is resolved.")]
    opened_at: Annotated[datetime, Field(description="When it was opened.")]
    opened_by_decision_id: Annotated[UUID, Field(description="The decision that opened it.")]
    recommendation: Annotated[RecommendationBody, Field(description="What is recommended to the VP.")]
    chatter_text: Annotated[str, Field(description="The text to post to Chatter on the account, ready to paste.")]
    resolution: Annotated[ResolutionBody | None, Field(description="What the VP decided; null until then.")]


class ReviewPage(TypedDict):
    """A page of reviews, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[ReviewBody], Field(description="The reviews.")]


def render_review(review: Review) -> ReviewBody:
    """A review."""
    decision = review.decision.decision
    recommendation = _recommendation(decision, decision.policy)
    return {
        "id": review.id,
        "account_id": review.account_id,
        "status": review.status,
        "blocking": review.blocking,
        "opened_at": review.opened_at,
        "opened_by_decision_id": review.opened_by_decision_id,
        "recommendation": recommendation,
        "chatter_text": chatter_text(decision, recommendation["reason"]),
        "resolution": _render_resolution(review),
    }


def _recommendation(decision: Decision, policy: Policy | UnknownRevision) -> RecommendationBody:
    if isinstance(policy, UnknownRevision):
        said = f"{policy.id} revision {policy.version} is not on record here, so none is recommended."
        return {"segment": None, "reason": said, "citation": None}
    segment, reason = recommended_segment(decision.facts, policy.parameters, decision.effective_on)
    rests_on = recommendation_rests_on(policy.parameters, decision.effective_on)
    return {"segment": segment, "reason": reason, "citation": render_citation(rests_on)}


def _render_resolution(review: Review) -> ResolutionBody | None:
    if review.verdict is None or review.resolved_at is None or review.resolution_decision_id is None:
        return None
    return ResolutionBody(
        segment=review.verdict.segment,
        reason=review.verdict.reason,
        decided_by=review.verdict.decided_by,
        decided_at=review.resolved_at,
        decision_id=review.resolution_decision_id,
    )
