"""Which questions hang on which parameters: found by building the policy with another value."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from service.domain.parameters import Parameters
from service.domain.policy import Policy

_DAY = timedelta(days=1)


def idle_parameters(policy: Policy, rebuilt: Callable[[Parameters], Policy]) -> tuple[str, ...]:
    """The parameters that change no question of the policy."""
    parameters = policy.parameters
    questions = _questions(rebuilt(parameters))
    return tuple(
        name
        for name, value in parameters.as_dict().items()
        if _questions(rebuilt(replace(parameters, **{name: _another(value)}))) == questions
    )


def _questions(policy: Policy) -> dict[str, object]:
    return {key: step.expression for key, step in policy.steps.items()}


def _another(value: object) -> Any:  # noqa: ANN401 - whatever the parameter is
    match value:
        case int():
            return value + 1
        case date():
            return value + _DAY
        case tuple():
            return (*value, "".join(value) + "?")
        case _:
            raise TypeError(value)
