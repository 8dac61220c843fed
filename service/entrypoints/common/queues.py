"""What the queues of reviews and of handoffs are asked for, over the API and on the pages of the console."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from service.domain.fields import AccountId
from service.domain.handoff.state import HandoffStatus
from service.domain.people import SeveralPeopleError
from service.domain.review_queue import ReviewFilter, ReviewOrder
from service.domain.reviews import ReviewStatus, ReviewType
from service.domain.terms import Team
from service.entrypoints.common.context import ApiContext
from service.entrypoints.common.paging import Cursor, Limit
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.common.wanted import PersonNamed
from service.store.handoffs import HandoffFilter
from service.usecases.people import names_of


class ReviewQuery(BaseModel):
    """Which reviews to list."""

    status: list[ReviewStatus] | None = Field(None, description="Where it stands.")
    blocking: bool | None = Field(None, description="Whether the account has no team until it is resolved.")
    kind: list[ReviewType] | None = Field(None, description="What it is about.")
    team: list[Team] | None = Field(None, description="The team that the account stands with now.")
    has_recommendation: bool | None = Field(None, description="Whether a segment is recommended.")
    account_id: AccountId | None = Field(None, description="Reviews of this account.")
    sort: ReviewOrder = Field(ReviewOrder.NEWEST, description="Which come first.")
    limit: Limit = 50
    cursor: Cursor = None

    def wanted(self) -> ReviewFilter:
        """What is asked for."""
        return ReviewFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}, exclude_none=True))


class HandoffWanted(BaseModel):
    """Which handoffs are asked for."""

    account_id: AccountId | None = Field(None, description="Of this account.")
    status: HandoffStatus | None = Field(None, description="Where it stands.")
    receiver: Team | None = Field(None, description="The team that receives the account.")
    overdue: bool | None = Field(None, description="True: the week is over without two-way communication (HAND-3).")
    due_within: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description="Due within so many days from today, and without two-way communication so far."
    )
    account_executive: PersonNamed | None = Field(
        None,
        description="The First Order AE or the one who takes over: a name, or a person's id, CRM user id or email.",
    )

    def wanted(self, context: ApiContext, today: date) -> HandoffFilter:
        """What is asked for, on a day."""
        due_before = due_from = None
        if self.due_within is not None:
            due_before, due_from = today + timedelta(days=self.due_within + 1), today
        if self.overdue is not None:
            due_before, due_from = (today, None) if self.overdue else (due_before, today)
        stated = self.model_dump(include={"account_id", "status", "receiver"})
        executives = names_asked(context, self.account_executive, "account_executive", today)
        return HandoffFilter(**stated, due_before=due_before, due_from=due_from, executives=executives)


def names_asked(context: ApiContext, named: str | None, parameter: str, today: date) -> tuple[str, ...] | None:
    """What a person who is asked for may have been called; None where nobody is."""
    try:
        return None if named is None else names_of(context.database, named, today, parameter)
    except SeveralPeopleError as error:
        raise invalid_request([FieldError(parameter, str(error))]) from error
