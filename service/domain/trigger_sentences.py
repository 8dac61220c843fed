"""What a discovery, a changeover or a handoff came to, in one sentence: who owns the account, and what held it back."""

from datetime import timedelta
from typing import assert_never

from service.domain.decide import trigger_values
from service.domain.decision import Decision
from service.domain.handoff.receiver import due_on, email_will_do, receiver_of
from service.domain.nearness import hindrances, said
from service.domain.policy import Policy, Step
from service.domain.terms import Team
from service.domain.triggers import Changeover, Discovery, HandoffTrigger, Stage, Trigger
from service.domain.wording import TEAM_NAMES, listing, quantity

_DAY = timedelta(days=1)


def summarize_trigger(decision: Decision, trigger: Trigger, policy: Policy) -> str:
    """The decision in one sentence or two."""
    match trigger:
        case Discovery():
            return f"{_discovered(trigger)}: {_outcome(decision, trigger, policy)}"
        case Changeover():
            return f"Changeover of {trigger.on}: {_outcome(decision, trigger, policy)}"
        case HandoffTrigger():
            return _handed(decision, trigger, policy)
    assert_never(trigger)


def _discovered(discovery: Discovery) -> str:
    found = []
    if discovery.employees is not None:
        found.append(quantity(discovery.employees, "employee"))
    if discovery.potential_users is not None:
        found.append(quantity(discovery.potential_users, "potential user"))
    return f"{discovery.discovered_by} found {listing(found) if found else 'neither number'}"


def _outcome(decision: Decision, trigger: Discovery | Changeover, policy: Policy) -> str:
    was = trigger.before.team
    if decision.team is None:
        return "no team owns the account yet, so nothing moves."
    team = TEAM_NAMES[decision.team]
    if was is not None and was is not decision.team:
        return f"moves from {TEAM_NAMES[was]} to {team} by {decision.rule}."
    return f"stays with {team}. {_held_back(decision, policy)}"


def _held_back(decision: Decision, policy: Policy) -> str:
    values, outcomes = trigger_values(decision.facts), dict(decision.trail)
    step = _decisive(decision, policy)
    answer = outcomes[step.key]
    if answer[-1] is None:
        missing = listing(decision.missing_facts)
        return f"{step.rule} is open: {missing} {'is' if len(decision.missing_facts) == 1 else 'are'} not known."
    if isinstance(decision.facts.trigger, Discovery) and decision.team not in {Team.MMKAFO, Team.MM_TERRITORY}:
        return "A discovery moves accounts of Key Accounts First Order and Mid-Market Territory alone."
    held = listing([said(hindrance) for hindrance in hindrances(step.expression, answer, values)])
    return f"{step.rule} does not apply, for want of {held}."


def _decisive(decision: Decision, policy: Policy) -> Step:
    """The last question of the decision's own rule that was not answered with yes."""
    return next(
        policy.steps[key]
        for key, outcomes in reversed(decision.trail)
        if policy.steps[key].rule == decision.rule and outcomes[-1] is not True
    )


def _handed(decision: Decision, handover: HandoffTrigger, policy: Policy) -> str:
    receiver = receiver_of(decision, policy)
    opportunity = f"First Order {handover.opportunity_id}, closed won on {handover.closed_on}"
    if receiver is None:
        why = (
            "is in question" if handover.in_question is not None else "depends on the total users, which are not known"
        )
        return f"{opportunity}: who receives the account {why}, so it is escalated."
    by = "" if handover.answer is None else f", as {handover.answer.answered_by} answered"
    if receiver is Team.MMKAFO:
        return f"{opportunity}: the account stays with {TEAM_NAMES[receiver]}{by}."
    if handover.stage is Stage.COMPLETED:
        return f"{opportunity}: handed over to {TEAM_NAMES[receiver]}{by}."
    way = "by call or email" if email_will_do(decision, policy) else "by call"
    day = due_on(handover, policy.parameters)
    return f"{opportunity}: {TEAM_NAMES[receiver]} receives the account{by}, {way}, by {day}."
