"""A First Order handoff: what it started with, where it stands, and what each step makes of it (HAND-1 to HAND-7).

The state is nothing but its terms with its steps applied in order, so a recorded history gives it back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from itertools import takewhile
from types import MappingProxyType
from typing import TypeVar, assert_never
from uuid import UUID

from service.domain.fields import RecordedId
from service.domain.handoff.checklist import CHECKLISTS, ITEMS, ITEMS_BY_NAME, Item, Side
from service.domain.handoff.evidence import (
    ChatterPosted,
    ContactMode,
    Evidence,
    HandoffContact,
    Introduced,
    NamedAeFound,
    TamDetermined,
)
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
from service.domain.triggers import Opportunity

_Form = TypeVar("_Form", bound=Evidence)


class HandoffStatus(StrEnum):
    """Where a handoff stands; ``kept`` is an account that stays with MMKAFO."""

    ESCALATED = "escalated"
    OPEN = "open"
    COMPLETED = "completed"
    KEPT = "kept"
    ABANDONED = "abandoned"


class HandoffTerms(Opportunity):
    """What a handoff started with; None is unknown. Without a ``receiver`` it starts escalated (HAND-1).

    ``mode`` is EMAIL where an email may be used, and a call always may (HAND-2). ``due_on`` is the last day in time
    (HAND-3). Below an nARR of ``tam_below``, the receiving side asks whether a TAM is appropriate (HAND-5).
    """

    id: UUID
    account_id: RecordedId
    account_name: str | None
    tam_below: Decimal
    mode: ContactMode
    due_on: date
    receiver: Team | None

    def asks_for_a_tam(self, net_arr: Decimal | None) -> bool:
        """Whether the receiving side is to say if a TAM is appropriate; an unknown nARR excuses nothing (HAND-5)."""
        return net_arr is None or net_arr < self.tam_below

    @property
    def activity_name(self) -> str:
        """The one right name of the account activity (HAND-4, item 4)."""
        return f"({self.first_order_ae}) FO Account Summary for Handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A handoff as it stands. ``ticks`` has the items that are ticked now, by name.

    While it is escalated, ``receiver`` is who received the account before that was put in question. ``handed_over_to``
    is who did when it was last completed, also where it was reopened since.
    """

    terms: HandoffTerms
    status: HandoffStatus
    receiver: Team | None
    ticks: Mapping[str, Ticked]
    billing: tuple[BillingReassigned, ...] = ()
    completed_at: datetime | None = None
    handed_over_to: Team | None = None

    @property
    def is_closed(self) -> bool:
        """Nothing is left to be done: it is completed or abandoned, or the account stays with MMKAFO."""
        return self.status in {HandoffStatus.COMPLETED, HandoffStatus.KEPT, HandoffStatus.ABANDONED}

    @property
    def required_items(self) -> tuple[Item, ...]:
        """The items that complete the handoff once all of them are ticked, in order (HAND-6)."""
        return tuple(item for item in ITEMS if self.is_required(item))

    def is_required(self, item: Item) -> bool:
        """Whether the handoff cannot complete without the item: all but the TAM of a large account (HAND-5, item 5)."""
        return item.evidence is not TamDetermined or self.terms.asks_for_a_tam(self.terms.net_arr)

    @property
    def is_all_ticked(self) -> bool:
        """Whether every required item is ticked."""
        return all(item.name in self.ticks for item in self.required_items)

    def evidence(self, form: type[_Form]) -> _Form | None:
        """The evidence of that form, where its item is ticked now."""
        return next((tick.evidence for tick in self.ticks.values() if isinstance(tick.evidence, form)), None)

    @property
    def named_ae(self) -> str | None:
        """Who takes the account over: as found by the First Order side, else as the handoff started.

        None where nobody is known, and while the receiver is in question. Whoever was named at the start for another
        receiver than the present one is not the AE of this one.
        """
        if self.status is HandoffStatus.ESCALATED:
            return None
        found = self.evidence(NamedAeFound)
        if found is not None:
            return found.named_ae
        return self.terms.named_ae if self.terms.receiver in {None, self.receiver} else None

    @property
    def asks_for_its_post(self) -> bool:
        """Whether the Chatter post is what the First Order side has to do next, in the order of its list (HAND-4)."""
        first = takewhile(lambda item: item.evidence is not ChatterPosted, CHECKLISTS[Side.FIRST_ORDER])
        its_turn = self.status is HandoffStatus.OPEN and all(item.name in self.ticks for item in first)
        return its_turn and self.evidence(ChatterPosted) is None

    @property
    def two_way_on(self) -> date | None:
        """The day on which both AEs had been in touch with the customer, None before that (HAND-3)."""
        contact, introduced = self.evidence(HandoffContact), self.evidence(Introduced)
        if contact is None or introduced is None:
            return None
        return max(contact.took_place_on, introduced.replied_on)

    @property
    def in_time(self) -> bool | None:
        """Whether both AEs were in touch with the customer within the week, None before they were (HAND-3)."""
        return None if self.two_way_on is None else self.two_way_on <= self.terms.due_on

    def is_overdue(self, today: date) -> bool:
        """Whether the customer should have been in touch with both AEs by now, and was not (HAND-3)."""
        return not self.is_closed and self.two_way_on is None and today > self.terms.due_on


def started(terms: HandoffTerms) -> Handoff:
    """A handoff at its start: open, or escalated where nobody is known to receive the account (HAND-1)."""
    status = HandoffStatus.ESCALATED if terms.receiver is None else HandoffStatus.OPEN
    return Handoff(terms=terms, status=status, receiver=terms.receiver, ticks=MappingProxyType({}))


def apply(handoff: Handoff, step: Step) -> Handoff:
    """The handoff after a legal step; whether it is legal is not asked here.

    The tick of the last required item completes it, and nothing else does (HAND-6).
    """
    match step:
        case Ticked():
            return _ticked(handoff, step)
        case Reopened(item=name):
            return replace(handoff, ticks=_ticks(handoff, lambda item: item.name != name))
        case Escalated():
            return replace(handoff, status=HandoffStatus.ESCALATED)
        case Answered(team=team):
            return _answered(handoff, team)
        case HandoffReopened(items=names):
            kept = _ticks(handoff, lambda item: item.name not in names)
            return replace(handoff, status=HandoffStatus.OPEN, ticks=kept, completed_at=None)
        case Abandoned():
            return replace(handoff, status=HandoffStatus.ABANDONED)
        case BillingReassigned():
            return replace(handoff, billing=(*handoff.billing, step))
    assert_never(step)


def fold(terms: HandoffTerms, steps: Iterable[Step]) -> Handoff:
    """The handoff that started with ``terms``, after the steps of its history in order."""
    return reduce(apply, steps, started(terms))


def _ticked(handoff: Handoff, step: Ticked) -> Handoff:
    after = replace(handoff, ticks=MappingProxyType({**handoff.ticks, step.item: step}))
    if not after.is_all_ticked:
        return after
    return replace(after, status=HandoffStatus.COMPLETED, completed_at=step.at, handed_over_to=after.receiver)


def _answered(handoff: Handoff, team: Team) -> Handoff:
    status = HandoffStatus.KEPT if team is Team.MMKAFO else HandoffStatus.OPEN
    if team is handoff.receiver:
        return replace(handoff, status=status)
    # What was arranged with one AE says nothing of another.
    return replace(handoff, status=status, receiver=team, ticks=_ticks(handoff, lambda item: not item.needs_receiver))


def _ticks(handoff: Handoff, stays: Callable[[Item], bool]) -> Mapping[str, Ticked]:
    return MappingProxyType({name: tick for name, tick in handoff.ticks.items() if stays(ITEMS_BY_NAME[name])})
