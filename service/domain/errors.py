"""What can go wrong in deciding: a name, a stable code and its facts. Entry points translate; no HTTP here."""

from datetime import date, datetime
from uuid import UUID

from service.domain.calendar import written


class DomainError(Exception):
    """Something that the rules do not allow. ``code`` is stable; ``pointer`` names the field of a request at fault."""

    code: str
    pointer: str | None = None


class NoPolicyInForceError(DomainError):
    """No policy was in force on the day asked for: give a day from the first policy's start on."""

    code = "no_policy_in_force"
    pointer = "/effective_on"

    def __init__(self, on: date, first_from: date) -> None:
        super().__init__(f"No policy was in force on {on}; the first one starts on {first_from}")
        self.on = on
        self.first_from = first_from


class UnroutableAccountError(DomainError):
    """No routing rule covers the facts: the account is not in the CRM, and comes by no motion. State either."""

    code = "unroutable_account"
    pointer = "/account/crm_created_on"

    def __init__(self, account_id: str) -> None:
        super().__init__(
            "A Mid-Market account with motion existing is routed by the day on which it was created in the CRM "
            "(ROUTE-3, ROUTE-6): give crm_created_on, or motion inbound_mql or outbound for an account that the CRM "
            "does not have yet"
        )
        self.account_id = account_id


class UnknownPolicyError(DomainError):
    """No policy of that name was published. GET /v1/policies lists them."""

    code = "not_found"

    def __init__(self, policy_id: str) -> None:
        super().__init__(f"There is no policy {policy_id}")


class RevisionNotInForceError(DomainError):
    """The newest revision of the policy decides nothing today: it is applied once it has started, and until it ends."""

    code = "revision_not_in_force"

    def __init__(self, policy_id: str, version: int, effective_from: date, today: date) -> None:
        super().__init__(
            f"Revision {version} of {policy_id}, which starts on {effective_from}, is not in force today, {today}"
        )


class NothingToApplyError(DomainError):
    """No account stands under the policy: its revisions hold as soon as they are in force."""

    code = "nothing_to_apply"

    def __init__(self, policy_id: str) -> None:
        super().__init__(f"No account stands under {policy_id}, so there is none to decide anew")


class ApplicationUnderWayError(DomainError):
    """A policy is being applied already: wait for its end, which GET on its Location tells."""

    code = "application_under_way"

    def __init__(self, application_id: UUID) -> None:
        super().__init__(f"Application {application_id} is still under way")


class UnknownAccountError(DomainError):
    """Nothing was ever decided about the account: classify it first."""

    code = "not_found"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"No decision was recorded for account {account_id}; classify it first")
        self.account_id = account_id


class UnknownLeadError(DomainError):
    """The lead was never assigned to anybody: assign it first."""

    code = "not_found"

    def __init__(self, lead_id: str) -> None:
        super().__init__(f"There is no lead {lead_id}; assign it first")


class NotYetError(DomainError):
    """A day to come, where only one that has come can be meant: correct it. A dry run takes any `effective_on`."""

    code = "day_to_come"

    def __init__(self, pointer: str, day: date, today: date) -> None:
        super().__init__(f"{day} has not come yet: today is {today}")
        self.pointer = pointer
        self.day = day


class InstantToComeError(DomainError):
    """An instant to come, where only one that has come can be meant: correct it."""

    code = "day_to_come"

    def __init__(self, pointer: str, instant: datetime) -> None:
        super().__init__(f"{written(instant)} has not come yet")
        self.pointer = pointer


class HandoffUnderWayError(DomainError):
    """The account is being handed over: who receives it is settled in the handoff (HAND-1)."""

    code = "handoff_under_way"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"Account {account_id} is being handed over; who receives it is settled there (HAND-1)")


class NotFirstOrderError(DomainError):
    """Key Accounts First Order does not own the account, so there is nothing of theirs to hand over (HAND-1)."""

    code = "not_first_order"

    def __init__(self, account_id: str, team: str | None) -> None:
        super().__init__(
            f"MMKAFO hands over its own accounts; {account_id} is owned by {team or 'no team yet'} (HAND-1)"
        )


class HandoffExistsError(DomainError):
    """The opportunity has its handoff already: use that one."""

    code = "handoff_exists"

    def __init__(self, opportunity_id: str, handoff_id: UUID) -> None:
        super().__init__(f"Opportunity {opportunity_id} has its handoff already: {handoff_id}")


class NotChangeoverError(DomainError):
    """The day is not the first of a fiscal quarter: name 1 February, May, August or November (MOVE-3)."""

    code = "not_a_changeover"
    pointer = "/on"

    def __init__(self, on: date) -> None:
        super().__init__(f"{on} is no quarter changeover: those are 1 February, May, August and November (MOVE-3)")


class NotMovedError(DomainError):
    """The changeover leaves the account where it is; there is nothing to be done about it."""

    code = "not_moved"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"The changeover leaves account {account_id} where it is (MOVE-3)")


class PayloadForgottenError(DomainError):
    """What was sent is kept no longer (`CHALKLINE_PAYLOAD_RETENTION_DAYS`): have the sender send it anew."""

    code = "payload_forgotten"

    def __init__(self, event_id: UUID, at: datetime, digest: str | None) -> None:
        day = at.date()
        super().__init__(f"What brought event {event_id} was forgotten on {day}; it had the SHA-256 {digest}")


class EventNotRejectedError(DomainError):
    """Only an event that was rejected, waits or has a remark is tried again; for a remark alone none is dismissed."""

    code = "event_not_rejected"

    def __init__(self, event_id: UUID, status: str) -> None:
        super().__init__(f"Event {event_id} is {status}, and nothing is left to be done about it")


class ReviewClosedError(DomainError):
    """The review is no longer open: it was resolved, or newer counts superseded it. Revise it, or read it again."""

    code = "review_closed"


class NothingToReviseError(DomainError):
    """The review is open: nothing was decided yet that could be revised. Resolve it."""

    code = "nothing_to_revise"

    def __init__(self, review_id: UUID) -> None:
        super().__init__(f"Review {review_id} is open: nothing was decided of it that could be revised")


class StandingChangedError(DomainError):
    """The account was decided anew between looking at its review and resolving it. Look again, and resolve again."""

    code = "standing_changed"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"Account {account_id} was decided anew meanwhile; look at the review again")


class DisputeOpenError(DomainError):
    """The account has an open dispute already: it is for the VP to close that one first (SEG-5)."""

    code = "dispute_open"

    def __init__(self, account_id: str, review_id: UUID) -> None:
        super().__init__(f"Account {account_id} has an open dispute already: review {review_id}")


class NotDisputeError(DomainError):
    """Only a dispute is rejected: of counts that are reviewed, a segment is decided."""

    code = "not_a_dispute"

    def __init__(self, review_id: UUID) -> None:
        super().__init__(f"Review {review_id} is of employee counts: a segment is decided of it, and nothing rejected")
