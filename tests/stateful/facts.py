"""The facts that accounts are classified by, each with where they lead: told from the rules, not by the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIRST_ORDER, TERRITORY, NAMED = "MMKAFO", "MM_TERRITORY", "MMKAN"
_CUSTOMER: dict[str, Any] = {"customer": True, "first_order_available": False}
_WRONG = {"df": "One office only", "zi": "A holding", "li": "Interns"}
_IDLE: dict[str, Any] = {"df": 300, "created": "2022-03-01", "lam_dev_count": 150}
SEGMENT_TEAMS = {"SMB": "SMB", "LARGE": "OUTSIDE_COMMERCIAL"}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Facts, and the team that they lead to: None while the VP is awaited, ``mid_market`` once the VP says so.

    ``mid_market`` is the team of any that the VP finds to be Mid-Market. ``by_size``: a missing First Order field is
    why, so that a move from that team leads over them. ``provisional``: a fact is missing. ``reviewed``: a source was
    wholly wrong.
    """

    team: str | None
    stated: Mapping[str, Any]
    mid_market: str = FIRST_ORDER
    by_size: bool = True
    provisional: bool = False
    reviewed: bool = False
    available: bool = True
    quarterly: bool = False
    """Created after the cut-off, with few employees and many potential users, and idle ever since (MOVE-3)."""


def _territory(stated: Mapping[str, Any], **more: bool) -> Kind:
    return Kind(team=TERRITORY, mid_market=TERRITORY, stated=stated, **more)


KINDS: dict[str, Kind] = {
    "large family": Kind(team=FIRST_ORDER, stated={"df": 640, "max_family_employees": 640}),
    "small family": _territory({"df": 641, "max_family_employees": 100, "lam_dev_count": 20}),
    "unvetted": _territory({"df": 642, "lam_dev_count": 99}, provisional=True),
    "idle": _territory(_IDLE | {"last_activity_on": "2022-01-10"}, quarterly=True),
    "busy": _territory(_IDLE | {"df": 301, "last_activity_on": "2026-01-01"}),
    "small": Kind(
        team="SMB",
        stated={"df": 60, "max_family_employees": 60, "lam_dev_count": 20},
        mid_market=TERRITORY,
        by_size=False,
    ),
    "huge": Kind(team="OUTSIDE_COMMERCIAL", stated={"df": 5_000, "max_family_employees": 5_000}, by_size=False),
    "named": Kind(
        team=NAMED,
        stated=_CUSTOMER | {"df": 800, "key_account": True},
        mid_market=NAMED,
        by_size=False,
        available=False,
    ),
    "customer": _territory(_CUSTOMER | {"df": 801, "key_account": False}, by_size=False, available=False),
    "passed": Kind(
        team=FIRST_ORDER,
        stated={"df": 12, "zi": 700, "wrong": {"df": "One office only"}, "max_family_employees": 700},
        reviewed=True,
    ),
    "disputed": Kind(
        team=None,
        stated={"df": 12, "zi": 9, "li": 4, "wrong": _WRONG, "max_family_employees": 640},
        reviewed=True,
    ),
    "disputed and small": Kind(
        team=None,
        stated={"df": 13, "zi": 9, "li": 4, "wrong": _WRONG, "max_family_employees": 100, "lam_dev_count": 20},
        mid_market=TERRITORY,
        reviewed=True,
    ),
}
REVIEWED = tuple(name for name, kind in KINDS.items() if kind.reviewed)
SIZES: dict[str, tuple[int | None, int | None]] = {
    **{name: (kind.stated.get("df"), kind.stated.get("lam_dev_count")) for name, kind in KINDS.items()},
    **dict.fromkeys(("disputed",), (None, None)),
    "disputed and small": (None, 20),
    "passed": (700, None),
}
"""The employees that lead, and the potential users, as the facts of each kind have them."""
