"""A decision in sentences: its summary, and what its advice and actions say. One source for every reader.

The words are those of the program that it was taken under; what a ``$name`` in them stands for is found here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from service.domain.clauses import Citation
from service.domain.decide import trigger_values
from service.domain.decision import Decision, Status
from service.domain.explain import values_of
from service.domain.handoff.receiver import due_on, email_will_do, receiver_of
from service.domain.nearness import hindrances, said
from service.domain.parts import Step
from service.domain.policy import Policy, UnknownRevision
from service.domain.program import Ground
from service.domain.ranges import Range
from service.domain.standing_moves import ended_by
from service.domain.terms import NoticeCode, Segment, Source, Team
from service.domain.triggers import Changeover, Discovery, EscalationAnswer, HandoffTrigger, Stage, Trigger
from service.domain.wording import (
    BASIS_NAMES,
    SEGMENT_NAMES,
    SOURCE_NAMES,
    TEAM_NAMES,
    filled,
    listing,
    quantity,
    value_words,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Advice, or an action, as a person reads it, with the rule it rests on. What is not known cites nothing."""

    code: NoticeCode
    text: str
    rule: str
    facts: tuple[str, ...]
    citation: Citation | None


def summary(decision: Decision, policy: Policy | UnknownRevision) -> str:
    """The decision in one sentence, with what made it and how firm it is."""
    if isinstance(policy, UnknownRevision):
        return _unexplained(decision, policy)
    if decision.facts.trigger is not None:
        return _of_trigger(decision, decision.facts.trigger, policy)
    texts = policy.program.texts
    if decision.team is None or decision.segment is None:
        return texts["pending"]
    grounds = ", ".join(_grounds(decision, policy))
    case = "provisional" if decision.status is Status.PROVISIONAL else "decided"
    return _with_what_ended(filled(texts[case], _Words(decision, grounds=grounds)), decision, policy)


def _with_what_ended(said_of_it: str, decision: Decision, policy: Policy) -> str:
    """What is said of a decision, and of the move that stood before it, if it ended that, why."""
    ended, move = ended_by(decision), decision.facts.move
    if ended is None or move is None:
        return said_of_it
    held = hindrances(ended.expression, dict(decision.trail)[ended.key], values_of(decision, policy))
    # That a number was not discovered is no news; what the one of today is may be.
    told = [each for each in held if each.value is not None] or held
    hindered = listing([*dict.fromkeys(map(said, told))])
    words = {"decided": said_of_it, "ended_by": move.rule, "moved_on": str(move.moved_on), "hindrances": hindered}
    return filled(policy.program.texts["ended"], _Words(decision, **words))


def _unexplained(decision: Decision, revision: UnknownRevision) -> str:
    owner = "Nobody owns the account yet" if decision.team is None else f"{TEAM_NAMES[decision.team]} owns the account"
    return (
        f"{owner} by {decision.rule}, under {revision.id} revision {revision.version}, which is not on record here as "
        "it was read then, so that this cannot be explained."
    )


def _grounds(decision: Decision, policy: Policy) -> list[str]:
    program, move = policy.program, decision.facts.move
    if move is not None and decision.rule == move.rule:
        if move.moved_from is None:
            if move.rests_on != "HAND-1" or move.answered_by is None:
                return [filled(program.texts["held"], _Words(decision))]
            words = {"answered_by": move.answered_by, "moved_on": str(move.moved_on)}
            return [filled(program.texts["stays_for_good"], _Words(decision, **words))]
        moved_from = TEAM_NAMES[move.moved_from]
        return [filled(program.texts["moved"], _Words(decision, moved_from=moved_from, moved_on=str(move.moved_on)))]
    grounds = program.grounds.get(decision.rule) or program.grounds["*"]
    values = values_of(decision, policy)
    told = [_told(ground, values[ground.fact], decision) for ground in grounds]
    return [text for text in told if text]


def _told(ground: Ground, value: Any, decision: Decision) -> str:  # noqa: ANN401 - whatever facts are
    if value is None:
        words = ground.words.get("unknown")
    else:
        known = str(value).lower() if isinstance(value, bool) else str(value)
        words = ground.words.get("*" if known == "unknown" else known, ground.words.get("*"))
    if words is None:
        return ""
    said_of_it = SEGMENT_NAMES[value] if isinstance(value, Segment) else value_words(value)
    return filled(words, _Words(decision, value=said_of_it))


def _of_trigger(decision: Decision, trigger: Trigger, policy: Policy) -> str:
    """What a discovery, a changeover or a handoff came to: who owns the account, and what held it back."""
    texts = policy.program.texts
    match trigger:
        case Discovery(discovered_by=who):
            counted = ((trigger.employees, "employee"), (trigger.potential_users, "potential user"))
            numbers = [quantity(number, noun) for number, noun in counted if number is not None]
            found, outcome = listing(numbers) if numbers else "neither number", _outcome(decision, trigger, policy)
            return filled(texts["discovery"], _Words(decision, discovered_by=who, found=found, outcome=outcome))
        case Changeover():
            outcome = _outcome(decision, trigger, policy)
            words = _Words(decision, changeover_on=str(trigger.on), outcome=outcome)
            return _with_what_ended(filled(texts["changeover"], words), decision, policy)
        case HandoffTrigger():
            return _handed(decision, trigger, policy)
    assert_never(trigger)


def _outcome(decision: Decision, trigger: Discovery | Changeover, policy: Policy) -> str:
    texts, was = policy.program.texts, trigger.before.team
    if decision.team is None:
        return texts["nobody_owns_it"]
    if was is not None and was is not decision.team:
        return filled(texts["moves"], _Words(decision, owner=TEAM_NAMES[was]))
    return filled(texts["stays"], _Words(decision, held_back=_held_back(decision, policy)))


def _held_back(decision: Decision, policy: Policy) -> str:
    texts, step = policy.program.texts, _decisive(decision, policy)
    outcomes = dict(decision.trail)[step.key]
    if outcomes[-1] is None:
        asked = policy.program.asked_for(step, decision.trail)
        are = "is" if len(asked) == 1 else "are"
        return filled(texts["open"], _Words(decision, question=step.rule, asked_for=listing(asked), are_asked=are))
    if isinstance(decision.facts.trigger, Discovery) and decision.team not in {Team.MMKAFO, Team.MM_TERRITORY}:
        return texts["out_of_reach"]
    held = hindrances(step.expression, outcomes, trigger_values(decision.facts, policy))
    return filled(texts["does_not_apply"], _Words(decision, question=step.rule, hindrances=listing([*map(said, held)])))


def _decisive(decision: Decision, policy: Policy) -> Step:
    """The last question of the decision's own rule that was not answered with yes."""
    return next(
        policy.steps[key]
        for key, outcomes in reversed(decision.trail)
        if policy.steps[key].rule == decision.rule and outcomes[-1] is not True
    )


def _handed(decision: Decision, handover: HandoffTrigger, policy: Policy) -> str:
    texts, answer, receiver = policy.program.texts, handover.answer, receiver_of(decision, policy)
    if receiver is None:
        case = "for_want_of_users" if handover.in_question is None else "in_question"
    elif receiver is Team.MMKAFO:
        case = "kept"
    else:
        case = "handed_over" if handover.stage is Stage.COMPLETED else "receives"
    if handover.stage in {Stage.REOPENED, Stage.ABANDONED}:
        case = handover.stage.value
    words = _Words(
        decision,
        opportunity=handover.opportunity_id,
        closed_on=str(handover.closed_on),
        receiver="" if receiver is None else TEAM_NAMES[receiver],
        answered="" if answer is None else _answered(answer, texts),
        way="by call or email" if email_will_do(decision, policy) else "by call",
        due_on=str(due_on(handover, policy.parameters)),
    )
    return filled(texts[case], words)


def _answered(answer: EscalationAnswer, texts: Mapping[str, str]) -> str:
    known = answer.answered_on is not None and "on_the_day" in texts
    on_the_day = filled(texts["on_the_day"], {"answered_on": str(answer.answered_on)}) if known else ""
    return filled(texts["answered"], {"answered_by": answer.answered_by, "on_the_day": on_the_day})


def notices(decision: Decision, policy: Policy | UnknownRevision) -> tuple[list[Notice], list[Notice]]:
    """The advice and the required actions of a decision, in words."""
    return (
        [_notice(code, decision, policy) for code in decision.advice],
        [_notice(code, decision, policy) for code in decision.actions],
    )


def _notice(code: NoticeCode, decision: Decision, policy: Policy | UnknownRevision) -> Notice:
    facts = decision.missing_facts if code is NoticeCode.DISCOVER else ()
    if isinstance(policy, UnknownRevision):
        return Notice(
            code,
            f"What {policy.id} revision {policy.version} said of this is not on record here.",
            decision.rule,
            facts,
            None,
        )
    source = policy.program.notices[code]
    rule = decision.rule if source.of_the_decision else source.rule
    return Notice(code, filled(source.text, _Words(decision)), rule, facts, source.citation)


class _Words(dict[str, str]):
    """What a ``$name`` stands for, found when it is first asked for."""

    def __init__(self, decision: Decision, **words: str) -> None:
        super().__init__(words)
        self._decision = decision

    def __missing__(self, name: str) -> str:
        return _WORDS[name](self._decision)


def _numbers(decision: Decision) -> str:
    numbers = [
        f"{SOURCE_NAMES[count.source]} {value_words(count.employees)}{' (set aside)' if count.wholly_wrong else ''}"
        for count in decision.facts.employee_counts
        if count.source is not Source.THIRD_PARTY and count.employees
    ]
    return ", ".join(numbers)


def _missing(decision: Decision) -> str:
    """The missing facts, each with the range that is all that is known of it."""
    known = {fact: getattr(decision.facts.account, fact, None) for fact in decision.missing_facts}
    return listing([f"{fact} ({value.words})" if isinstance(value, Range) else fact for fact, value in known.items()])


_WORDS: dict[str, Callable[[Decision], str]] = {
    "region": lambda decision: str(decision.facts.account.region),
    "numbers": _numbers,
    "crm_segment": lambda decision: SEGMENT_NAMES[decision.facts.account.crm_segment or Segment.MM],
    "segment": lambda decision: SEGMENT_NAMES[decision.segment or Segment.MM],
    "team": lambda decision: TEAM_NAMES[decision.team or Team.MMKAFO],
    "rule": lambda decision: decision.rule,
    "basis": lambda decision: "nobody" if decision.basis is None else BASIS_NAMES[decision.basis],
    "missing_facts": _missing,
    "are": lambda decision: "is" if len(decision.missing_facts) == 1 else "are",
}
