"""Notices of sales work: a lead that waits, a rank that was given, and the duties of an opportunity that are others.

Their texts have names, and nothing of what somebody wrote as a note or a reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.duties.terms import DUTY_NAMES, DutyCode
from service.domain.found_duties import FoundDuty
from service.domain.identifiers import next_to
from service.domain.leads import AssignedLead
from service.domain.notices import Notice, account_words
from service.domain.ranks import GivenRank, Rank
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_records import SalesRecord
from service.domain.subscriptions import MessageType
from service.domain.terms import LeadKind
from service.domain.wording import quantity


class LeadWaiting(TypedDict):
    """Nobody reached out to a lead: within its hour (LEAD-1), or on the fourteen days that are its SDR's (LEAD-3)."""

    id: Annotated[str, Field(description="The lead.")]
    account_id: Annotated[str | None, Field(description="Its account, where that is known.")]
    kind: Annotated[LeadKind, Field(description="How it came.")]
    sdr: Annotated[str, Field(description="Its SDR, as the assignment says.")]
    assigned_at: Annotated[datetime, Field(description="When it was assigned.")]
    due_at: Annotated[datetime | None, Field(description="The end of its hour; null of an inquiry.")]
    ae_on: Annotated[date, Field(description="The first day on which the account executive may reach out.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


class RankChanged(TypedDict):
    """An account was given a rank, another one, or the same once more (RANK-4, RANK-5)."""

    id: Annotated[UUID, Field(description="The record of the rank.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    rank: Annotated[Rank, Field(description="The rank.")]
    previous: Annotated[Rank | None, Field(description="The one before; null: it had none.")]
    account_executive: Annotated[str, Field(description="Who gave it, as was said.")]
    previous_account_executive: Annotated[str | None, Field(description="Who gave the one before.")]
    ranked_on: Annotated[date, Field(description="The day.")]
    text: Annotated[str, Field(description="A sentence to be shown.")]


class DutyTold(TypedDict):
    """A duty, as it stands."""

    code: Annotated[DutyCode, Field(description="Which duty it is.")]
    rule: Annotated[str, Field(description="The rule, such as OPP-1.")]
    applies: Annotated[bool | None, Field(description="Whether it applies; null is unknown.")]
    met: Annotated[bool | None, Field(description="Whether it is met; null is unknown, or not asked.")]


class DutiesChanged(TypedDict):
    """An opportunity has other duties than it had on record, or the first; or they are met now, or no longer."""

    id: Annotated[UUID, Field(description="The record of the duties.")]
    opportunity_id: Annotated[str, Field(description="The opportunity's identifier in the CRM.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    on: Annotated[date, Field(description="The day that they are found for.")]
    duties: Annotated[Sequence[DutyTold], Field(description="Every duty, in its order.")]
    text: Annotated[str, Field(description="Sentences to be shown.")]


@dataclass(frozen=True, slots=True)
class AccountCalled:
    """What texts call an account, and who owns it, by name; None where that is not known."""

    name: str | None = None
    owner: str | None = None


def lead_waiting(  # noqa: PLR0913 - what there is to be told
    notice_id: UUID,
    of: MessageType,
    lead: AssignedLead,
    bounds: SalesBounds,
    *,
    ae_on: date,
    sdr: str,
    account: AccountCalled,
    at: datetime,
) -> Notice:
    """That a lead's hour is over, or that its account executive may step in; ``sdr`` is what texts call its SDR."""
    due_at = lead.due_at(bounds)
    what = f"the lead {lead.id}"
    if lead.account_id is not None:
        what += f" of {account_words(lead.account_id, account.name)}"
    if of is MessageType.LEAD_OVERDUE and due_at is not None:
        text = f"{sdr} was to reach out to {what} by {due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, and has not."
    else:
        executive = "the account executive" if account.owner is None else f"the account executive, {account.owner},"
        days = quantity(bounds.lead_days_alone, "day")
        text = f"{sdr} left {what} alone for {days}: {executive} may reach out since {ae_on}."
    data: LeadWaiting = {
        "id": lead.id,
        "account_id": lead.account_id,
        "kind": lead.kind,
        "sdr": lead.sdr,
        "assigned_at": lead.assigned_at,
        "due_at": due_at,
        "ae_on": ae_on,
        "text": text,
    }
    # Without an account its notices are in the order of the lead.
    return Notice(id=notice_id, type=of, account_id=lead.account_id or lead.id, at=at, data=data)


def rank_changed(record: SalesRecord, given: GivenRank, executive: str, name: str | None) -> Notice:
    """That an account has a rank; ``executive`` is what texts call who gave it."""
    account = account_words(record.subject, name)
    if given.previous is None:
        said = f"{executive} gave {account} the rank {given.rank}, its first."
    elif given.is_reaffirmed:
        said = f"{executive} re-affirmed the rank {given.rank} of {account}."
    else:
        said = f"{executive} gave {account} the rank {given.rank}; it was {given.previous} before."
    data: RankChanged = {
        "id": record.id,
        "account_id": record.subject,
        "rank": given.rank,
        "previous": given.previous,
        "account_executive": given.account_executive,
        "previous_account_executive": given.previous_account_executive,
        "ranked_on": given.ranked_on,
        "text": said,
    }
    of = MessageType.RANK_CHANGED
    return Notice(id=next_to(record.id), type=of, account_id=record.subject, at=record.recorded_at, data=data)


def duties_changed(
    record: SalesRecord,
    title: str | None,
    account: AccountCalled,
    on: date,
    found: Sequence[FoundDuty],
    before: Sequence[FoundDuty] | None,
) -> Notice | None:
    """That an opportunity has other duties than before, or meets others; None where all is as it was.

    ``before`` is None where none are on record, or another release's program reads them.
    """
    if before is not None and _answers(before) == _answers(found):
        return None
    account_id = record.account_id or ""
    owned = "," if account.owner is None else f", which {account.owner} owns,"
    said = "are on record now" if before is None else "have changed"
    data: DutiesChanged = {
        "id": record.id,
        "opportunity_id": record.subject,
        "account_id": account_id,
        "on": on,
        "duties": [
            {"code": each.code, "rule": each.duty.applies.rule, "applies": each.applies, "met": each.met}
            for each in found
        ],
        "text": f"The duties of {account_words(record.subject, title)}, an opportunity of "
        f"{account_words(account_id, account.name)}{owned} {said}. {' '.join(_told(found))}",
    }
    of = MessageType.DUTIES_CHANGED
    return Notice(id=next_to(record.id), type=of, account_id=account_id, at=record.recorded_at, data=data)


def _answers(found: Sequence[FoundDuty]) -> dict[DutyCode, tuple[bool | None, bool | None]]:
    return {each.code: (each.applies, each.met) for each in found}


def _told(found: Sequence[FoundDuty]) -> Iterator[str]:
    asked = [each for each in found if each.applies is not False]
    if not asked:
        yield "None applies."
    for text, answers in (
        ("These are not met: {}.", (True, False)),
        ("Whether these are met is not known: {}.", (True, None)),
        ("These are met: {}.", (True, True)),
    ):
        if fit := [DUTY_NAMES[each.code] for each in asked if (each.applies, each.met) == answers]:
            yield text.format(", ".join(fit))
    if unknown := [DUTY_NAMES[each.code] for each in asked if each.applies is None]:
        yield f"Whether these apply is not known: {', '.join(unknown)}."
