"""Moves: what a discovery or a quarter changeover does to an account, and which move stands (MOVE-1 to MOVE-5)."""

from datetime import date
from typing import Any

from service.domain.calendar import quarter_before
from service.domain.clauses import Outcome
from service.domain.decision import Decision, Status
from service.domain.facts import Account, Facts
from service.domain.parts import Step, Trail, answer_in
from service.domain.policy import Policy, UnknownRevision
from service.domain.program import IN_THE_CRM, MOVE_STANDS, Program
from service.domain.ranges import Range
from service.domain.routing import Routing, led_on
from service.domain.terms import NoticeCode, Segment, Team
from service.domain.triggers import Before, Changeover, Discovery, HandoffTrigger, Move, RestsOn, Stage
from service.domain.vocabulary import discovered_employees, leading_employees, named_now, potential_users

# Of these a move says nothing: they go by the segment, or by being a customer.
_OUT_OF_REACH = frozenset({"ROUTE-1", "ROUTE-2"})
_DISCOVERED = frozenset({discovered_employees.name, potential_users.name})
"""What one discovery leaves open, the next is asked anew."""


def before(decision: Decision) -> Before:
    """Where an account stands that stands on a decision.

    What a discovery or a changeover that moved nothing left open was its own question: the next one is asked anew.
    """
    trigger = decision.facts.trigger
    asked = trigger.before if isinstance(trigger, Discovery | Changeover) and decision.missing_facts else decision
    return Before(
        team=decision.team,
        segment=decision.segment,
        leading_source=decision.basis,
        leading_employees=decision.leading_employees,
        leading_range=decision.leading_range,
        missing_facts=named_now(asked.missing_facts),
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


def weigh_move(routing: Routing, move: Move, values: dict[str, Any], program: Program, trail: Trail) -> Routing:
    """Let a standing move lead over a routing that still names, or may name, the team which the account was moved from.

    What it rests on is asked again, and has to hold today. Where a missing fact leaves either open, the move stands as
    provisionally. An account that a handoff holds is held while it is Mid-Market.
    """
    values["move_leads"] = _leads(routing, move, values, program)
    if program.moves.stands.ask(values, trail) is False:
        return routing
    step = program.moves.resting_on(move.rests_on)
    holds = None if step is None else step.ask(values, trail)
    if step is not None and holds is False:
        return routing
    missing = () if move.moved_from is None else routing.missing_facts
    if step is not None and holds is None:
        missing = tuple(dict.fromkeys((*missing, *program.asked_for(step, trail))))
    elif move.moved_from is not None and program.procedure > 1:
        missing = led_on(routing, move.moved_from, move.moved_to, _OUT_OF_REACH).missing_facts
    return routing._replace(team=move.moved_to, rule=move.rule, missing_facts=missing)


def _leads(routing: Routing, move: Move, values: dict[str, Any], program: Program) -> Outcome:
    """Whether routing leaves room for a move; unknown where it is open."""
    if move.moved_from is None:
        return program.procedure == 1 or values["segment"] == Segment.MM
    in_reach = routing.rule not in _OUT_OF_REACH
    if not routing.missing_facts:
        return in_reach and routing.team is move.moved_from
    may_name = move.moved_from in routing.possible
    if program.procedure == 1 or move.rests_on is None:
        # Of who received a won account it is open, too, where some answer would give it to that team by itself.
        return None if move.moved_to in routing.possible or (in_reach and may_name) else False
    return None if may_name or routing.team is move.moved_from else False


def ended_by(decision: Decision) -> Step | None:
    """The question whose answer ended the move that stood: what it rested on holds no more.

    None where none ended, and where the revision that knows the question is not on record.
    """
    move, policy = decision.facts.move, decision.policy
    if move is None or isinstance(policy, UnknownRevision):
        return None
    step = policy.program.moves.resting_on(move.rests_on)
    return step if step is not None and answer_in(decision.trail, step.key) is False else None


def standing_move(decision: Decision) -> Move | None:
    """The move that stands on an account after a decision: its own, or one from before that still leads."""
    facts = decision.facts
    match facts.trigger:
        case None:
            return facts.move if facts.move is None or _goes_on(facts.move, decision) else None
        case HandoffTrigger():
            return _held(facts.trigger, decision)
        case Discovery(before=stood, employees=employees, potential_users=users):
            rests_on: RestsOn = "MOVE-1" if stood.team is Team.MMKAFO else "MOVE-2"
        case Changeover(before=stood, discovered_employees=employees, discovered_users=users):
            rests_on = "MOVE-3"
    if stood.team is None or decision.team is None or stood.team is decision.team:
        return facts.move
    return Move(
        rule=decision.rule,
        moved_from=stood.team,
        moved_to=decision.team,
        moved_on=decision.effective_on,
        rests_on=rests_on,
        employees=employees,
        potential_users=users,
    )


def _goes_on(move: Move, decision: Decision) -> bool:
    """Whether a move of before stands after a classification. An open handoff holds the account whenever it can."""
    if move.rests_on == "HAND-6":
        return True
    return answer_in(decision.trail, MOVE_STANDS) is not False and ended_by(decision) is None


def may_be_held(stood: Decision) -> bool:
    """Whether a handoff has a say in who owns an account: it has while that is Mid-Market, or may be."""
    policy = stood.policy
    by_procedure_1 = not isinstance(policy, UnknownRevision) and policy.program.procedure == 1
    return by_procedure_1 or stood.segment in {None, Segment.MM}


def _held(handover: HandoffTrigger, decision: Decision) -> Move | None:
    """What stands after a decision about a handoff: who received the account has it, or it is held."""
    rule, on, answer, held = decision.rule, decision.effective_on, handover.answer, decision.facts.move
    hold = held if held is not None and held.rests_on == "HAND-6" else None
    match handover.stage:
        case Stage.ABANDONED:
            return None if hold is None else hold.displaced
        case Stage.COMPLETED if decision.team is not None:
            if not may_be_held(decision):
                return None
            # It was held by First Order even while the VP was awaited.
            return Move(rule=rule, moved_from=Team.MMKAFO, moved_to=decision.team, moved_on=on)
        case Stage.ANSWERED if answer is not None and answer.team is Team.MMKAFO:
            by = answer.answered_by
            return Move(rule=rule, moved_to=Team.MMKAFO, moved_on=on, rests_on="HAND-1", answered_by=by)
        case _:
            # What was answered of the First Order before is over, whatever becomes of this one.
            earlier = None if held is None or held.rests_on == "HAND-1" else held
            stood = earlier if hold is None else hold.displaced
            to = handover.held_by or Team.MMKAFO
            return Move(rule=rule, moved_to=to, moved_on=on, rests_on="HAND-6", displaced=stood)
