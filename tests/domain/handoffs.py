"""Handoffs, evidence and steps to test with: closed on 1 March 2022, due on the 8th, seen on the 8th."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from service.domain.handoff.checklist import ITEMS, ITEMS_BY_NAME, Side
from service.domain.handoff.checks import take
from service.domain.handoff.evidence import (
    AccountActivity,
    ChatterPosted,
    ContactMode,
    ContactScheduled,
    Evidence,
    GrowthBeforeRenewal,
    GrowthOpportunity,
    HandoffContact,
    Introduced,
    LicenseInstalled,
    MaterialEditable,
    NamedAeFound,
    TaggedNotesRead,
    TamDetermined,
)
from service.domain.handoff.state import Handoff, HandoffTerms, started
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

CLOSE, DUE, TODAY = date(2022, 3, 1), date(2022, 3, 8), date(2022, 3, 8)
AT = datetime(2022, 3, 8, 9, 30, tzinfo=UTC)
BOTH = frozenset(Side)

SUMMARY = AccountActivity(
    name="(Sam First) FO Account Summary for Handoff",
    why_gitlab="One tool for review and deployment",
    key_contacts=("Kim Contact", "Lee Contact"),
    expected_net_arr_next_12_months=Decimal(41000),
    next_order_by=date(2022, 9, 30),
    next_opportunity_net_arr=Decimal("12000.50"),
    why_believed="Two more teams have asked",
    logged_on=CLOSE,
)
EVIDENCE: dict[str, Evidence] = {
    "find-named-ae": NamedAeFound(named_ae="Nic Named"),
    "license-installed": LicenseInstalled(received_on=date(2022, 2, 25), installed_on=CLOSE),
    "chatter-posted": ChatterPosted(posted_on=CLOSE, url="https://example.org/chatter/1"),
    "account-activity": SUMMARY,
    "handoff-contact": HandoffContact(mode=ContactMode.CALL, took_place_on=date(2022, 3, 4)),
    "material-editable": MaterialEditable(checked_on=CLOSE, materials=()),
    "contact-scheduled": ContactScheduled(mode=ContactMode.CALL, scheduled_for=date(2022, 3, 10)),
    "introduced": Introduced(replied_on=date(2022, 3, 3)),
    "growth-opportunity": GrowthOpportunity(notes_read_on=CLOSE, opportunity_id="006-growth"),
    "tagged-notes-read": TaggedNotesRead(read_on=CLOSE),
    "tam-determined": TamDetermined(appropriate=True, requested_on=CLOSE),
    "growth-before-renewal": GrowthBeforeRenewal(none_expected="Every seat is sold"),
}
NAMES = tuple(item.name for item in ITEMS)
NEED_RECEIVER = tuple(item.name for item in ITEMS if item.needs_receiver)
NEED_NONE = tuple(item.name for item in ITEMS if not item.needs_receiver)


def terms(**stated: Any) -> HandoffTerms:  # noqa: ANN401 - any field of the terms
    """The terms of a handoff to Key Accounts Named with a call, and other values where stated."""
    values: dict[str, Any] = {
        "id": UUID(int=7),
        "account_id": "acc-1",
        "account_name": "Acme GmbH",
        "opportunity_id": "opp-1",
        "closed_on": CLOSE,
        "first_order_ae": "Sam First",
        "named_ae": None,
        "initial_amount": Decimal(18000),
        "immediate_potential": Decimal(2000),
        "total_users": 100,
        "net_arr": None,
        "tam_below": Decimal(50000),
        "mode": ContactMode.CALL,
        "due_on": DUE,
        "receiver": Team.MMKAN,
    }
    return HandoffTerms(**values | stated)


def at_start(**stated: Any) -> Handoff:  # noqa: ANN401 - as above
    return started(terms(**stated))


def tick(name: str, evidence: Evidence | None = None) -> Ticked:
    return Ticked(item=name, evidence=evidence or EVIDENCE[name], by="key", at=AT)


def reopen(name: str) -> Reopened:
    return Reopened(item=name, reason="Wrong day", by="key", at=AT)


def escalate() -> Escalated:
    return Escalated(reason="Perhaps a Territory account", by="key", at=AT)


def answer(team: Team) -> Answered:
    return Answered(team=team, reason="As the ASM sees it", by="key", at=AT)


def reopen_handoff(*names: str) -> HandoffReopened:
    return HandoffReopened(items=names, reason="Nobody has been in touch", by="key", at=AT)


def abandon() -> Abandoned:
    return Abandoned(reason="The order was refunded", by="key", at=AT)


def reassign_billing() -> BillingReassigned:
    return BillingReassigned(reason="Invoice to a wrong address", by="key", at=AT)


def after(handoff: Handoff, *steps: Step) -> Handoff:
    """The handoff after steps that both sides may take."""
    for step in steps:
        handoff = take(handoff, step, BOTH, TODAY)
    return handoff


def ticked(handoff: Handoff, *names: str) -> Handoff:
    """The handoff after its items of these names were ticked."""
    return after(handoff, *map(tick, names))


def completed(**stated: Any) -> Handoff:  # noqa: ANN401 - as above
    return ticked(at_start(**stated), *NAMES)


def side_of(name: str) -> frozenset[Side]:
    return frozenset({ITEMS_BY_NAME[name].side})


def other_side(name: str) -> frozenset[Side]:
    return BOTH - side_of(name)
