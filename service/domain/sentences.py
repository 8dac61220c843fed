"""A decision in sentences: its summary, and what its advice and actions say. One source for every reader."""

from dataclasses import dataclass
from typing import assert_never

from service.domain.clauses import Citation
from service.domain.decision import Decision, Status
from service.domain.notices import NoticeCode
from service.domain.policy import Policy
from service.domain.terms import Basis, Motion, Segment, Source, Team
from service.domain.trigger_sentences import summarize_trigger
from service.domain.wording import SEGMENT_NAMES, SOURCE_NAMES, TEAM_NAMES, listing, quantity

BASIS_NAMES = {
    Basis.DATAFOX: "Datafox",
    Basis.ZOOMINFO: "Zoominfo",
    Basis.LINKEDIN: "LinkedIn",
    Basis.VP: "the VP of Commercial Sales",
    Basis.CRM: "the CRM's mark",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Advice, or an action, as a person reads it, with the rule it rests on."""

    code: NoticeCode
    text: str
    rule: str
    facts: tuple[str, ...]
    citation: Citation


def summary(decision: Decision, policy: Policy) -> str:
    """The decision in one sentence, with what made it and how firm it is."""
    if decision.facts.trigger is not None:
        return summarize_trigger(decision, decision.facts.trigger, policy)
    if decision.team is None or decision.segment is None:
        return "No source has an employee count that leads, so the VP of Commercial Sales decides the segment."
    sentence = f"{', '.join(_grounds(decision))}: {TEAM_NAMES[decision.team]}."
    if decision.status is Status.PROVISIONAL:
        verb = "is" if len(decision.missing_facts) == 1 else "are"
        sentence += f" Provisional: {listing(decision.missing_facts)} {verb} not known."
    return sentence


def _grounds(decision: Decision) -> list[str]:
    account = decision.facts.account
    segment = SEGMENT_NAMES[decision.segment or Segment.MM]
    leading = _leading(decision)
    move = decision.facts.move
    if move is not None and decision.rule == move.rule:
        if move.moved_from is None:
            return [f"{segment}, held until it is handed over ({move.rule})"]
        return [f"{segment}, moved from {TEAM_NAMES[move.moved_from]} on {move.moved_on} by {move.rule}"]
    match decision.rule:
        case "ROUTE-2":
            key = {True: "a Key Account", False: "not a Key Account", None: "perhaps a Key Account"}[
                account.key_account
            ]
            return [f"{segment} customer", key]
        case "ROUTE-3":
            first = {True: "First Order Available", False: "not First Order Available", None: ""}
            grounds = [f"{segment} in {account.region or 'an unknown region'}", first[account.first_order_available]]
            if account.max_family_employees:
                grounds.append(quantity(account.max_family_employees, "employee"))
            if account.lam_dev_count is not None:
                grounds.append(quantity(account.lam_dev_count, "potential user"))
            return [ground for ground in grounds if ground]
        case "ROUTE-4" | "ROUTE-5" | "ROUTE-6":
            how = {Motion.INBOUND_MQL: "inbound MQL", Motion.OUTBOUND: "outbound account", Motion.EXISTING: "account"}
            grounds = [segment, f"new {how[decision.facts.motion]}", leading]
            if decision.rule == "ROUTE-5" and account.linkedin_engineering_it is not None:
                grounds.append(f"{account.linkedin_engineering_it:,} in engineering and IT")
            return grounds
        case _:
            return [segment, leading]


def _leading(decision: Decision) -> str:
    by = BASIS_NAMES[decision.basis] if decision.basis is not None else "nobody"
    if decision.leading_employees is None:
        return f"segment by {by}"
    return f"{quantity(decision.leading_employees, 'employee')} by {by}"


def notices(decision: Decision, policy: Policy) -> tuple[list[Notice], list[Notice]]:
    """The advice and the required actions of a decision, in words."""
    return [_notice(code, decision, policy) for code in decision.advice], [
        _notice(code, decision, policy) for code in decision.actions
    ]


_OF_THE_DECISION = frozenset({NoticeCode.DISCOVER, NoticeCode.CHANGE_THE_OWNER})
"""Notices that rest on the rule that decided, whichever it is."""


def _notice(code: NoticeCode, decision: Decision, policy: Policy) -> Notice:
    source = policy.notices[code]
    rule = decision.rule if code in _OF_THE_DECISION else source.rule
    facts = decision.missing_facts if code is NoticeCode.DISCOVER else ()
    return Notice(code, _sentence(code, decision), rule, facts, source.citation)


def _sentence(code: NoticeCode, decision: Decision) -> str:  # noqa: C901, PLR0912 - one case a code, no logic between
    account = decision.facts.account
    match code:
        case NoticeCode.UNFAMILIAR_REGION:
            return f"Region {account.region} is none of NORAM, EMEA, LATAM and APAC, so it counts as outside them all."
        case NoticeCode.SOURCES_DISAGREE:
            return f"The sources fall in different segments: {_numbers(decision)}."
        case NoticeCode.CRM_SEGMENT_DIFFERS:
            marked = SEGMENT_NAMES[account.crm_segment or Segment.MM]
            return (
                f"The CRM marks the account {marked}; the decision is {SEGMENT_NAMES[decision.segment or Segment.MM]}."
            )
        case NoticeCode.LINKEDIN_CONTRADICTS:
            return "LinkedIn's number is too large for SMB: check the account's size before you work it."
        case NoticeCode.VERIFY_WITH_LINKEDIN:
            return "LinkedIn has not verified that the account is SMB: check its size there before you work it."
        case NoticeCode.OUTSIDE_GUIDELINE:
            return "The account does not fit the rough description of a First Order account; it stays with the team."
        case NoticeCode.POST_TO_CHATTER:
            return (
                "Post the sources and the gaps to Chatter on the account, with the VP of Commercial Sales in copy; "
                "the text is ready in the review."
            )
        case NoticeCode.FIND_THIRD_PARTY:
            return "No source leads and no third party has been named: find evidence of the account's size."
        case NoticeCode.AWAIT_THE_VP:
            return "Wait for the VP of Commercial Sales, who decides the segment."
        case NoticeCode.ASK_SALES_OPERATIONS:
            return "Ask Sales Operations to move the account into the name of the AE."
        case NoticeCode.DISCOVER:
            return f"Find out {listing(decision.missing_facts)}: the team could change."
        case NoticeCode.DISCOVERED_SIZE_DIFFERS:
            return (
                "The discovered number of employees is one of another segment: have the sources checked, and the "
                "account classified again."
            )
        case NoticeCode.CHANGE_THE_OWNER:
            return f"Change the account's owner in the CRM to {TEAM_NAMES[decision.team or Team.MMKAFO]}."
        case NoticeCode.ESCALATE_THE_HANDOFF:
            return "Ask the First Order ASM, the Regional Director and the VP of Commercial who receives the account."
        case NoticeCode.CALL_THE_CUSTOMER:
            return "Hand the account over in a call: an email will not do."
        case NoticeCode.HAND_OVER_IN_TIME:
            return "Have customer and receiving AE talk to each other within the week of the close."
        case NoticeCode.HANDOFF_IS_LATE:
            return "The week of the close is over: have customer and receiving AE talk to each other now."
    assert_never(code)


def _numbers(decision: Decision) -> str:
    numbers = [
        f"{SOURCE_NAMES[count.source]} {count.employees:,}{' (set aside)' if count.wholly_wrong else ''}"
        for count in decision.facts.employee_counts
        if count.source is not Source.THIRD_PARTY and count.employees
    ]
    return ", ".join(numbers)
