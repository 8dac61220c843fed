"""How the size of an account was settled, in sentences: what led, and what was passed before it (SEG-2 to SEG-5)."""

from collections.abc import Iterator

from service.domain.decision import Decision
from service.domain.facts import EmployeeCount
from service.domain.policy import Policy
from service.domain.sentences import summary
from service.domain.terms import Basis, Source
from service.domain.vocabulary import PRIMARY_SOURCES
from service.domain.wording import BASIS_NAMES, SEGMENT_NAMES, SOURCE_NAMES, quantity, value_words


def size_walk(decision: Decision, policy: Policy) -> Iterator[tuple[str, bool]]:
    """What led to the segment, then what was passed on the way to it: sentences, and whether each leads."""
    facts, basis = decision.facts, decision.basis
    counts = {count.source: count for count in facts.employee_counts}
    if decision.segment is None or basis is None:
        yield summary(decision, policy), False
    else:
        yield f"{SEGMENT_NAMES[decision.segment]}: {_lead(decision, basis, policy)}", True
    for source in PRIMARY_SOURCES:
        if basis is not None and basis.value in {source.value, Basis.VP}:
            break
        yield _passed(source, counts.get(source)), False
    if basis in {None, Basis.VP}:
        third_parties = [count for count in facts.employee_counts if count.source is Source.THIRD_PARTY]
        yield from ((_third_party(count), False) for count in third_parties)


def _lead(decision: Decision, basis: Basis, policy: Policy) -> str:
    vp_decision = decision.facts.vp_decision
    if basis is Basis.VP and vp_decision is not None:
        return f"{_title(basis, policy)}, by {vp_decision.decided_by}: {_sentence(vp_decision.reason)}"
    if decision.led is None:
        return f"{_title(basis, policy)}."
    return f"{BASIS_NAMES[basis]} has {quantity(decision.led, 'employee')}."


def _title(basis: Basis, policy: Policy) -> str:
    cases = policy.program.sources.cases
    return next(case.step.title for case in cases if basis.value in {bound.word for bound in case.binds})


def _passed(source: Source, count: EmployeeCount | None) -> str:
    name = SOURCE_NAMES[source]
    if count is None or count.known_employees is None:
        return f"{name} has no number."
    if not count.wholly_wrong:
        return f"{name} ({value_words(count.known_employees)}) lies across the edge of a band."
    return f"{name} ({value_words(count.known_employees)}) was set aside: {_sentence(count.gap or 'wholly wrong')}"


def _third_party(count: EmployeeCount) -> str:
    number = "no number" if count.known_employees is None else f"{value_words(count.known_employees)}"
    gap = "" if count.gap is None else f", set aside: {_sentence(count.gap)[:-1]}"
    return f"Third-party evidence: {count.name} ({number}){gap}."


def _sentence(text: str) -> str:
    on_one_line = " ".join(text.split())
    return on_one_line if on_one_line.endswith((".", "!", "?")) else f"{on_one_line}."
