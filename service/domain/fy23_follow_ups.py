"""The FY23 policy after the first classification: moves (MOVE-1 to MOVE-5) and the handoff (HAND-1 to HAND-5)."""

from service.domain import fy23_citations as cite
from service.domain.clauses import all_of
from service.domain.parameters import Parameters
from service.domain.program import HandoffRules, MoveRules, Step
from service.domain.terms import Team
from service.domain.vocabulary import (
    active_after_discovery,
    combined_amount,
    crm_created_on,
    days_since_close,
    discovered_employees,
    employees,
    escalation_answer,
    first_order_available,
    idle_in_quarter,
    ignored_moves,
    in_question,
    initial_amount,
    move_leads,
    net_arr,
    owner,
    potential_users,
    total_users,
)


def move_rules(p: Parameters) -> MoveRules:
    """The questions of discoveries, changeovers and standing moves."""
    return MoveRules(
        stands=Step(
            "MOVE",
            "stands",
            "Nothing has changed since that the move rested on",
            move_leads.holds,
            cite.DUE_DILIGENCE,
        ),
        to_territory=Step(
            "MOVE-1",
            "test",
            "A First Order account found to be small",
            all_of(
                owner.is_in(Team.MMKAFO),
                discovered_employees < p.first_order_min_employees,
                potential_users < p.first_order_min_users,
            ),
            cite.MOVE_TO_TERRITORY,
        ),
        to_first_order=Step(
            "MOVE-2",
            "test",
            "A Territory account found to be large",
            all_of(
                owner.is_in(Team.MM_TERRITORY),
                first_order_available.holds,
                discovered_employees > p.first_order_min_employees,
            ),
            cite.MOVE_TO_FIRST_ORDER,
        ),
        due_diligence=Step(
            "MOVE-5",
            "test",
            "Its owner went on working it after the discovery",
            active_after_discovery.holds,
            cite.DUE_DILIGENCE,
        ),
        qualifies=Step(
            "MOVE-3",
            "when",
            "A new Territory account with few employees and many potential users",
            all_of(
                owner.is_in(Team.MM_TERRITORY),
                crm_created_on.is_known,
                crm_created_on > p.in_crm_by,
                employees < p.first_order_min_employees,
                potential_users > p.first_order_min_users,
                first_order_available.holds,
            ),
            cite.AUTOMATION,
        ),
        idle=Step("MOVE-3", "test", "Idle in the quarter that ended", idle_in_quarter.holds, cite.AUTOMATION),
        ignored_too_often=Step(
            "MOVE-4",
            "test",
            "Disciplinary action is likely",
            ignored_moves > p.ignored_moves_tolerated,
            cite.IGNORED_MOVES,
        ),
    )


def handoff_rules(p: Parameters) -> HandoffRules:
    """The questions of a First Order handoff."""
    return HandoffRules(
        answered=Step("HAND-1", "answer", "The escalation was answered", escalation_answer.is_known, cite.IN_QUESTION),
        in_question=Step("HAND-1", "question", "Who receives it is in question", in_question.holds, cite.IN_QUESTION),
        low_potential=Step("HAND-1", "test", "Low potential", total_users < p.handoff_min_users, cite.LOW_POTENTIAL),
        email=Step(
            "HAND-2",
            "test",
            "An email will do",
            all_of(initial_amount < p.handoff_email_below, combined_amount < p.handoff_email_below),
            cite.EMAIL_WILL_DO,
        ),
        in_time=Step(
            "HAND-3", "test", "Within the week of the close", days_since_close <= p.handoff_days, cite.WITHIN_THE_WEEK
        ),
        ask_for_tam=Step("HAND-5", "tam", "A TAM is to be considered", net_arr < p.tam_below, cite.ASK_FOR_A_TAM),
    )
