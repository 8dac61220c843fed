"""The facts of an opportunity by name, as the expressions of duties speak of them."""

import re
from datetime import date
from typing import Any

from service.domain.duties import terms as fact
from service.domain.duties.opportunity import ITEMS, OpportunityFacts, Shown
from service.domain.duties.terms import shown
from service.domain.forecast_calendar import first_meeting
from service.domain.sales_bounds import SalesBounds

_CLOSED = re.compile(r"(?<![^\W\d_])closed", re.IGNORECASE)
"""A word that begins so: ``Closed Won``, and ``closedwon`` and ``closed_lost`` as other CRMs write it."""
CHANNEL_MANAGED = "channel-managed"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATED = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}[/.]\d{{1,2}}\b|\b{_MONTH}\.? \d{{1,2}}\b|\b\d{{1,2}}\.? {_MONTH}\b",
    re.IGNORECASE,
)


def is_closed(opportunity: OpportunityFacts) -> bool:
    """Whether its stage says that it is closed; without a stage it is open."""
    return opportunity.stage is not None and _CLOSED.search(opportunity.stage) is not None


def known_values(opportunity: OpportunityFacts, on: date, bounds: SalesBounds) -> dict[str, Any]:
    """What is known of an opportunity on a day, by the bounds that tell when meetings are; None is unknown."""
    stated, evidence = opportunity, opportunity.evidence or {}
    steps = stated.next_steps
    return {
        fact.segment.name: stated.segment,
        fact.closed.name: is_closed(stated),
        fact.amount.name: stated.amount,
        fact.net_arr.name: stated.net_arr,
        fact.months_to_close.name: None if stated.close_on is None else _month(stated.close_on) - _month(on),
        fact.could_close.name: stated.could_close,
        fact.channel_managed.name: stated.channel_managed,
        fact.titled_channel_managed.name: None if stated.title is None else CHANNEL_MANAGED in stated.title.lower(),
        fact.deck_linked.name: None if stated.deck_url is None else bool(stated.deck_url),
        fact.first_meeting.name: first_meeting(on, bounds) == on,
        fact.next_steps.name: is_filled(steps),
        fact.next_steps_owner.name: is_filled(stated.next_steps_owner),
        fact.days_to_next_step.name: None if stated.next_step_on is None else (stated.next_step_on - on).days,
        fact.next_steps_dated.name: None if steps is None else _is_dated(steps),
    } | {
        shown(duty, item).name: is_filled(evidence.get(duty, {}).get(item))
        for duty, items in ITEMS.items()
        for item in items
    }


def _is_dated(steps: str) -> bool:
    """Whether the next steps hold a day, or several entries, one below the other."""
    return DATED.search(steps) is not None or "\n" in steps.strip()


def _month(day: date) -> int:
    return day.year * 12 + day.month


def is_filled(field: Shown | None) -> bool | None:
    """Whether a field is filled in: a blank text is not; None is unknown."""
    return bool(field.strip()) if isinstance(field, str) else field
