"""The steps of a handoff beside its ticks: who may take each, when, what it does, and what is stated."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pydantic import BaseModel

from service.domain.handoff.checklist import Side
from service.domain.handoff.state import Handoff, HandoffStatus
from service.domain.keys import Scope
from service.entrypoints.common.acts import AnswerRequest, ReasonRequest, ReopeningRequest
from service.entrypoints.console.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Form:
    """A form: what it is called, what it does, where it is sent, what is stated in it, and which scope it takes."""

    name: str
    title: str
    says: str
    button: str
    path: str
    model: type[BaseModel] | None
    scope: Scope


TICK = Form("tick", "Tick it", "", "Tick it", "/items/{item}", None, Scope.HANDOFF)
UNTICK = Form(
    "untick",
    "Untick it",
    "It is to be done again; what showed it stays among the steps.",
    "Untick it",
    "/items/{item}/reopening",
    ReasonRequest,
    Scope.HANDOFF,
)
ESCALATION = Form(
    "escalation",
    "Put the receiver in question",
    "The First Order ASM, the Regional Director and the VP are asked who receives it; what needs a receiver waits.",
    "Put it in question",
    "/escalation",
    ReasonRequest,
    Scope.HANDOFF,
)
ANSWER = Form(
    "escalation-answer",
    "Answer the escalation",
    "The team receives the account, and the handoff goes on; Key Accounts First Order keeps it, and the handoff ends. "
    "Of another receiver than before, what was arranged with the first is to be done again.",
    "Answer",
    "/escalation-answer",
    AnswerRequest,
    Scope.REVIEW,
)
REOPENING = Form(
    "reopening",
    "Reopen the handoff",
    "It changes no owner. The items are to be ticked again, which completes it again and decides by the same rule.",
    "Reopen it",
    "/reopening",
    ReopeningRequest,
    Scope.REVIEW,
)
ABANDONMENT = Form(
    "abandonment",
    "Abandon the handoff",
    "It is closed for good. The account stays where it is for now, and routing leads again. It cannot be taken back.",
    "Abandon it",
    "/abandonment",
    ReasonRequest,
    Scope.REVIEW,
)
BILLING = Form(
    "billing-reassignment",
    "Re-assign a billing issue",
    "A billing issue on the initial order goes to the First Order AE.",
    "Re-assign it",
    "/billing-reassignment",
    ReasonRequest,
    Scope.HANDOFF,
)
FORMS = (ANSWER, ESCALATION, BILLING, REOPENING, ABANDONMENT)


def open_to(form: Form, handoff: Handoff, visitor: Visitor, sides: AbstractSet[Side]) -> bool:
    """Whether a visitor may take a step now."""
    if form.scope not in visitor.scopes:
        return False
    match form.name:
        case "escalation":
            return handoff.status is HandoffStatus.OPEN and bool(sides)
        case "escalation-answer":
            return handoff.status is HandoffStatus.ESCALATED
        case "reopening":
            return handoff.status is HandoffStatus.COMPLETED
        case "billing-reassignment":
            return handoff.status is HandoffStatus.COMPLETED and Side.RECEIVING in sides
        case _:
            return not handoff.is_closed
