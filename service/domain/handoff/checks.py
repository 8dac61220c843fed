"""Which steps a First Order handoff allows, by whom and on what evidence (HAND-1 to HAND-7)."""

from datetime import date
from typing import assert_never

from service.domain.handoff.checklist import ITEMS_BY_NAME, Item, Side
from service.domain.handoff.errors import (
    AlreadyTickedError,
    AwaitsAnswerError,
    EvidenceError,
    HandoffClosedError,
    InvalidAnswerError,
    NotCompletedError,
    NotEscalatedError,
    NotTickedError,
    UnknownItemError,
    WrongSideError,
)
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
from service.domain.handoff.steps import Answered, BillingReassigned, Escalated, Reopened, Step, Ticked
from service.domain.terms import Team

ANSWERS = frozenset({Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO})
"""The teams that an escalation may be answered with (HAND-1)."""


def take(handoff: Handoff, step: Step, sides: frozenset[Side], today: date) -> Handoff:
    """The handoff after a step that a caller who acts for ``sides`` takes today.

    Raises:
        DomainError: the step is not allowed, as ``check`` says.
    """
    check(handoff, step, sides, today)
    return apply(handoff, step)


def check(handoff: Handoff, step: Step, sides: frozenset[Side], today: date) -> None:
    """Refuse a step that is not allowed. An answer belongs to neither side: who may give one is not asked here.

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
            raise EvidenceError.ahead(field, today)
        if day < terms.closed_on and field not in MAY_PRECEDE_THE_CLOSE:
            raise EvidenceError.before_the_close(field, terms.closed_on)
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
        raise AlreadyTickedError(item.name)
    if handoff.status is HandoffStatus.ESCALATED and (item.needs_receiver or _is_last(handoff, item)):
        raise AwaitsAnswerError
    check_evidence(handoff.terms, item, evidence, today)


def _check_reopening(handoff: Handoff, item: Item) -> None:
    _demand_running(handoff)
    if item.name not in handoff.ticks:
        raise NotTickedError(item.name)


def _check_escalation(handoff: Handoff, sides: frozenset[Side]) -> None:
    if not sides:
        raise WrongSideError(*Side)
    _demand_running(handoff)
    if handoff.status is HandoffStatus.ESCALATED:
        raise AwaitsAnswerError


def _check_answer(handoff: Handoff, team: Team) -> None:
    _demand_running(handoff)
    if handoff.status is not HandoffStatus.ESCALATED:
        raise NotEscalatedError
    if team not in ANSWERS:
        raise InvalidAnswerError


def _check_billing(handoff: Handoff, sides: frozenset[Side]) -> None:
    _demand_side(Side.RECEIVING, sides)
    if handoff.status is not HandoffStatus.COMPLETED:
        raise NotCompletedError


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
        raise HandoffClosedError(handoff.status)
