"""A handoff as every entry point answers it: its items, its steps, and the texts to paste."""

from datetime import date
from typing import Any, assert_never

import orjson

from service.domain.handoff.checklist import ITEMS, Item, evidence_to_json
from service.domain.handoff.evidence import ContactMode
from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Answered, BillingReassigned, Escalated, Reopened, Step, Ticked
from service.domain.handoff.texts import account_activity, chatter_post, customer_email
from service.entrypoints.views.decisions import citation_body
from service.store.recording import RecordedHandoff


def handoff_summary(recorded: RecordedHandoff, today: date) -> dict[str, Any]:
    """Where a handoff stands on a day, of values that ``to_json`` writes."""
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


def handoff_body(recorded: RecordedHandoff, today: date) -> dict[str, Any]:
    """A handoff in full."""
    handoff, terms = recorded.handoff, recorded.handoff.terms
    return handoff_summary(recorded, today) | {
        "initial_amount": terms.initial_amount,
        "immediate_potential": terms.immediate_potential,
        "total_users": terms.total_users,
        "net_arr": terms.net_arr,
        "items": [_item(item, handoff) for item in ITEMS],
        "steps": [_step(step) for step in recorded.steps],
        "decision_ids": recorded.decision_ids,
        "texts": {
            "chatter_post": chatter_post(handoff),
            "account_activity": account_activity(handoff),
            "customer_email": customer_email(handoff),
        },
    }


def _item(item: Item, handoff: Handoff) -> dict[str, Any]:
    tick = handoff.ticks.get(item.name)
    return {
        "item": item.name,
        "side": item.side,
        "number": item.number,
        "rule": item.rule,
        "title": item.title,
        "citation": citation_body(item.citation),
        "required": handoff.is_required(item),
        "needs_receiver": item.needs_receiver,
        "ticked": None if tick is None else _step(tick),
    }


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": step.kind, "by": step.by, "at": step.at}
    told |= {"item": None, "evidence": None, "team": None, "reason": None}
    match step:
        case Ticked():
            return told | {"item": step.item, "evidence": orjson.Fragment(evidence_to_json(step.evidence))}
        case Reopened():
            return told | {"item": step.item, "reason": step.reason}
        case Escalated() | BillingReassigned():
            return told | {"reason": step.reason}
        case Answered():
            return told | {"team": step.team, "reason": step.reason}
    assert_never(step)
