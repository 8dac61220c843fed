"""Moves: what a discovery or a quarter changeover does to an account (MOVE-1 to MOVE-5)."""

from datetime import date
from typing import Any

from service.domain.calendar import quarter_before
from service.domain.decision import Decision, Status
from service.domain.facts import Account, Facts
from service.domain.parts import Trail
from service.domain.policy import Policy
from service.domain.program import IN_THE_CRM, Program
from service.domain.ranges import Range
from service.domain.terms import NoticeCode, Segment, Team
from service.domain.triggers import Before, Changeover, Discovery
from service.domain.vocabulary import discovered_employees, leading_employees, named_now, potential_users

_DISCOVERED = frozenset({discovered_employees.name, potential_users.name})
"""What one discovery leaves open, the next is asked anew."""


def before(decision: Decision) -> Before:
    """Where an account stands that stands on a decision.

    What a discovery or a changeover that moved nothing left open was its own question: the next one is asked anew.
    """
    trigger, missing = decision.facts.trigger, decision.missing_facts
    if missing and isinstance(trigger, Discovery | Changeover) and trigger.before.team is decision.team:
        missing = trigger.before.missing_facts
    return Before(
        team=decision.team,
        segment=decision.segment,
        leading_source=decision.basis,
        leading_employees=decision.leading_employees,
        leading_range=decision.leading_range,
        missing_facts=named_now(missing),
    )


def decide_discovery(facts: Facts, discovery: Discovery, values: dict[str, Any], policy: Policy, on: date) -> Decision:
    """Decide whether a discovery moves the account (MOVE-1, MOVE-2), for want of due diligence too (MOVE-5)."""
    trail: Trail = []
    moves, owner = policy.program.moves, discovery.before.team
    advice = (NoticeCode.DISCOVERED_SIZE_DIFFERS,) if _is_of_another_size(discovery, policy) else ()
    stood = as_it_stood(facts, discovery.before, trail, policy, on)._replace(advice=advice)
    if policy.program.procedure > 1:
        still_open = tuple(fact for fact in stood.missing_facts if fact not in _DISCOVERED)
        stood = stood._replace(missing_facts=still_open)
    for step, target in ((moves.to_territory, Team.MM_TERRITORY), (moves.to_first_order, Team.MMKAFO)):
        if step.ask(values, trail):
            late = moves.due_diligence.ask(values, trail)
            rule = moves.due_diligence.rule if late else step.rule
            if target is Team.MMKAFO and moves.elsewhere is not None and moves.elsewhere.ask(values, trail):
                stood = stood._replace(advice=(*advice, NoticeCode.OUTSIDE_THE_REGIONS))
            return moved(stood, target, rule)
    step = moves.to_first_order if owner is Team.MM_TERRITORY else moves.to_territory
    return stays(stood, policy.program.asked_for(step, trail), step.rule)


def _is_of_another_size(discovery: Discovery, policy: Policy) -> bool:
    if discovery.employees is None or discovery.before.segment is None:
        return False
    return discovery.before.segment not in bands_of(discovery.employees, policy.program)


def bands_of(employees: int | Range, program: Program) -> tuple[Segment, ...]:
    """The segment of a number of employees (SEG-1), or every one that a range touches."""
    values, touched = {leading_employees.name: employees}, []
    for case in program.bands.cases:
        answer = case.step.ask(values, [])
        if answer is not False:
            touched.append(Segment(str(case.binds[0].word)))
        if answer:
            break
    return tuple(touched)


def decide_changeover(
    facts: Facts, changeover: Changeover, values: dict[str, Any], policy: Policy, on: date
) -> Decision:
    """Decide whether a quarter changeover moves the account (MOVE-3). An unknown fact moves nothing, and is named."""
    trail: Trail = []
    moves, stood = policy.program.moves, as_it_stood(facts, changeover.before, trail, policy, on)
    qualifies = moves.qualifies.ask(values, trail)
    if qualifies is False:
        return stays(stood, (), moves.qualifies.rule)
    idle = moves.idle.ask(values, trail)
    if qualifies and idle:
        return moved(stood, Team.MMKAFO, moves.idle.rule)
    asked = () if idle is False else (moves.qualifies, moves.idle)
    missing = tuple(fact for step in asked for fact in policy.program.asked_for(step, trail))
    return stays(stood, missing, moves.idle.rule)


def move_values(
    facts: Facts, trigger: Discovery | Changeover, known: dict[str, Any], program: Program
) -> dict[str, Any]:
    """What the clauses of moves read beside the ``known`` facts of the account."""
    # Without a team nobody owns it, which is known: none is not unknown here.
    values: dict[str, Any] = {"owner": trigger.before.team or "none"}
    last = facts.account.last_activity_on
    if isinstance(trigger, Discovery):
        return values | {
            "discovered_employees": trigger.employees,
            "employees": trigger.employees or _employees_routed_by(facts.account, trigger.before, known, program),
            "potential_users": trigger.potential_users,
            "active_after_discovery": None if last is None else last > trigger.discovered_on,
        }
    users = trigger.discovered_users
    return values | {
        "employees": trigger.discovered_employees or trigger.before.led,
        "potential_users": facts.account.lam_dev_count if users is None else users,
        "idle_in_quarter": _idle(last, trigger.on),
    }


def _employees_routed_by(
    account: Account, stood: Before, known: dict[str, Any], program: Program
) -> int | Range | None:
    """The count that routing goes by: ROUTE-3 by Max Family Employees, the rules for newer accounts by what led.

    Unknown where it is not known which of them it was, unless both say the same.
    """
    by_route_3 = program.steps[IN_THE_CRM].ask(known, [])
    family, led = account.max_family_employees or None, stood.led
    if by_route_3 is None:
        return led if led == family else None
    return family if by_route_3 else led


def _idle(last_activity: date | None, on: date) -> bool | None:
    first, last = quarter_before(on)
    if last_activity is None or last_activity > last:
        return None  # a later activity hides whether there was one in the quarter
    return last_activity < first


def as_it_stood(facts: Facts, stood: Before, trail: Trail, policy: Policy, on: date) -> Decision:
    """What a decision about a trigger starts from: the account where it stood, with no rule as yet."""
    return Decision(
        facts=facts,
        policy=policy,
        effective_on=on,
        status=Status.FINAL,
        segment=stood.segment,
        team=stood.team,
        rule="",
        basis=stood.leading_source,
        leading_employees=stood.leading_employees,
        missing_facts=stood.missing_facts,
        advice=(),
        actions=(),
        trail=trail,
    )


def moved(stood: Decision, to: Team, rule: str) -> Decision:
    """The decision that moves an account from where it stood to another team."""
    return stood._replace(team=to, rule=rule, missing_facts=(), actions=(NoticeCode.CHANGE_THE_OWNER,))


def stays(stood: Decision, missing: tuple[str, ...], rule: str) -> Decision:
    """The decision that leaves an account where it stood, as firmly as it did and as what is missing allows."""
    open_facts = tuple(dict.fromkeys((*stood.missing_facts, *missing)))
    firm = Status.PROVISIONAL if open_facts else Status.FINAL
    status = Status.PENDING_REVIEW if stood.team is None else firm
    actions = (NoticeCode.DISCOVER,) if missing else ()
    return stood._replace(status=status, rule=rule, missing_facts=open_facts, actions=actions)
