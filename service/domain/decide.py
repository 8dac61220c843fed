"""The one way to decide: facts, a policy and a day in, a decision with its trail out."""

from datetime import date
from typing import Any, assert_never

from service.domain.decision import Decision, Status
from service.domain.facts import Facts
from service.domain.handoff.receiver import decide_handoff, handoff_values
from service.domain.moves import decide_changeover, decide_discovery, move_values, weigh_move
from service.domain.notices import NoticeCode
from service.domain.policy import Policy, Trail
from service.domain.routing import Routing, route_account
from service.domain.segmentation import (
    DoubleCheck,
    Segmentation,
    known_values,
    segment_account,
    sources_disagree,
)
from service.domain.terms import FAMILIAR_REGIONS, Source, Team
from service.domain.triggers import Changeover, Discovery, HandoffTrigger

# Bound once: looking a member up on its enum costs as much as answering a clause.
_FINAL, _FIRST_ORDER = Status.FINAL, Team.MMKAFO
_ON_DOUBLE_CHECK: dict[DoubleCheck | None, tuple[NoticeCode, ...]] = {
    None: (),
    DoubleCheck.VERIFIED: (),
    DoubleCheck.CONFLICT: (NoticeCode.LINKEDIN_CONTRADICTS,),
    DoubleCheck.UNVERIFIED: (NoticeCode.VERIFY_WITH_LINKEDIN,),
}


def decide(facts: Facts, policy: Policy, on: date) -> Decision:
    """Decide the segment and the owning team of an account, or what a discovery, changeover or handoff does to it.

    Raises:
        UnroutableAccountError: no routing rule covers the facts.
    """
    trigger = facts.trigger
    match trigger:
        case None:
            return _classify(facts, policy, on)
        case Discovery():
            return decide_discovery(facts, trigger, trigger_values(facts), policy, on)
        case Changeover():
            return decide_changeover(facts, trigger, trigger_values(facts), policy, on)
        case HandoffTrigger():
            return decide_handoff(facts, trigger, trigger_values(facts), policy, on)
    assert_never(trigger)


def trigger_values(facts: Facts) -> dict[str, Any]:
    """Every fact by name, with those of the trigger."""
    trigger, values = facts.trigger, known_values(facts)
    match trigger:
        case None:
            return values
        case Discovery() | Changeover():
            return values | move_values(facts, trigger)
        case HandoffTrigger():
            return values | handoff_values(trigger)
    assert_never(trigger)


def _classify(facts: Facts, policy: Policy, on: date) -> Decision:
    trail: Trail = []
    values = known_values(facts)
    segmentation = segment_account(facts, values, policy, trail)
    routing = None if segmentation.segment is None else route_account(facts, values, policy, trail)
    if routing is not None and facts.move is not None:
        routing = weigh_move(routing, facts.move, values, policy, trail)

    advice = _advice(facts, segmentation, policy)
    if routing is not None and routing.team is _FIRST_ORDER and policy.guideline.ask(values, trail) is False:
        advice.append(NoticeCode.OUTSIDE_GUIDELINE)
    status, missing = _firmness(routing)
    return Decision(
        facts=facts,
        policy=policy,
        effective_on=on,
        status=status,
        segment=segmentation.segment,
        team=None if routing is None else routing.team,
        rule="ROUTE-1" if routing is None else routing.rule,
        basis=segmentation.basis,
        leading_employees=segmentation.leading_employees,
        missing_facts=missing,
        advice=tuple(advice),
        actions=tuple(_actions(facts, segmentation, routing)),
        trail=trail,
    )


def _firmness(routing: Routing | None) -> tuple[Status, tuple[str, ...]]:
    if routing is None:
        return Status.PENDING_REVIEW, ("employee_counts",)
    return (Status.PROVISIONAL if routing.missing_facts else _FINAL), routing.missing_facts


def _advice(facts: Facts, segmentation: Segmentation, policy: Policy) -> list[NoticeCode]:
    account, segment = facts.account, segmentation.segment
    advice: list[NoticeCode] = []
    if account.region is not None and account.region not in FAMILIAR_REGIONS:
        advice.append(NoticeCode.UNFAMILIAR_REGION)
    if sources_disagree(facts, policy):
        advice.append(NoticeCode.SOURCES_DISAGREE)
    if segment is not None and account.crm_segment is not None and account.crm_segment is not segment:
        advice.append(NoticeCode.CRM_SEGMENT_DIFFERS)
    if not segmentation.double_check_required:
        advice += _ON_DOUBLE_CHECK[segmentation.double_check]
    return advice


def _actions(facts: Facts, segmentation: Segmentation, routing: Routing | None) -> list[NoticeCode]:
    actions: list[NoticeCode] = []
    if routing is None:
        actions.append(NoticeCode.POST_TO_CHATTER)
        if not any(count.source is Source.THIRD_PARTY for count in facts.employee_counts):
            actions.append(NoticeCode.FIND_THIRD_PARTY)
        actions.append(NoticeCode.AWAIT_THE_VP)
    elif segmentation.passed:
        actions.append(NoticeCode.POST_TO_CHATTER)
    if segmentation.double_check_required:
        actions.append(NoticeCode.VERIFY_WITH_LINKEDIN)
    if routing is not None and routing.action is not None:
        actions.append(routing.action)
    if routing is not None and routing.missing_facts:
        actions.append(NoticeCode.DISCOVER)
    return actions
