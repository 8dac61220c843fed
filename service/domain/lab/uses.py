"""Where the parameters of a policy are used: found by building the policy with another value of each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from service.domain.clauses import Citation
from service.domain.duties.policy import DutyPolicy
from service.domain.duties.program import DutyParameters
from service.domain.parameters import Parameters
from service.domain.parts import Notify, Step
from service.domain.policy import Policy
from service.domain.wording import clauses_of


@dataclass(frozen=True, slots=True)
class Use:
    """A clause that a parameter bears on: its rule, its name or number there, and its place in the handbook."""

    rule: str
    clause: str
    citation: Citation


def uses_of(policy: Policy, rebuilt: Callable[[Parameters], Policy]) -> dict[str, tuple[Use, ...]]:
    """The clauses that each parameter bears on, in the order of the steps, with those of advice and actions behind.

    ``rebuilt`` makes the policy from other parameters.
    """
    as_it_is = rebuilt(policy.parameters)
    return {
        name: tuple(dict.fromkeys(_differing(as_it_is, rebuilt(replace(policy.parameters, **{name: another(value)})))))
        for name, value in policy.parameters.as_dict().items()
    }


def uses_of_duties(policy: DutyPolicy, rebuilt: Callable[[DutyParameters], DutyPolicy]) -> dict[str, tuple[Use, ...]]:
    """The same of the duties of an opportunity, and of sales work beside them."""
    as_it_is = rebuilt(policy.parameters)
    found: dict[str, tuple[Use, ...]] = {}
    for name, value in policy.parameters.as_dict().items():
        other = rebuilt(replace(policy.parameters, **{name: another(value)}))
        found[name] = tuple(dict.fromkeys(_of_steps(as_it_is.steps, other.steps)))
    return found


def another(value: object) -> Any:  # noqa: ANN401 - whatever the parameter is
    """Another value than that of a parameter."""
    match value:
        case int():
            return value + 1
        case date():
            return value + timedelta(days=1)
        case StrEnum():
            return next(each for each in type(value) if each is not value)
        case tuple():
            return (*value, "".join(value) + "?")
        case _:
            raise TypeError(value)


def _differing(one: Policy, other: Policy) -> Iterator[Use]:
    yield from _of_steps(one.steps, other.steps)
    program = one.program
    for mine, theirs in zip(_notified(one), _notified(other), strict=True):
        if mine.given != theirs.given:
            notice = program.notices[mine.code]
            yield Use(notice.rule, mine.code, notice.citation)


def _of_steps(ours: Mapping[str, Step], theirs: Mapping[str, Step]) -> Iterator[Use]:
    for key, step in ours.items():
        yield from _uses(step, theirs[key])


def _uses(step: Step, other: Step) -> Iterator[Use]:
    if step.expression == other.expression and step.title == other.title:
        return
    numbered = zip(clauses_of(step.expression), clauses_of(other.expression), strict=True)
    differing = [clause for clause, theirs in numbered if clause.expression != theirs.expression]
    yield from (Use(step.rule, clause.label, clause.citation) for clause in differing)
    if not differing:
        yield Use(step.rule, step.part, step.citation)


def _notified(policy: Policy) -> tuple[Notify, ...]:
    return (*policy.program.advice, *policy.program.actions)
