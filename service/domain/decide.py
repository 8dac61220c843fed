"""The one way to decide: facts, a policy and a day in, a decision with its trail out."""

from dataclasses import replace
from datetime import date
from typing import Any, assert_never

from service.domain.decision import Decision, Status
from service.domain.facts import Facts
from service.domain.handoff.receiver import decide_handoff, handoff_values
from service.domain.moves import decide_changeover, decide_discovery, move_values
from service.domain.parts import Ask, FirstOf, Routes, Trail
from service.domain.policy import Policy
from service.domain.program import Program
from service.domain.routing import Routing, route_account
from service.domain.standing_moves import is_asked_again, standing_move, weigh_move
from service.domain.terms import Basis, NoticeCode, Segment
from service.domain.triggers import Changeover, Discovery, HandoffTrigger
from service.domain.values import known_values

# Looked up here, for a member takes as long to find on its enum as a clause to answer.
_PENDING, _PROVISIONAL, _FINAL = Status.PENDING_REVIEW, Status.PROVISIONAL, Status.FINAL
_SEGMENTS: dict[str | None, Segment | None] = {None: None, **{each.value: each for each in Segment}}
_BASES: dict[str | None, Basis | None] = {None: None, **{each.value: each for each in Basis}}


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
            return decide_discovery(facts, trigger, trigger_values(facts, policy), policy, on)
        case Changeover():
            gone_back = _gone_back(facts, trigger, policy, on)
            return gone_back or decide_changeover(facts, trigger, trigger_values(facts, policy), policy, on)
        case HandoffTrigger():
            return decide_handoff(facts, trigger, trigger_values(facts, policy), policy, on)
    assert_never(trigger)


def as_classification(decision: Decision, policy: Policy) -> Decision:
    """The classification of an account, as it would be decided on the facts of a decision, with the move that stands.

    Raises:
        UnroutableAccountError: no routing rule covers the facts.
    """
    if decision.facts.trigger is None:
        return decision
    facts = replace(decision.facts, trigger=None, move=standing_move(decision))
    return decide(facts, policy, decision.effective_on)


def trigger_values(facts: Facts, policy: Policy) -> dict[str, Any]:
    """Every fact by name, with those of the trigger."""
    trigger, values = facts.trigger, known_values(facts, policy.program)
    match trigger:
        case None:
            pass
        case Discovery() | Changeover():
            values.update(move_values(facts, trigger, values, policy.program))
        case HandoffTrigger():
            values.update(handoff_values(trigger))
        case _:
            assert_never(trigger)
    return values


def _classify(facts: Facts, policy: Policy, on: date) -> Decision:
    program = policy.program
    values = known_values(facts, program)
    trail: Trail = []
    routing = take_parts(facts, values, program, trail)
    if routing is None:
        team, rule, missing, status = None, program.routes.unrouted, program.routes.wanting, _PENDING
    else:
        team, rule, missing, status = routing.team, routing.rule, routing.missing_facts, values["status"]
    led = values["leading_employees"]
    return Decision(
        facts=facts,
        policy=policy,
        effective_on=on,
        status=status,
        segment=_SEGMENTS[values["segment"]],
        team=team,
        rule=rule,
        basis=_BASES[values["basis"]],
        leading_employees=led if isinstance(led, int) else None,
        missing_facts=missing,
        advice=program.advise(values),
        actions=program.require(values),
        trail=trail,
    )


def _gone_back(facts: Facts, changeover: Changeover, policy: Policy, on: date) -> Decision | None:
    """The decision that an account goes back where routing sends it, for its move holds no more on the day.

    None where it holds, or may. An account whose segment would be another is not judged by a changeover.
    """
    stood, move = changeover.before, facts.move
    if move is None or stood.team is not move.moved_to or not is_asked_again(move, policy.program):
        return None
    again = _classify(replace(facts, trigger=None), policy, on)
    if again.segment is not stood.segment or again.team is stood.team:
        return None
    actions = (NoticeCode.CHANGE_THE_OWNER, *([NoticeCode.DISCOVER] if again.missing_facts else []))
    return again._replace(facts=facts, advice=(), actions=actions)


def take_parts(facts: Facts, values: dict[str, Any], program: Program, trail: Trail) -> Routing | None:
    """Take the parts of a program in their order: what is answered and bound goes into ``values``, and into the trail.

    None where there is no segment to route by.

    Raises:
        UnroutableAccountError: no routing rule covers the facts.
    """
    routing: Routing | None = None
    for part in program.parts:
        if part.given is not None and not part.given.answer(values):
            continue
        match part:
            case FirstOf():
                _take_first(part, values, trail)
            case Ask(step):
                values[step.key] = step.ask(values, trail)
            case Routes():
                routing = route_account(facts, values, part, program, trail)
                if facts.move is not None:
                    routing = weigh_move(routing, facts, values, program, trail)
                values["team"], values["rule"] = routing.team, routing.rule
                values["status"] = _PROVISIONAL if routing.missing_facts else _FINAL
            case _:
                assert_never(part)
    return routing


def _take_first(part: FirstOf, values: dict[str, Any], trail: Trail) -> None:
    for case in part.cases:
        if case.given is not None and not case.given.answer(values):
            continue
        step = case.step
        answer = values[step.key] = step.ask(values, trail)
        if answer:
            for bound in case.binds:
                values[bound.name] = bound.word if bound.value_of is None else values[bound.value_of]
            return
