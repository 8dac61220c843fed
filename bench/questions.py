"""What people ask of 10 thousand and of 1 million decisions, five an account: ``python -m bench.questions``.

Lists of decisions and of accounts by each filter and by pairs of them, a page of 50 at a time, at two times, by a part
of a name; and counts. Asked in turn of both sizes, through the functions behind the API. At 1 million a first page is
to come within 100 ms and 1.5 times that at 10 thousand, with ``as_of``, ``on`` or ``q`` within 1 s, counts within
150 ms, with days on which decisions took effect within 1 s, and with two times within 2 s.
"""

import random
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bench.audit import PAGE, Filled, Query, compare
from bench.filling import UNTIL, YEAR
from service.domain.terms import Team
from service.store.accounts import AccountFilter, count_standings, page_of_accounts
from service.store.counts import COUNTED, count_decisions
from service.store.database import Database
from service.store.decisions import first_identifier, page_of_decisions
from service.store.filters import DecisionFilter
from service.usecases.counts import By, counts_of_decisions, summed

AN_ACCOUNT = 5
_ZONE = ZoneInfo("Europe/Amsterdam")
_HALF = UNTIL - YEAR / 2
_MM, _MMKAFO = (Team.MM_TERRITORY,), (Team.MMKAFO,)
_MONTH = {"recorded_since": _HALF - timedelta(days=30), "recorded_until": _HALF}
_EFFECTIVE = {"effective_since": (_HALF - timedelta(days=90)).date(), "effective_until": _HALF.date()}


def _decisions(**wanted: Any) -> Query:  # noqa: ANN401 - as the filter takes it
    return lambda filled, _: page_of_decisions(filled.engine, DecisionFilter(**wanted), limit=PAGE)


def _accounts(*, at: dict[str, Any] | None = None, **wanted: Any) -> Query:  # noqa: ANN401 - as the filter takes it
    asked = AccountFilter(decided=DecisionFilter(**wanted), **(at or {}))
    return lambda filled, _: page_of_accounts(filled.engine, asked, limit=PAGE)


def _counts(*by: By, **wanted: Any) -> Query:  # noqa: ANN401 - as the filter takes it
    return lambda filled, _: counts_of_decisions(cast("Database", filled), DecisionFilter(**wanted), by, _ZONE)


def _all_counts(**wanted: Any) -> Query:  # noqa: ANN401 - as the filter takes it
    """All counts of one page: of each value by itself."""

    def ask(filled: Filled, _: random.Random) -> object:
        counted = count_decisions(filled.engine, DecisionFilter(**wanted), COUNTED)
        return [summed(counted, [by]) for by in By if by not in {By.DAY, By.WEEK, By.MONTH, By.POLICY_VERSION}]

    return ask


def _standings(at: dict[str, Any] | None = None, **wanted: Any) -> Query:  # noqa: ANN401 - as the filter takes it
    asked = AccountFilter(decided=DecisionFilter(**wanted), **(at or {}))
    return lambda filled, _: summed(count_standings(filled.engine, asked), [By.TEAM, By.STATUS])


_KNOWN = {"known": first_identifier(_HALF)}
_ON = {"on": _HALF.date()}
_BOTH = _KNOWN | _ON
QUERIES: dict[str, Query] = {
    "decisions: team": _decisions(team=_MMKAFO),
    "decisions: team before": _decisions(team_before=_MM),
    "decisions: moved": _decisions(moved=True),
    "decisions: leading source": _decisions(leading_source=("zoominfo",)),
    "decisions: missing fact": _decisions(missing_fact=("lam_dev_count",)),
    "decisions: region": _decisions(region=("EMEA",)),
    "decisions: older revision": _decisions(policy_version_before=1),
    "decisions: effective days": _decisions(**_EFFECTIVE),
    "decisions: effective days + team": _decisions(**_EFFECTIVE, team=_MMKAFO),
    "decisions: team + month": _decisions(team=_MMKAFO, **_MONTH),
    "decisions: missing fact + team": _decisions(missing_fact=("lam_dev_count",), team=_MM),
    "accounts": _accounts(),
    "accounts: team": _accounts(team=_MMKAFO),
    "accounts: team + status": _accounts(team=_MMKAFO, status=("final",)),
    "accounts: missing fact": _accounts(missing_fact=("lam_dev_count",)),
    "accounts: none": _accounts(team=_MMKAFO, segment=("SMB",)),
    "accounts: standing move": _accounts(at={"standing_move": True}),
    "accounts: updated since": _accounts(recorded_since=UNTIL - timedelta(days=1)),
    "accounts: part of a name": _accounts(at={"search": "ple 0000000001234"}),
    "accounts: part of no name": _accounts(at={"search": "nowhere"}),
    "accounts: as_of": _accounts(at=_KNOWN),
    "accounts: as_of + team": _accounts(at=_KNOWN, team=_MMKAFO),
    "accounts: as_of + no match": _accounts(at=_KNOWN, team=_MMKAFO, segment=("SMB",)),
    "accounts: on": _accounts(at=_ON),
    "accounts: on + team": _accounts(at=_ON, team=_MMKAFO),
    "accounts: as_of and on": _accounts(at=_BOTH),
    "counts: team, status": _counts(By.TEAM, By.STATUS),
    "counts: all of a page": _all_counts(),
    "counts: all of a page + team": _all_counts(team=_MMKAFO),
    "counts: team by day": _counts(By.DAY, By.TEAM),
    "counts: team by week": _counts(By.WEEK, By.TEAM),
    "counts: team by day of a month": _counts(By.DAY, By.TEAM, **_MONTH),
    "counts: team, effective days": _counts(By.TEAM, **_EFFECTIVE),
    "counts: team, effective ever": _counts(By.TEAM, effective_since=(UNTIL - 2 * YEAR).date()),
    "accounts counted": _standings(),
    "accounts counted: as_of": _standings(_KNOWN),
    "accounts counted: as_of and on": _standings(_BOTH),
}


if __name__ == "__main__":
    compare(__doc__, QUERIES, AN_ACCOUNT)
