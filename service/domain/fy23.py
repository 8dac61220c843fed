"""The FY23 policy: the handbook's rules for fiscal year 2023, in the order in which they are asked.

Here are the parts of a classification. What is derived from the facts before is in ``fy23_facts``, what goes with it or
comes after it, from advice to handoffs, in ``fy23_follow_ups``, the words are in ``fy23_words``, the places in the
handbook in ``fy23_citations``.
"""

from datetime import date
from functools import lru_cache

from service.domain import fy23_citations as cite
from service.domain import vocabulary as fact
from service.domain.clauses import Citation, Clause, Expression, Flag, all_of, any_of
from service.domain.fy23_facts import derived
from service.domain.fy23_follow_ups import actions, advice, handoff_rules, in_the_crm, move_rules
from service.domain.fy23_words import GROUNDS, NOTICES, STATED_AS, TEXTS
from service.domain.parameters import Parameters
from service.domain.parts import Ask, Bound, Case, FirstOf, Fork, Given, Part, Route, Routes, Step
from service.domain.policy import Policy
from service.domain.program import Program
from service.domain.terms import Basis, Motion, Segment, Source, Team

FY23_PARAMETERS = Parameters(
    mid_market_min_employees=100,
    large_min_employees=2000,
    in_crm_by=date(2022, 2, 24),
    first_order_regions=("NORAM", "EMEA"),
    first_order_min_employees=500,
    first_order_min_users=100,
    guideline_max_employees=1999,
    guideline_users_above=100,
    double_check_advised_in=("NORAM", "LATAM"),
    november_cleanup_from=date(2019, 11, 1),
    handoff_min_users=100,
    handoff_email_below=20_000,
    handoff_days=7,
    tam_below=50_000,
    ignored_moves_tolerated=2,
)


FY23 = "fy23"
"""The name of the policy."""
FY23_STARTS = date(2022, 2, 1)


def fy23(
    parameters: Parameters = FY23_PARAMETERS,
    *,
    version: int = 1,
    effective_from: date = FY23_STARTS,
    effective_until: date | None = None,
) -> Policy:
    """Build the FY23 policy from its parameters. In force from its first day until a later revision is published."""
    return Policy(
        id=FY23,
        version=version,
        title="Rules of engagement, fiscal year 2023",
        effective_from=effective_from,
        effective_until=effective_until,
        program=fy23_program(parameters),
    )


@lru_cache
def fy23_program(p: Parameters = FY23_PARAMETERS) -> Program:
    """How FY23 is read: what is derived, asked in which order, and said."""
    double_check = Step(
        "SEG-7",
        "linkedin",
        "LinkedIn verifies SMB",
        fact.linkedin_verifying_employees < p.mid_market_min_employees,
        cite.DOUBLE_CHECK,
    )
    required = Step(
        "SEG-7",
        "required",
        "Outside the Americas, where the double check is required",
        ~fact.region.is_in(*p.double_check_advised_in),
        cite.DOUBLE_CHECK,
    )
    guideline = Step(
        "ROUTE-7",
        "guideline",
        "Fits the rough description of a First Order account",
        all_of(
            fact.leading_employees >= p.first_order_min_employees,
            fact.leading_employees <= p.guideline_max_employees,
            fact.linkedin_engineering_it > p.guideline_users_above,
        ),
        cite.GUIDELINE,
    )
    sources = {
        Source.DATAFOX: _leads(Source.DATAFOX, "Datafox leads", cite.DATAFOX_FIRST),
        Source.ZOOMINFO: _leads(Source.ZOOMINFO, "Zoominfo leads", cite.ZOOMINFO_SECOND),
        Source.LINKEDIN: _leads(Source.LINKEDIN, "LinkedIn leads", cite.LINKEDIN_THIRD),
    }
    small = fact.segment.is_in(Segment.SMB)
    parts: tuple[Part, ...] = (
        FirstOf("sources", (_vp(), *sources.values(), _crm())),
        FirstOf("bands", _bands(p), Given(fact.basis.is_in(*fact.PRIMARY_SOURCES))),
        Ask(double_check, Given(small)),
        Ask(required, Given(small & ~double_check.answer.is_known)),
        Routes(
            (
                *_segment_first(),
                _current_customers(p),
                _accounts_in_the_crm(p),
                _new_inbound_mqls(p),
                _new_outbound(p),
                _other_new_accounts(p),
            ),
            Given(fact.segment.is_known),
            unrouted="ROUTE-1",
            wanting=("employee_counts",),
            doubtful=Given(fact.basis.is_in(Basis.CRM) & _some_source_has_data()),
        ),
        Ask(guideline, Given(fact.team.is_in(Team.MMKAFO))),
    )
    return Program(
        parameters=p,
        derived=derived(p),
        parts=parts,
        advice=advice(p, double_check, required, guideline),
        actions=actions(sources, required),
        moves=move_rules(p),
        handoff=handoff_rules(p),
        notices=NOTICES,
        stated_as=STATED_AS,
        grounds=GROUNDS,
        texts=TEXTS,
    )


def _vp() -> Case:
    return Case(
        Step("SEG-5", "vp", "The VP decided on these counts", fact.vp_segment.is_known, cite.VP_LEADS),
        (
            Bound(fact.basis.name, word=Basis.VP),
            Bound(fact.segment.name, value_of=fact.vp_segment.name),
            Bound(fact.leading_employees.name, value_of=fact.third_party_employees.name),
        ),
        Given(fact.vp_segment.is_known),
    )


def _some_source_has_data() -> Expression:
    return any_of(*(fact.employees_of(source).is_known for source in fact.PRIMARY_SOURCES))


def _leads(source: Source, title: str, citation: Citation) -> Case:
    number = fact.employees_of(source)
    # A range across the edge of a band leaves it unknown, and the walk goes on.
    stands = all_of(number.is_known, ~fact.wholly_wrong(source).holds, fact.in_one_band(source).holds)
    return Case(
        Step("SEG-2", source, title, stands, citation),
        (Bound(fact.basis.name, word=source), Bound(fact.leading_employees.name, value_of=number.name)),
    )


def _crm() -> Case:
    title = "No source names a segment: the one marked in the CRM stands"
    marked = all_of(fact.crm_segment.is_known, ~fact.counts_given.holds, ~_surely(fact.crm_segment_counted_out))
    return Case(
        Step("SEG-9", "crm", title, marked, cite.MARKED_IN_THE_CRM),
        (Bound(fact.basis.name, word=Basis.CRM), Bound(fact.segment.name, value_of=fact.crm_segment.name)),
    )


def _surely(flag: Flag) -> Expression:
    return flag.is_known & flag.holds


def _bands(p: Parameters) -> tuple[Case, ...]:
    smb = fact.leading_employees < p.mid_market_min_employees
    mid_market = fact.leading_employees < p.large_min_employees
    large = fact.leading_employees >= p.large_min_employees
    bands = {
        Segment.SMB: Step("SEG-1", "smb", "Small enough for SMB", smb, cite.SMB_BAND),
        Segment.MM: Step("SEG-1", "mid_market", "Within Mid-Market", mid_market, cite.MID_MARKET_BAND),
        Segment.LARGE: Step("SEG-1", "large", "Beyond Mid-Market", large, cite.MID_MARKET_BAND),
    }
    return tuple(Case(step, (Bound(fact.segment.name, word=band),)) for band, step in bands.items())


def _segment_first() -> tuple[Route, Route]:
    large, smb = fact.segment.is_in(Segment.LARGE), fact.segment.is_in(Segment.SMB)
    return (
        Route(
            Step("ROUTE-1", "large", "Large is outside Commercial", large, cite.MID_MARKET_BAND),
            Team.OUTSIDE_COMMERCIAL,
        ),
        Route(Step("ROUTE-1", "smb", "SMB belongs to SMB", smb, cite.SMB_BAND), Team.SMB),
    )


def _current_customers(p: Parameters) -> Route:
    # A customer whose availability is unknown has placed its first order all the same, so that part is two-valued.
    still_available = _surely(fact.first_order_available)
    return Route(
        Step("ROUTE-2", "when", "A current customer", fact.customer.holds & ~still_available, cite.CURRENT_CUSTOMERS),
        Fork(
            test=Step("ROUTE-2", "test", "A Key Account", fact.key_account.holds, cite.NAMED_ROLE),
            if_true=Team.MMKAN,
            if_false=Team.MM_TERRITORY,
            if_unknown=Team.MM_TERRITORY,
            # A customer just won stays with First Order until it is handed over.
            keeps=(Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO),
        ),
        needless=Given(_territory_either_way(p)),
    )


def _territory_either_way(p: Parameters) -> Expression:
    """Where Territory has the account as a customer's, and as any that is not First Order Available.

    A customer is not First Order Available, so there the one need not be known beside the other.
    """
    by_route_3 = fact.crm_created_on.is_known & (fact.crm_created_on <= p.in_crm_by)
    perhaps_by_route_6 = _created_some_day() & ~(fact.leading_employees >= p.first_order_min_employees)
    territory_where_not_available = any_of(by_route_3, perhaps_by_route_6)
    return all_of(~fact.key_account.holds, ~fact.first_order_available.is_known, territory_where_not_available)


def _created_some_day() -> Expression:
    """An existing account was created on some day, which is not known."""
    return ~fact.crm_created_on.is_known & fact.motion.is_in(Motion.EXISTING)


def _accounts_in_the_crm(p: Parameters) -> Route:
    one = fact.segment.is_in(Segment.MM) & fact.region.is_in(*p.first_order_regions)
    two = fact.first_order_available.holds
    three = fact.max_family_employees >= p.first_order_min_employees
    four = fact.lam_dev_count >= p.first_order_min_users
    enough = fact.leading_employees >= p.first_order_min_employees  # as ROUTE-6 asks
    logic = all_of(
        Clause("1", "Mid-Market in NORAM or EMEA", one, cite.MOVES_1),
        Clause("2", "First Order Available", two, cite.MOVES_2),
        any_of(
            Clause("3", "Enough employees", three, cite.MOVES_3),
            Clause("4", "Enough potential users", four, cite.MOVES_4),
        ),
    )
    return Route(
        Step("ROUTE-3", "when", "In the CRM by the cut-off day", in_the_crm(p), cite.IN_THE_CRM),
        _first_order_or_territory(Step("ROUTE-3", "test", "Key Accounts First Order owns it", logic, cite.MOVES_LOGIC)),
        needless=Given(any_of(all_of(logic, enough), all_of(~logic, ~enough))),
    )


def _new_inbound_mqls(p: Parameters) -> Route:
    when = _not_in_the_crm_by_the_cut_off(p) & fact.motion.is_in(Motion.INBOUND_MQL)
    return Route(
        Step("ROUTE-4", "when", "A new inbound MQL", when, cite.INBOUND),
        _first_order_or_territory(_by_employees("ROUTE-4", p)),
    )


def _new_outbound(p: Parameters) -> Route:
    when = _not_in_the_crm_by_the_cut_off(p) & fact.motion.is_in(Motion.OUTBOUND)
    fits = any_of(
        fact.leading_employees >= p.first_order_min_employees, fact.linkedin_engineering_it >= p.first_order_min_users
    )
    definition = Step("ROUTE-5", "test", "Fits the Key Accounts definition", fits, cite.KEY_ACCOUNT_DEFINITION)
    return Route(
        Step("ROUTE-5", "when", "A new account by outbound", when, cite.OUTBOUND), _first_order_or_territory(definition)
    )


def _other_new_accounts(p: Parameters) -> Route:
    # Where the day is not known, ROUTE-3 might apply as well, and is passed but not forgotten.
    when = _not_in_the_crm_by_the_cut_off(p) & fact.motion.is_in(Motion.EXISTING)
    return Route(
        Step("ROUTE-6", "when", "Another new account", when, cite.AUTOMATION),
        _first_order_or_territory(_by_employees("ROUTE-6", p)),
    )


def _not_in_the_crm_by_the_cut_off(p: Parameters) -> Expression:
    return ~fact.crm_created_on.is_known | (fact.crm_created_on > p.in_crm_by)


def _by_employees(rule: str, p: Parameters) -> Step:
    enough = fact.leading_employees >= p.first_order_min_employees
    return Step(rule, "test", "Enough employees for Key Accounts First Order", enough, cite.ENOUGH_EMPLOYEES)


def _first_order_or_territory(test: Step) -> Fork:
    return Fork(test=test, if_true=Team.MMKAFO, if_false=Team.MM_TERRITORY, if_unknown=Team.MM_TERRITORY)
