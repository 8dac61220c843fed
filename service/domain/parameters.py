"""The parameters of a policy, and changes of them as they are stated: by name, typed and bounded alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated, Any, TypeAlias, get_type_hints, overload

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from service.domain.duties.program import DutyParameters
from service.domain.errors import DomainError
from service.domain.fields import Count, Day, Line
from service.domain.terms import FAMILIAR_REGIONS

_NO_REGION = re.compile(r"[][{}();:\"'|]")
_WHOLE = re.compile("-?[0-9]{1,18}")
RegionNames: TypeAlias = Annotated[tuple[Line, ...], Field(max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The thresholds and dates that a revision may change; the shape of the rules is code."""

    mid_market_min_employees: Annotated[Count, Field(description="From how many employees an account is Mid-Market.")]
    large_min_employees: Annotated[Count, Field(description="From how many employees it is Large.")]
    in_crm_by: Annotated[Day, Field(description="The day by which accounts of the moves are in the CRM.")]
    first_order_regions: Annotated[RegionNames, Field(description="The regions of First Order.")]
    first_order_min_employees: Annotated[Count, Field(description="From how many employees First Order owns it.")]
    first_order_min_users: Annotated[Count, Field(description="From how many potential users First Order owns it.")]
    guideline_max_employees: Annotated[Count, Field(description="Up to how many employees the guideline fits.")]
    guideline_users_above: Annotated[Count, Field(description="Above how many engineers the guideline fits.")]
    double_check_advised_in: Annotated[RegionNames, Field(description="Where LinkedIn's check of SMB is advice only.")]
    november_cleanup_from: Annotated[Day, Field(description="From when the clean-up of November 2019 counts.")]
    handoff_min_users: Annotated[Count, Field(description="From how many total users Key Accounts receives it.")]
    handoff_email_below: Annotated[Count, Field(description="Below how many USD an email may replace the call.")]
    handoff_days: Annotated[
        int, Field(ge=0, le=366, description="Within how many days of the close the customer is heard.")
    ]
    tam_below: Annotated[Count, Field(description="Below how many USD of nARR a TAM is considered.")]
    ignored_moves_tolerated: Annotated[Count, Field(description="How many ignored moves a year are tolerated.")]

    def as_dict(self) -> dict[str, object]:
        """The parameters by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


AnyParameters: TypeAlias = Parameters | DutyParameters
# No two policies have a parameter of one name: a change is meant for the one that has it.
_KINDS = get_type_hints(Parameters, include_extras=True) | get_type_hints(DutyParameters, include_extras=True)
MEANINGS: dict[str, str] = {
    name: next(said.description for said in kind.__metadata__ if getattr(said, "description", None))
    for name, kind in _KINDS.items()
}
"""What each parameter means, in a sentence."""

# Absent, a parameter stays as it is; null is no value of any.
_FIELDS: dict[str, Any] = {name: (kind, Field(default_factory=lambda: None)) for name, kind in _KINDS.items()}
_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra={"minProperties": 1})
ParameterChanges: type[BaseModel] = create_model(
    "ParameterChanges",
    __config__=_CONFIG,
    __doc__="Parameters by name, each with its new value; those that are not named stay as they are.",
    **_FIELDS,
)


_RISING = ("co_selling_fewest", "co_selling_aim", "co_selling_aim_most")
"""Bounds of which none is above the one behind it: calls that are as many as are aimed at are enough."""


class UnusableChangeError(DomainError):
    """A change of a parameter that there is not, or to a value that it cannot have."""

    code = "invalid_request"

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.pointer = f"/parameters/{parameter}"


@overload
def changed(parameters: Parameters, changes: BaseModel) -> Parameters: ...
@overload
def changed(parameters: DutyParameters, changes: BaseModel) -> DutyParameters: ...
def changed(parameters: AnyParameters, changes: BaseModel) -> AnyParameters:
    """The parameters with some ``ParameterChanges``. Regions are known in whatever case, as those of accounts are.

    Raises:
        UnusableChangeError: one is a parameter of another policy, or cannot go with another one.
    """
    stated: dict[str, Any] = {name: getattr(changes, name) for name in changes.model_fields_set}
    own = parameters.as_dict()
    for name in stated:
        if name not in own:
            raise UnusableChangeError(name, f"this policy has no such parameter; it has {', '.join(own)}")
    regions = {name: tuple(map(_region, value)) for name, value in stated.items() if isinstance(value, tuple)}
    after = replace(parameters, **stated | regions)
    if isinstance(after, DutyParameters):
        for less, more in pairwise(_RISING):
            if getattr(after, less) > getattr(after, more):
                raise UnusableChangeError(less if less in stated else more, f"{less} has to be at most {more}")
    return after


def _region(name: str) -> str:
    return name.upper() if name.upper() in FAMILIAR_REGIONS else name


def changes_from_text(stated: Mapping[str, str]) -> BaseModel:
    """Changes written as text, as on a command line: lists separated by commas, days as YYYY-MM-DD.

    Raises:
        UnusableChangeError: there is no such parameter, or it cannot have such a value.
    """
    for name in stated:
        if name not in _KINDS:
            near = "".join(f"; did you mean {each}?" for each in get_close_matches(name, _KINDS, n=1))
            raise UnusableChangeError(name, f"there is no such parameter{near or '; there are ' + ', '.join(_KINDS)}")
    values = {name: _value(name, text) for name, text in stated.items()}
    try:
        return ParameterChanges.model_validate_json(orjson.dumps(values))
    except ValidationError as error:
        fault = error.errors()[0]
        raise UnusableChangeError(str(fault["loc"][0]), str(fault["msg"])) from error


def _value(name: str, text: str) -> object:
    if "tuple" in str(_KINDS[name]):
        if _NO_REGION.search(text):
            raise UnusableChangeError(name, "regions are parted by commas alone, as NORAM,EMEA")
        return [part.strip() for part in text.split(",")] if text else []
    return int(text) if _WHOLE.fullmatch(text) else text
