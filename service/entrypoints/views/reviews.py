"""A review as every entry point answers it, with its recommendation and the text to post (SEG-4, SEG-5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.reviews import ReviewStatus, chatter_text, recommendation_of
from service.domain.terms import Segment
from service.entrypoints.views.chatter import ChatterPostBody, render_chatter_post
from service.entrypoints.views.explanations import CitationBody, render_citation
from service.store.delivery.posts import Post
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
    chatter_posts: Annotated[Sequence[ChatterPostBody], Field(description="Its posts there by this service.")]
    resolution: Annotated[ResolutionBody | None, Field(description="What the VP decided; null until then.")]


class ReviewPage(TypedDict):
    """A page of reviews, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[ReviewBody], Field(description="The reviews.")]


def render_review(review: Review, posts: Iterable[Post]) -> ReviewBody:
    """A review, with the posts about it."""
    decision = review.decision.decision
    segment, reason, rests_on = recommendation_of(decision)
    citation = None if rests_on is None else render_citation(rests_on)
    return {
        "id": review.id,
        "account_id": review.account_id,
        "status": review.status,
        "blocking": review.blocking,
        "opened_at": review.opened_at,
        "opened_by_decision_id": review.opened_by_decision_id,
        "recommendation": {"segment": segment, "reason": reason, "citation": citation},
        "chatter_text": chatter_text(decision, reason),
        "chatter_posts": [render_chatter_post(post) for post in posts],
        "resolution": _render_resolution(review),
    }


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
