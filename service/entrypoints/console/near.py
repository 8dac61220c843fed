"""Accounts that may have been meant, where there is none of that identifier."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.pages import segment
from service.store.accounts import AccountFilter, page_of_accounts
from service.store.database import Database

_MOST = 5
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Near:
    """An account that may have been meant."""

    path: str
    name: str
    account_id: str


@dataclass(eq=False)
class NearError(ProblemError):
    """There is no such thing, but others are near."""

    near: Sequence[Near] = field(default_factory=tuple)


def near_names(database: Database, text: str) -> list[Near]:
    """Accounts with a name that has the text in it, else its beginning."""
    for searched in dict.fromkeys((text, text[: max(len(text) // 2, _SHORTEST)])):
        if len(searched) < _SHORTEST:
            continue
        found = page_of_accounts(database.engine, AccountFilter(search=searched), limit=_MOST)
        if found:
            return [_near(each.recorded.account_id, each.recorded.decision.facts.account.name) for each in found]
    return []


def _near(account_id: str, name: str | None) -> Near:
    return Near(f"/console/accounts/{segment(account_id)}", name or account_id, account_id)
