"""A review as every entry point answers it, with its recommendation and the text to post (SEG-4, SEG-5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from service.domain.decision import Status
from service.domain.disputes import Dispute, dispute_text
from service.domain.facts import EmployeeCount, EmployeeCounts
from service.domain.review_queue import Resolution, Review
from service.domain.reviews import ReviewStatus, ReviewType, chatter_text, recommendation_of
from service.domain.terms import Segment, Team
from service.entrypoints.views.chatter import ChatterPostBody, render_chatter_post
from service.entrypoints.views.explanations import CitationBody, render_citation
from service.store.delivery.posts import Post

_COUNTS = TypeAdapter(EmployeeCounts)


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

    segment: Annotated[
        Segment | None, Field(description="The segment that leads from then on; null: the dispute was rejected.")
    ]
    reason: Annotated[str, Field(description="Why.")]
    decided_by: Annotated[str, Field(description="Who decided: the name of the API key.")]
    decided_at: Annotated[datetime, Field(description="When.")]
    decision_id: Annotated[UUID | None, Field(description="The decision that it led to.")]


class DisputeBody(TypedDict):
    """What is disputed, and with what."""

    reason: Annotated[str, Field(description="Why.")]
    employee_counts: Annotated[Sequence[EmployeeCount], Field(description="The counts that are put forward.")]
    evidence: Annotated[str | None, Field(description="Other evidence.")]
    opened_by: Annotated[str, Field(description="Who disputes it: the name of the API key.")]


class OutcomeBody(TypedDict):
    """What an answer would lead to."""

    team: Annotated[Team | None, Field(description="The team that would own the account.")]
    status: Annotated[Status, Field(description="How firm that would be.")]


class ReviewBody(TypedDict):
    """A review by the VP of Commercial Sales: of an account's employee counts, or of a dispute (SEG-4, SEG-5)."""

    id: Annotated[UUID, Field(description="The review's identifier.")]
    kind: Annotated[ReviewType, Field(description="What it is about.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    name: Annotated[str | None, Field(description="The account's name, where known.")]
    region: Annotated[str | None, Field(description="Its region, where known.")]
    team: Annotated[Team | None, Field(description="The team that it stands with now.")]
    status: Annotated[ReviewStatus, Field(description="Where it stands.")]
    blocking: Annotated[bool, Field(description="The account has no team until the review is resolved.")]
    opened_at: Annotated[datetime, Field(description="When it was opened.")]
    age_days: Annotated[int, Field(description="Days of the organisation since then.")]
    opened_by_decision_id: Annotated[UUID, Field(description="The decision that opened it, or is disputed.")]
    employee_counts: Annotated[Sequence[EmployeeCount], Field(description="The counts, with the gaps found.")]
    dispute: Annotated[DisputeBody | None, Field(description="Of a dispute, what is disputed.")]
    recommendation: Annotated[RecommendationBody, Field(description="What is recommended to the VP.")]
    outcomes: Annotated[
        Mapping[str, OutcomeBody], Field(description="Of an open one, what each segment would lead to now.")
    ]
    chatter_text: Annotated[str, Field(description="The text to post to Chatter on the account, ready to paste.")]
    chatter_posts: Annotated[Sequence[ChatterPostBody], Field(description="Its posts there by this service.")]
    resolution: Annotated[ResolutionBody | None, Field(description="What the VP decided; null until then.")]


class ReviewPage(TypedDict):
    """A page of reviews; the `Link` header leads to the next."""

    items: Annotated[Sequence[ReviewBody], Field(description="The reviews.")]


def render_review(review: Review, posts: Iterable[Post] = (), age_days: int = 0) -> ReviewBody:
    """A review, with the posts about it, and its age."""
    decision, standing = review.decision.decision, review.standing.decision
    account = standing.facts.account
    segment, reason, rests_on = recommendation_of(decision)
    citation = None if rests_on is None else render_citation(rests_on)
    return {
        "id": review.id,
        "kind": review.kind,
        "account_id": review.account_id,
        "name": account.name,
        "region": account.region,
        "team": standing.team,
        "status": review.status,
        "blocking": review.blocking,
        "opened_at": review.opened_at,
        "age_days": age_days,
        "opened_by_decision_id": review.opened_by_decision_id,
        "employee_counts": render_counts(decision.facts.employee_counts),
        "dispute": None if review.dispute is None else _render_dispute(review.dispute),
        "recommendation": {"segment": segment, "reason": reason, "citation": citation},
        "outcomes": {
            segment.value: {"team": led.team, "status": led.status} for segment, led in review.outcomes.items()
        },
        "chatter_text": (
            chatter_text(decision, reason) if review.dispute is None else dispute_text(review.dispute, decision, reason)
        ),
        "chatter_posts": [render_chatter_post(post) for post in posts],
        "resolution": None if review.resolution is None else _render_resolution(review.resolution),
    }


def render_counts(counts: EmployeeCounts) -> Sequence[EmployeeCount]:
    """Employee counts, as a decision has them among its facts."""
    return cast("Sequence[EmployeeCount]", orjson.Fragment(_COUNTS.dump_json(counts, exclude_none=True)))


def _render_dispute(dispute: Dispute) -> DisputeBody:
    return {
        "reason": dispute.reason,
        "employee_counts": render_counts(dispute.employee_counts),
        "evidence": dispute.evidence,
        "opened_by": dispute.opened_by,
    }


def _render_resolution(said: Resolution) -> ResolutionBody:
    return {
        "segment": said.segment,
        "reason": said.reason,
        "decided_by": said.decided_by,
        "decided_at": said.decided_at,
        "decision_id": said.decision_id,
    }
