"""What is stated of duties, leads, calls, support requests and web directs: over the API, on pages and by commands."""

import re
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from service.domain.calendar import Weekday
from service.domain.duties.opportunity import OpportunityFacts
from service.domain.fields import AccountId, CrmId, Day, Frozen, Line
from service.domain.leads import AssignedLead, Channel
from service.domain.terms import LeadKind
from service.domain.triage import InboundRequest, SupportHours
from service.domain.web_direct import OpenOpportunity, WebDirect
from service.entrypoints.common.moments import StatedInstant
from service.usecases.check_web_direct import Purchase

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


class DutiesRequest(OpportunityFacts):
    """An opportunity, and the day that its duties are asked for."""

    on: Day | None = Field(None, description="The day; default today.")

    def opportunity(self) -> OpportunityFacts:
        """The opportunity alone."""
        return OpportunityFacts.model_validate(self.model_dump(exclude={"on"}))


class LeadRequest(Frozen):
    """A lead that is assigned to an SDR. Only whether there is a phone number is said, never the number."""

    id: CrmId = Field(description="The lead's id in the CRM.")
    kind: LeadKind = Field(description="How it came; all but an inquiry are MQLs.")
    assigned_at: StatedInstant = Field(description="When it was assigned.")
    sdr: Line = Field(description="To whom: a person's id, CRM user id, email or name.")
    has_phone: bool | None = Field(None, description="There is a phone number; null is unknown.")
    account_id: AccountId | None = Field(None, description="Its account's id.")

    def lead(self) -> AssignedLead:
        """The lead as it is assigned."""
        return AssignedLead(**{name: getattr(self, name) for name in LeadRequest.model_fields})


class TouchRequest(Frozen):
    """That the SDR of a lead reached out, answered or not."""

    channel: Channel = Field(description="How.")
    at: StatedInstant | None = Field(None, description="When; default now.")


class CallRequest(Frozen):
    """A sales call that an ASM joined."""

    asm: Line = Field(description="The ASM: a person's id, CRM user id, email or name.")
    account_id: AccountId = Field(description="The account's id.")
    at: StatedInstant | None = Field(None, description="When; default now.")


def _time_zone(name: str) -> str:
    try:
        if _ZONE.fullmatch(name):
            ZoneInfo(name)
            return name
    except (ValueError, OSError, KeyError):
        pass
    raise PydanticCustomError("time_zone", "There is no such time zone; name one as Europe/Berlin")


TimeOfDay = Annotated[str, Field(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$", json_schema_extra={"maxLength": 5})]


class HoursRequest(Frozen):
    """When Support is at work. Hours that do not end later than they begin end on the day after."""

    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_time_zone)] = Field(
        description="The time zone, such as Europe/Berlin."
    )
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(description="On which days they begin.")
    begin: TimeOfDay = Field(alias="from", description="When they begin: HH:MM.")
    end: TimeOfDay = Field(alias="until", description="When they end: HH:MM.")

    def hours(self) -> SupportHours:
        """The hours."""
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        return SupportHours(ZoneInfo(self.time_zone), self.days, begin, end)


class TriageRequest(Frozen):
    """An inbound request to Support. What is absent, or null, is not known."""

    customer: bool | None = Field(None, description="It comes from a customer.")
    net_arr_affected: bool | None = Field(None, description="Net ARR is affected.")
    needs_sales_manager: bool | None = Field(None, description="A credit, or else for a sales manager to approve.")
    received_at: StatedInstant | None = Field(None, description="When it came.")
    breaches_at: StatedInstant | None = Field(None, description="When it breaches what Support promises.")
    support_hours: HoursRequest | None = Field(None, description="When Support is at work.")

    def inbound(self) -> InboundRequest:
        """The request as it is triaged."""
        hours = None if self.support_hours is None else self.support_hours.hours()
        return InboundRequest(**self.model_dump(exclude={"support_hours"}), support_hours=hours)


class OpenOpportunityRequest(Frozen):
    """An open opportunity of the account."""

    opportunity_id: CrmId = Field(description="Its id in the CRM.")
    title: Line | None = Field(None, description="Its title.")


class WebDirectRequest(Frozen):
    """A web direct purchase. What is absent, or null, is not known."""

    account_id: AccountId = Field(description="The account.")
    purchased_on: Day = Field(description="The day of the purchase.")
    open_opportunities: Annotated[tuple[OpenOpportunityRequest, ...], Field(max_length=500)] | None = Field(
        None, description="The account's in the CRM; null: nobody has looked."
    )
    duplicate: bool | None = Field(None, description="Whether it is a duplicate, as a person says.")
    on_sequence: bool | None = Field(None, description="The main contact is on the outreach sequence.")
    outreach_logged: bool | None = Field(None, description="Personal outreach is logged.")
    next_step_on: Day | None = Field(None, description="The day of its next step.")

    def purchase(self) -> Purchase:
        """The purchase as it is checked."""
        sent = self.open_opportunities
        stated = WebDirect(
            **self.model_dump(include={"duplicate", "on_sequence", "outreach_logged", "next_step_on"}),
            open_opportunities=None
            if sent is None
            else [OpenOpportunity(each.opportunity_id, each.title, is_recorded=False) for each in sent],
        )
        return Purchase(account_id=self.account_id, purchased_on=self.purchased_on, stated=stated)
