"""Which steps a First Order handoff allows, by whom and on what evidence (HAND-1 to HAND-7).

A step that it does not allow is refused by an error with a stable code, and changes nothing.
"""

from datetime import date
from typing import assert_never

from service.domain.errors import DomainError
from service.domain.fy23_citations import BILLING_REASSIGNMENT
from service.domain.handoff.checklist import ITEMS_BY_NAME, Item, Side
from service.domain.handoff.evidence import (
    EXPECTED,
    MAY_PRECEDE_THE_CLOSE,
    AccountActivity,
    ContactMode,
    ContactScheduled,
    Evidence,
    HandoffContact,
    TamDetermined,
    days_of,
)
from service.domain.handoff.state import Handoff, HandoffStatus, HandoffTerms, apply
from service.domain.handoff.steps import (
    Abandoned,
    Answered,
    BillingReassigned,
    Escalated,
    HandoffReopened,
    Reopened,
    Step,
    Ticked,
)
from service.domain.terms import Team

ANSWERS = frozenset({Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO})
"""The teams that an escalation may be answered with (HAND-1)."""

_SIDES = {Side.FIRST_ORDER: "First Order side", Side.RECEIVING: "receiving side"}


class UnknownItemError(DomainError):
    """The checklist has no such item: name one that it has."""

    code = "unknown_item"

    def __init__(self, name: str) -> None:
        super().__init__(f"The checklist has no item {name!r} (HAND-4, HAND-5)")


class WrongSideError(DomainError):
    """The step belongs to a side that the caller does not act for: ask that side to take it (HAND-6)."""

    code = "wrong_side"

    def __init__(self, *sides: Side) -> None:
        super().__init__(f"This is for the {' or the '.join(_SIDES[side] for side in sides)} to do (HAND-6)")


class HandoffClosedError(DomainError):
    """The handoff is completed or abandoned, or the account stays with MMKAFO: nothing is left to do (HAND-6)."""

    code = "handoff_closed"


class NotEscalatedError(DomainError):
    """Nobody asked who receives the account: escalate the handoff first, and then answer (HAND-1)."""

    code = "not_escalated"


class AlreadyTickedError(DomainError):
    """The item is ticked: reopen it with a reason, and tick it anew with other evidence (HAND-6)."""

    code = "already_ticked"


class NotTickedError(DomainError):
    """The item is not ticked, so there is nothing to reopen (HAND-6)."""

    code = "not_ticked"


class AwaitsAnswerError(DomainError):
    """Who receives the account is in question: wait for the answer to the escalation (HAND-1)."""

    code = "awaits_answer"

    def __init__(self) -> None:
        super().__init__("Who receives the account is in question; this waits for the answer (HAND-1)")


class NotCompletedError(DomainError):
    """Only a completed handoff is reopened, or has a billing issue re-assigned: complete it first (HAND-6, HAND-7)."""

    code = "not_completed"


class InvalidAnswerError(DomainError):
    """The answer names a team that receives no handoff: name MMKAN, MM_TERRITORY or MMKAFO (HAND-1)."""

    code = "invalid_answer"
    pointer = "/team"


class EvidenceError(DomainError):
    """The evidence does not fit the handoff: correct the field that ``pointer`` names (HAND-6)."""

    code = "invalid_evidence"

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.pointer = "/evidence" if field is None else f"/evidence/{field}"


def take(handoff: Handoff, step: Step, sides: frozenset[Side], today: date) -> Handoff:
    """The handoff after a step that a caller who acts for ``sides`` takes today.

    Raises:
        DomainError: the step is not allowed, as ``check`` says.
    """
    check(handoff, step, sides, today)
    return apply(handoff, step)


def check(handoff: Handoff, step: Step, sides: frozenset[Side], today: date) -> None:
    """Refuse a step that is not allowed.

    An answer belongs to neither side, nor does reopening or abandoning a handoff: who may do that is not asked here.

    Raises:
        DomainError: whose code says why.
    """
    match step:
        case Ticked(item=name, evidence=evidence):
            _check_tick(handoff, _item_for(name, sides), evidence, today)
        case Reopened(item=name):
            _check_reopening(handoff, _item_for(name, sides))
        case Escalated():
            _check_escalation(handoff, sides)
        case Answered(team=team):
            _check_answer(handoff, team)
        case HandoffReopened(items=names):
            _check_handoff_reopening(handoff, names)
        case Abandoned():
            _demand_running(handoff)
        case BillingReassigned():
            _check_billing(handoff, sides)
        case _:
            assert_never(step)


def check_evidence(terms: HandoffTerms, item: Item, evidence: Evidence, today: date) -> None:
    """Refuse evidence that contradicts the handoff or the calendar.

    Raises:
        EvidenceError: whose pointer names the field.
    """
    if type(evidence) is not item.evidence:
        raise EvidenceError(f"This is not the evidence of the item {item.name} ({item.rule})")
    for field, day in days_of(evidence):
        if day > today and field not in EXPECTED:
            raise EvidenceError(f"{field} has not come yet: today is {today} (HAND-6)", field)
        if day < terms.closed_on and field not in MAY_PRECEDE_THE_CLOSE:
            raise EvidenceError(
                f"{field} lies before the close on {terms.closed_on}, with which the handoff began (HAND-6)", field
            )
    match evidence:
        case AccountActivity(name=name) if name != terms.activity_name:
            raise EvidenceError(f"The activity is named {terms.activity_name!r} (HAND-4)", "name")
        case HandoffContact(mode=ContactMode.EMAIL) | ContactScheduled(mode=ContactMode.EMAIL) if (
            terms.mode is not ContactMode.EMAIL
        ):
            raise EvidenceError("This handoff needs a call; an email does not do (HAND-2)", "mode")
        case TamDetermined(appropriate=None) if terms.asks_for_a_tam(
            terms.net_arr if evidence.net_arr is None else evidence.net_arr
        ):
            raise EvidenceError(
                f"Below an nARR of {terms.tam_below:,} USD, and where it is not known, say whether a TAM is "
                "appropriate (HAND-5)",
                "appropriate",
            )
        case _:
            pass


def _check_tick(handoff: Handoff, item: Item, evidence: Evidence, today: date) -> None:
    _demand_running(handoff)
    if item.name in handoff.ticks:
        raise AlreadyTickedError(f"The item {item.name} is ticked already; reopen it first (HAND-6)")
    if handoff.status is HandoffStatus.ESCALATED and (item.needs_receiver or _is_last(handoff, item)):
        raise AwaitsAnswerError
    check_evidence(handoff.terms, item, evidence, today)


def _check_reopening(handoff: Handoff, item: Item) -> None:
    _demand_running(handoff)
    if item.name not in handoff.ticks:
        raise NotTickedError(f"The item {item.name} is not ticked, so it cannot be reopened (HAND-6)")


def _check_escalation(handoff: Handoff, sides: frozenset[Side]) -> None:
    if not sides:
        raise WrongSideError(*Side)
    _demand_running(handoff)
    if handoff.status is HandoffStatus.ESCALATED:
        raise AwaitsAnswerError


def _check_answer(handoff: Handoff, team: Team) -> None:
    _demand_running(handoff)
    if handoff.status is not HandoffStatus.ESCALATED:
        raise NotEscalatedError(
            "The receiver is not in question, so there is nothing to answer; escalate first (HAND-1)"
        )
    if team not in ANSWERS:
        raise InvalidAnswerError("A handoff goes to MMKAN or MM_TERRITORY, or stays with MMKAFO (HAND-1)")


def _check_handoff_reopening(handoff: Handoff, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in ITEMS_BY_NAME:
            raise UnknownItemError(name)
    if handoff.status is not HandoffStatus.COMPLETED:
        raise NotCompletedError(f"Only a completed handoff is reopened; this one is {handoff.status} (HAND-6)")
    if not any(handoff.is_required(ITEMS_BY_NAME[name]) for name in names):
        raise NotTickedError(
            "Name a required item that is to be done again: without one nothing is left to do (HAND-6)"
        )
    for name in names:
        if name not in handoff.ticks:
            raise NotTickedError(f"The item {name} is not ticked, so it cannot be reopened (HAND-6)")


def _check_billing(handoff: Handoff, sides: frozenset[Side]) -> None:
    _demand_side(Side.RECEIVING, sides)
    if handoff.status is not HandoffStatus.COMPLETED:
        where = f"{BILLING_REASSIGNMENT.heading}, {BILLING_REASSIGNMENT.item}"
        raise NotCompletedError(
            f"A billing issue is re-assigned once the handoff is completed (HAND-7; handbook: {where})"
        )


def _is_last(handoff: Handoff, item: Item) -> bool:
    # It would complete the handoff, and so to a receiver who is in question.
    return all(other is item or other.name in handoff.ticks for other in handoff.required_items)


def _item_for(name: str, sides: frozenset[Side]) -> Item:
    item = ITEMS_BY_NAME.get(name)
    if item is None:
        raise UnknownItemError(name)
    _demand_side(item.side, sides)
    return item


def _demand_side(side: Side, sides: frozenset[Side]) -> None:
    if side not in sides:
        raise WrongSideError(side)


def _demand_running(handoff: Handoff) -> None:
    if handoff.is_closed:
        raise HandoffClosedError(f"The handoff is closed ({handoff.status}); what was done stands (HAND-6)")
