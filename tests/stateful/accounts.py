"""A plain model of accounts: which step is allowed, and where an account stands after it (ROUTE, MOVE, HAND-1)."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.stateful.facts import FIRST_ORDER, KINDS, NAMED, SEGMENT_TEAMS, TERRITORY
from tests.stateful.handoffs import Handoff
from tests.stateful.moves import Move, Numbers
from tests.stateful.steps import (
    Abandon,
    AnyStep,
    Classify,
    Close,
    Discover,
    Escalate,
    HandoffStep,
    OfHandoff,
    ReopenAll,
    Reply,
    Resolve,
    Start,
    Tick,
)

SEGMENTS = {"SMB", "MM", "LARGE"}
FIRST_DAY = date(2022, 2, 1)


@dataclass(frozen=True)
class Names:
    """What a step is asked under: whether its review was known then, which dispute, and whose handoff."""

    review: bool = False
    dispute: int | None = None
    opportunity: int | None = None


@dataclass
class Account:
    """An account as it should stand."""

    team: str | None = None
    stands_on: date = date.min
    team_as_prospect: str | None = None
    kind: str = ""
    won: bool = False
    move: Move | None = None
    found: Numbers = (None, None)
    changed_over_on: date | None = None
    reviews: dict[str, str] = field(default_factory=dict)
    """What became of the review of each kind of facts: ``open``, ``superseded``, or the segment that the VP chose."""
    disputes: list[str] = field(default_factory=list)
    """What became of each dispute: ``open``, ``resolved`` or ``rejected``."""
    decisions: int = 0
    published: int = 0
    """How many revisions were published in this run, and how many when it was last decided on, ``revision``."""
    revision: int = 0
    handoffs: list[Handoff] = field(default_factory=list)

    @property
    def is_customer(self) -> bool:
        return self.won or not KINDS[self.kind].available

    @property
    def is_decided(self) -> bool:
        """By the VP, on the counts that stand."""
        return self.reviews.get(self.kind) in SEGMENTS

    def classify(self, step: Classify, today: date) -> str:
        name, on = step.kind, today - timedelta(days=step.days_ago)
        if refused := day_refusal(on, today):
            return refused
        if on < self.stands_on:
            self.decisions += 1  # history: it moves nothing
            return ""
        self.kind, self.won = name, False
        verdict = self.reviews.get(name, "open")
        if KINDS[name].reviewed and verdict in {"open", "superseded"}:
            self.reviews[name] = "open"
        self._supersede()
        self._route(on)
        return ""

    def resolve(self, step: Resolve, today: date) -> str:
        verdict = self.reviews.get(step.kind)
        if verdict == "open" and step.revises:
            return "nothing_to_revise"
        leads = verdict in SEGMENTS and step.kind == self.kind
        if verdict != "open" and not (step.revises and leads):
            return "review_closed"
        self.reviews[step.kind] = step.segment
        self._route(today)
        return ""

    def dispute(self) -> str:
        if not self.decisions:
            return "not_found"
        if "open" in self.disputes:
            return "dispute_open"
        self.disputes.append("open")
        return ""

    def close(self, step: Close, dispute: int | None, today: date) -> str:
        if dispute is None:
            return "not_found"
        status = self.disputes[dispute]
        if status == "open" and step.revises:
            return "nothing_to_revise"
        if status != "open" and not (step.revises and status == "resolved"):
            return "review_closed"
        if step.verdict == "rejected":
            self.disputes[dispute] = "rejected"
            return ""
        self.disputes[dispute] = "resolved"
        self.reviews[self.kind] = step.verdict
        self._route(today)
        return ""

    def apply(self, today: date) -> None:
        """The newest revision, as by a POST of the facts that it stands on."""
        is_older = bool(self.decisions) and self.revision < self.published
        if not is_older or any(not handoff.closed for handoff in self.handoffs):
            return
        if KINDS[self.kind].reviewed and self.reviews[self.kind] not in SEGMENTS:
            self.reviews[self.kind] = "open"
        self._supersede()
        self._route(today)

    def discover(self, step: Discover, today: date) -> str:
        on = today - timedelta(days=step.days_ago)
        if refused := day_refusal(on, today):
            return refused
        if not self.decisions:
            return "not_found"
        if any(not handoff.closed for handoff in self.handoffs):
            return "handoff_under_way"
        employees, users = step.employees, step.users
        small = employees is not None and employees < 500 and users is not None and users < 100
        available = KINDS[self.kind].available and not self.won
        if self.team == FIRST_ORDER and small:
            self._move(TERRITORY, "MOVE-1")
        elif self.team == TERRITORY and available and employees is not None and employees > 500:
            self._move(FIRST_ORDER, "MOVE-2")
        self._decided(on, (employees, users))
        return ""

    def start(self, step: Start, today: date) -> str:
        on = today - timedelta(days=step.days_ago)
        if refused := day_refusal(on, today):
            return refused
        if not self.decisions:
            return "not_found"
        for handoff in self.handoffs:
            if handoff.opportunity == step.opportunity:
                return "handoff_exists"
            if not handoff.closed:
                return "handoff_under_way"
        handed_over = any(handoff.handed_over_to for handoff in self.handoffs)
        before_it_bought = self.team_as_prospect if self.is_customer and not handed_over else None
        if FIRST_ORDER not in {self.team, before_it_bought}:
            return "not_first_order"
        self.handoffs.append(Handoff.started(step, today))
        self._hold(self.handoffs[-1], on)
        return ""

    def names(self, step: AnyStep) -> Names:
        """What a step would be asked under now."""
        if isinstance(step, Resolve):
            return Names(review=step.kind in self.reviews)
        if isinstance(step, Close):
            return Names(dispute=len(self.disputes) - 1 if self.disputes else None)
        if isinstance(step, HandoffStep) and step.nth < len(self.handoffs):
            return Names(opportunity=self.handoffs[-1 - step.nth].opportunity)
        return Names()

    def hand(self, step: OfHandoff, opportunity: int | None, teams: set[str], today: date) -> str:
        if opportunity is None:
            return "not_found"
        (handoff,) = (each for each in self.handoffs if each.opportunity == opportunity)
        refused = handoff.take(step, teams, today)
        if not refused and isinstance(step, ReopenAll) and any(not o.closed for o in self.handoffs if o is not handoff):
            handoff.take_back(step)
            refused = "handoff_under_way"
        if refused:
            return refused
        if isinstance(step, Escalate | Reply | ReopenAll):
            self._hold(handoff, today)
        elif isinstance(step, Abandon):
            self.won, self.move = True, None
            self._decided(today)
        elif isinstance(step, Tick) and handoff.status == "completed":
            assert handoff.receiver is not None
            self.won, self.move = True, None
            if self.may_be_held:
                self.team, self.move = handoff.receiver, Move(FIRST_ORDER, handoff.receiver)
            self._decided(today)
        return ""

    def change_over(self, on: date) -> None:
        employees, users = self.found
        unknown = self.is_decided and employees is None
        is_small = not unknown and (300 if employees is None else employees) < 500
        is_used = (150 if users is None else users) > 100
        held = self.move is not None and self.move.rests_on == "open"
        due = not held and (self.changed_over_on is None or self.changed_over_on < on)
        if self.team == TERRITORY and KINDS[self.kind].quarterly and not self.won and is_small and is_used and due:
            self._move(FIRST_ORDER, "MOVE-3", self.found)
            self._decided(on)
            self.changed_over_on = on

    def _route(self, on: date) -> None:
        kind = KINDS[self.kind]
        team, by_size = kind.team, kind.by_size
        if self.is_decided:
            verdict = self.reviews[self.kind]
            team, by_size = SEGMENT_TEAMS.get(verdict, kind.mid_market), verdict == "MM" and kind.available
        if self.won and team not in {None, *SEGMENT_TEAMS.values()}:
            # A customer of whom nobody knows whether it is a Key Account stays where it is, until it was handed over.
            settled = any(each.handed_over_to or each.answered for each in self.handoffs)
            keep = {NAMED, TERRITORY} if settled else {NAMED, TERRITORY, FIRST_ORDER}
            present = self.team or (None if self.move is None else self.move.to)
            team, by_size = present if present in keep else TERRITORY, False
        self._weigh(team, by_size=by_size)
        self._decided(on)

    def _weigh(self, team: str | None, *, by_size: bool) -> None:
        """A standing move leads while the facts still name the team that it left, or leave that open."""
        move, mid_market = self.move, team not in SEGMENT_TEAMS.values()
        if team is None or move is None:
            self.team = team
        elif move.left is None:
            self.team = move.to if mid_market else team
            self.move = move if mid_market or move.rests_on == "open" else None
        else:
            receives = move.rests_on == "nothing"
            unsure = KINDS[self.kind].provisional or (self.won and mid_market and receives)
            room = unsure if self.won else unsure or (by_size and team == move.left)
            leads = mid_market and room and move.stands(self.kind, decided=self.is_decided) is not False
            self.team, self.move = (move.to, move) if leads else (team, None)

    @property
    def may_be_held(self) -> bool:
        """A handoff has a say while the account is Mid-Market, or may be."""
        return self.team not in SEGMENT_TEAMS.values()

    def _move(self, team: str, rests_on: str, found: Numbers = (None, None)) -> None:
        self.team, self.move = team, Move(self.team, team, rests_on, found)

    def _hold(self, handoff: Handoff, on: date) -> None:
        """By whom an account is held: First Order, or who owns it where it was handed over before."""
        holder = FIRST_ORDER
        if handoff.handed_over_to is not None and handoff.status != "kept":
            holder = self.team if self.team is not None and self.may_be_held else handoff.handed_over_to
        self.won = True
        if self.may_be_held:
            self.team = holder
        self.move = Move(None, holder, "kept" if handoff.status == "kept" else "open")
        self._decided(on)

    def _decided(self, on: date, found: tuple[int | None, int | None] = (None, None)) -> None:
        self.decisions, self.found, self.revision = self.decisions + 1, found, self.published
        self.stands_on = max(self.stands_on, on)  # an act takes effect no earlier than what it follows
        if not self.is_customer:
            self.team_as_prospect = self.team

    def _supersede(self) -> None:
        for name, review in self.reviews.items():
            if review == "open" and name != self.kind:
                self.reviews[name] = "superseded"


def day_refusal(day: date, today: date) -> str:
    """Why a day that a request names is refused, or nothing."""
    if day > today:
        return "day_to_come"
    return "no_policy_in_force" if day < FIRST_DAY else ""
