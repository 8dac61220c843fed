"""Who gets recorded decisions: what a subscriber wants of them, and where it and its deliveries stand."""

import base64
import re
from dataclasses import dataclass
from enum import StrEnum

from service.domain.decision import Kind
from service.domain.terms import Team

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
_SALESFORCE_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


class Target(StrEnum):
    """Where a subscriber's deliveries go: to a URL of its own, or into the accounts of the CRM."""

    WEBHOOK = "webhook"
    SALESFORCE = "salesforce"


class SubscriberStatus(StrEnum):
    """Whether anything is sent. A disabled subscriber can be enabled again, one that ended cannot."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ENDED = "ended"


class DeliveryStatus(StrEnum):
    """Where a delivery stands. One that was given up, or delivered, can be sent again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class MessageType(StrEnum):
    """What a message tells of, as Standard Webhooks has it: a decision, or a notice of something to be looked at."""

    RECORDED = "decision.recorded"
    LEFT_TEAM = "decision.left_team"
    REVIEW_OPENED = "review.opened"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_CLOSED = "dispute.closed"
    HANDOFF_DUE = "handoff.due"
    HANDOFF_OVERDUE = "handoff.overdue"
    HANDOFF_POST_DUE = "handoff.post_due"
    EVENT_REJECTED = "event.rejected"
    LEAD_OVERDUE = "lead.overdue"
    LEAD_AE_MAY_STEP_IN = "lead.ae_may_step_in"
    RANK_CHANGED = "rank.changed"
    DUTIES_CHANGED = "duties.changed"
    LEDGER_CHECKPOINT = "ledger.checkpoint"


TO_POST = (MessageType.REVIEW_OPENED, MessageType.HANDOFF_POST_DUE)
"""The notices of what the handbook wants posted to Chatter on the account. No other notice goes to Salesforce."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """Which decisions a subscriber wants, and what of each; empty is everything.

    ``types`` are those of its messages; empty is decisions, and no notices.
    """

    target: Target = Target.WEBHOOK
    types: tuple[MessageType, ...] = ()
    kinds: tuple[Kind, ...] = ()
    teams: tuple[Team, ...] = ()
    fields: tuple[str, ...] = ()

    def has(self, of: MessageType) -> bool:
        """Whether messages of a type are wanted at all."""
        return of in (self.types or (MessageType.RECORDED, MessageType.LEFT_TEAM))

    def posts(self, of: MessageType, account_id: str) -> bool:
        """Whether a notice goes to Salesforce, where what it is about is posted to Chatter on the account."""
        return is_post(self.target, of) and _SALESFORCE_ID.fullmatch(account_id) is not None

    def takes(self, kind: Kind, team: Team | None, account_id: str, *, stands: bool, unchanged: bool = False) -> bool:
        """Whether a decision is one that the subscriber wants: one that leaves all ``unchanged`` by name of its kind.

        An owner is written into accounts of Salesforce alone, and only where one was decided, and not of history.
        """
        wanted = self.has(MessageType.RECORDED) and (kind in self.kinds or not (self.kinds or unchanged))
        wanted = wanted and (not self.teams or team in self.teams)
        if self.target is Target.SALESFORCE:
            return wanted and stands and team is not None and _SALESFORCE_ID.fullmatch(account_id) is not None
        return wanted

    def loses(
        self, kind: Kind, before: Team | None, team: Team | None, *, stands: bool, was_written: bool = False
    ) -> bool:
        """Whether an account leaves the teams that the subscriber asks for: ``before`` it had one, and now another.

        Into Salesforce goes its new team then, as otherwise the old one would stay there; so does every later one of an
        account that ``was_written`` there.
        """
        ours = before in self.teams or (self.target is Target.SALESFORCE and bool(self.teams) and was_written)
        leaves = stands and ours and team not in self.teams
        of_its_kind = not self.kinds or kind in self.kinds
        return leaves and of_its_kind and self.has(MessageType.LEFT_TEAM)


def is_post(target: Target, of: MessageType) -> bool:
    """Whether a message goes out as a post to Chatter. The posts of an account are an order of their own."""
    return target is Target.SALESFORCE and of in TO_POST


def signing_secret(random: bytes) -> str:
    """The secret that carries random bytes, as Standard Webhooks writes it."""
    return SECRET_PREFIX + base64.b64encode(random).decode("ascii")
