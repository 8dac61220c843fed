"""Who takes an inbound request: Support, the sales owner, or the SMB team out of Support's hours (OPP-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from service.domain.calendar import Weekday, day_of, days_from, instant_at
from service.domain.clauses import Flag, Outcome
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Step, Trail
from service.domain.sales_citations import OUT_OF_HOURS, TO_THE_SALES_OWNER

RULE = "OPP-6"


class RequestTaker(StrEnum):
    """Who takes a request."""

    SUPPORT = "support"
    SALES_OWNER = "sales_owner"
    SMB_TEAM = "smb_team"


@dataclass(frozen=True, slots=True)
class SupportHours:
    """When Support is at work: on some days of the week, from a time of day on and until another, in a time zone.

    Hours that do not end later than they begin go over midnight: they end on the day after.
    """

    zone: tzinfo
    days: Sequence[Weekday]
    begin: time
    end: time

    def are_at(self, instant: datetime) -> bool:
        """Whether Support is at work at an instant: it is when it begins, and is not when it ends."""
        today = day_of(instant, self.zone)
        return any(begins <= instant < ends for begins, ends in self._around(today))

    def next_after(self, instant: datetime) -> datetime:
        """When Support begins next, after an instant at which it is not at work."""
        begins = [begins for begins, _ in self._around(day_of(instant, self.zone)) if begins > instant]
        return min(begins, default=datetime.max.replace(tzinfo=UTC))

    def _around(self, today: date) -> list[tuple[datetime, datetime]]:
        """The hours of the day before, of the day and of the week after it, as instants."""
        names, over = tuple(Weekday), 0 if self.end > self.begin else 1
        near = sorted({days_from(today, count) for count in range(-1, 9)})
        return [
            (instant_at(day, self.begin, self.zone), instant_at(days_from(day, over), self.end, self.zone))
            for day in near
            if names[day.weekday()] in self.days
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRequest:
    """A request to Support; None is not known. ``breaches_at`` is when it has waited too long for Support's terms."""

    customer: bool | None = None
    net_arr_affected: bool | None = None
    needs_sales_manager: bool | None = None
    received_at: datetime | None = None
    breaches_at: datetime | None = None
    support_hours: SupportHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """Who takes a request, None where that is not known for want of ``missing_facts``.

    ``for_sales_owner`` is whether it is one that goes to the sales owner, whoever takes it now; ``support_back_at``
    when Support is back, None where it is at work or its hours are not known.
    """

    taken_by: RequestTaker | None
    for_sales_owner: Outcome
    support_back_at: datetime | None
    missing_facts: tuple[str, ...]
    explanation: tuple[ExplainedClause, ...]


_AT_WORK = Step(RULE, "hours", "Support is at work", Flag("in_support_hours").holds, OUT_OF_HOURS)
_BREACHES = Step(
    RULE, "breach", "It would breach before Support is back", Flag("breaches_before_support").holds, OUT_OF_HOURS
)
_FOR_OWNER = Step(
    RULE,
    "sales owner",
    "A customer's Net ARR is affected, or a sales manager has to approve",
    (Flag("customer").holds & Flag("net_arr_affected").holds) | Flag("needs_sales_manager").holds,
    TO_THE_SALES_OWNER,
)
_STEPS = {step.key: step for step in (_AT_WORK, _BREACHES, _FOR_OWNER)}


def triage(request: InboundRequest) -> Triage:
    """Who takes a request when it is received."""
    hours, received_at, breaches_at = request.support_hours, request.received_at, request.breaches_at
    at_work = None if hours is None or received_at is None else hours.are_at(received_at)
    back_at = None if hours is None or received_at is None or at_work else hours.next_after(received_at)
    values: dict[str, Any] = {
        "customer": request.customer,
        "net_arr_affected": request.net_arr_affected,
        "needs_sales_manager": request.needs_sales_manager,
        "in_support_hours": at_work,
        "breaches_before_support": None if back_at is None or breaches_at is None else breaches_at < back_at,
    }
    trail: Trail = []
    missing: list[str] = []
    in_hours = _AT_WORK.ask(values, trail)
    # Where its hours are not known, whether it would breach cannot be, either.
    by_smb = False if in_hours else _BREACHES.ask(values, trail)
    for_owner = _FOR_OWNER.ask(values, trail)
    if by_smb is None:
        stated = {"received_at": received_at, "breaches_at": breaches_at, "support_hours": hours}
        missing += [name for name, value in stated.items() if value is None]
    if for_owner is None:
        missing += _FOR_OWNER.unsettled(trail[-1][1])
    return Triage(
        taken_by=_taker(by_smb, for_owner),
        for_sales_owner=for_owner,
        support_back_at=back_at,
        missing_facts=tuple(missing),
        explanation=tuple(explain_trail(trail, _STEPS, values)),
    )


def _taker(by_smb: Outcome, for_owner: Outcome) -> RequestTaker | None:
    if by_smb:
        return RequestTaker.SMB_TEAM
    if by_smb is None or for_owner is None:
        return None
    return RequestTaker.SALES_OWNER if for_owner else RequestTaker.SUPPORT
