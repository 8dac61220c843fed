"""A decision in sentences: its summary, and what its advice and actions say. One source for every reader.

The words are those of the program that it was taken under; what a ``$name`` in them stands for is found here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.domain.clauses import Citation
from service.domain.decision import Decision, Status
from service.domain.explain import values_of
from service.domain.policy import Policy
from service.domain.program import Ground
from service.domain.terms import NoticeCode, Segment, Source, Team
from service.domain.trigger_sentences import summarize_trigger
from service.domain.wording import BASIS_NAMES, SEGMENT_NAMES, SOURCE_NAMES, TEAM_NAMES, filled, listing


@dataclass(frozen=True, slots=True)
class Notice:
    """Advice, or an action, as a person reads it, with the rule it rests on."""

    code: NoticeCode
    text: str
    rule: str
    facts: tuple[str, ...]
    citation: Citation


def summary(decision: Decision, policy: Policy) -> str:
    """The decision in one sentence, with what made it and how firm it is."""
    if decision.facts.trigger is not None:
        return summarize_trigger(decision, decision.facts.trigger, policy)
    texts = policy.program.texts
    if decision.team is None or decision.segment is None:
        return texts["pending"]
    grounds = ", ".join(_grounds(decision, policy))
    case = "provisional" if decision.status is Status.PROVISIONAL else "decided"
    return filled(texts[case], _Words(decision, grounds=grounds))


def _grounds(decision: Decision, policy: Policy) -> list[str]:
    program, move = policy.program, decision.facts.move
    if move is not None and decision.rule == move.rule:
        if move.moved_from is None:
            return [filled(program.texts["held"], _Words(decision))]
        moved_from = TEAM_NAMES[move.moved_from]
        return [filled(program.texts["moved"], _Words(decision, moved_from=moved_from, moved_on=str(move.moved_on)))]
    grounds = program.grounds.get(decision.rule) or program.grounds["*"]
    values = values_of(decision)
    told = [_told(ground, values[ground.fact], decision) for ground in grounds]
    return [text for text in told if text]


def _told(ground: Ground, value: Any, decision: Decision) -> str:  # noqa: ANN401 - whatever facts are
    if value is None:
        words = ground.words.get("unknown")
    else:
        known = str(value).lower() if isinstance(value, bool) else str(value)
        words = ground.words.get("*" if known == "unknown" else known, ground.words.get("*"))
    return "" if words is None else filled(words, _Words(decision, value=_in_words(value)))


def _in_words(value: object) -> str:
    match value:
        case Segment():
            return SEGMENT_NAMES[value]
        case int():
            return f"{value:,}"
        case _:
            return str(value)


def notices(decision: Decision, policy: Policy) -> tuple[list[Notice], list[Notice]]:
    """The advice and the required actions of a decision, in words."""
    return [_notice(code, decision, policy) for code in decision.advice], [
        _notice(code, decision, policy) for code in decision.actions
    ]


def _notice(code: NoticeCode, decision: Decision, policy: Policy) -> Notice:
    source = policy.program.notices[code]
    rule = decision.rule if source.of_the_decision else source.rule
    facts = decision.missing_facts if code is NoticeCode.DISCOVER else ()
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
        f"{SOURCE_NAMES[count.source]} {count.employees:,}{' (set aside)' if count.wholly_wrong else ''}"
        for count in decision.facts.employee_counts
        if count.source is not Source.THIRD_PARTY and count.employees
    ]
    return ", ".join(numbers)


_WORDS: dict[str, Callable[[Decision], str]] = {
    "region": lambda decision: str(decision.facts.account.region),
    "numbers": _numbers,
    "crm_segment": lambda decision: SEGMENT_NAMES[decision.facts.account.crm_segment or Segment.MM],
    "segment": lambda decision: SEGMENT_NAMES[decision.segment or Segment.MM],
    "team": lambda decision: TEAM_NAMES[decision.team or Team.MMKAFO],
    "rule": lambda decision: decision.rule,
    "basis": lambda decision: "nobody" if decision.basis is None else BASIS_NAMES[decision.basis],
    "missing_facts": lambda decision: listing(decision.missing_facts),
    "are": lambda decision: "is" if len(decision.missing_facts) == 1 else "are",
}
