"""Changes of a policy's parameters, as they are stated: by name, typed and bounded like the parameters themselves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_type_hints

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from service.domain.errors import DomainError
from service.domain.policy import Parameters

_KINDS = get_type_hints(Parameters, include_extras=True)

# Absent, a parameter stays as it is; null is no value of any.
_FIELDS: dict[str, Any] = {name: (kind, Field(default_factory=lambda: None)) for name, kind in _KINDS.items()}
_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra={"minProperties": 1})
ParameterChanges: type[BaseModel] = create_model(
    "ParameterChanges",
    __config__=_CONFIG,
    __doc__="Parameters by name, each with its new value; those that are not named stay as they are.",
    **_FIELDS,
)


class UnusableChangeError(DomainError):
    """A change of a parameter that there is not, or to a value that it cannot have."""

    code = "invalid_request"

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.pointer = f"/parameters/{parameter}"


def changed(parameters: Parameters, changes: BaseModel) -> Parameters:
    """The parameters with some ``ParameterChanges``."""
    stated: dict[str, Any] = {name: getattr(changes, name) for name in changes.model_fields_set}
    return replace(parameters, **stated)


def changes_from_text(stated: Mapping[str, str]) -> BaseModel:
    """Changes written as text, as on a command line: lists separated by commas, days as YYYY-MM-DD.

    Raises:
        UnusableChangeError: there is no such parameter, or it cannot have such a value.
    """
    for name in stated:
        if name not in _KINDS:
            raise UnusableChangeError(name, f"there is no such parameter; there are {', '.join(_KINDS)}")
    values = {name: _value(name, text) for name, text in stated.items()}
    try:
        return ParameterChanges.model_validate_json(orjson.dumps(values))
    except ValidationError as error:
        fault = error.errors()[0]
        raise UnusableChangeError(str(fault["loc"][0]), str(fault["msg"])) from error


def _value(name: str, text: str) -> object:
    if "tuple" in str(_KINDS[name]):
        return [part.strip() for part in text.split(",")] if text else []
    return int(text) if text.isascii() and text.isdigit() else text
