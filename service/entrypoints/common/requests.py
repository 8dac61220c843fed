"""The request to classify an account, as every entry point takes it."""

from pydantic import Field

from service.domain.facts import Account, Facts, StatedCounts
from service.domain.fields import Day, Frozen, Line
from service.domain.terms import Motion


class ClassificationRequest(Frozen):
    """The facts of one account, and the day on which the decision takes effect."""

    account: Account = Field(description="What the CRM says of the account.")
    employee_counts: StatedCounts = Field((), description="Who counted how many employees; empty is unknown.")
    motion: Motion = Field(Motion.EXISTING, description="How the account comes to sales.")
    effective_on: Day | None = Field(
        None, description="The day whose policy decides; default today. Not before the first policy's start."
    )
    dedup_requested_by: Line | None = Field(
        None, description="The AE who asked for the account to be deduplicated; a conduct matter, never the route's."
    )

    def facts(self) -> Facts:
        """The facts of the request."""
        return Facts(account=self.account, employee_counts=self.employee_counts, motion=self.motion)
