"""Evidence for every item as JSON has it, of a day, and in the forms that are refused."""

from datetime import date, timedelta
from typing import Any

_NAME = "(Sam First) FO Account Summary for Handoff"


def evidence(item: str, day: date, variant: str) -> dict[str, Any]:
    """Evidence of an item, all of it of one day. ``variant`` alters it where the item has what that is about."""
    if variant == "formless":
        return {"what_is_this": True}
    on, mode = day.isoformat(), "email" if variant == "email" else "call"
    forms: dict[str, dict[str, Any]] = {
        "find-named-ae": {"named_ae": "Nic Named"},
        "license-installed": {"received_on": on, "installed_on": on},
        "chatter-posted": {"posted_on": on, "url": "https://example.org/chatter/1"},
        "account-activity": _summary(day, "Account summary" if variant == "misnamed" else _NAME),
        "handoff-contact": {"mode": mode, "took_place_on": on},
        "material-editable": {"checked_on": on, "materials": ["Deck"]},
        "contact-scheduled": {"mode": mode, "scheduled_for": on},
        "introduced": {"replied_on": on},
        "growth-opportunity": {"notes_read_on": on, "opportunity_id": "006-growth"},
        "tagged-notes-read": {"read_on": on},
        "tam-determined": {} if variant == "unsaid" else {"appropriate": True, "requested_on": on},
        "growth-before-renewal": {"none_expected": "Every seat is sold"},
    }
    return forms[item]


def _summary(day: date, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "why_gitlab": "One tool for review and deployment",
        "key_contacts": ["Kim Contact"],
        "expected_net_arr_next_12_months": "41000",
        "next_order_by": (day + timedelta(days=180)).isoformat(),
        "next_opportunity_net_arr": "12000.50",
        "why_believed": "Two more teams have asked",
        "logged_on": day.isoformat(),
    }
