"""What FY23 says: of advice and actions, in summaries, and of what moves and handoffs came to.

A ``$name`` stands for one of the words that ``sentences`` finds for a decision.
"""

from service.domain import fy23_citations as cite
from service.domain import vocabulary as fact
from service.domain.program import Ground, NoticeRule
from service.domain.terms import NoticeCode

NOTICES = {
    NoticeCode.UNFAMILIAR_REGION: NoticeRule(
        "ROUTE-3",
        cite.MOVES_1,
        "Region $region is none of NORAM, EMEA, LATAM and APAC, so it counts as outside them all.",
    ),
    NoticeCode.SOURCES_DISAGREE: NoticeRule(
        "SEG-8", cite.SOURCE_PRIORITY, "The sources disagree on the size of the account: $numbers."
    ),
    NoticeCode.CRM_SEGMENT_DIFFERS: NoticeRule(
        "SEG-8", cite.DOUBLE_CHECK, "The CRM marks the account $crm_segment; the decision is $segment."
    ),
    NoticeCode.LINKEDIN_CONTRADICTS: NoticeRule(
        "SEG-7",
        cite.DOUBLE_CHECK,
        "LinkedIn's number is too large for SMB: check the account's size before you work it.",
    ),
    NoticeCode.VERIFY_WITH_LINKEDIN: NoticeRule(
        "SEG-7",
        cite.DOUBLE_CHECK,
        "LinkedIn has not verified that the account is SMB: check its size there before you work it.",
    ),
    NoticeCode.LOOK_AT_DATAFOX: NoticeRule(
        "SEG-7", cite.DOUBLE_CHECK, "Datafox has no number of the account: look at its size there before you work it."
    ),
    NoticeCode.OUTSIDE_GUIDELINE: NoticeRule(
        "ROUTE-7",
        cite.GUIDELINE,
        "The account does not fit the rough description of a First Order account; it stays with the team.",
    ),
    NoticeCode.POST_TO_CHATTER: NoticeRule(
        "SEG-4",
        cite.POST_THE_GAPS,
        "Post the sources and the gaps to Chatter on the account, with the VP of Commercial Sales in copy; the text is "
        "ready in the review.",
    ),
    NoticeCode.FIND_THIRD_PARTY: NoticeRule(
        "SEG-4",
        cite.THIRD_PARTIES,
        "No source leads and no third party has been named: find evidence of the account's size.",
    ),
    NoticeCode.AWAIT_THE_VP: NoticeRule(
        "SEG-5", cite.VP_LEADS, "Wait for the VP of Commercial Sales, who decides the segment."
    ),
    NoticeCode.ASK_SALES_OPERATIONS: NoticeRule(
        "ROUTE-5", cite.ASK_SALES_OPERATIONS, "Ask Sales Operations to move the account into the name of the AE."
    ),
    NoticeCode.DISCOVER: NoticeRule(
        "ROUTE-3", cite.UNVETTED, "Find out $missing_facts: the team could change.", of_the_decision=True
    ),
    NoticeCode.START_OR_FINISH_HANDOFF: NoticeRule(
        "HAND-1",
        cite.HANDOVER_BEGINS,
        "Start the handoff of the First Order, or finish it: until then the customer stays with First Order.",
    ),
    NoticeCode.OUTSIDE_THE_REGIONS: NoticeRule(
        "MOVE-2",
        cite.MOVES_1,
        "Region $region is none of those that routing takes First Order accounts from; the discovery moves it all "
        "the same.",
    ),
    NoticeCode.DISCOVERED_SIZE_DIFFERS: NoticeRule(
        "MOVE-5",
        cite.DUE_DILIGENCE,
        "The discovered number of employees is one of another segment: have the sources checked, and the account "
        "classified again.",
    ),
    NoticeCode.CHANGE_THE_OWNER: NoticeRule(
        "MOVE-1", cite.MOVE_TO_TERRITORY, "Change the account's owner in the CRM to $team.", of_the_decision=True
    ),
    NoticeCode.ESCALATE_THE_HANDOFF: NoticeRule(
        "HAND-1",
        cite.IN_QUESTION,
        "Ask the First Order ASM, the Regional Director and the VP of Commercial who receives the account.",
    ),
    NoticeCode.HAND_OVER_IN_TIME: NoticeRule(
        "HAND-3",
        cite.WITHIN_THE_WEEK,
        "Have customer and receiving AE talk to each other within the week of the close.",
    ),
    NoticeCode.HANDOFF_IS_LATE: NoticeRule(
        "HAND-3",
        cite.WITHIN_THE_WEEK,
        "The week of the close is over: have customer and receiving AE talk to each other now.",
    ),
    NoticeCode.CALL_THE_CUSTOMER: NoticeRule(
        "HAND-2", cite.EMAIL_WILL_DO, "Hand the account over in a call: an email will not do."
    ),
}

_SEGMENT = Ground(fact.segment.name, {"*": "$value"})
_LEADING = Ground(
    fact.leading_employees.name,
    {"unknown": "segment by $basis", "1": "1 employee by $basis", "*": "$value employees by $basis"},
)
_NEW = Ground(
    fact.motion.name, {"inbound_mql": "new inbound MQL", "outbound": "new outbound account", "existing": "new account"}
)
_ENGINEERS = Ground(fact.linkedin_engineering_it.name, {"*": "$value in engineering and IT"})
GROUNDS = {
    "ROUTE-2": (
        Ground(fact.segment.name, {"*": "$value customer"}),
        Ground(
            fact.key_account.name,
            {"true": "a Key Account", "false": "not a Key Account", "unknown": "perhaps a Key Account"},
        ),
    ),
    "ROUTE-3": (
        Ground(fact.region.name, {"unknown": "$segment in an unknown region", "*": "$segment in $value"}),
        Ground(
            fact.first_order_available.name, {"true": "First Order Available", "false": "not First Order Available"}
        ),
        Ground(fact.max_family_employees.name, {"1": "1 employee", "*": "$value employees"}),
        Ground(fact.lam_dev_count.name, {"1": "1 potential user", "*": "$value potential users"}),
    ),
    "ROUTE-4": (_SEGMENT, _NEW, _LEADING),
    "ROUTE-5": (_SEGMENT, _NEW, _LEADING, _ENGINEERS),
    "ROUTE-6": (_SEGMENT, _NEW, _LEADING),
    "*": (_SEGMENT, _LEADING),
}
"""The grounds of a summary, by the rule that decided, and for any other."""

_OPPORTUNITY = "First Order $opportunity, closed won on $closed_on"
TEXTS = {
    "pending": "No source has an employee count that leads, so the VP of Commercial Sales decides the segment.",
    "decided": "$grounds: $team.",
    "provisional": "$grounds: $team. Provisional: $missing_facts $are not known.",
    "held": "$segment, held until it is handed over ($rule)",
    "stays_for_good": "$segment, stays as $answered_by answered on $moved_on ($rule)",
    "ended": "$decided The move by $ended_by on $moved_on no longer stands, for want of $hindrances.",
    "moved": "$segment, moved from $moved_from on $moved_on by $rule",
    "discovery": "$discovered_by found $found: $outcome",
    "changeover": "Changeover of $changeover_on: $outcome",
    "nobody_owns_it": "no team owns the account yet, so nothing moves.",
    "moves": "moves from $owner to $team by $rule.",
    "stays": "stays with $team. $held_back",
    "open": "$question is open: $asked_for $are_asked not known.",
    "out_of_reach": "A discovery moves accounts of Key Accounts First Order and Mid-Market Territory alone.",
    "does_not_apply": "$question does not apply, for want of $hindrances.",
    "in_question": f"{_OPPORTUNITY}: who receives the account is in question, so it is escalated.",
    "for_want_of_users": (
        f"{_OPPORTUNITY}: who receives the account depends on the total users, which are not known, so it is escalated."
    ),
    "kept": f"{_OPPORTUNITY}: the account stays with $receiver$answered.",
    "handed_over": (
        f"{_OPPORTUNITY}: handed over to $receiver$answered. The new owner is responsible for everything from now on: "
        "troubleshooting, support, escalated tickets, and billing issues on the initial order."
    ),
    "receives": f"{_OPPORTUNITY}: $receiver receives the account$answered, $way, by $due_on.",
    "answered": ", as $answered_by answered$on_the_day",
    "on_the_day": " on $answered_on",
    "reopened": f"{_OPPORTUNITY}: reopened after it was handed over. The account stays with $team until it is again.",
    "abandoned": f"{_OPPORTUNITY}: abandoned. It no longer holds the account, which stays with $team for now.",
}
"""Sentences and parts of sentences, by the case that they are for."""
STATED_AS = {
    fact.leading_employees.name: "employee_counts",
    fact.employees.name: fact.discovered_employees.name,
    fact.idle_in_quarter.name: "last_activity_on",
}
"""What a caller would state to make a derived fact known; every other fact is stated under its own name."""
