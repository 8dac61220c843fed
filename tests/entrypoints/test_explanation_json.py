from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
import pytest

from service.domain.decide import decide
from service.domain.explain import explain
from service.domain.policies import BUILT_IN
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_unrecorded
from service.entrypoints.views.explanations import explanation_json
from service.entrypoints.views.what_if import render_what_if
from tests.builders import ON, stated
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


def test_ranges_are_answered_in_one_form_wherever_a_decision_says_them() -> None:
    policy = BUILT_IN.on(ON)
    decision = decide(stated(df="501-1,000", max_family_employees="201-700", lam_dev_count=5), policy, ON)
    answered = orjson.loads(to_json(render_unrecorded(decision)))
    changed = orjson.loads(to_json(render_what_if(UUID(int=1), decision, policy)))

    assert (answered["leading_employees"], answered["leading_range"]) == (None, "501-1000")
    assert answered["explanation"][0]["facts"]["datafox_employees"] == "501-1000"
    assert answered["facts"]["account"]["max_family_employees"] == "201-700"
    assert changed["found_out"][0]["changes"][0]["before"] == "201-700"
    assert {each["value"] for each in changed["boundaries"]} >= {"501-1000", "201-700"}
    assert changed["settled_by"] == [["max_family_employees"]]
