"""What a discovery, a changeover or a handoff came to, in one sentence: who owns the account, and what held it back."""

from typing import assert_never

from service.domain.decide import trigger_values
from service.domain.decision import Decision
from service.domain.handoff.receiver import due_on, email_will_do, receiver_of
from service.domain.nearness import hindrances, said
from service.domain.parts import Step
from service.domain.policy import Policy
from service.domain.terms import Team
from service.domain.triggers import Changeover, Discovery, HandoffTrigger, Stage, Trigger
from service.domain.wording import TEAM_NAMES, filled, listing, quantity


def summarize_trigger(decision: Decision, trigger: Trigger, policy: Policy) -> str:
    """The decision in one sentence or two."""
    texts = policy.program.texts
    match trigger:
        case Discovery():
            found = listing(_found(trigger)) if _found(trigger) else "neither number"
            outcome = _outcome(decision, trigger, policy)
            return filled(
                texts["discovery"], {"discovered_by": trigger.discovered_by, "found": found, "outcome": outcome}
            )
        case Changeover():
            outcome = _outcome(decision, trigger, policy)
            return filled(texts["changeover"], {"changeover_on": str(trigger.on), "outcome": outcome})
        case HandoffTrigger():
            return _handed(decision, trigger, policy)
    assert_never(trigger)


def _found(discovery: Discovery) -> list[str]:
    counted = ((discovery.employees, "employee"), (discovery.potential_users, "potential user"))
    return [quantity(number, noun) for number, noun in counted if number is not None]


def _outcome(decision: Decision, trigger: Discovery | Changeover, policy: Policy) -> str:
    texts, was = policy.program.texts, trigger.before.team
    if decision.team is None:
        return texts["nobody_owns_it"]
    team = TEAM_NAMES[decision.team]
    if was is not None and was is not decision.team:
        return filled(texts["moves"], {"owner": TEAM_NAMES[was], "team": team, "rule": decision.rule})
    return filled(texts["stays"], {"team": team, "held_back": _held_back(decision, policy)})


def _held_back(decision: Decision, policy: Policy) -> str:
    texts, values, outcomes = policy.program.texts, trigger_values(decision.facts, policy), dict(decision.trail)
    step = _decisive(decision, policy)
    answer = outcomes[step.key]
    if answer[-1] is None:
        are = "is" if len(decision.missing_facts) == 1 else "are"
        missing = {"missing_facts": listing(decision.missing_facts), "are": are}
        return filled(texts["open"], missing | {"question": step.rule})
    if isinstance(decision.facts.trigger, Discovery) and decision.team not in {Team.MMKAFO, Team.MM_TERRITORY}:
        return texts["out_of_reach"]
    held = listing([said(hindrance) for hindrance in hindrances(step.expression, answer, values)])
    return filled(texts["does_not_apply"], {"question": step.rule, "hindrances": held})


def _decisive(decision: Decision, policy: Policy) -> Step:
    """The last question of the decision's own rule that was not answered with yes."""
    return next(
        policy.steps[key]
        for key, outcomes in reversed(decision.trail)
        if policy.steps[key].rule == decision.rule and outcomes[-1] is not True
    )


def _handed(decision: Decision, handover: HandoffTrigger, policy: Policy) -> str:
    texts, answer, receiver = policy.program.texts, handover.answer, receiver_of(decision, policy)
    words = {
        "opportunity": handover.opportunity_id,
        "closed_on": str(handover.closed_on),
        "receiver": "" if receiver is None else TEAM_NAMES[receiver],
        "answered": "" if answer is None else filled(texts["answered"], {"answered_by": answer.answered_by}),
        "way": "by call or email" if email_will_do(decision, policy) else "by call",
        "due_on": str(due_on(handover, policy.parameters)),
    }
    if receiver is None:
        case = "for_want_of_users" if handover.in_question is None else "in_question"
    elif receiver is Team.MMKAFO:
        case = "kept"
    else:
        case = "handed_over" if handover.stage is Stage.COMPLETED else "receives"
    return filled(texts[case], words)
