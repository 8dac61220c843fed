"""Which move stands on an account, and what it makes of where routing sends that (MOVE, HAND)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from service.domain.clauses import Outcome
from service.domain.decision import Decision
from service.domain.facts import Facts
from service.domain.mattering import Cells, Found, cells_of_questions, what_matters
from service.domain.parts import Step, Trail, answer_in
from service.domain.policy import UnknownRevision
from service.domain.program import MOVE_STANDS, Program
from service.domain.routing import Routing, led_on, route_account
from service.domain.terms import Segment, Team
from service.domain.triggers import Changeover, Discovery, HandoffTrigger, Move, RestsOn, Stage

# Of these a move says nothing: they go by the segment, or by being a customer.
_OUT_OF_REACH = frozenset({"ROUTE-1", "ROUTE-2"})
_EXACT_SINCE = 3
"""The procedure by which no fact is missing beside a move that does not matter, and a changeover asks moves again."""


def weigh_move(routing: Routing, facts: Facts, values: dict[str, Any], program: Program, trail: Trail) -> Routing:
    """Let a standing move lead over a routing that still names, or may name, the team which the account was moved from.

    What it rests on is asked again, and has to hold today. Where a missing fact leaves either open, the move stands as
    provisionally. An account that a handoff holds is held while it is Mid-Market.
    """
    move = facts.move
    if move is None:
        return routing
    values["move_leads"] = _leads(routing, move, values, program)
    if program.moves.stands.ask(values, trail) is False:
        return routing
    step = program.moves.resting_on(move.rests_on)
    holds = None if step is None else step.ask(values, trail)
    if step is not None and holds is False:
        return routing
    is_open = step is not None and holds is None
    missing = () if move.moved_from is None else routing.missing_facts
    if move.moved_from is not None and program.procedure >= _EXACT_SINCE:
        if missing or is_open:
            return _with_what_matters(routing, facts, move, values, program)
    elif step is not None and is_open:
        missing = tuple(dict.fromkeys((*missing, *program.asked_for(step, trail))))
    elif move.moved_from is not None and program.procedure > 1:
        missing = led_on(routing, move.moved_from, move.moved_to, _OUT_OF_REACH).missing_facts
    return routing._replace(team=move.moved_to, rule=move.rule, missing_facts=missing)


def _with_what_matters(routing: Routing, facts: Facts, move: Move, values: dict[str, Any], program: Program) -> Routing:
    """The routing, led by the move where some values of the missing facts let it; those that matter are missing."""
    cells, names = _asked_by(program, move.rests_on)

    def find(learnt: dict[str, Any]) -> Found:
        trail: Trail = []
        routed = route_account(facts, learnt, program.routes, program, trail)
        team, asked = routed.team, routed.missing_facts
        step = program.moves.resting_on(move.rests_on)
        holds = move.moved_from in routed.possible and (step is None or step.ask(learnt, trail))
        if holds is not False:
            # By which rule it is routed decides as well, where all of them name one team.
            asked = tuple(fact for each in routed.branches or (routed,) for fact in each.missing_facts)
            asked += () if step is None else program.asked_for(step, trail)
            team = move.moved_to if _moves_on(routed, move) else team
        return Found(team, tuple(names[fact] for fact in asked if fact in names))

    matter = what_matters(values, find, cells)
    missing = tuple(dict.fromkeys((*routing.wanting, *map(program.asked_as, matter.facts))))
    led = routing._replace(team=move.moved_to, rule=move.rule) if move.moved_to in matter.teams else routing
    return led._replace(missing_facts=missing)


def _moves_on(routing: Routing, move: Move) -> bool:
    return routing.rule not in _OUT_OF_REACH and routing.team is move.moved_from


@lru_cache
def _asked_by(program: Program, rests_on: str | None) -> tuple[Cells, Mapping[str, str]]:
    """The facts that routing and a move hang on, cut into cells, and their names by those that they are stated as."""
    steps = [step for route in program.routes.routes for step in route.steps]
    asked = [step.expression for step in (*steps, program.moves.resting_on(rests_on)) if step is not None]
    asked += [route.needless.expression for route in program.routes.routes if route.needless is not None]
    cells = cells_of_questions(asked)
    return cells, {program.asked_as(fact): fact for fact in cells}


def _leads(routing: Routing, move: Move, values: dict[str, Any], program: Program) -> Outcome:
    """Whether routing leaves room for a move; unknown where it is open."""
    if move.moved_from is None:
        return program.procedure == 1 or values["segment"] == Segment.MM
    if not routing.missing_facts:
        return _moves_on(routing, move)
    in_reach = routing.rule not in _OUT_OF_REACH
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


def is_asked_again(move: Move, program: Program) -> bool:
    """Whether a changeover asks if a move stands that was on record before: a handoff, or its answer, is not asked."""
    return program.procedure >= _EXACT_SINCE and program.moves.resting_on(move.rests_on) is not None


def has_gone_back(decision: Decision) -> bool:
    """Whether a changeover sent the account where routing does, for its move held no more."""
    asked = any(key == MOVE_STANDS for key, _ in decision.trail)
    return asked and isinstance(decision.facts.trigger, Changeover)


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
            if has_gone_back(decision):
                return None
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
