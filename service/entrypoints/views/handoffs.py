"""A handoff as every entry point answers it: its items, its steps, and the texts to paste."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, NotRequired, TypeAlias, cast
from uuid import UUID

import orjson
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from service.domain.handoff.addressees import Addressees
from service.domain.handoff.checklist import ITEMS, Item, Side, evidence_to_json
from service.domain.handoff.evidence import ContactMode, Evidence
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import Handoff, HandoffStatus
from service.domain.handoff.steps import Answered, HandoffReopened, Reopened, Step, Ticked
from service.domain.handoff.texts import account_activity, chatter_post, customer_email
from service.domain.terms import Team
from service.entrypoints.views.chatter import ChatterPostBody, render_chatter_post
from service.entrypoints.views.explanations import CitationBody, render_citation
from service.store.delivery.posts import Post

StepKind: TypeAlias = Literal[
    "ticked", "reopened", "escalated", "answered", "handoff_reopened", "abandoned", "billing_reassigned"
]
Dollars: TypeAlias = Annotated[Decimal, WithJsonSchema({"type": "string", "pattern": r"^\d{1,11}(\.\d{1,2})?$"})]


class HandoffSummaryBody(TypedDict):
    """Where a handoff stands."""

    id: Annotated[UUID, Field(description="The handoff's identifier.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    account_name: Annotated[str | None, Field(description="The account's name, where known.")]
    opportunity_id: Annotated[str, Field(description="The opportunity's identifier in the CRM.")]
    status: Annotated[HandoffStatus, Field(description="Where it stands.")]
    receiver: Annotated[
        Team | None, Field(description="Who receives the account; null while that is escalated at the start.")
    ]
    email_will_do: Annotated[bool, Field(description="An email may replace the handoff call (HAND-2).")]
    closed_on: Annotated[date, Field(description="The day of the close.")]
    due_on: Annotated[date, Field(description="The last day for two-way communication with the customer (HAND-3).")]
    two_way_on: Annotated[
        date | None, Field(description="The day of two-way communication, once both sides were in touch.")
    ]
    overdue: Annotated[bool, Field(description="The week is over without two-way communication.")]
    in_time: Annotated[bool | None, Field(description="Whether two-way communication was in time; null before it.")]
    first_order_ae: Annotated[str, Field(description="The First Order AE.")]
    named_ae: Annotated[str | None, Field(description="The AE who takes the account over, where known.")]
    started_by: Annotated[str, Field(description="Who started it: the name of the API key.")]
    started_at: Annotated[datetime, Field(description="When it was started.")]
    completed_at: Annotated[datetime | None, Field(description="When the last required item was ticked.")]


class HandoffCount(TypedDict):
    """How many handoffs there are of these values."""

    first_order_ae: NotRequired[Annotated[str | None, Field(description="The First Order AE.")]]
    named_ae: NotRequired[Annotated[str | None, Field(description="The AE who takes the account over.")]]
    status: NotRequired[Annotated[HandoffStatus, Field(description="Where it stands.")]]
    receiver: NotRequired[Annotated[Team | None, Field(description="Who receives the account.")]]
    count: Annotated[int, Field(description="How many.")]


class HandoffCounts(TypedDict):
    """Counts, the largest first."""

    items: Annotated[Sequence[HandoffCount], Field(description="The counts; what is not there is none.")]


class HandoffStepBody(TypedDict):
    """One step of a handoff, with who took it and when; what does not belong to its kind is null."""

    kind: Annotated[StepKind, Field(description="What was done.")]
    by: Annotated[str, Field(description="Who did it: the name of the API key.")]
    at: Annotated[datetime, Field(description="When.")]
    item: Annotated[str | None, Field(description="The item that was ticked or reopened.")]
    items: Annotated[Sequence[str] | None, Field(description="The items that were reopened with the handoff.")]
    evidence: Annotated[Evidence | None, Field(description="What shows that the item is done.")]
    team: Annotated[Team | None, Field(description="Who receives the account, by the answer to an escalation.")]
    reason: Annotated[str | None, Field(description="Why.")]


class HandoffItemBody(TypedDict):
    """An item of the checklist."""

    item: Annotated[str, Field(description="The item's name.")]
    side: Annotated[Side, Field(description="The side that ticks it.")]
    number: Annotated[int, Field(description="Its number on that side's list.")]
    rule: Annotated[str, Field(description="The rule that asks for it.")]
    title: Annotated[str, Field(description="What is to be done.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]
    required: Annotated[bool, Field(description="The handoff cannot complete without it.")]
    needs_receiver: Annotated[bool, Field(description="It waits until it is settled who receives the account.")]
    ticked: Annotated[HandoffStepBody | None, Field(description="The step that ticked it; null while it is open.")]


class HandoffTextsBody(TypedDict):
    """The texts to paste, built from the facts; a fact that is missing is said to be."""

    chatter_post: Annotated[str, Field(description="The Chatter post that asks for the change of owner.")]
    account_activity: Annotated[str, Field(description="The account summary that the First Order AE logs.")]
    customer_email: Annotated[str, Field(description="The email to the customer.")]


class HandoffBody(HandoffSummaryBody):
    """A First Order handoff with its checklist, its steps so far, and the texts to paste."""

    initial_amount: Annotated[Dollars, Field(description="The initial amount, in USD.")]
    immediate_potential: Annotated[Dollars | None, Field(description="The immediate potential, in USD.")]
    total_users: Annotated[int | None, Field(description="The total users.")]
    net_arr: Annotated[Dollars | None, Field(description="The nARR, in USD.")]
    items: Annotated[Sequence[HandoffItemBody], Field(description="The checklist, in order.")]
    steps: Annotated[Sequence[HandoffStepBody], Field(description="The steps so far, oldest first.")]
    decision_ids: Annotated[Sequence[UUID], Field(description="The decisions that the handoff led to, in order.")]
    texts: Annotated[HandoffTextsBody, Field(description="The texts to paste.")]
    chatter_posts: Annotated[
        Sequence[ChatterPostBody] | None,
        Field(description="Its Chatter posts by this service; null in an answer to a step."),
    ]


class HandoffPage(TypedDict):
    """A page of handoffs, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[HandoffSummaryBody], Field(description="The handoffs.")]


def render_handoff_summary(recorded: RecordedHandoff, today: date) -> HandoffSummaryBody:
    """Where a handoff stands on a day."""
    handoff, terms = recorded.handoff, recorded.handoff.terms
    return {
        "id": terms.id,
        "account_id": terms.account_id,
        "account_name": terms.account_name,
        "opportunity_id": terms.opportunity_id,
        "status": handoff.status,
        "receiver": handoff.receiver,
        "email_will_do": terms.mode is ContactMode.EMAIL,
        "closed_on": terms.closed_on,
        "due_on": terms.due_on,
        "two_way_on": handoff.two_way_on,
        "overdue": handoff.is_overdue(today),
        "in_time": handoff.in_time,
        "first_order_ae": terms.first_order_ae,
        "named_ae": handoff.named_ae,
        "started_by": recorded.started_by,
        "started_at": recorded.started_at,
        "completed_at": handoff.completed_at,
    }


def render_handoff(
    recorded: RecordedHandoff, today: date, posts: Iterable[Post] | None = None, whom: Addressees | None = None
) -> HandoffBody:
    """A handoff in full, with the posts about it where they are known, and texts to ``whom``, or to who was stated."""
    handoff, terms = recorded.handoff, recorded.handoff.terms
    return {
        **render_handoff_summary(recorded, today),
        "initial_amount": terms.initial_amount,
        "immediate_potential": terms.immediate_potential,
        "total_users": terms.total_users,
        "net_arr": terms.net_arr,
        "items": [_render_item(item, handoff) for item in ITEMS],
        "steps": [_render_step(step) for step in recorded.steps],
        "decision_ids": recorded.decision_ids,
        "texts": {
            "chatter_post": chatter_post(handoff, whom),
            "account_activity": account_activity(handoff),
            "customer_email": customer_email(handoff, whom),
        },
        "chatter_posts": None if posts is None else [render_chatter_post(post) for post in posts],
    }


def _render_item(item: Item, handoff: Handoff) -> HandoffItemBody:
    tick = handoff.ticks.get(item.name)
    return {
        "item": item.name,
        "side": item.side,
        "number": item.number,
        "rule": item.rule,
        "title": item.title,
        "citation": render_citation(item.citation),
        "required": handoff.is_required(item),
        "needs_receiver": item.needs_receiver,
        "ticked": None if tick is None else _render_step(tick),
    }


def _render_step(step: Step) -> HandoffStepBody:
    # What is JSON already stands for what it says.
    evidence = orjson.Fragment(evidence_to_json(step.evidence)) if isinstance(step, Ticked) else None
    return {
        "kind": step.kind,
        "by": step.by,
        "at": step.at,
        "item": step.item if isinstance(step, Ticked | Reopened) else None,
        "items": step.items if isinstance(step, HandoffReopened) else None,
        "evidence": cast("Evidence | None", evidence),
        "team": step.team if isinstance(step, Answered) else None,
        "reason": None if isinstance(step, Ticked) else step.reason,
    }


def render_handoff_counts(counts: Sequence[Mapping[str, object]]) -> HandoffCounts:
    """Counts, as they are answered."""
    return {"items": [cast("HandoffCount", each) for each in counts]}
