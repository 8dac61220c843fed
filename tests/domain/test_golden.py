import pytest

from service.domain.decide import decide
from service.domain.fy23 import fy23
from service.domain.policies import BUILT_IN
from service.domain.reviews import recommended_segment
from tests.golden import Case, decided_cases


@pytest.mark.parametrize("case", decided_cases(), ids=lambda case: case.title)
def test_a_request_gets_the_decision_that_the_rules_give_it(case: Case) -> None:
    decision = decide(case.facts, fy23(), case.on)

    expect = case.expect
    assert (decision.status, decision.segment, decision.team, decision.rule, decision.basis) == (
        expect.status,
        expect.segment,
        expect.team,
        expect.rule,
        expect.leading_source,
    )
    assert decision.missing_facts == expect.missing_facts
    assert decision.advice == expect.advice
    assert decision.actions == expect.actions
    assert expect.leading_employees in {None, decision.leading_employees}


@pytest.mark.parametrize(
    "case", [case for case in decided_cases() if case.expect.recommended_segment], ids=lambda case: case.title
)
def test_a_review_recommends_the_segment_of_the_clean_up(case: Case) -> None:
    recommended, _ = recommended_segment(case.facts, fy23().parameters, case.on)

    assert recommended == case.expect.recommended_segment


def test_every_worked_example_is_told() -> None:
    titles = [case.title for case in decided_cases("worked_examples")]

    assert [title.split(":")[0] for title in titles] == [str(number) for number in range(1, 20)]


def test_every_rule_has_its_golden_cases() -> None:
    titles = {case.title.split(":")[0] for case in decided_cases("segmentation", "routing")}

    assert titles >= {"SEG-1", "SEG-2", "SEG-4", "SEG-5", "SEG-7", "SEG-8", "SEG-9"} | {
        f"ROUTE-{number}" for number in range(2, 8)
    }


def test_the_published_policy_decides_as_the_one_built_anew() -> None:
    for case in decided_cases():
        published = BUILT_IN.on(case.on)

        assert decide(case.facts, fy23(), case.on)._replace(policy=published) == decide(case.facts, published, case.on)
