"""An opportunity, as a caller states it: what its duties are found by."""

import re
from decimal import Decimal
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from service.domain.duties.terms import DutyCode
from service.domain.fields import BLANK, CONTROL, CONTROL_BUT_LINES, AccountId, CrmId, Day, Frozen
from service.domain.terms import OpportunityKind, Segment

_CENT = Decimal("0.01")
Amount = Annotated[
    Decimal,
    Field(max_digits=13, decimal_places=2),
    AfterValidator(lambda amount: amount.quantize(_CENT) + 0),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d{1,11}(\.\d{1,2})?$", "maxLength": 15}]},
        mode="validation",
    ),
]
"""US dollars, to the cent; below 0 where something is given up."""
Text = Annotated[str, Field(max_length=4000, pattern=rf"^[^{CONTROL_BUT_LINES}]*$")]
"""What a field of the CRM holds: an empty text where it is known to be empty."""
Name = Annotated[str, Field(max_length=255, pattern=rf"^[^{CONTROL}]*$")]
"""One line of text, or none."""
Link = Annotated[str, Field(max_length=2000, pattern=rf"^(?:https?://[^{BLANK}{CONTROL}]+)?$")]
"""Where something can be seen on the web, or nothing."""
_MOST_SHOWN = 1000
_UNPRINTED = re.compile(f"[{CONTROL_BUT_LINES}]")


def _is_shown(value: object) -> object:
    # Left to itself, Pydantic tells a fault once of each kind of value, at places that no request has.
    if not isinstance(value, bool | str):
        raise PydanticCustomError("shown", "Say true, false, or what the field says")
    if isinstance(value, str) and (len(value) > _MOST_SHOWN or _UNPRINTED.search(value)):
        raise PydanticCustomError("shown", "What a field says has at most 1,000 characters, none of them for control")
    return value


Shown: TypeAlias = Annotated[
    bool | str,
    BeforeValidator(_is_shown),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "string", "maxLength": _MOST_SHOWN, "pattern": rf"^[^{CONTROL_BUT_LINES}]*$"},
            ]
        }
    ),
]
"""Whether it was done; or the text of the field that says so, be it how and when it is found out."""

ItemName = Annotated[str, Field(max_length=40)]
ITEMS: Final[dict[DutyCode, tuple[str, ...]]] = {
    DutyCode.CUSTOM_DECK: (
        "customer_look",
        "agreed_agenda",
        "calculated_roi",
        "two_options",
        "single_application",
        "customer_feedback",
    ),
    DutyCode.OPPORTUNITY_OVERVIEW: ("why_do_anything", "why_gitlab", "why_now", "close_plan"),
    DutyCode.FULL_COMMAND_PLAN: ("command_plan",),
    DutyCode.OPPORTUNITY_CONSULT: ("held",),
    DutyCode.DEAL_REVIEW: ("held",),
    DutyCode.RED_GREEN_REVIEW: (
        "red_or_green",
        "why_do_anything",
        "why_gitlab",
        "why_now",
        "closest_relationship",
        "help_with_timing",
        "help_with_access",
        "next_step",
        "lookback",
    ),
    DutyCode.NEXT_STEPS: ("spelled_out",),
}
"""What there is evidence of, by duty, in the handbook's order."""


_Items = Annotated[dict[ItemName, Shown | None], Field(max_length=max(map(len, ITEMS.values())))]
Evidence = Annotated[dict[ItemName, _Items], Field(max_length=len(ITEMS))]
"""By duty and item, whether it is done; ``ITEMS`` has their names."""


class OpportunityFacts(Frozen):
    """What the CRM says of an opportunity. What is missing is unknown; an empty text is known to be empty."""

    opportunity_id: CrmId | None = Field(None, description="Its id in the CRM; required to record its duties.")
    account_id: AccountId | None = Field(None, description="Its account's id; required to record its duties.")
    segment: Segment | None = Field(None, description="Its segment; without one, its account's.")
    amount: Amount | None = Field(None, description="Amount in USD.")
    net_arr: Amount | None = Field(None, description="Net ARR in USD; below 0 is valid.")
    stage: Name | None = Field(None, description="Its stage: one that says closed has no duties; null is open.")
    close_on: Day | None = Field(None, description="The day on which it is forecast to close.")
    could_close: bool | None = Field(
        None, description="It could close in the month asked for; null is as close_on says."
    )
    kind: OpportunityKind | None = Field(None, description="What it is about.")
    channel_managed: bool | None = Field(None, description="A channel partner manages it.")
    title: Name | None = Field(None, description="Its title, with Channel-Managed in it where it is.")
    deck_url: Link | None = Field(None, description="The link in the field of the custom deck.")
    next_steps: Text | None = Field(None, description="Its next steps: the actions alone.")
    next_step_on: Day | None = Field(None, description="The day of the next step.")
    next_steps_owner: Name | None = Field(None, description="Who takes the next step.")
    evidence: Evidence | None = Field(
        None, description="By duty and item: true, false, or what the field says; a blank text is false."
    )

    @model_validator(mode="after")
    def _evidence_is_of_items(self) -> "OpportunityFacts":
        faults: list[InitErrorDetails] = []
        for duty, items in (self.evidence or {}).items():
            if duty not in ITEMS:
                faults.append(_fault(("evidence", duty), f"There is no such duty; there are {', '.join(ITEMS)}"))
                continue
            own = ITEMS[DutyCode(duty)]
            known = f"{duty} has no such item; it has {', '.join(own)}"
            faults += [_fault(("evidence", duty, item), known) for item in items if item not in own]
        if faults:
            raise ValidationError.from_exception_data("OpportunityFacts", faults)
        return self


def _fault(place: tuple[str, ...], text: str) -> InitErrorDetails:
    return {"type": PydanticCustomError("unknown_evidence", "{text}", {"text": text}), "loc": place, "input": None}
