"""The messages that subscribers get, as the document describes them under ``webhooks``."""

from datetime import datetime
from typing import Any

from pydantic import Field

from service.domain.fields import Frozen
from service.domain.notices import CheckpointTold, DisputeTold, EventRejected, HandoffWaiting, ReviewOpened
from service.domain.sales_notices import DutiesChanged, LeadWaiting, RankChanged
from service.domain.subscriptions import MessageType


class Message(Frozen):
    """What a subscriber gets."""

    type: str = Field(description="What it tells of.")
    timestamp: datetime = Field(description="When that came about.")
    data: dict[str, Any] = Field(description="What is told.")


_DECISION = "The decision as `GET /v1/decisions/{decision_id}` answers it, or the `fields` of it that were asked for."
_DATA: dict[MessageType, tuple[str, Any]] = {
    MessageType.RECORDED: ("A decision was recorded", _DECISION),
    MessageType.LEFT_TEAM: (
        "An account left the teams that were asked for",
        "As of `decision.recorded`, and `team_before`, the team that it left.",
    ),
    MessageType.REVIEW_OPENED: ("A review was opened", ReviewOpened),
    MessageType.DISPUTE_OPENED: ("A dispute was opened", DisputeTold),
    MessageType.DISPUTE_CLOSED: ("A dispute was resolved or rejected", DisputeTold),
    MessageType.HANDOFF_DUE: ("A handoff is due today", HandoffWaiting),
    MessageType.HANDOFF_OVERDUE: ("A handoff is overdue", HandoffWaiting),
    MessageType.HANDOFF_POST_DUE: ("A handoff asks for its Chatter post", HandoffWaiting),
    MessageType.EVENT_REJECTED: ("An event was rejected", EventRejected),
    MessageType.LEAD_OVERDUE: ("A lead's hour is over without a touch", LeadWaiting),
    MessageType.LEAD_AE_MAY_STEP_IN: ("A lead's account executive may step in", LeadWaiting),
    MessageType.RANK_CHANGED: ("An account was given a rank", RankChanged),
    MessageType.DUTIES_CHANGED: ("An opportunity has other duties", DutiesChanged),
    MessageType.LEDGER_CHECKPOINT: ("The ledger has a newer checkpoint", CheckpointTold),
}
"""Of each type what happened, and the data: its shape, or a description of a decision."""
SHAPES = {Message.__name__: Message} | {
    shape.__name__: shape for _, shape in _DATA.values() if not isinstance(shape, str)
}
"""The shapes of notices, by their names."""


def webhooks(schemas: str) -> dict[str, Any]:
    """The messages by their types; ``schemas`` is where shapes are found by their names."""
    return {str(of): {"post": _message(of, *told, schemas)} for of, told in _DATA.items()}


def _message(of: MessageType, summary: str, data: Any, schemas: str) -> dict[str, Any]:  # noqa: ANN401 - as in ``_DATA``
    of_a_decision = {"type": "object", "description": data}
    told = of_a_decision if isinstance(data, str) else {"$ref": f"{schemas}{data.__name__}"}
    envelope = {"$ref": f"{schemas}{Message.__name__}"}
    schema = {"allOf": [envelope], "properties": {"type": {"const": of}, "data": told}}
    content = {"application/json": {"schema": schema}}
    responses = {"2XX": {"description": "It is accepted."}}
    # It is signed, and carries no key.
    return {"summary": summary, "security": [], "requestBody": {"content": content}, "responses": responses}
