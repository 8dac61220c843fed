"""A decision as every entry point answers it: the Decision of the HTTP contract."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from service.domain.clauses import Citation
from service.domain.decision import Decision, RecordedDecision
from service.domain.facts import Facts
from service.domain.sentences import Notice, notices, summary
from service.domain.triggers import HandoffTrigger
from service.entrypoints.views.explanations import explanation_json

_FACTS = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Who asked for a decision that is not recorded."""

    actor: str | None = None
    source: str | None = None
    request_id: str | None = None
    kind: str = "classification"


def recorded_body(recorded: RecordedDecision) -> dict[str, Any]:
    """A recorded decision, of values that ``to_json`` writes."""
    return {
        "id": recorded.id,
        "sequence": None,
        "kind": recorded.kind,
        **_decided(recorded.decision),
        "actor": recorded.actor,
        "source": recorded.source,
        "request_id": recorded.request_id,
        "previous_decision_id": recorded.previous_decision_id,
        "review_id": recorded.review_id,
        "handoff_id": _handoff_id(recorded.decision),
        "recorded_at": recorded.recorded_at,
    }


def unrecorded_body(decision: Decision, asked: Unrecorded) -> dict[str, Any]:
    """A decision that was not recorded: the same, with nothing of the record."""
    return {
        "id": None,
        "sequence": None,
        "kind": asked.kind,
        **_decided(decision),
        "actor": asked.actor,
        "source": asked.source,
        "request_id": asked.request_id,
        "previous_decision_id": None,
        "review_id": None,
        "handoff_id": None,
        "recorded_at": None,
    }


def _decided(decision: Decision) -> dict[str, Any]:
    policy = decision.policy
    advice, actions = notices(decision, policy)
    return {
        "account_id": decision.facts.account.id,
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "rule": decision.rule,
        "summary": summary(decision, policy),
        "leading_source": decision.basis,
        "leading_employees": decision.leading_employees,
        "smb_double_check": decision.double_check,
        "explanation": orjson.Fragment(explanation_json(decision, policy)),
        "missing_facts": decision.missing_facts,
        "advice": [_notice_body(notice) for notice in advice],
        "actions": [_notice_body(notice) for notice in actions],
        "policy": {"id": decision.policy_id, "version": decision.policy_version},
        "effective_on": decision.effective_on,
        "facts": orjson.Fragment(_FACTS.dump_json(decision.facts, exclude_none=True)),
    }


def _handoff_id(decision: Decision) -> UUID | None:
    trigger = decision.facts.trigger
    return trigger.handoff_id if isinstance(trigger, HandoffTrigger) else None


def citation_body(citation: Citation) -> dict[str, str]:
    """Where the handbook says so."""
    return {"heading": citation.heading, "item": citation.item, "gist": citation.gist}


def _notice_body(notice: Notice) -> dict[str, Any]:
    return {
        "code": notice.code,
        "text": notice.text,
        "rule": notice.rule,
        "facts": notice.facts,
        "citation": citation_body(notice.citation),
    }
