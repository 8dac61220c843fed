"""Who takes an inbound request, and what is to be done about a web direct purchase, as they are answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.triage import RequestTaker, Triage
from service.domain.web_direct import WebDirectStep
from service.entrypoints.views.explanations import ClauseBody, render_clause
from service.usecases.check_web_direct import CheckedPurchase


class TriageBody(TypedDict):
    """Who takes an inbound request, and why."""

    taken_by: Annotated[RequestTaker | None, Field(description="Who takes it now; null is unknown.")]
    for_sales_owner: Annotated[bool | None, Field(description="It is one for the sales owner; null is unknown.")]
    support_back_at: Annotated[datetime | None, Field(description="When Support is back; null: there, or unknown.")]
    missing_facts: Annotated[Sequence[str], Field(description="What would settle what is unknown.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="Why, clause by clause.")]


class CandidateBody(TypedDict):
    """An open opportunity that a purchase may be a duplicate of."""

    opportunity_id: Annotated[str, Field(description="The opportunity.")]
    title: Annotated[str | None, Field(description="Its title.")]
    recorded: Annotated[bool, Field(description="It is known from its duties on record, and was not sent.")]


class WebDirectBody(TypedDict):
    """What is to be done about a web direct purchase, and why."""

    id: Annotated[UUID | None, Field(description="The record; null: not recorded.")]
    account_id: Annotated[str, Field(description="The account.")]
    purchased_on: Annotated[date, Field(description="The day of the purchase.")]
    candidates: Annotated[Sequence[CandidateBody], Field(description="The account's open opportunities.")]
    duplicate: Annotated[bool | None, Field(description="Whether it is a duplicate, as a person said.")]
    next: Annotated[WebDirectStep | None, Field(description="What is to be done next; null: nothing.")]
    missing_facts: Annotated[Sequence[str], Field(description="The fields that say that it is done.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="Why, clause by clause.")]
    recorded_by: Annotated[str | None, Field(description="The key that recorded it.")]
    recorded_at: Annotated[datetime | None, Field(description="When it was recorded.")]


class WebDirectPage(TypedDict):
    """A page of what was recorded of purchases; the `Link` header leads to the next."""

    items: Annotated[Sequence[WebDirectBody], Field(description="Newest first.")]


def render_triage(found: Triage) -> TriageBody:
    """Who takes a request."""
    return {
        "taken_by": found.taken_by,
        "for_sales_owner": found.for_sales_owner,
        "support_back_at": found.support_back_at,
        "missing_facts": found.missing_facts,
        "explanation": [render_clause(each) for each in found.explanation],
    }


def render_web_direct(checked: CheckedPurchase) -> WebDirectBody:
    """What is to be done about a purchase, recorded or not."""
    purchase, found, record = checked.purchase, checked.check, checked.record
    return {
        "id": None if record is None else record.id,
        "account_id": purchase.account_id,
        "purchased_on": purchase.purchased_on,
        "candidates": [
            {"opportunity_id": each.opportunity_id, "title": each.title, "recorded": each.is_recorded}
            for each in found.candidates
        ],
        "duplicate": purchase.stated.duplicate,
        "next": found.next,
        "missing_facts": found.missing_facts,
        "explanation": [render_clause(each) for each in found.explanation],
        "recorded_by": None if record is None else record.recorded_by,
        "recorded_at": None if record is None else record.recorded_at,
    }
