"""What FY23 has follow: the advice and actions that go with a classification, moves, and the handoff.

Moves are MOVE-1 to MOVE-5, the handoff is HAND-1 to HAND-5.
"""

from service.domain import fy23_citations as cite
from service.domain import vocabulary as fact
from service.domain.clauses import Compare, Expression, Known, all_of, any_of
from service.domain.decision import Status
from service.domain.parameters import Parameters
from service.domain.parts import Case, Notify, Step
from service.domain.program import HandoffRules, MoveRules
from service.domain.terms import FAMILIAR_REGIONS, Motion, NoticeCode, Segment, Source, Team


def advice(p: Parameters, double_check: Step, required: Step, guideline: Step) -> tuple[Notify, ...]:
    """What a person may follow, in the order in which it is said."""
    small, unverified = fact.segment.is_in(Segment.SMB), ~double_check.answer.is_known
    # Whether it is required is unknown where the region is: then it is advised.
    led_by_others = fact.basis.is_in(Source.ZOOMINFO, Source.LINKEDIN)
    advised = ~(required.answer.is_known & required.answer.holds)
    return (
        Notify(NoticeCode.UNFAMILIAR_REGION, ~fact.region.is_in(*FAMILIAR_REGIONS)),
        Notify(NoticeCode.SOURCES_DISAGREE, _disagree(p)),
        Notify(
            NoticeCode.CRM_SEGMENT_DIFFERS,
            any_of(*(fact.crm_segment.is_in(each) & ~fact.segment.is_in(each) for each in Segment)),
        ),
        Notify(NoticeCode.LINKEDIN_CONTRADICTS, ~double_check.answer.holds),
        Notify(NoticeCode.VERIFY_WITH_LINKEDIN, all_of(small, unverified, advised)),
        Notify(NoticeCode.LOOK_AT_DATAFOX, all_of(small, led_by_others, ~fact.employees_of(Source.DATAFOX).is_known)),
        Notify(NoticeCode.OUTSIDE_GUIDELINE, ~guideline.answer.holds),
    )


def actions(sources: dict[Source, Case], required: Step) -> tuple[Notify, ...]:
    """What a person must do, in the order in which it is said."""
    nobody_leads = ~fact.segment.is_known
    passed = [fact.employees_of(source).is_known & ~case.step.answer.holds for source, case in sources.items()]
    fits = fact.rule.is_in("ROUTE-5") & fact.team.is_in(Team.MMKAFO)
    return (
        Notify(NoticeCode.POST_TO_CHATTER, any_of(nobody_leads, *passed)),
        Notify(NoticeCode.FIND_THIRD_PARTY, nobody_leads & ~fact.third_parties_counted.holds),
        Notify(NoticeCode.AWAIT_THE_VP, nobody_leads),
        Notify(NoticeCode.VERIFY_WITH_LINKEDIN, required.answer.holds),
        Notify(NoticeCode.ASK_SALES_OPERATIONS, fits),
        Notify(NoticeCode.DISCOVER, fact.status.is_in(Status.PROVISIONAL)),
        Notify(NoticeCode.START_OR_FINISH_HANDOFF, fact.rule.is_in("ROUTE-2") & fact.team.is_in(Team.MMKAFO)),
    )


def _disagree(p: Parameters) -> Expression:
    """Some source's number lies below the edge of a band and some other's does not, or lies outside a range (SEG-8)."""
    numbers = [fact.employees_of(source) for source in fact.PRIMARY_SOURCES]
    across = (
        any_of(*(number < edge for number in numbers)) & any_of(*(number >= edge for number in numbers))
        for edge in (p.mid_market_min_employees, p.large_min_employees)
    )
    # A range that stands and does not lead was passed before the source that leads.
    outside = (fact.basis.is_in(source) & fact.apart_from(source).holds for source in fact.PRIMARY_SOURCES[1:])
    return any_of(*across, *outside)


def move_rules(p: Parameters) -> MoveRules:
    """The questions of discoveries, changeovers and standing moves."""
    return MoveRules(
        stands=Step(
            "MOVE",
            "stands",
            "Routing still names the team that it left, or its handoff holds it",
            fact.move_leads.holds,
            cite.DUE_DILIGENCE,
        ),
        to_territory=Step(
            "MOVE-1",
            "test",
            "A First Order account found to be small",
            all_of(
                fact.owner.is_in(Team.MMKAFO),
                fact.employees < p.first_order_min_employees,
                fact.potential_users < p.first_order_min_users,
            ),
            cite.MOVE_TO_TERRITORY,
        ),
        to_first_order=Step(
            "MOVE-2",
            "test",
            "A Territory account found to be large",
            all_of(
                fact.owner.is_in(Team.MM_TERRITORY),
                fact.first_order_available.holds,
                fact.discovered_employees > p.first_order_min_employees,
            ),
            cite.MOVE_TO_FIRST_ORDER,
        ),
        due_diligence=Step(
            "MOVE-5",
            "test",
            "Its owner went on working it after the discovery",
            fact.active_after_discovery.holds,
            cite.DUE_DILIGENCE,
        ),
        qualifies=Step(
            "MOVE-3",
            "when",
            "A new Territory account with few employees and many potential users",
            all_of(
                fact.owner.is_in(Team.MM_TERRITORY),
                fact.crm_created_on.is_known | fact.motion.is_in(Motion.EXISTING),
                fact.crm_created_on > p.in_crm_by,
                fact.employees < p.first_order_min_employees,
                fact.potential_users > p.first_order_min_users,
                fact.first_order_available.holds,
            ),
            cite.AUTOMATION,
        ),
        idle=Step("MOVE-3", "test", "Idle in the quarter that ended", fact.idle_in_quarter.holds, cite.AUTOMATION),
        ignored_too_often=Step(
            "MOVE-4",
            "test",
            "Disciplinary action is likely",
            fact.ignored_moves > p.ignored_moves_tolerated,
            cite.IGNORED_MOVES,
        ),
        still_small=Step(
            "MOVE-1",
            "stands",
            "Still known to be small, with few potential users",
            all_of(
                any_of(_discovered(fact.discovered_employees < p.first_order_min_employees), _routed_as_small(p)),
                fact.potential_users < p.first_order_min_users,
            ),
            cite.MOVE_TO_TERRITORY,
        ),
        still_large=Step(
            "MOVE-2",
            "stands",
            "Still First Order Available, and found to be large",
            all_of(_still_available(), fact.discovered_employees > p.first_order_min_employees),
            cite.MOVE_TO_FIRST_ORDER,
        ),
        still_qualifies=Step(
            "MOVE-3",
            "stands",
            "Still First Order Available, with few employees and many potential users",
            all_of(
                _still_available(),
                any_of(
                    _discovered(fact.discovered_employees < p.first_order_min_employees),
                    ~fact.discovered_employees.is_known & (fact.leading_employees < p.first_order_min_employees),
                ),
                any_of(
                    _discovered(fact.potential_users > p.first_order_min_users),
                    ~fact.potential_users.is_known & (fact.lam_dev_count > p.first_order_min_users),
                ),
            ),
            cite.AUTOMATION,
        ),
        elsewhere=Step(
            "MOVE-2",
            "region",
            "Outside the regions of First Order",
            ~fact.region.is_in(*p.first_order_regions),
            cite.MOVES_1,
        ),
    )


def in_the_crm(p: Parameters) -> Expression:
    """Whether the account was in the CRM by the cut-off day: of one that is new by its motion nothing is unknown."""
    # Without a day such an account is not in the CRM yet; any other was created there on some day.
    may_be_there = fact.crm_created_on.is_known | fact.motion.is_in(Motion.EXISTING)
    return may_be_there & (fact.crm_created_on <= p.in_crm_by)


def _discovered(compared: Compare) -> Expression:
    return Known(compared.fact) & compared


def _routed_as_small(p: Parameters) -> Expression:
    """Where no employees were discovered, the number that routing goes by today is small.

    Where it is not known which number that is, both have to be.
    """
    by_family = fact.max_family_employees < p.first_order_min_employees
    by_leading = fact.leading_employees < p.first_order_min_employees
    routed = any_of(in_the_crm(p) & by_family, ~in_the_crm(p) & by_leading, by_family & by_leading)
    return ~fact.discovered_employees.is_known & routed


def _still_available() -> Expression:
    # A customer has placed its first order, also where nobody says so.
    return fact.first_order_available.holds & ~(fact.customer.is_known & fact.customer.holds)


def handoff_rules(p: Parameters) -> HandoffRules:
    """The questions of a First Order handoff."""
    return HandoffRules(
        answered=Step(
            "HAND-1", "answer", "The escalation was answered", fact.escalation_answer.is_known, cite.IN_QUESTION
        ),
        in_question=Step(
            "HAND-1", "question", "Who receives it is in question", fact.in_question.holds, cite.IN_QUESTION
        ),
        low_potential=Step(
            "HAND-1", "test", "Low potential", fact.total_users < p.handoff_min_users, cite.LOW_POTENTIAL
        ),
        email=Step(
            "HAND-2",
            "test",
            "An email will do",
            all_of(fact.initial_amount < p.handoff_email_below, fact.combined_amount < p.handoff_email_below),
            cite.EMAIL_WILL_DO,
        ),
        in_time=Step(
            "HAND-3",
            "test",
            "Within the week of the close",
            fact.days_since_close <= p.handoff_days,
            cite.WITHIN_THE_WEEK,
        ),
        ask_for_tam=Step("HAND-5", "tam", "A TAM is to be considered", fact.net_arr < p.tam_below, cite.ASK_FOR_A_TAM),
    )
