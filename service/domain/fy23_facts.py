"""What FY23 derives from the facts of an account, before it asks of them."""

from collections.abc import Iterator

from service.domain import vocabulary as fact
from service.domain.clauses import Expression, Quantity, all_of, any_of
from service.domain.parameters import Parameters
from service.domain.parts import Derived
from service.domain.terms import Segment, Source, Team


def derived(p: Parameters) -> tuple[Derived, ...]:
    """A count of 0 is no data, and a mark without a number says nothing."""
    numbers = {source: fact.employees_of(source) for source in fact.PRIMARY_SOURCES}
    linkedin = numbers[Source.LINKEDIN]
    return (
        Derived(fact.max_family_employees.name, fact.family_count > 0, fact.family_count.name),
        *(
            Derived(number.name, fact.count_of(source) > 0, fact.count_of(source).name)
            for source, number in numbers.items()
        ),
        *(
            Derived(fact.wholly_wrong(source).name, number.is_known & fact.marked(source).holds)
            for source, number in numbers.items()
        ),
        *(
            Derived(fact.in_one_band(source).name, all_of(number.is_known, *(_on_a_side(number, p))))
            for source, number in numbers.items()
        ),
        Derived(fact.current_team.name, ~_no_longer_first_order(), fact.current_team.name),
        Derived(fact.counts_given.name, _counts_beside_ranges()),
        Derived(fact.crm_segment_counted_out.name, _counted_out(p)),
        Derived(fact.linkedin_verifying_employees.name, ~fact.wholly_wrong(Source.LINKEDIN).holds, linkedin.name),
    )


def _on_a_side(number: Quantity, p: Parameters) -> Iterator[Expression]:
    """A number is on one side of each edge of a band; a range may lie across it, which is unknown."""
    return ((number < edge) | (number >= edge) for edge in (p.mid_market_min_employees, p.large_min_employees))


def _no_longer_first_order() -> Expression:
    """Key Accounts First Order keeps no account of which a First Order was handed over (ROUTE-2)."""
    return fact.current_team.is_in(Team.MMKAFO) & fact.handed_over.holds


def _counts_beside_ranges() -> Expression:
    """Some source has data, other than a range across the edge of a band that is not set aside."""
    settled = (
        fact.employees_of(source).is_known & (fact.wholly_wrong(source).holds | fact.in_one_band(source).is_known)
        for source in fact.PRIMARY_SOURCES
    )
    return any_of(*settled, fact.third_parties_counted.holds)


def _counted_out(p: Parameters) -> Expression:
    """Some source states nothing but numbers outside the segment that is marked in the CRM."""
    numbers = [fact.employees_of(source) for source in fact.PRIMARY_SOURCES]
    too_large = any_of(*(number >= p.mid_market_min_employees for number in numbers))
    too_small = any_of(*(number < p.large_min_employees for number in numbers))
    beside = any_of(fact.crm_segment.is_in(Segment.SMB) & too_large, fact.crm_segment.is_in(Segment.LARGE) & too_small)
    return fact.crm_segment.is_known & beside
