"""What is odd in a policy: rules that never decide, gaps, thresholds that differ in strictness, what nobody uses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, TypeAlias

from service.domain import vocabulary
from service.domain.clauses import And, Bound, Compare, Fact, leaves_of
from service.domain.duties.policy import DutyPolicy
from service.domain.duties.program import DutyParameters
from service.domain.lab.questions import possible_answers
from service.domain.lab.reach import Reach, reach_of
from service.domain.lab.uses import another
from service.domain.parameters import Parameters
from service.domain.parts import Fork, Step
from service.domain.policy import AnyPolicy, Policy
from service.domain.wording import TEAM_NAMES, listing, quantity, text_of


class LintCode(StrEnum):
    """The kinds of finding. The code is stable."""

    NEVER_HOLDS = "never_holds"
    NEVER_FAILS = "never_fails"
    NEVER_DECIDES = "never_decides"
    NEVER_LEADS_TO = "never_leads_to"
    BAND_GAP = "band_gap"
    UNUSED_FACT = "unused_fact"
    ORDER_DECIDES = "order_decides"
    STRICTNESS = "strictness"
    UNCOVERED = "uncovered"
    IDLE_PARAMETER = "idle_parameter"


Severity: TypeAlias = Literal["fault", "note"]
_MEANINGS = {
    vocabulary.leading_employees.name: "employees",
    vocabulary.linkedin_verifying_employees.name: "employees",
    vocabulary.max_family_employees.name: "employees",
    vocabulary.discovered_employees.name: "employees",
    vocabulary.lam_dev_count.name: "users",
    vocabulary.linkedin_engineering_it.name: "users",
    vocabulary.potential_users.name: "users",
    vocabulary.total_users.name: "users",
}
"""Facts that count the same thing in different places; any other fact means itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd. A fault is never meant; a note may be, and says what to look at.

    ``where`` names the steps, facts or parameters concerned.
    """

    code: LintCode
    severity: Severity
    where: tuple[str, ...]
    sentence: str


def lint(policy: Policy, rebuilt: Callable[[Parameters], Policy] | None = None) -> tuple[Finding, ...]:
    """Everything that is odd in a policy, faults first, in the order of its steps.

    Each way through the policy is decided once, so that what never happens is known and not guessed. ``rebuilt`` makes
    the policy from other parameters; without it, parameters that change nothing are not looked for.
    """
    reach = reach_of(policy)
    found = [
        *_one_sided(policy),
        *_never_decides(policy, reach),
        *_gaps(reach),
        *_unused(policy),
        *_order(policy),
        *_strictness(policy),
        *(() if rebuilt is None else _idle(policy, rebuilt)),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity != "fault"))


def lint_duties(policy: DutyPolicy, rebuilt: Callable[[DutyParameters], DutyPolicy]) -> tuple[Finding, ...]:
    """Everything that is odd in the duties of opportunities: each is asked by itself, so no order decides."""
    as_it_is = _questions(rebuilt(policy.parameters))
    idle = [
        name
        for name, value in policy.parameters.as_dict().items()
        if _questions(rebuilt(replace(policy.parameters, **{name: another(value)}))) == as_it_is
    ]
    return (*_one_sided(policy), *_strictness(policy), *map(_is_idle, idle))


def finding_words(finding: Finding) -> str:
    """A finding in a line: ``note strictness: ...``."""
    return f"{finding.severity} {finding.code}: {finding.sentence}"


def new_against(found: Sequence[Finding], before: Sequence[Finding]) -> list[Finding]:
    """The findings that have none of their kind about the same steps, facts or parameters among those of before."""
    known = {(finding.code, finding.where) for finding in before}
    return [finding for finding in found if (finding.code, finding.where) not in known]


def verdict_words(found: Sequence[Finding], new: Sequence[Finding] | None = None) -> str:
    """What findings come to, in a sentence; ``new`` are those that the revision before has not, where there is one."""
    faults = sum(finding.severity == "fault" for finding in found)
    notes = quantity(len(found) - faults, "note")
    against = "" if new is None else f", {len(new) or 'none'} of them new against the revision that it changes"
    if faults:
        return f"At fault, and not to be published: {quantity(faults, 'fault')} and {notes}{against}."
    return f"Without fault: {notes}{against}."


def _one_sided(policy: AnyPolicy) -> Iterator[Finding]:
    for step in policy.steps.values():
        answers = possible_answers(step.expression)
        if True not in answers:
            yield _fault(LintCode.NEVER_HOLDS, step, f"{step.key} can never hold: {text_of(step.expression)}.")
        elif False not in answers:
            yield _fault(LintCode.NEVER_FAILS, step, f"{step.key} can never fail: {text_of(step.expression)}.")


def _never_decides(policy: Policy, reach: Reach) -> Iterator[Finding]:
    bands, rules = _in_order(policy)
    for step in (*bands, *rules):
        if step.key not in reach.deciding and True in possible_answers(step.expression):
            sentence = f"{step.key} never decides: wherever it holds, something before it holds already."
            yield _fault(LintCode.NEVER_DECIDES, step, sentence)
    for route in policy.program.routes.routes:
        if isinstance(route.to, Fork) and route.when.key in reach.deciding:
            for answer, team in ((True, route.to.if_true), (False, route.to.if_false)):
                if answer not in reach.answers.get(route.to.test.key, ()):
                    how = "yes" if answer else "no"
                    sentence = f"{route.to.test.key} is never answered with {how}, and so never names "
                    yield _fault(LintCode.NEVER_LEADS_TO, route.to.test, f"{sentence}{TEAM_NAMES[team]}.")


def _fault(code: LintCode, step: Step, sentence: str) -> Finding:
    return Finding(code, "fault", (step.key,), sentence)


def _gaps(reach: Reach) -> Iterator[Finding]:
    for where in reach.without_band:
        yield Finding(LintCode.BAND_GAP, "fault", ("leading_employees",), f"No band holds accounts where {where}.")
    for where in reach.uncovered:
        yield Finding(LintCode.UNCOVERED, "note", ("routes",), f"No rule covers accounts where {where}.")


def _unused(policy: Policy) -> Iterator[Finding]:
    declared = [fact.name for fact in vars(vocabulary).values() if isinstance(fact, Fact)]
    for source in vocabulary.PRIMARY_SOURCES:
        declared += [vocabulary.employees_of(source).name, vocabulary.wholly_wrong(source).name]
    read = policy.program.facts_read
    for fact in declared:
        if fact not in read:
            yield Finding(LintCode.UNUSED_FACT, "fault", (fact,), f"No question reads {fact}.")


def _order(policy: Policy) -> Iterator[Finding]:
    for steps in _in_order(policy):
        for place, step in enumerate(steps):
            before = [each.key for each in steps[:place] if _both(each, step)]
            if before:
                sentence = (
                    f"{step.key} holds of accounts of which {listing(before, 'or')} does too: their order decides."
                )
                yield Finding(LintCode.ORDER_DECIDES, "note", (step.key, *before), sentence)


def _in_order(policy: Policy) -> tuple[list[Step], list[Step]]:
    """The bands, and the routing rules: of each the first that holds decides."""
    program = policy.program
    return [case.step for case in program.bands.cases], [route.when for route in program.routes.routes]


def _both(one: Step, other: Step) -> bool:
    return True in possible_answers(And((one.expression, other.expression)))


def _strictness(policy: AnyPolicy) -> Iterator[Finding]:
    """Thresholds of one meaning and one number that are strict in one clause and not in another."""
    clauses: dict[tuple[str, Bound], list[tuple[str, Compare]]] = {}
    for step in policy.steps.values():
        for leaf in leaves_of(step.expression):
            if isinstance(leaf, Compare):
                meaning = _MEANINGS.get(leaf.fact, leaf.fact)
                clauses.setdefault((meaning, leaf.bound), []).append((step.key, leaf))
    for (meaning, bound), found in clauses.items():
        said = {f"{key} ({text_of(leaf)})": leaf.starts_at == bound for key, leaf in found}
        above = [clause for clause, is_above in said.items() if is_above]
        below = [clause for clause, is_above in said.items() if not is_above]
        if above and below:
            sides = f"with those above in {listing(above)}, and with those below in {listing(below)}"
            steps = tuple(dict.fromkeys(key for key, _ in found))
            yield Finding(LintCode.STRICTNESS, "note", steps, f"{bound} {meaning} count {sides}.")


def _idle(policy: Policy, rebuilt: Callable[[Parameters], Policy]) -> Iterator[Finding]:
    """The parameters that change no question: found by building the policy with another value of each."""
    parameters = policy.parameters
    questions = _questions(rebuilt(parameters))
    for name, value in parameters.as_dict().items():
        if _questions(rebuilt(replace(parameters, **{name: another(value)}))) == questions:
            yield _is_idle(name)


def _is_idle(name: str) -> Finding:
    return Finding(LintCode.IDLE_PARAMETER, "note", (name,), f"No question changes with the parameter {name}.")


def _questions(policy: AnyPolicy) -> dict[str, object]:
    return {key: (step.title, step.expression) for key, step in policy.steps.items()}
