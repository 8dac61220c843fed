"""The FY23 policy: the handbook's rules for fiscal year 2023, clause by clause."""

from datetime import date

from service.domain import fy23_citations as cite
from service.domain.clauses import Citation, Clause, Expression, all_of, any_of
from service.domain.fy23_follow_ups import handoff_rules, move_rules
from service.domain.notices import NoticeCode
from service.domain.policy import Band, Fork, NoticeRule, Parameters, Policy, Route, SourceStep, Step
from service.domain.terms import Motion, Segment, Source, Team
from service.domain.vocabulary import (
    counts_given,
    crm_created_on,
    crm_segment,
    customer,
    employees_of,
    first_order_available,
    key_account,
    lam_dev_count,
    leading_employees,
    linkedin_engineering_it,
    linkedin_verifying_employees,
    max_family_employees,
    motion,
    region,
    segment,
    vp_segment,
    wholly_wrong,
)

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


FY23_STARTS = date(2022, 2, 1)


def fy23(
    parameters: Parameters = FY23_PARAMETERS,
    *,
    version: int = 1,
    effective_from: date = FY23_STARTS,
    effective_until: date | None = None,
) -> Policy:
    """Build the FY23 policy from its parameters. In force from its first day until a later revision is published."""
    p = parameters
    return Policy(
        id="fy23",
        version=version,
        title="Rules of engagement, fiscal year 2023",
        effective_from=effective_from,
        effective_until=effective_until,
        parameters=p,
        vp_decision=Step("SEG-5", "vp", "The VP decided on these counts", vp_segment.is_known, cite.VP_LEADS),
        sources=(
            SourceStep(Source.DATAFOX, _stands(Source.DATAFOX, "Datafox leads", cite.DATAFOX_FIRST)),
            SourceStep(Source.ZOOMINFO, _stands(Source.ZOOMINFO, "Zoominfo leads", cite.ZOOMINFO_SECOND)),
            SourceStep(Source.LINKEDIN, _stands(Source.LINKEDIN, "LinkedIn leads", cite.LINKEDIN_THIRD)),
        ),
        crm_segment=Step(
            "SEG-9",
            "crm",
            "No source has data: the segment marked in the CRM stands",
            crm_segment.is_known & ~counts_given.holds,
            cite.DOUBLE_CHECK,
        ),
        bands=_bands(p),
        double_check=Step(
            "SEG-7",
            "linkedin",
            "LinkedIn verifies SMB",
            linkedin_verifying_employees < p.mid_market_min_employees,
            cite.DOUBLE_CHECK,
        ),
        double_check_required=Step(
            "SEG-7",
            "required",
            "Outside the Americas, where the double check is required",
            ~region.is_in(*p.double_check_advised_in),
            cite.DOUBLE_CHECK,
        ),
        routes=(
            *_segment_first(),
            _current_customers(),
            _accounts_in_the_crm(p),
            _new_inbound_mqls(p),
            _new_outbound(p),
            _other_new_accounts(p),
        ),
        guideline=Step(
            "ROUTE-7",
            "guideline",
            "Fits the rough description of a First Order account",
            all_of(
                leading_employees >= p.first_order_min_employees,
                leading_employees <= p.guideline_max_employees,
                linkedin_engineering_it > p.guideline_users_above,
            ),
            cite.GUIDELINE,
        ),
        moves=move_rules(p),
        handoff=handoff_rules(p),
        notices=_NOTICES,
    )


def _stands(source: Source, title: str, citation: Citation) -> Step:
    return Step("SEG-2", source, title, employees_of(source).is_known & ~wholly_wrong(source).holds, citation)


def _bands(p: Parameters) -> tuple[Band, ...]:
    smb = leading_employees < p.mid_market_min_employees
    mid_market = leading_employees < p.large_min_employees
    large = leading_employees >= p.large_min_employees
    return (
        Band(Segment.SMB, Step("SEG-1", "smb", "Small enough for SMB", smb, cite.SMB_BAND)),
        Band(Segment.MM, Step("SEG-1", "mid_market", "Within Mid-Market", mid_market, cite.MID_MARKET_BAND)),
        Band(Segment.LARGE, Step("SEG-1", "large", "Beyond Mid-Market", large, cite.MID_MARKET_BAND)),
    )


def _segment_first() -> tuple[Route, Route]:
    large, smb = segment.is_in(Segment.LARGE), segment.is_in(Segment.SMB)
    return (
        Route(
            Step("ROUTE-1", "large", "Large is outside Commercial", large, cite.MID_MARKET_BAND),
            Team.OUTSIDE_COMMERCIAL,
        ),
        Route(Step("ROUTE-1", "smb", "SMB belongs to SMB", smb, cite.SMB_BAND), Team.SMB),
    )


def _current_customers() -> Route:
    # A customer whose availability is unknown has placed its first order all the same, so that part is two-valued.
    still_available = first_order_available.is_known & first_order_available.holds
    return Route(
        Step("ROUTE-2", "when", "A current customer", customer.holds & ~still_available, cite.TERRITORY_ROLE),
        Fork(
            test=Step("ROUTE-2", "test", "A Key Account", key_account.holds, cite.NAMED_ROLE),
            if_true=Team.MMKAN,
            if_false=Team.MM_TERRITORY,
            if_unknown=Team.MM_TERRITORY,
            keeps=frozenset({Team.MMKAN, Team.MM_TERRITORY}),
        ),
    )


def _accounts_in_the_crm(p: Parameters) -> Route:
    in_the_crm = crm_created_on.is_known & (crm_created_on <= p.in_crm_by)
    one = segment.is_in(Segment.MM) & region.is_in(*p.first_order_regions)
    two = first_order_available.holds
    three = max_family_employees >= p.first_order_min_employees
    four = lam_dev_count >= p.first_order_min_users
    logic = all_of(
        Clause("1", "Mid-Market in NORAM or EMEA", one, cite.MOVES_1),
        Clause("2", "First Order Available", two, cite.MOVES_2),
        any_of(
            Clause("3", "Enough employees", three, cite.MOVES_3),
            Clause("4", "Enough potential users", four, cite.MOVES_4),
        ),
    )
    return Route(
        Step("ROUTE-3", "when", "In the CRM by the cut-off day", in_the_crm, cite.IN_THE_CRM),
        Fork(
            test=Step("ROUTE-3", "test", "Key Accounts First Order owns it", logic, cite.MOVES_LOGIC),
            if_true=Team.MMKAFO,
            if_false=Team.MM_TERRITORY,
            if_unknown=Team.MM_TERRITORY,
        ),
    )


def _new_inbound_mqls(p: Parameters) -> Route:
    when = _not_in_the_crm_by_the_cut_off(p) & motion.is_in(Motion.INBOUND_MQL)
    return Route(
        Step("ROUTE-4", "when", "A new inbound MQL", when, cite.INBOUND),
        Fork(
            test=_by_employees("ROUTE-4", p),
            if_true=Team.MMKAFO,
            if_false=Team.MM_TERRITORY,
            if_unknown=Team.MM_TERRITORY,
        ),
    )


def _new_outbound(p: Parameters) -> Route:
    when = _not_in_the_crm_by_the_cut_off(p) & motion.is_in(Motion.OUTBOUND)
    fits = any_of(leading_employees >= p.first_order_min_employees, linkedin_engineering_it >= p.first_order_min_users)
    return Route(
        Step("ROUTE-5", "when", "A new account by outbound", when, cite.OUTBOUND),
        Fork(
            test=Step("ROUTE-5", "test", "Fits the Key Accounts definition", fits, cite.KEY_ACCOUNT_DEFINITION),
            if_true=Team.MMKAFO,
            if_false=Team.MM_TERRITORY,
            if_unknown=Team.MM_TERRITORY,
            action_if_true=NoticeCode.ASK_SALES_OPERATIONS,
        ),
    )


def _other_new_accounts(p: Parameters) -> Route:
    when = all_of(crm_created_on.is_known, crm_created_on > p.in_crm_by, motion.is_in(Motion.EXISTING))
    return Route(
        Step("ROUTE-6", "when", "Another new account", when, cite.AUTOMATION),
        Fork(
            test=_by_employees("ROUTE-6", p),
            if_true=Team.MMKAFO,
            if_false=Team.MM_TERRITORY,
            if_unknown=Team.MM_TERRITORY,
        ),
    )


def _not_in_the_crm_by_the_cut_off(p: Parameters) -> Expression:
    return ~crm_created_on.is_known | (crm_created_on > p.in_crm_by)


def _by_employees(rule: str, p: Parameters) -> Step:
    enough = leading_employees >= p.first_order_min_employees
    return Step(rule, "test", "Enough employees for Key Accounts First Order", enough, cite.ENOUGH_EMPLOYEES)


_NOTICES = {
    NoticeCode.UNFAMILIAR_REGION: NoticeRule("ROUTE-3", cite.MOVES_1),
    NoticeCode.SOURCES_DISAGREE: NoticeRule("SEG-8", cite.SOURCE_PRIORITY),
    NoticeCode.CRM_SEGMENT_DIFFERS: NoticeRule("SEG-8", cite.DOUBLE_CHECK),
    NoticeCode.LINKEDIN_CONTRADICTS: NoticeRule("SEG-7", cite.DOUBLE_CHECK),
    NoticeCode.VERIFY_WITH_LINKEDIN: NoticeRule("SEG-7", cite.DOUBLE_CHECK),
    NoticeCode.OUTSIDE_GUIDELINE: NoticeRule("ROUTE-7", cite.GUIDELINE),
    NoticeCode.POST_TO_CHATTER: NoticeRule("SEG-4", cite.POST_THE_GAPS),
    NoticeCode.FIND_THIRD_PARTY: NoticeRule("SEG-4", cite.THIRD_PARTIES),
    NoticeCode.AWAIT_THE_VP: NoticeRule("SEG-5", cite.VP_LEADS),
    NoticeCode.ASK_SALES_OPERATIONS: NoticeRule("ROUTE-5", cite.ASK_SALES_OPERATIONS),
    NoticeCode.DISCOVER: NoticeRule("ROUTE-3", cite.UNVETTED),
    NoticeCode.DISCOVERED_SIZE_DIFFERS: NoticeRule("MOVE-5", cite.DUE_DILIGENCE),
    NoticeCode.CHANGE_THE_OWNER: NoticeRule("MOVE-1", cite.MOVE_TO_TERRITORY),
    NoticeCode.ESCALATE_THE_HANDOFF: NoticeRule("HAND-1", cite.IN_QUESTION),
    NoticeCode.HAND_OVER_IN_TIME: NoticeRule("HAND-3", cite.WITHIN_THE_WEEK),
    NoticeCode.HANDOFF_IS_LATE: NoticeRule("HAND-3", cite.WITHIN_THE_WEEK),
    NoticeCode.CALL_THE_CUSTOMER: NoticeRule("HAND-2", cite.EMAIL_WILL_DO),
}
