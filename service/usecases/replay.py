"""Replay a decision: decide again from the recorded facts, under the recorded policy and under the one in force."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import DomainError
from service.domain.policy import Policy
from service.store.database import Database
from service.store.decisions import find_decision
from service.store.policies import current_policies, on_record
from service.store.reviews import complete_move


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision taken again, or why it could not be, and whether it says what was recorded."""

    policy: Policy
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
        UnknownRevisionError: the revision that it was taken under is not on record here.
        StoreUnavailableError: the database cannot be reached.
    """
    recorded = find_decision(database.engine, decision_id)
    if recorded is None:
        return None

    then, now = recorded.decision, current_policies(database.engine).on(today)
    # What is in force may ask more of a move than what it was recorded with.
    move = complete_move(database.engine, recorded.account_id, then.facts.move)
    under_now = _again(then._replace(facts=replace(then.facts, move=move)), now)
    return Replay(recorded, _again(then, on_record(then.policy)), under_now)


def _again(recorded: Decision, policy: Policy) -> Replayed:
    try:
        decision = decide(recorded.facts, policy, recorded.effective_on)
    except DomainError as error:
        return Replayed(policy, None, str(error), agrees=False)
    same_way = policy is not recorded.policy or decision.trail == recorded.trail
    return Replayed(policy, decision, None, agrees=same_way and decision.outcome == recorded.outcome)
