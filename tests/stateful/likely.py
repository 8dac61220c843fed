"""Turns a drawn step into one that might well be allowed: of an item that is open to it, by whose step it is."""

from dataclasses import replace

from tests.domain.handoffs import NAMES
from tests.stateful.accounts import Account
from tests.stateful.facts import FIRST_ORDER, NAMED, TERRITORY
from tests.stateful.handoffs import side_of
from tests.stateful.steps import Abandon, AnyStep, Billing, Close, Reopen, ReopenAll, Reply, Start, Tick

_KEYS = {FIRST_ORDER: "first", NAMED: "named", TERRITORY: "territory", None: "small"}


def likely(step: AnyStep, account: Account) -> AnyStep:
    """The step, with an item that could be ticked or reopened where it has one."""
    if not isinstance(step, Tick | Reopen) or not account.handoffs:
        return step
    ticked = account.handoffs[-1].ticks
    fit = [item for item in NAMES if (item in ticked) == isinstance(step, Reopen)]
    return replace(step, item=fit[NAMES.index(step.item) % len(fit)]) if fit else step


def whose(step: AnyStep, account: Account) -> str:
    """Who might take the step."""
    receiver = _KEYS[account.handoffs[-1].receiver] if account.handoffs else "admin"
    match step:
        case Tick(item=item) | Reopen(item=item):
            return "first" if side_of(item) == "first_order" else receiver
        case Billing():
            return receiver
        case Start():
            return "first"
        case Close() | Reply() | ReopenAll() | Abandon():
            return "vp"
        case _:
            return "admin"
