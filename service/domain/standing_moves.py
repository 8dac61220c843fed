"""Which move stands on an account, and what it makes of where routing sends that (MOVE, HAND)."""

from typing import Any

from service.domain.clauses import Outcome
from service.domain.decision import Decision
from service.domain.parts import Step, Trail, answer_in
from service.domain.policy import UnknownRevision
from service.domain.program import MOVE_STANDS, Program
from service.domain.routing import Routing, led_on
from service.domain.terms import Segment, Team
from service.domain.triggers import Changeover, Discovery, HandoffTrigger, Move, RestsOn, Stage

# Of these a move says nothing: they go by the segment, or by being a customer.
_OUT_OF_REACH = frozenset({"ROUTE-1", "ROUTE-2"})


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
