"""Replay a decision: decide again from the recorded facts, under the recorded policy and under the one in force."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.errors import DomainError
from service.domain.policies import policy_on, published
from service.domain.record import RecordedDecision
from service.store.database import Database
from service.store.decisions import find_decision


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision taken again, or why it could not be, and whether it says what was recorded."""

    policy_id: str
    policy_version: int
    decision: Decision | None
    problem: str | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded decision beside itself, taken again."""

    recorded: RecordedDecision
    under_recorded_policy: Replayed
    under_policy_in_force: Replayed


def replay(database: Database, decision_id: UUID, today: date) -> Replay | None:
    """Take a recorded decision again; None where there is none of that identifier.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    recorded = find_decision(database.engine, decision_id)
    if recorded is None:
        return None

    then, now = recorded.decision, policy_on(today)
    return Replay(
        recorded,
        _again(then, then.policy_id, then.policy_version),
        _again(then, now.id, now.version),
    )


def _again(recorded: Decision, policy_id: str, version: int) -> Replayed:
    policy = published(policy_id, version)
    if policy is None:
        return Replayed(policy_id, version, None, "This policy revision is not among the published ones", agrees=False)
    try:
        decision = decide(recorded.facts, policy, recorded.effective_on)
    except DomainError as error:
        return Replayed(policy_id, version, None, str(error), agrees=False)
    same_way = policy_id != recorded.policy_id or version != recorded.policy_version or decision.trail == recorded.trail
    return Replayed(policy_id, version, decision, None, agrees=same_way and decision.same_outcome_as(recorded))
