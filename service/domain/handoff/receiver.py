"""A won First Order: who receives the account, whether an email will do, and by when (HAND-1 to HAND-3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from service.domain.decision import Decision, Status
from service.domain.facts import Facts
from service.domain.moves import as_it_stood, moved, stays
from service.domain.parameters import Parameters
from service.domain.parts import Trail, answer_in
from service.domain.policy import Policy
from service.domain.standing_moves import may_be_held
from service.domain.terms import NoticeCode, Team
from service.domain.triggers import HandoffTrigger, Stage


def decide_handoff(
    facts: Facts, handover: HandoffTrigger, values: dict[str, Any], policy: Policy, on: date
) -> Decision:
    """Decide who receives a won account. It stays with Key Accounts First Order until everything is handed over.

    Nobody, where the total users are unknown or the receiver is in question: that is escalated (HAND-1). A reopened
    handoff leaves the account with who owns it (HAND-6), and of one that is not Mid-Market none has a say.
    """
    trail: Trail = []
    rules = policy.program.handoff
    if not rules.answered.ask(values, trail):
        rules.in_question.ask(values, trail)
        rules.low_potential.ask(values, trail)
    for step in (rules.email, rules.in_time, rules.ask_for_tam):
        step.ask(values, trail)

    rule, stood = rules.low_potential.rule, as_it_stood(facts, handover.before, trail, policy, on)
    receiver = receiver_of(stood, policy)
    if handover.stage is Stage.ABANDONED or not may_be_held(stood):
        return stays(stood, (), rule)
    if handover.stage is Stage.COMPLETED and receiver is not None:
        decision = moved(stood, receiver, rule)
        # Where it was reopened, the account may be theirs already.
        return decision._replace(actions=()) if receiver is handover.held_by is handover.before.team else decision
    missing = ("total_users",) if receiver is None and handover.total_users is None else ()
    held_by = handover.held_by if handover.held_by is not None and receiver is not Team.MMKAFO else Team.MMKAFO
    decision = stays(stood._replace(missing_facts=(), team=held_by), missing, rule)
    status = Status.PROVISIONAL if receiver is None else Status.FINAL
    actions = _actions(receiver, stood, policy)
    if handover.held_by is not None and held_by is not handover.before.team:
        actions.append(NoticeCode.CHANGE_THE_OWNER)
    return decision._replace(status=status, actions=tuple(actions))


def _actions(receiver: Team | None, decision: Decision, policy: Policy) -> list[NoticeCode]:
    if receiver is Team.MMKAFO:
        return []
    actions = [NoticeCode.ESCALATE_THE_HANDOFF] if receiver is None else []
    if not email_will_do(decision, policy):
        actions.append(NoticeCode.CALL_THE_CUSTOMER)
    in_time = answer_in(decision.trail, policy.program.handoff.in_time.key)
    actions.append(NoticeCode.HAND_OVER_IN_TIME if in_time else NoticeCode.HANDOFF_IS_LATE)
    return actions


def handoff_values(handover: HandoffTrigger) -> dict[str, Any]:
    """What the clauses of handoffs read."""
    potential = handover.immediate_potential
    return {
        "owner": handover.before.team,
        "escalation_answer": None if handover.answer is None else handover.answer.team,
        "in_question": handover.in_question is not None,
        "total_users": handover.total_users,
        "initial_amount": handover.initial_amount,
        "combined_amount": None if potential is None else handover.initial_amount + potential,
        "days_since_close": (handover.as_of - handover.closed_on).days,
        "net_arr": handover.net_arr,
    }


def won_facts(facts: Facts, handover: HandoffTrigger) -> Facts:
    """The facts of an account that has placed its first order: a customer, with none to place any more."""
    account = facts.account.model_copy(update={"customer": True, "first_order_available": False})
    return replace(facts, account=account, trigger=handover)


def receiver_of(decision: Decision, policy: Policy) -> Team | None:
    """Who receives the account by a decision about its handoff; None while that is escalated (HAND-1)."""
    handover, rules = decision.facts.trigger, policy.program.handoff
    if isinstance(handover, HandoffTrigger) and handover.answer is not None:
        return handover.answer.team
    low = answer_in(decision.trail, rules.low_potential.key)
    if low is None or answer_in(decision.trail, rules.in_question.key):
        return None
    return Team.MM_TERRITORY if low else Team.MMKAN


def email_will_do(decision: Decision, policy: Policy) -> bool:
    """Whether an email may replace the handoff call (HAND-2). An unknown potential calls for a call."""
    return answer_in(decision.trail, policy.program.handoff.email.key) is True


def due_on(handover: HandoffTrigger, parameters: Parameters) -> date:
    """The last day on which two-way communication with the customer is in time (HAND-3)."""
    return handover.closed_on + timedelta(days=parameters.handoff_days)
