"""The facts of an account by name, as expressions speak of them: those that are stated, and those that are derived."""

from typing import Any

from service.domain.facts import EmployeeCount, Facts
from service.domain.program import Program
from service.domain.ranges import Range
from service.domain.terms import Source, Team
from service.domain.vocabulary import NOTHING_STATED, PRIMARY_SOURCES, apart_from, count_of, marked

_COUNTS = {source: (count_of(source).name, marked(source).name) for source in PRIMARY_SOURCES}


def known_values(facts: Facts, program: Program) -> dict[str, Any]:
    """Every fact of an account by name, derived ones too; what is bound and answered on the way is unknown as yet."""
    values = program.nothing_known | vars(facts.account)
    _state(facts, values)
    program.derive(values)
    return values


def stated_values(facts: Facts) -> dict[str, Any]:
    """What is stated of an account, by name."""
    values = NOTHING_STATED | vars(facts.account)
    _state(facts, values)
    return values


def _state(facts: Facts, values: dict[str, Any]) -> None:
    account = facts.account
    values["family_count"] = account.max_family_employees
    values["motion"] = facts.motion
    if facts.vp_decision is not None:
        values["vp_segment"] = facts.vp_decision.segment
    if facts.move is not None or facts.on_record is not None:
        values["current_team"] = _present_team(facts)
    if facts.on_record is not None:
        values["handed_over"] = bool(facts.on_record.handed_over)
    if facts.move is not None:
        values["discovered_employees"] = facts.move.employees
        values["potential_users"] = facts.move.potential_users
    for count in facts.employee_counts:
        names = _COUNTS.get(count.source)
        if names is not None:
            values[names[0]], values[names[1]] = count.employees, count.wholly_wrong
            if isinstance(count.employees, Range) and count.stands:
                _set_apart(count, facts.employee_counts, values)
        else:
            values["third_parties_named"] = True
            if count.known_employees is not None:
                values["third_parties_counted"] = True
            if values["third_party_employees"] is None and count.stands:
                values["third_party_employees"] = count.employees


def _present_team(facts: Facts) -> Team | None:
    """The team that owns the account: as stated, else as the record has it, else as a standing move does."""
    stated, record, move = facts.account.current_team, facts.on_record, facts.move
    if stated is None and record is not None:
        stated = record.team
    return move.moved_to if stated is None and move is not None else stated


def _set_apart(passed: EmployeeCount, counts: tuple[EmployeeCount, ...], values: dict[str, Any]) -> None:
    """State of the sources after one that states a range that they have no number in common with it."""
    after = PRIMARY_SOURCES[PRIMARY_SOURCES.index(passed.source) + 1 :]
    for count in counts:
        known, stated = count.known_employees, passed.employees
        if count.source in after and known is not None and isinstance(stated, Range) and not stated.meets(known):
            values[apart_from(count.source).name] = True


def is_ranged(facts: Facts) -> bool:
    """Whether a fact that clauses read is a range."""
    return any(isinstance(value, Range) for value in stated_values(facts).values())


def first_third_party_employees(counts: tuple[EmployeeCount, ...]) -> int | Range | None:
    """The first number that a third party puts forward and that stands, in the order given (SEG-4)."""
    return next((count.employees for count in counts if count.source is Source.THIRD_PARTY and count.stands), None)
