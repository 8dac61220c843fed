"""A plain model of accounts: which step is allowed, and where an account stands after it (ROUTE, MOVE, HAND-1)."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from tests.stateful.facts import FIRST_ORDER, KINDS, NAMED, SEGMENT_TEAMS, TERRITORY
from tests.stateful.handoffs import Handoff
from tests.stateful.steps import (
    ACCOUNTS,
    AnyStep,
    Billing,
    ChangeOver,
    Classify,
    Discover,
    Escalate,
    HandoffStep,
    Reopen,
    Reply,
    Resolve,
    Start,
    Tick,
)

FIRST_DAY = date(2022, 2, 1)
Move: TypeAlias = tuple[str | None, str]
"""From which team, to which: from none, the account is held."""


@dataclass
class Account:
    """An account as it should stand."""

    team: str | None = None
    kind: str = ""
    won: bool = False
    move: Move | None = None
    found: tuple[int | None, int | None] = (None, None)
    changed_over_on: date | None = None
    reviews: dict[str, str] = field(default_factory=dict)
    """What became of the review of each kind of facts: ``open``, ``superseded``, or the segment that the VP chose."""
    decisions: int = 0
    handoffs: list[Handoff] = field(default_factory=list)

    def classify(self, name: str) -> None:
        self.kind, self.won = name, False
        verdict = self.reviews.get(name, "open")
        if KINDS[name].reviewed and verdict in {"open", "superseded"}:
            self.reviews[name] = "open"
        self._supersede()
        self._route()

    def resolve(self, step: Resolve) -> str:
        if self.reviews.get(step.kind) != "open":
            return "review_closed"
        self.reviews[step.kind] = step.segment
        self._route()
        return ""

    def discover(self, step: Discover, today: date) -> str:
        if refused := _day_refusal(today - timedelta(days=step.days_ago), today):
            return refused
        if not self.decisions:
            return "not_found"
        if any(not handoff.closed for handoff in self.handoffs):
            return "handoff_under_way"
        employees, users = step.employees, step.users
        small = employees is not None and employees < 500 and users is not None and users < 100
        available = KINDS[self.kind].available and not self.won
        if self.team == FIRST_ORDER and small:
            self._move(TERRITORY)
        elif self.team == TERRITORY and available and employees is not None and employees > 500:
            self._move(FIRST_ORDER)
        self._decided((employees, users))
        return ""

    def start(self, step: Start, today: date) -> str:
        if refused := _day_refusal(today - timedelta(days=step.days_ago), today):
            return refused
        if not self.decisions:
            return "not_found"
        for handoff in self.handoffs:
            if handoff.opportunity == step.opportunity:
                return "handoff_exists"
            if not handoff.closed:
                return "handoff_under_way"
        if self.team != FIRST_ORDER:
            return "not_first_order"
        self.handoffs.append(Handoff.started(step, today))
        self._hold()
        return ""

    def names(self, step: AnyStep) -> "Names":
        """What a step would be asked under now."""
        if isinstance(step, Resolve):
            return Names(review=step.kind in self.reviews)
        if isinstance(step, HandoffStep) and step.nth < len(self.handoffs):
            return Names(opportunity=self.handoffs[-1 - step.nth].opportunity)
        return Names()

    def hand(
        self, step: Tick | Reopen | Escalate | Reply | Billing, opportunity: int | None, teams: set[str], today: date
    ) -> str:
        if opportunity is None:
            return "not_found"
        (handoff,) = (each for each in self.handoffs if each.opportunity == opportunity)
        refused = handoff.take(step, teams, today)
        if refused:
            return refused
        if isinstance(step, Escalate | Reply):
            self._hold()
        elif isinstance(step, Tick) and handoff.status == "completed":
            assert handoff.receiver is not None
            self.won = True
            self._move(handoff.receiver)
            self._decided()
        return ""

    def change_over(self, on: date) -> None:
        employees, users = self.found
        is_small = (300 if employees is None else employees) < 500
        is_used = (150 if users is None else users) > 100
        due = self.changed_over_on is None or self.changed_over_on < on
        if self.team == TERRITORY and KINDS[self.kind].quarterly and not self.won and is_small and is_used and due:
            self._move(FIRST_ORDER)
            self._decided()
            self.changed_over_on = on

    def _route(self) -> None:
        kind, verdict = KINDS[self.kind], self.reviews.get(self.kind, "open")
        decided = verdict in {"SMB", "MM", "LARGE"}
        team, by_size = kind.team, kind.by_size
        if decided:
            team, by_size = SEGMENT_TEAMS.get(verdict, kind.mid_market), verdict == "MM"
        if self.won and team not in {None, *SEGMENT_TEAMS.values()}:
            team, by_size = TERRITORY, False  # a customer of whom nobody knows whether it is a Key Account
        self._weigh(team, by_size=by_size)
        self._decided()

    def _weigh(self, team: str | None, *, by_size: bool) -> None:
        """A standing move leads while the facts still name the team that it left, or leave that open."""
        unsure = KINDS[self.kind].provisional or (self.won and team == TERRITORY)
        if team is None or self.move is None:
            self.team = team
        elif self.move[0] is None or unsure or (by_size and team == self.move[0]):
            self.team = self.move[1]
        else:
            self.team, self.move = team, None

    def _move(self, team: str) -> None:
        self.move = None if self.team is None else (self.team, team)
        self.team = team

    def _hold(self) -> None:
        self.won, self.move = True, (None, FIRST_ORDER)
        self._decided()

    def _decided(self, found: tuple[int | None, int | None] = (None, None)) -> None:
        self.decisions, self.found = self.decisions + 1, found

    def _supersede(self) -> None:
        for name, review in self.reviews.items():
            if review == "open" and name != self.kind:
                self.reviews[name] = "superseded"


def _day_refusal(day: date, today: date) -> str:
    if day > today:
        return "day_to_come"
    return "no_policy_in_force" if day < FIRST_DAY else ""


CALLERS: dict[str, tuple[set[str], set[str]]] = {
    "admin": ({"classify", "handoff", "review", "admin"}, {"*"}),
    "first": ({"classify", "handoff"}, {FIRST_ORDER}),
    "named": ({"classify", "handoff"}, {NAMED}),
    "territory": ({"classify", "handoff"}, {TERRITORY}),
    "small": ({"classify", "handoff"}, {"SMB"}),
    "vp": ({"review"}, set()),
}
"""Who asks: with which scopes beside reading, and for which teams; ``*`` for both sides of a handoff."""
_SCOPES = {Classify: "classify", Discover: "classify", Resolve: "review", Reply: "review", ChangeOver: "admin"}


@dataclass(frozen=True)
class Names:
    """What a step is asked under: whether its review was known then, and the opportunity of its handoff."""

    review: bool = False
    opportunity: int | None = None


@dataclass
class World:
    """All accounts of one run."""

    accounts: list[Account] = field(default_factory=lambda: [Account() for _ in range(ACCOUNTS)])

    def copy(self) -> "World":
        return deepcopy(self)

    def take(self, step: AnyStep, by: str, names: Names, today: date) -> str:
        """Take a step; gives the code of why not, or nothing. ``names`` is what it was asked under."""
        scopes, teams = CALLERS[by]
        if _SCOPES.get(type(step), "handoff") not in scopes:
            return "forbidden"
        account = self.accounts[step.account]
        match step:
            case Classify(kind=kind):
                account.classify(kind)
                return ""
            case Discover():
                return account.discover(step, today)
            case Resolve():
                return account.resolve(step) if names.review else "not_found"
            case Start():
                return account.start(step, today)
            case ChangeOver(on=on):
                return self._change_over(date.fromisoformat(on), today)
            case Tick(variant="formless"):
                return "invalid_request"
            case Tick() | Reopen() | Escalate() | Reply() | Billing():
                return account.hand(step, names.opportunity, teams, today)

    def _change_over(self, on: date, today: date) -> str:
        if on.day != 1:
            return "not_a_changeover"
        if refused := _day_refusal(on, today):
            return refused
        for account in self.accounts:
            account.change_over(on)
        return ""
