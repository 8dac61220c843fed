"""What a parameter bears on is found in the program, and nowhere else stated."""

from dataclasses import replace

import pytest

from service.domain.drafts import uses
from service.domain.duties.fy23_duties import FY23_DUTIES, fy23_duties
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.lab.lint import LintCode
from service.domain.parameters import MEANINGS
from service.domain.policy import AnyPolicy
from tests.programs import found_in

POLICY = fy23()


@pytest.mark.parametrize(
    ("parameter", "rules"),
    [
        ("mid_market_min_employees", ["SEG-1/smb", "SEG-7/linkedin", "SEG-8/sources_disagree"]),
        ("first_order_regions", ["ROUTE-3/1", "MOVE-2/region"]),
        ("guideline_users_above", ["ROUTE-7/guideline"]),
        ("handoff_days", ["HAND-3/test"]),
        ("november_cleanup_from", []),
    ],
)
def test_a_parameter_names_the_clauses_that_change_with_it(parameter: str, rules: list[str]) -> None:
    found = uses(POLICY)[parameter]

    assert [f"{use.rule}/{use.clause}" for use in found] == rules
    assert all(use.citation.heading and use.citation.item for use in found)


@pytest.mark.parametrize("policy", [POLICY, fy23_duties()], ids=str)
def test_every_parameter_has_a_meaning_and_a_rule_or_is_idle(policy: AnyPolicy) -> None:
    idle = {where for finding in found_in(policy) if finding.code is LintCode.IDLE_PARAMETER for where in finding.where}

    assert list(uses(policy)) == list(policy.parameters.as_dict())
    assert {name for name, used_by in uses(policy).items() if not used_by} == idle


def test_no_two_policies_have_a_parameter_of_one_name() -> None:
    assert list(MEANINGS) == [*FY23_PARAMETERS.as_dict(), *FY23_DUTIES.as_dict()]


def test_nothing_is_odd_in_the_duties_but_how_strict_their_bounds_are() -> None:
    assert {finding.code for finding in found_in(fy23_duties())} == {LintCode.STRICTNESS}


def test_another_value_of_a_parameter_is_used_by_the_same_clauses() -> None:
    assert uses(fy23(replace(FY23_PARAMETERS, first_order_min_employees=600, first_order_regions=()))) == uses(POLICY)
