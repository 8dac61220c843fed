"""What lists of decisions and of accounts are asked for."""

from dataclasses import dataclass
from datetime import date, datetime

from service.domain.decision import Kind, Status
from service.domain.terms import Segment, Team


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Which decisions to find: of several values either; without any, all.

    ``moved``: those by which another team owns the account than before. ``missing_fact`` names facts that are unknown
    and would matter. ``policy_version_before`` finds what rests on an older revision than that. The first of two bounds
    of time is included, the second is not; of days both are.
    """

    account_id: str | None = None
    actor: str | None = None
    kind: tuple[Kind, ...] = ()
    status: tuple[Status, ...] = ()
    segment: tuple[Segment, ...] = ()
    team: tuple[Team, ...] = ()
    team_before: tuple[Team, ...] = ()
    moved: bool | None = None
    rule: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    policy_version: tuple[int, ...] = ()
    policy_version_before: int | None = None
    leading_source: tuple[str, ...] = ()
    missing_fact: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    recorded_since: datetime | None = None
    recorded_until: datetime | None = None
    effective_since: date | None = None
    effective_until: date | None = None
