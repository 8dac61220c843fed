"""A decision, with the facts, the policy revision and the trail that it rests on; and as it stands in the record."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from service.domain.clauses import Outcome
from service.domain.facts import Facts
from service.domain.origins import Told
from service.domain.parts import Trail
from service.domain.policy import Policy, UnknownRevision
from service.domain.program import DOUBLE_CHECK
from service.domain.ranges import Range
from service.domain.terms import Basis, NoticeCode, Segment, Team
from service.domain.values import first_third_party_employees


class Status(StrEnum):
    """How firm a decision is: final, provisional (a missing fact could change its team), or without a team yet."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    PENDING_REVIEW = "pending_review"


class DoubleCheck(StrEnum):
    """What LinkedIn says of an SMB result (SEG-7)."""

    VERIFIED = "verified"
    CONFLICT = "conflict"
    UNVERIFIED = "unverified"


class Decision(NamedTuple):
    """What was decided for one account. ``advice`` may be followed, ``actions`` must be.

    The revision may be unknown of what is on record, never of what was decided here and now.
    """

    facts: Facts
    policy: Policy | UnknownRevision
    effective_on: date
    status: Status
    segment: Segment | None
    team: Team | None
    rule: str
    basis: Basis | None
    leading_employees: int | None
    missing_facts: tuple[str, ...]
    advice: tuple[NoticeCode, ...]
    actions: tuple[NoticeCode, ...]
    trail: Trail

    @property
    def policy_id(self) -> str:
        """The name of the policy that it was taken under."""
        return self.policy.id

    @property
    def policy_version(self) -> int:
        """The revision of that policy."""
        return self.policy.version

    @property
    def leading_range(self) -> Range | None:
        """The range of employees that led, where no number did."""
        if self.leading_employees is not None or self.basis is None:
            return None
        led: int | Range | None
        counts = self.facts.employee_counts
        if self.facts.trigger is not None:
            led = self.facts.trigger.before.leading_range
        elif self.basis is Basis.VP:
            led = first_third_party_employees(counts)
        else:
            led = next((count.employees for count in counts if count.source.value == self.basis.value), None)
        return led if isinstance(led, Range) else None

    @property
    def led(self) -> int | Range | None:
        """The number or the range of employees that led."""
        return self.leading_range if self.leading_employees is None else self.leading_employees

    @property
    def needs_review(self) -> bool:
        """Whether the VP of Commercial Sales is to look at the sources (SEG-4). It blocks while there is no team."""
        return NoticeCode.POST_TO_CHATTER in self.actions

    @property
    def double_check(self) -> DoubleCheck | None:
        """What LinkedIn said of an SMB result (SEG-7); None where the result was not SMB."""
        return next((_DOUBLE_CHECKS[outcomes[-1]] for key, outcomes in self.trail if key == DOUBLE_CHECK), None)

    @property
    def outcome(self) -> tuple[object, ...]:
        """What is said of the account, whatever policy revision said it. Which range led follows from the basis."""
        led = self.leading_employees
        return (self.status, self.segment, self.team, self.rule, self.basis, led, self.missing_facts)


class Kind(StrEnum):
    """What made a decision necessary."""

    CLASSIFICATION = "classification"
    REVIEW = "review"
    DISCOVERY = "discovery"
    CHANGEOVER = "changeover"
    WON = "won"
    ESCALATION = "escalation"
    HANDOFF = "handoff"
    APPLICATION = "application"
    """A published revision was applied to an account that stood under an older one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A recorded decision. ``recorded_at`` is UTC to the microsecond, and strictly rising for one account.

    One that does not stand is history: when it was recorded, the account stood on a decision of a later day. One that
    is ``unchanged`` applied a policy revision that says of the account what the one before said. ``sequence`` is the
    number of its entry in the ledger, from 0 on; None until it is sealed.
    """

    id: UUID
    kind: Kind
    account_id: str
    decision: Decision
    actor: str
    source: str
    request_id: str
    previous_decision_id: UUID | None
    review_id: UUID | None
    recorded_at: datetime
    stands: bool = True
    told_by: Told = None
    team_before: Team | None = None
    unchanged: bool = False
    sequence: int | None = None

    @property
    def moved(self) -> bool:
        """Whether another team owns the account by it than by the decision before it."""
        return self.stands and self.previous_decision_id is not None and self.team_before != self.decision.team

    def after(self, stood: "RecordedDecision | None") -> "RecordedDecision":
        """The same, which leaves the account ``unchanged`` where it applies a policy and says what ``stood`` said."""
        if self.kind is not Kind.APPLICATION or stood is None:
            return self
        return replace(self, unchanged=self.decision.outcome == stood.decision.outcome)


_DOUBLE_CHECKS = {True: DoubleCheck.VERIFIED, False: DoubleCheck.CONFLICT, None: DoubleCheck.UNVERIFIED}
LETTERS: dict[Outcome, str] = {True: "T", False: "F", None: "U"}
"""Outcomes as a trail is written with them."""
OUTCOMES: dict[str, Outcome] = {letter: outcome for outcome, letter in LETTERS.items()}


def trail_to_text(trail: Trail) -> str:
    """Write a trail compactly: ``SEG-2/datafox:TFTT ROUTE-3/when:TTT``, one letter a node."""
    letters = LETTERS
    return " ".join([f"{key}:{''.join([letters[outcome] for outcome in outcomes])}" for key, outcomes in trail])


def trail_from_text(text: str) -> Trail:
    """Read what ``trail_to_text`` wrote."""
    steps = (step.rsplit(":", 1) for step in text.split(" ")) if text else ()
    return [(key, [OUTCOMES[letter] for letter in letters]) for key, letters in steps]


def holding_on(decisions: Iterable[RecordedDecision], day: date) -> RecordedDecision | None:
    """What holds for a day: of the decisions of no later day that of the latest, the newest among equals (Calendar)."""
    of_then = (each for each in decisions if each.decision.effective_on <= day)
    return max(of_then, key=lambda each: (each.decision.effective_on, each.id), default=None)
