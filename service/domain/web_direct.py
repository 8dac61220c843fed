"""What is to be done about a web direct purchase, and what of it is done (OPP-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from service.domain.clauses import Flag, Known
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Step, Trail
from service.domain.sales_citations import OPEN_OPPORTUNITIES_FIRST, OUTREACH

RULE = "OPP-7"


class WebDirectStep(StrEnum):
    """What is to be done next."""

    LOOK_AT_OPPORTUNITIES = "look_at_opportunities"
    SAY_IF_DUPLICATE = "say_if_duplicate"
    REACH_OUT = "reach_out"


@dataclass(frozen=True, slots=True)
class OpenOpportunity:
    """An open opportunity that a purchase may be a duplicate of; ``is_recorded``: known from its duties on record."""

    opportunity_id: str
    title: str | None
    is_recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDirect:
    """A web direct purchase; None is not known.

    ``open_opportunities`` are those of the CRM, None where nobody has looked, and ``recorded`` those known here.
    ``duplicate`` is what a person says. The outreach is by a sequence, or personal: logged, with a next step's day.
    """

    open_opportunities: Sequence[OpenOpportunity] | None = None
    recorded: Sequence[OpenOpportunity] = ()
    duplicate: bool | None = None
    on_sequence: bool | None = None
    outreach_logged: bool | None = None
    next_step_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDirectCheck:
    """What a purchase may be a duplicate of, and what is to be done next: nothing where ``next`` is None."""

    candidates: tuple[OpenOpportunity, ...]
    next: WebDirectStep | None
    missing_facts: tuple[str, ...]
    explanation: tuple[ExplainedClause, ...]


_on_sequence, _logged = Flag("on_sequence"), Flag("outreach_logged")
_LOOKED = Step(
    RULE,
    "opportunities",
    "The account's open opportunities were looked at",
    Known("open_opportunities"),
    OPEN_OPPORTUNITIES_FIRST,
)
_SAID = Step(
    RULE, "duplicate", "It is a duplicate, as a person says", Flag("duplicate").holds, OPEN_OPPORTUNITIES_FIRST
)
_REACHED_OUT = Step(
    RULE,
    "outreach",
    "The main contact is on the sequence, or outreach is logged and has a next step",
    _on_sequence.holds | (_logged.holds & Known("next_step_on")),
    OUTREACH,
)
_STEPS = {step.key: step for step in (_LOOKED, _SAID, _REACHED_OUT)}


def check_web_direct(purchase: WebDirect) -> WebDirectCheck:
    """What is to be done next about a purchase. Whether it is a duplicate only a person says, whatever is open."""
    stated = purchase.open_opportunities
    candidates = {each.opportunity_id: each for each in (*purchase.recorded, *(stated or ()))}
    values: dict[str, Any] = {
        "open_opportunities": None if stated is None else len(candidates),
        "duplicate": purchase.duplicate,
        "on_sequence": purchase.on_sequence,
        "outreach_logged": purchase.outreach_logged,
        "next_step_on": purchase.next_step_on,
    }
    trail: Trail = []
    following, missing = _next(values, trail)
    return WebDirectCheck(
        candidates=tuple(candidates.values()),
        next=following,
        missing_facts=missing,
        explanation=tuple(explain_trail(trail, _STEPS, values)),
    )


def _next(values: dict[str, Any], trail: Trail) -> tuple[WebDirectStep | None, tuple[str, ...]]:
    if not _LOOKED.ask(values, trail):
        return WebDirectStep.LOOK_AT_OPPORTUNITIES, ("open_opportunities",)
    duplicate = _SAID.ask(values, trail)
    if duplicate is None:
        return WebDirectStep.SAY_IF_DUPLICATE, ("duplicate",)
    if duplicate or _REACHED_OUT.ask(values, trail):
        return None, ()
    # Without personal outreach its next step settles nothing.
    wanted = ("on_sequence", "outreach_logged", *(("next_step_on",) if values["outreach_logged"] is not False else ()))
    missing = [name for name in wanted if values[name] is None]
    return WebDirectStep.REACH_OUT, tuple(missing)
