"""Segmentation: the walk over the sources that settles how large an account is (SEG-1 to SEG-9)."""

from enum import StrEnum
from typing import Any, NamedTuple

from service.domain.clauses import Outcome
from service.domain.facts import EmployeeCount, Facts
from service.domain.policy import Policy, Trail
from service.domain.terms import Basis, Segment, Source
from service.domain.vocabulary import (
    PRIMARY_SOURCES,
    counts_given,
    employees_of,
    leading_employees,
    linkedin_verifying_employees,
    segment,
    vp_segment,
    wholly_wrong,
)

_EMPLOYEES = {source: employees_of(source).name for source in PRIMARY_SOURCES}
_WHOLLY_WRONG = {source: wholly_wrong(source).name for source in PRIMARY_SOURCES}
_SMB = Segment.SMB  # bound once, for looking a member up on its enum costs as much as answering a clause
_DERIVED: dict[str, Any] = {
    **dict.fromkeys(_EMPLOYEES.values()),
    **dict.fromkeys(_WHOLLY_WRONG.values(), False),
    **dict.fromkeys(fact.name for fact in (vp_segment, segment, leading_employees, linkedin_verifying_employees)),
    counts_given.name: False,
}


class DoubleCheck(StrEnum):
    """What LinkedIn says of an SMB result (SEG-7)."""

    VERIFIED = "verified"
    CONFLICT = "conflict"
    UNVERIFIED = "unverified"


class Segmentation(NamedTuple):
    """The segment, or None where nobody leads (SEG-4), with what it rests on.

    ``leading_employees`` is the count that routing goes by. ``passed`` are the sources whose number was set aside as
    wholly wrong before one led. ``double_check_required`` is unknown where the region is.
    """

    segment: Segment | None
    basis: Basis | None
    leading_employees: int | None
    passed: tuple[Source, ...]
    double_check: DoubleCheck | None
    double_check_required: Outcome


def known_values(facts: Facts) -> dict[str, Any]:
    """Every fact by name, as clauses speak of them, before the source walk has added what it derives."""
    values = _DERIVED | vars(facts.account)
    values["max_family_employees"] = values["max_family_employees"] or None
    values["motion"] = facts.motion
    if facts.vp_decision is not None:
        values["vp_segment"] = facts.vp_decision.segment
    for count in facts.employee_counts:
        name = _EMPLOYEES.get(count.source)
        if name is None:
            values["counts_given"] = True
        elif count.employees:
            values["counts_given"] = True
            values[name] = count.employees
            values[_WHOLLY_WRONG[count.source]] = count.wholly_wrong
    if not values["linkedin_wholly_wrong"]:
        values["linkedin_verifying_employees"] = values["linkedin_employees"]
    return values


def segment_account(facts: Facts, values: dict[str, Any], policy: Policy, trail: Trail) -> Segmentation:
    """Walk the sources, and write the segment and the leading count into ``values`` for routing to read."""
    passed: list[Source] = []
    result, basis, employees = _lead(facts, values, policy, trail, passed)
    values["segment"] = result
    values["leading_employees"] = employees
    double_check, required = _double_check(values, policy, trail) if result is _SMB else (None, None)
    return Segmentation(result, basis, employees, tuple(passed), double_check, required)


_BASES = {source: Basis(source) for source in PRIMARY_SOURCES}
_DOUBLE_CHECKS = {True: DoubleCheck.VERIFIED, False: DoubleCheck.CONFLICT, None: DoubleCheck.UNVERIFIED}


def _lead(
    facts: Facts, values: dict[str, Any], policy: Policy, trail: Trail, passed: list[Source]
) -> tuple[Segment | None, Basis | None, int | None]:
    if facts.vp_decision is not None and policy.vp_decision.ask(values, trail):
        return facts.vp_decision.segment, Basis.VP, first_third_party_employees(facts.employee_counts)
    for step in policy.sources:
        employees: int | None = values[_EMPLOYEES[step.source]]
        if step.stands.ask(values, trail):
            values["leading_employees"] = employees
            return _band(values, policy, trail), _BASES[step.source], employees
        if employees is not None:
            passed.append(step.source)
    if policy.crm_segment.ask(values, trail):
        return facts.account.crm_segment, Basis.CRM, None
    return None, None, None


def _band(values: dict[str, Any], policy: Policy, trail: Trail) -> Segment | None:
    for band in policy.bands:
        if band.holds.ask(values, trail):
            return band.segment
    return None


def band_of(employees: int, policy: Policy) -> Segment | None:
    """The segment of a number of employees (SEG-1)."""
    return _band({"leading_employees": employees}, policy, [])


def _double_check(values: dict[str, Any], policy: Policy, trail: Trail) -> tuple[DoubleCheck, Outcome]:
    double_check = _DOUBLE_CHECKS[policy.double_check.ask(values, trail)]
    unverified = double_check is DoubleCheck.UNVERIFIED
    return double_check, policy.double_check_required.ask(values, trail) if unverified else None


def double_check_of(trail: Trail, policy: Policy) -> DoubleCheck | None:
    """What LinkedIn said of an SMB result (SEG-7), by the trail; None where the result was not SMB."""
    return next((_DOUBLE_CHECKS[outcomes[-1]] for key, outcomes in trail if key == policy.double_check.key), None)


def first_third_party_employees(counts: tuple[EmployeeCount, ...]) -> int | None:
    """The first number that a third party puts forward and that stands, in the order given (SEG-4)."""
    return next(
        (
            number
            for count in counts
            if count.source is Source.THIRD_PARTY and not count.wholly_wrong and (number := count.known_employees)
        ),
        None,
    )


def sources_disagree(facts: Facts, policy: Policy) -> bool:
    """Whether the primary sources that have a number fall in different bands (SEG-8).

    Bands are intervals, so the smallest and the largest number speak for those between.
    """
    numbers = [count.employees for count in facts.employee_counts if count.employees and count.source in _EMPLOYEES]
    if len(numbers) <= 1:
        return False
    smallest, largest = min(numbers), max(numbers)
    return smallest != largest and band_of(smallest, policy) is not band_of(largest, policy)
