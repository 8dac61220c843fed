"""Notices: that somebody has something to look at, for subscribers who ask for them by their type.

Each says what it is about, and has a sentence to be shown as it stands; the API has the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import RecordedDecision
from service.domain.handoff.state import Handoff, HandoffTerms
from service.domain.ledger.checkpoint import Checkpoint, entry_words
from service.domain.ledger.notes import to_base64
from service.domain.review_queue import Review
from service.domain.reviews import ReviewStatus
from service.domain.subscriptions import MessageType
from service.domain.terms import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice with an identifier of its own. Those of one ``account_id`` are told in their order."""

    id: UUID
    type: MessageType
    account_id: str
    at: datetime
    data: Mapping[str, Any]


class ReviewOpened(TypedDict):
    """A review waits for the VP of Commercial Sales, for the first time or again."""

    id: Annotated[UUID, Field(description="The review.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    decision_id: Annotated[UUID, Field(description="The decision that opened it.")]
    blocking: Annotated[bool, Field(description="The account has no team until the review is resolved.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


class DisputeTold(TypedDict):
    """A dispute was opened and waits for the VP of Commercial Sales, or was closed."""

    id: Annotated[UUID, Field(description="The review.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    decision_id: Annotated[
        UUID | None, Field(description="The decision that is disputed; once resolved, the one it led to, if any.")
    ]
    status: Annotated[ReviewStatus, Field(description="Where it stands.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


class HandoffWaiting(TypedDict):
    """A handoff waits: for two-way communication with the customer (HAND-3), or for its Chatter post (HAND-4)."""

    id: Annotated[UUID, Field(description="The handoff.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    opportunity_id: Annotated[str, Field(description="The opportunity's identifier in the CRM.")]
    due_on: Annotated[date, Field(description="The last day for two-way communication with the customer.")]
    first_order_ae: Annotated[str, Field(description="The First Order AE.")]
    receiver: Annotated[Team | None, Field(description="Who receives the account; null while that is escalated.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


class RejectionReason(TypedDict):
    """What is wrong with an event."""

    field: Annotated[str | None, Field(description="The field; null where it is none.")]
    reason: Annotated[str, Field(description="What is wrong.")]


class EventRejected(TypedDict):
    """An event of a CRM was rejected: it waits until somebody tries it again."""

    id: Annotated[UUID, Field(description="The event.")]
    source: Annotated[str, Field(description="Where it came in.")]
    record_kind: Annotated[str, Field(description="What it is about: an account or an opportunity.")]
    record_id: Annotated[str, Field(description="The record's identifier in the CRM.")]
    problem: Annotated[Sequence[RejectionReason], Field(description="Why.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


class CheckpointTold(TypedDict):
    """The ledger has a newer checkpoint. Kept where its operator does not reach, it shows later a rewritten one."""

    origin: Annotated[str, Field(description="The ledger's name.")]
    size: Annotated[int, Field(description="How many entries it has.")]
    root: Annotated[str, Field(description="The root of the tree over them, in base64.")]
    note: Annotated[str, Field(description="The checkpoint as it was signed: what to keep.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


def review_opened(notice_id: UUID, review_id: UUID, by: RecordedDecision) -> Notice:
    """That a decision opened a review."""
    blocking = by.decision.team is None
    ends = "the account has no team until it is resolved" if blocking else "the decision stands meanwhile"
    data: ReviewOpened = {
        "id": review_id,
        "account_id": by.account_id,
        "decision_id": by.id,
        "blocking": blocking,
        "text": f"A review of the employee counts of {account_words(by.account_id, by.decision.facts.account.name)} "
        f"was opened: {ends}.",
    }
    of = MessageType.REVIEW_OPENED
    return Notice(id=notice_id, type=of, account_id=by.account_id, at=by.recorded_at, data=data)


def dispute_told(notice_id: UUID, review: Review, at: datetime) -> Notice:
    """That a dispute was opened or closed, by where it stands."""
    is_open, closed = review.status is ReviewStatus.OPEN, review.resolution
    account = account_words(review.account_id, review.standing.decision.facts.account.name)
    said = "the decision stands meanwhile" if is_open else f"that is {review.status}"
    data: DisputeTold = {
        "id": review.id,
        "account_id": review.account_id,
        "decision_id": review.opened_by_decision_id if closed is None else closed.decision_id,
        "status": review.status,
        "text": f"The segment of {account} was disputed: {said}.",
    }
    of = MessageType.DISPUTE_OPENED if is_open else MessageType.DISPUTE_CLOSED
    return Notice(id=notice_id, type=of, account_id=review.account_id, at=at, data=data)


def handoff_waiting(notice_id: UUID, terms: HandoffTerms, receiver: Team | None, today: date, at: datetime) -> Notice:
    """That a handoff is due on that day, or was before."""
    is_over = terms.due_on < today
    said = "is overdue since" if is_over else "is due on"
    of = MessageType.HANDOFF_OVERDUE if is_over else MessageType.HANDOFF_DUE
    text = f"{said} {terms.due_on}: the customer has not been in touch with both AEs."
    return _of_a_handoff(notice_id, of, terms, receiver, at, text)


def handoff_post_due(notice_id: UUID, handoff: Handoff, at: datetime) -> Notice:
    """That the change of owner is to be asked for in Chatter now."""
    of = MessageType.HANDOFF_POST_DUE
    return _of_a_handoff(notice_id, of, handoff.terms, handoff.receiver, at, "is to be asked for in Chatter.")


def checkpoint_told(notice_id: UUID, checkpoint: Checkpoint, note: str, at: datetime) -> Notice:
    """That the ledger has another checkpoint than was told before."""
    data: CheckpointTold = {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": to_base64(checkpoint.root),
        "note": note,
        "text": f"The ledger {checkpoint.origin} has {entry_words(checkpoint.size)}.",
    }
    # It is of no account: its notices are in the order of the ledger.
    return Notice(id=notice_id, type=MessageType.LEDGER_CHECKPOINT, account_id=checkpoint.origin, at=at, data=data)


def _of_a_handoff(
    notice_id: UUID, of: MessageType, terms: HandoffTerms, receiver: Team | None, at: datetime, said: str
) -> Notice:
    data: HandoffWaiting = {
        "id": terms.id,
        "account_id": terms.account_id,
        "opportunity_id": terms.opportunity_id,
        "due_on": terms.due_on,
        "first_order_ae": terms.first_order_ae,
        "receiver": receiver,
        "text": f"The handoff of {account_words(terms.account_id, terms.account_name)} {said}",
    }
    return Notice(id=notice_id, type=of, account_id=terms.account_id, at=at, data=data)


def account_words(account_id: str, name: str | None) -> str:
    """An account, or another record of a CRM, by its name and id."""
    return account_id if name is None else f"{name} ({account_id})"
