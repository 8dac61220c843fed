"""The facts that a caller can state of an account, by name: what is stated, and the same facts with others stated.

Each is cut into cells by the clauses that bear on segment and team.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache

from pydantic import ValidationError

from service.domain import vocabulary
from service.domain.cells import Among, Cell, Unknown, Value, YesOrNo, choices_cells, part_in, spans
from service.domain.clauses import leaves_of
from service.domain.facts import Account, EmployeeCount, Facts, VpDecision, contradict
from service.domain.fields import AS_RECORDED
from service.domain.policy import Policy
from service.domain.ranges import Range
from service.domain.reviews import counts_fingerprint
from service.domain.terms import Motion, Segment, Source, Team
from service.domain.values import first_third_party_employees

CURRENT_TEAM = "current_team"
THIRD_PARTY_EMPLOYEES = "third_party_employees"
"""The first number that a third party puts forward and that stands; 0: each that is put forward is wholly wrong."""
GAP_TO_BE_FOUND = "The gap that is yet to be found"
"""Stands for the gap in a mark that nobody has made yet (SEG-3)."""

EMPLOYEES = {vocabulary.employees_of(source).name: source for source in vocabulary.PRIMARY_SOURCES}
MARKS = {vocabulary.wholly_wrong(source).name: source for source in vocabulary.PRIMARY_SOURCES}
OF_THE_ACCOUNT = (
    vocabulary.region.name,
    vocabulary.crm_segment.name,
    vocabulary.crm_created_on.name,
    vocabulary.first_order_available.name,
    vocabulary.customer.name,
    vocabulary.key_account.name,
    CURRENT_TEAM,
    vocabulary.max_family_employees.name,
    vocabulary.lam_dev_count.name,
    vocabulary.linkedin_engineering_it.name,
)
OF_THE_SEGMENT = (*EMPLOYEES, vocabulary.crm_segment.name, THIRD_PARTY_EMPLOYEES, vocabulary.vp_segment.name)
"""What the segment and the leading count can come from, in the order of the walk."""
STATED = (
    *EMPLOYEES,
    *MARKS,
    THIRD_PARTY_EMPLOYEES,
    vocabulary.vp_segment.name,
    *OF_THE_ACCOUNT,
    vocabulary.motion.name,
)
"""Every fact that can be stated of an account, and that a clause of classification can speak of."""
COUNTED = (
    *EMPLOYEES,
    THIRD_PARTY_EMPLOYEES,
    vocabulary.max_family_employees.name,
    vocabulary.lam_dev_count.name,
    vocabulary.linkedin_engineering_it.name,
)
"""The counts of people."""
NEVER_UNKNOWN = frozenset({vocabulary.crm_created_on.name, vocabulary.motion.name, *MARKS})
"""Absent, these have a meaning of their own; but see ``can_be_unknown``."""
_LEAST = {
    **dict.fromkeys((*EMPLOYEES, vocabulary.leading_employees.name), 1),
    THIRD_PARTY_EMPLOYEES: 1,
    vocabulary.max_family_employees.name: 1,
    vocabulary.lam_dev_count.name: 0,
    vocabulary.linkedin_engineering_it.name: 0,
    vocabulary.crm_created_on.name: None,
}
"""The numbers and days, with the least that is a value: 0 employees are no data."""
_FLAGS = (vocabulary.first_order_available.name, vocabulary.customer.name, vocabulary.key_account.name, *MARKS)
_MOTION = vocabulary.motion.name
_MARK_OF = {source: mark for mark, source in MARKS.items()}
_OF_COUNTS = frozenset((*EMPLOYEES, *MARKS, THIRD_PARTY_EMPLOYEES))
_TERMS: dict[str, type[Segment | Team]] = {vocabulary.crm_segment.name: Segment, CURRENT_TEAM: Team}
_SEGMENTS, _MOTIONS = tuple(map(str, Segment)), tuple(map(str, Motion))


def can_be_unknown(name: str, facts: Facts) -> bool:
    """Whether a fact is not known where it is absent. An existing account was created in the CRM on some day."""
    created = name == vocabulary.crm_created_on.name and facts.motion is Motion.EXISTING
    return created or name not in NEVER_UNKNOWN


def is_open(value: Value) -> bool:
    """Whether more can become known of a fact than what is."""
    return value is None or isinstance(value, Range)


def value_of(facts: Facts, name: str) -> Value:
    """What is stated of a fact; None where it is unknown."""
    if name in EMPLOYEES or name in MARKS:
        count = _count(facts, EMPLOYEES.get(name) or MARKS[name])
        number = None if count is None else count.known_employees
        return number if name in EMPLOYEES else count is not None and number is not None and count.wholly_wrong
    if name == THIRD_PARTY_EMPLOYEES:
        third_parties = (count for count in facts.employee_counts if count.source is Source.THIRD_PARTY)
        counted = any(count.known_employees is not None for count in third_parties)
        return first_third_party_employees(facts.employee_counts) or (0 if counted else None)
    if name == vocabulary.vp_segment.name:
        return None if facts.vp_decision is None else facts.vp_decision.segment.value
    if name == vocabulary.motion.name:
        return facts.motion.value
    value: Value = getattr(facts.account, name)
    return (value or None) if name == vocabulary.max_family_employees.name else value


def stating(facts: Facts, values: Mapping[str, Value]) -> Facts | None:
    """The same facts with these stated instead; None where they contradict each other, and could not be posted.

    A decision of the VP stands for the counts that were reviewed: other counts are without it (SEG-5).
    """
    try:
        counts = _with_counts(facts, values)
        account = _with_account(facts.account, values)
    except ValidationError:
        return None
    if account is None:
        return None
    return replace(
        facts,
        account=account,
        employee_counts=counts,
        motion=Motion(str(values[_MOTION])) if _MOTION in values else facts.motion,
        vp_decision=_vp_decision(facts, counts, values),
    )


def _vp_decision(facts: Facts, counts: tuple[EmployeeCount, ...], values: Mapping[str, Value]) -> VpDecision | None:
    if (decided := values.get(vocabulary.vp_segment.name)) is not None:
        by, why = "VP of Commercial Sales", "As the VP may decide"
        return VpDecision(segment=Segment(str(decided)), reason=why, decided_by=by)
    if facts.vp_decision is None or counts is facts.employee_counts:
        return facts.vp_decision
    are_alike = counts_fingerprint(counts) == counts_fingerprint(facts.employee_counts)
    return facts.vp_decision if are_alike else None


def _with_account(account: Account, values: Mapping[str, Value]) -> Account | None:
    """The account with other values, which are read one by one, for many are stated together over and over."""
    changed = {name: _read(name, value) for name, value in values.items() if name in OF_THE_ACCOUNT}
    stated = account.model_copy(update=changed) if changed else account
    return None if contradict(stated.customer, stated.first_order_available) else stated


@lru_cache(maxsize=1024, typed=True)
def _read(name: str, value: Value) -> object:
    in_terms = _TERMS[name](str(value)) if name in _TERMS and value is not None else value
    return getattr(Account.model_validate({"id": "any", name: in_terms}, context=AS_RECORDED), name)


_read_count = lru_cache(maxsize=1024, typed=True)(EmployeeCount)


def _count(facts: Facts, source: Source) -> EmployeeCount | None:
    return next((count for count in facts.employee_counts if count.source is source), None)


def _with_counts(facts: Facts, values: Mapping[str, Value]) -> tuple[EmployeeCount, ...]:
    if values.keys().isdisjoint(_OF_COUNTS):
        return facts.employee_counts
    counts = list(facts.employee_counts)
    for name, source in EMPLOYEES.items():
        mark = _MARK_OF[source]
        if name in values or mark in values:
            old = _count(facts, source)
            number = values.get(name, None if old is None else old.employees)
            wrong = values.get(mark, False if old is None else old.wholly_wrong)
            gap = (old and old.gap) or GAP_TO_BE_FOUND
            posted = (vars(old) if old else {"source": source}) | {"employees": number, "wholly_wrong": wrong}
            _put(counts, old, _read_count(**posted | {"gap": gap if wrong else None}))
    if values.get(THIRD_PARTY_EMPLOYEES) is not None:
        number = values[THIRD_PARTY_EMPLOYEES]
        first = next((count for count in counts if count.source is Source.THIRD_PARTY and count.stands), None)
        named = vars(first) if first else {"source": Source.THIRD_PARTY, "name": "A third party"}
        _put(counts, first, _read_count(**named | {"employees": number}))
    return tuple(counts) if counts != list(facts.employee_counts) else facts.employee_counts


def _put(counts: list[EmployeeCount], old: EmployeeCount | None, new: EmployeeCount) -> None:
    if old is None:
        counts.append(new)
    else:
        counts[counts.index(old)] = new


@cache
def stated_cells(policy: Policy) -> dict[str, tuple[Cell, ...]]:
    """Every fact that can be stated, by name, with the cells that the policy cuts it into; unknown is none of them."""
    return {name: cells_of(name, (policy,)) for name in STATED}


def learnt_cells(name: str, facts: Facts, policy: Policy) -> Iterator[Cell]:
    """The cells in which a fact can turn out to lie that is not known, or known as a range alone."""
    known = value_of(facts, name)
    parts = (part_in(cell, known) for cell in stated_cells(policy)[name])
    return (part for part in parts if part is not None)


def cells_of(name: str, policies: tuple[Policy, ...]) -> tuple[Cell, ...]:
    """The cells of a fact within which none of the policies decides otherwise; unknown is none of them."""
    speaks_as = (
        {name, vocabulary.leading_employees.name} if name in EMPLOYEES or name == THIRD_PARTY_EMPLOYEES else {name}
    )
    steps = [step for policy in policies for step in policy.program.deciding]
    own = [leaf for step in steps for leaf in leaves_of(step.expression) if leaf.fact in speaks_as]
    if name in _LEAST:
        absent: tuple[Cell, ...] = (Unknown(),) if name == vocabulary.crm_created_on.name else ()
        return (*absent, *spans(_LEAST[name], own))
    if name in _FLAGS:
        return (YesOrNo(answer=True), YesOrNo(answer=False))
    if name == CURRENT_TEAM:
        kept = sorted({team.value for policy in policies for team in policy.program.keeping})
        others = tuple(team.value for team in Team if team.value not in kept)
        return (*(Among((team,)) for team in kept), Among(others))
    if name in {vocabulary.crm_segment.name, vocabulary.vp_segment.name}:
        return tuple(Among((segment,)) for segment in _SEGMENTS)
    return choices_cells(own, closed=_MOTIONS if name == vocabulary.motion.name else None)
