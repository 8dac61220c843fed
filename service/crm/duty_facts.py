"""What a CRM tells of an opportunity that its duties rest on, beside what says whether it is won."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from service.crm import readings
from service.crm.facts_patch import USD, JsonValue
from service.crm.payloads import quoted
from service.crm.readings import BadValueError, ReadText
from service.domain.duties.terms import DutyCode

_CENT: Final = Decimal("0.01")
_LONGEST_TEXT: Final = 4000
_LONGEST_PLAN: Final = 1000
_LINK: Final = re.compile(r"https?://\S{1,1990}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _prose(text: str) -> str:
    if len(text) > _LONGEST_TEXT or _CONTROL.search(text):
        raise BadValueError(f"{quoted(text[:40])} is longer than {_LONGEST_TEXT:,} characters, or is no text")
    return text


def _link(text: str) -> str:
    if not _LINK.fullmatch(text):
        raise BadValueError(f"{quoted(text)} is not an address of the web")
    return text


DUTY_FACTS: Final[dict[str, ReadText]] = {
    "title": readings.picked,
    "channel_managed": readings.truth,
    "deck_url": _link,
    "next_steps": _prose,
    "next_step_on": readings.day,
    "next_steps_owner": readings.picked,
    "why_do_anything": _prose,
    "why_gitlab": _prose,
    "why_now": _prose,
    "close_plan": _prose,
    "command_plan": _prose,
}
"""What can be stated of an opportunity for its duties, by name. None of them has a field by default."""
_PLAN: Final = {
    "why_do_anything": DutyCode.OPPORTUNITY_OVERVIEW,
    "why_gitlab": DutyCode.OPPORTUNITY_OVERVIEW,
    "why_now": DutyCode.OPPORTUNITY_OVERVIEW,
    "close_plan": DutyCode.OPPORTUNITY_OVERVIEW,
    "command_plan": DutyCode.FULL_COMMAND_PLAN,
}
"""The fields of a plan, by the duty that they are evidence of."""
_EMPTY_IS_KNOWN: Final = {"title", "deck_url", "next_steps", "next_steps_owner"}


def told_opportunity(stated: Mapping[str, JsonValue], evidence: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The facts of an opportunity as ``OpportunityFacts`` takes them, without those that nothing states.

    ``evidence`` is what is known of its items already; a field of the plan takes the place of what was said of it. An
    amount is taken to the cent, and is unknown in another currency than USD. A field that the CRM has emptied is known
    to be empty.
    """
    told: dict[str, Any] = {name: stated[name] for name in ("account_id", "stage") if name in stated}
    if "closed_on" in stated:
        told["close_on"] = stated["closed_on"]
    is_foreign = stated.get("currency") not in {None, USD}
    told |= {
        name: None if is_foreign else _to_the_cent(stated[name]) for name in ("amount", "net_arr") if name in stated
    }
    for name in DUTY_FACTS.keys() - _PLAN.keys():
        if name in stated:
            told[name] = "" if stated[name] is None and name in _EMPTY_IS_KNOWN else stated[name]
    said = {str(duty): dict(items) for duty, items in evidence.items()}
    for name, duty in _PLAN.items():
        if name in stated:
            said.setdefault(duty.value, {})[name] = str(stated[name] or "")[:_LONGEST_PLAN]
    return told | ({"evidence": said} if said else {})


def _to_the_cent(amount: JsonValue) -> str | None:
    return None if amount is None else str(Decimal(str(amount)).quantize(_CENT, ROUND_HALF_UP))
