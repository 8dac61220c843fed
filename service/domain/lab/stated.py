"""The facts that a caller can state of an account, by name: what is stated, and the same facts with others stated."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from service.domain.facts import Account, EmployeeCount, Facts, VpDecision
from service.domain.lab.cells import Value
from service.domain.reviews import counts_fingerprint
from service.domain.terms import Motion, Segment, Source, Team
from service.domain.values import first_third_party_employees
from service.domain.vocabulary import (
    PRIMARY_SOURCES,
    crm_created_on,
    crm_segment,
    customer,
    employees_of,
    first_order_available,
    key_account,
    lam_dev_count,
    linkedin_engineering_it,
    max_family_employees,
    motion,
    region,
    vp_segment,
    wholly_wrong,
)

CURRENT_TEAM = "current_team"
THIRD_PARTY_EMPLOYEES = "third_party_employees"
"""The first number that a third party puts forward and that stands; 0: third parties are named, and none has one."""
GAP_TO_BE_FOUND = "The gap that is yet to be found"
"""Stands for the gap in a mark that nobody has made yet (SEG-3)."""

EMPLOYEES = {employees_of(source).name: source for source in PRIMARY_SOURCES}
MARKS = {wholly_wrong(source).name: source for source in PRIMARY_SOURCES}
OF_THE_ACCOUNT = (
    region.name,
    crm_segment.name,
    crm_created_on.name,
    first_order_available.name,
    customer.name,
    key_account.name,
    CURRENT_TEAM,
    max_family_employees.name,
    lam_dev_count.name,
    linkedin_engineering_it.name,
)
OF_THE_SEGMENT = (*EMPLOYEES, crm_segment.name, THIRD_PARTY_EMPLOYEES, vp_segment.name)
"""What the segment and the leading count can come from, in the order of the walk."""
STATED = (*EMPLOYEES, *MARKS, THIRD_PARTY_EMPLOYEES, vp_segment.name, *OF_THE_ACCOUNT, motion.name)
"""Every fact that can be stated of an account, and that a clause of classification can speak of."""
COUNTED = (
    *EMPLOYEES,
    THIRD_PARTY_EMPLOYEES,
    max_family_employees.name,
    lam_dev_count.name,
    linkedin_engineering_it.name,
)
"""The counts of people."""
NEVER_UNKNOWN = frozenset({crm_created_on.name, motion.name, *MARKS})
"""Absent, these have a meaning of their own."""


def value_of(facts: Facts, name: str) -> Value:
    """What is stated of a fact; None where it is unknown."""
    if name in EMPLOYEES or name in MARKS:
        count = _count(facts, EMPLOYEES.get(name) or MARKS[name])
        number = None if count is None else count.known_employees
        return number if name in EMPLOYEES else count is not None and number is not None and count.wholly_wrong
    if name == THIRD_PARTY_EMPLOYEES:
        named = any(count.source is Source.THIRD_PARTY for count in facts.employee_counts)
        return first_third_party_employees(facts.employee_counts) or (0 if named else None)
    if name == vp_segment.name:
        return None if facts.vp_decision is None else facts.vp_decision.segment.value
    if name == motion.name:
        return facts.motion.value
    value: Value = getattr(facts.account, name)
    return (value or None) if name == max_family_employees.name else value


def stating(facts: Facts, values: Mapping[str, Value]) -> Facts | None:
    """The same facts with these stated instead; None where they contradict each other, and could not be posted.

    A decision of the VP stands for the counts that were reviewed: other counts are without it (SEG-5).
    """
    try:
        counts = _with_counts(facts, values)
        account = {name: value for name, value in values.items() if name in OF_THE_ACCOUNT}
        stated = replace(
            facts,
            account=Account(**(vars(facts.account) | _in_terms(account))) if account else facts.account,
            employee_counts=counts,
            motion=Motion(str(values.get(motion.name, facts.motion))),
        )
    except ValidationError:
        return None
    if counts is not facts.employee_counts and counts_fingerprint(counts) != counts_fingerprint(facts.employee_counts):
        stated = replace(stated, vp_decision=None)
    decided = values.get(vp_segment.name)
    return stated if decided is None else replace(stated, vp_decision=_vp_decides(Segment(str(decided))))


def _in_terms(account: dict[str, Value]) -> dict[str, Any]:
    terms = {crm_segment.name: Segment, CURRENT_TEAM: Team}
    return {
        name: terms[name](str(value)) if name in terms and value is not None else value
        for name, value in account.items()
    }


def _vp_decides(decided: Segment) -> VpDecision:
    return VpDecision(segment=decided, reason="As the VP may decide", decided_by="VP of Commercial Sales")


def _count(facts: Facts, source: Source) -> EmployeeCount | None:
    return next((count for count in facts.employee_counts if count.source is source), None)


def _with_counts(facts: Facts, values: Mapping[str, Value]) -> tuple[EmployeeCount, ...]:
    counts = list(facts.employee_counts)
    for source in PRIMARY_SOURCES:
        name, mark = employees_of(source).name, wholly_wrong(source).name
        if name in values or mark in values:
            old = _count(facts, source)
            number = values.get(name, None if old is None else old.employees)
            wrong = values.get(mark, False if old is None else old.wholly_wrong)
            gap = (old and old.gap) or GAP_TO_BE_FOUND
            posted = (vars(old) if old else {"source": source}) | {"employees": number, "wholly_wrong": wrong}
            _put(counts, old, EmployeeCount(**posted | {"gap": gap if wrong else None}))
    if values.get(THIRD_PARTY_EMPLOYEES) is not None:
        number = values[THIRD_PARTY_EMPLOYEES]
        first = next((count for count in counts if _stands(count)), None)
        named = vars(first) if first else {"source": Source.THIRD_PARTY, "name": "A third party"}
        _put(counts, first, EmployeeCount(**named | {"employees": number}))
    return tuple(counts) if counts != list(facts.employee_counts) else facts.employee_counts


def _stands(count: EmployeeCount) -> bool:
    return count.source is Source.THIRD_PARTY and not count.wholly_wrong and count.known_employees is not None


def _put(counts: list[EmployeeCount], old: EmployeeCount | None, new: EmployeeCount) -> None:
    if old is None:
        counts.append(new)
    else:
        counts[counts.index(old)] = new
