"""A plain model of a handoff: what is allowed, to whom, and what comes of it (HAND-1 to HAND-7)."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.stateful.facts import FIRST_ORDER
from tests.stateful.steps import Abandon, Billing, Escalate, HandoffStep, Reopen, ReopenAll, Reply, Start, Tick

FIRST_ORDER_ITEMS = (
    "find-named-ae",
    "license-installed",
    "chatter-posted",
    "account-activity",
    "handoff-contact",
    "material-editable",
)
RECEIVING_ITEMS = (
    "contact-scheduled",
    "introduced",
    "growth-opportunity",
    "tagged-notes-read",
    "tam-determined",
    "growth-before-renewal",
)
FREE_OF_THE_RECEIVER = {"license-installed", "account-activity", "material-editable"}
UNDATED = {"find-named-ae", "growth-before-renewal"}
CONTACTS = {"handoff-contact", "contact-scheduled"}
TAM = "tam-determined"


def side_of(item: str) -> str:
    return "first_order" if item in FIRST_ORDER_ITEMS else "receiving"


@dataclass
class Handoff:
    """A handoff as it should stand. ``ticks`` has the day of each item that is ticked."""

    opportunity: int
    closed_on: date
    receiver: str | None
    email: bool
    tam: bool
    status: str
    first_receiver: str | None
    ticks: dict[str, date] = field(default_factory=dict)
    steps: list[tuple[str, str | None]] = field(default_factory=list)
    handed_over_to: str | None = None
    answered: bool = False
    reopened_on: date = date.min

    @classmethod
    def started(cls, step: Start, today: date) -> "Handoff":
        receiver = None if step.in_question or step.users is None else "MM_TERRITORY" if step.users < 100 else "MMKAN"
        return cls(
            opportunity=step.opportunity,
            closed_on=today - timedelta(days=step.days_ago),
            receiver=receiver,
            email=step.potential is not None and 18_000 + step.potential < 20_000,
            tam=step.net_arr is None or step.net_arr < 50_000,
            status="open" if receiver else "escalated",
            first_receiver=receiver,
        )

    @property
    def closed(self) -> bool:
        return self.status in {"completed", "kept", "abandoned"}

    @property
    def required(self) -> list[str]:
        return [item for item in FIRST_ORDER_ITEMS + RECEIVING_ITEMS if item != TAM or self.tam]

    @property
    def two_way_on(self) -> date | None:
        days = [self.ticks.get("handoff-contact"), self.ticks.get("introduced")]
        return None if None in days else max(day for day in days if day)

    def take(self, step: HandoffStep, teams: set[str], today: date) -> str:
        """Take a step for somebody who acts for these teams; gives the code of why not, or nothing."""
        refused = self._refusal(step, teams, today)
        if not refused:
            self._apply(step)
        return refused

    def _refusal(self, step: HandoffStep, teams: set[str], today: date) -> str:
        sides = {side for side, team in (("first_order", FIRST_ORDER), ("receiving", self.receiver)) if team in teams}
        if teams == {"*"}:
            sides = {"first_order", "receiving"}
        if isinstance(step, Billing):
            late = "" if self.status == "completed" else "not_completed"
            return late if "receiving" in sides else "wrong_side"
        if isinstance(step, ReopenAll):
            if self.status != "completed":
                return "not_completed"
            return "" if step.item in self.required and step.item in self.ticks else "not_ticked"
        if isinstance(step, Escalate):
            allowed = bool(sides)
        elif isinstance(step, Tick | Reopen):
            allowed = side_of(step.item) in sides
        else:
            allowed = True
        if not allowed:
            return "wrong_side"
        if self.closed:
            return "handoff_closed"
        return self._state_refusal(step, today)

    def _state_refusal(self, step: HandoffStep, today: date) -> str:
        escalated = self.status == "escalated"
        match step:
            case Abandon():
                return ""
            case Reply():
                return "" if escalated else "not_escalated"
            case Escalate():
                return "awaits_answer" if escalated else ""
            case Reopen(item=item):
                return "" if item in self.ticks else "not_ticked"
            case Tick(item=item):
                if item in self.ticks:
                    return "already_ticked"
                last = set(self.required) <= {*self.ticks, item}
                if escalated and (item not in FREE_OF_THE_RECEIVER or last):
                    return "awaits_answer"
                return "" if self._evidence_holds(step, today) else "invalid_evidence"
        raise TypeError(step)

    def _evidence_holds(self, step: Tick, today: date) -> bool:
        item, day = step.item, self.day_of(step, today)
        if item == TAM and step.variant == "unsaid":
            return not self.tam
        if item == "account-activity" and step.variant == "misnamed":
            return False
        if item in CONTACTS and step.variant == "email" and not self.email:
            return False
        ahead = day > today and item != "contact-scheduled"
        early = day < self.closed_on and item != "license-installed"
        return item in UNDATED or not (ahead or early)

    def day_of(self, step: Tick, today: date) -> date:
        """The day that all evidence of a tick names."""
        return today + timedelta(days=1) if step.days is None else self.closed_on + timedelta(days=step.days)

    def take_back(self, step: ReopenAll) -> None:
        """As it was before it was reopened: another handoff of the account is under way."""
        self.steps.pop()
        self.status, self.ticks[step.item] = "completed", self.reopened_on

    def _apply(self, step: HandoffStep) -> None:
        match step:
            case Tick(item=item, days=days):
                self.ticks[item] = self.closed_on + timedelta(days=days or 0)
                self.steps.append(("ticked", item))
                if set(self.required) <= set(self.ticks):
                    self.status, self.handed_over_to = "completed", self.receiver
            case Reopen(item=item):
                del self.ticks[item]
                self.steps.append(("reopened", item))
            case ReopenAll(item=item):
                self.reopened_on = self.ticks.pop(item)
                self.status = "open"
                self.steps.append(("handoff_reopened", item))
            case Abandon():
                self.status = "abandoned"
                self.steps.append(("abandoned", None))
            case Escalate():
                self.status = "escalated"
                self.steps.append(("escalated", None))
            case Reply(team=team):
                self.answered = True
                self.steps.append(("answered", team))
                self.status = "kept" if team == FIRST_ORDER else "open"
                if team != self.receiver:
                    self.ticks = {item: day for item, day in self.ticks.items() if item in FREE_OF_THE_RECEIVER}
                self.receiver = team
            case Billing():
                self.steps.append(("billing_reassigned", None))
