"""All accounts of one run, and who asks about them."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date

from tests.stateful.accounts import Account, Names, day_refusal
from tests.stateful.facts import FIRST_ORDER, NAMED, TERRITORY
from tests.stateful.steps import (
    ACCOUNTS,
    Abandon,
    AnyStep,
    Billing,
    ChangeOver,
    Classify,
    Close,
    Discover,
    Dispute,
    Escalate,
    Reopen,
    ReopenAll,
    Reply,
    Resolve,
    Start,
    Tick,
)

CALLERS: dict[str, tuple[set[str], set[str]]] = {
    "admin": ({"classify", "handoff", "review", "dispute", "admin"}, {"*"}),
    "first": ({"classify", "handoff", "dispute"}, {FIRST_ORDER}),
    "named": ({"classify", "handoff"}, {NAMED}),
    "territory": ({"classify", "handoff"}, {TERRITORY}),
    "small": ({"classify", "handoff"}, {"SMB"}),
    "vp": ({"review"}, set()),
}
"""Who asks: with which scopes beside reading, and for which teams; ``*`` for both sides of a handoff."""
_SCOPES = {
    **dict.fromkeys((Classify, Discover), "classify"),
    Dispute: "dispute",
    **dict.fromkeys((Resolve, Close, Reply, ReopenAll, Abandon), "review"),
    ChangeOver: "admin",
}


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
            case Classify():
                return account.classify(step, today)
            case Discover():
                return account.discover(step, today)
            case Resolve() | Dispute() | Close():
                return _review(account, step, names, today)
            case Start():
                return account.start(step, today)
            case ChangeOver(on=on):
                return self._change_over(date.fromisoformat(on), today)
            case Tick(variant="formless"):
                return "invalid_request"
            case Tick() | Reopen() | Escalate() | Reply() | ReopenAll() | Abandon() | Billing():
                return account.hand(step, names.opportunity, teams, today)

    def apply(self, today: date) -> None:
        """Publish another revision, by which everything is decided as before, and apply it."""
        for account in self.accounts:
            account.published += 1
            account.apply(today)

    def _change_over(self, on: date, today: date) -> str:
        if on.day != 1:
            return "not_a_changeover"
        if refused := day_refusal(on, today):
            return refused
        for account in self.accounts:
            account.change_over(on)
        return ""


def _review(account: Account, step: Resolve | Dispute | Close, names: Names, today: date) -> str:
    match step:
        case Resolve():
            return account.resolve(step, today) if names.review else "not_found"
        case Dispute():
            return account.dispute()
        case Close():
            return account.close(step, names.dispute, today)
