from dataclasses import asdict
from typing import Any

import orjson
import pytest

from service.domain.decide import decide
from service.domain.explain import explain
from service.domain.policies import BUILT_IN
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.explanations import explanation_json
from tests.golden import Case, decided_cases


def _without_pins(value: Any) -> Any:  # noqa: ANN401 - whatever an explanation is made of
    if isinstance(value, dict):
        return {name: _without_pins(part) for name, part in value.items() if name != "pins"}
    return [_without_pins(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", decided_cases(), ids=lambda case: case.title)
def test_the_explanation_that_is_written_quickly_is_the_one_that_the_domain_explains(case: Case) -> None:
    policy = BUILT_IN.on(case.on)
    decision = decide(case.facts, policy, case.on)

    explained = [_without_pins(asdict(clause)) for clause in explain(decision, policy)]

    assert explained
    assert orjson.loads(explanation_json(decision, policy)) == orjson.loads(to_json(explained))
