"""A recorded decision, taken again, as every entry point answers it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Status
from service.domain.terms import Segment, Team
from service.entrypoints.views.decisions import DecisionBody, PolicyReference, render_decision, render_reference
from service.usecases.replay import Replay, Replayed


class ReplayedBody(TypedDict):
    """A decision taken again under one policy revision."""

    policy: Annotated[PolicyReference, Field(description="The policy revision.")]
    agrees: Annotated[bool, Field(description="It says what was recorded.")]
    problem: Annotated[str | None, Field(description="Why it could not be taken again, where it could not.")]
    status: Annotated[Status | None, Field(description="How firm it is now.")]
    segment: Annotated[Segment | None, Field(description="The segment that it comes to now.")]
    team: Annotated[Team | None, Field(description="The team that it comes to now.")]
    rule: Annotated[str | None, Field(description="The rule that decides now.")]
    missing_facts: Annotated[Sequence[str], Field(description="The facts for want of which it is provisional now.")]


class ReplayBody(TypedDict):
    """A recorded decision, taken again from its recorded facts."""

    decision_id: Annotated[UUID, Field(description="The recorded decision.")]
    agrees: Annotated[bool, Field(description="Both policy revisions say today what was recorded then.")]
    recorded: Annotated[DecisionBody, Field(description="The decision as it was recorded.")]
    under_recorded_policy: Annotated[ReplayedBody, Field(description="Again, under the revision of then.")]
    under_policy_in_force: Annotated[ReplayedBody, Field(description="Again, under the revision in force today.")]


def render_replay(found: Replay) -> ReplayBody:
    """A decision beside itself, taken again."""
    then, now = found.under_recorded_policy, found.under_policy_in_force
    return {
        "decision_id": found.recorded.id,
        "agrees": then.agrees and now.agrees,
        "recorded": render_decision(found.recorded),
        "under_recorded_policy": _render_replayed(then),
        "under_policy_in_force": _render_replayed(now),
    }


def _render_replayed(replayed: Replayed) -> ReplayedBody:
    decision = replayed.decision
    return {
        "policy": render_reference(replayed.policy),
        "agrees": replayed.agrees,
        "problem": replayed.problem,
        "status": None if decision is None else decision.status,
        "segment": None if decision is None else decision.segment,
        "team": None if decision is None else decision.team,
        "rule": None if decision is None else decision.rule,
        "missing_facts": () if decision is None else decision.missing_facts,
    }
