from dataclasses import replace
from typing import Any

import pytest

from service.domain.clauses import Expression
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.lab.lint import LintCode, finding_words, lint
from service.domain.parts import Step
from service.domain.policy import Policy
from service.domain.program import DOUBLE_CHECK
from service.domain.vocabulary import leading_employees
from tests.golden import HERE
from tests.programs import with_asked, with_bands, with_routes

PUBLISHED = fy23()
ROUTES = PUBLISHED.program.routes.routes


def revised(**parameters: Any) -> Policy:  # noqa: ANN401 - whatever a parameter is
    return fy23(replace(FY23_PARAMETERS, **parameters), version=2)


def asking(step: Step, expression: Expression) -> Step:
    return Step(step.rule, step.part, step.title, expression, step.citation)


def with_mid_market(expression: Expression) -> Policy:
    smb, mid_market, large = PUBLISHED.program.bands.cases
    return with_bands(PUBLISHED, (smb, replace(mid_market, step=asking(mid_market.step, expression)), large))


def faults(policy: Policy) -> dict[LintCode, tuple[str, ...]]:
    return {finding.code: finding.where for finding in lint(policy, fy23) if finding.severity == "fault"}


@pytest.mark.law
def test_the_published_policy_has_its_known_findings_and_no_others() -> None:
    told = [finding_words(finding) for finding in lint(PUBLISHED, fy23)]

    assert told == (HERE / "fy23_lint.txt").read_text().splitlines()


@pytest.mark.law
def test_the_published_policy_has_no_fault() -> None:
    assert faults(PUBLISHED) == {}


@pytest.mark.law
def test_a_gap_between_bands_is_found() -> None:
    policy = with_mid_market((leading_employees >= 150) & (leading_employees < 2000))
    sentences = [finding.sentence for finding in lint(policy) if finding.code is LintCode.BAND_GAP]

    assert sentences == ["No band holds accounts where a source leads, leading_employees 100 to 149."]


@pytest.mark.law
def test_a_band_that_reaches_into_another_is_noted() -> None:
    noted = [finding.where for finding in lint(PUBLISHED) if finding.code is LintCode.ORDER_DECIDES]
    disjoint = with_mid_market((leading_employees >= 100) & (leading_employees < 2000))

    assert ("SEG-1/mid_market", "SEG-1/smb") in noted
    assert not [finding for finding in lint(disjoint) if finding.where[0] == "SEG-1/mid_market"]


def test_a_band_without_room_never_decides() -> None:
    assert faults(revised(mid_market_min_employees=2000))[LintCode.NEVER_DECIDES] == ("SEG-1/mid_market",)


@pytest.mark.law
def test_a_band_that_no_number_can_satisfy_never_holds() -> None:
    policy = with_mid_market((leading_employees >= 2000) & (leading_employees < 100))

    assert faults(policy)[LintCode.NEVER_HOLDS] == ("SEG-1/mid_market",)


@pytest.mark.law
@pytest.mark.parametrize("place", range(len(ROUTES)))
def test_a_rule_told_twice_never_decides_the_second_time(place: int) -> None:
    route = ROUTES[place]
    again = Step("ROUTE-9", "when", route.when.title, route.when.expression, route.when.citation)
    policy = with_routes(PUBLISHED, (*ROUTES, replace(route, when=again)))

    assert faults(policy) == {LintCode.NEVER_DECIDES: ("ROUTE-9/when",)}


@pytest.mark.law
def test_a_description_that_contradicts_itself_never_holds() -> None:
    assert faults(revised(guideline_max_employees=400)) == {LintCode.NEVER_HOLDS: ("ROUTE-7/guideline",)}


@pytest.mark.law
def test_a_question_that_nothing_can_fail_is_found() -> None:
    asked = PUBLISHED.steps[DOUBLE_CHECK]
    double_check = asking(asked, asked.expression | ~asked.expression)

    assert faults(with_asked(PUBLISHED, double_check)) == {LintCode.NEVER_FAILS: ("SEG-7/linkedin",)}


def test_a_threshold_below_every_number_leaves_no_account_to_the_other_team() -> None:
    found = [finding for finding in lint(revised(first_order_min_employees=1)) if finding.severity == "fault"]

    assert {finding.code for finding in found} == {LintCode.NEVER_LEADS_TO}
    assert [finding.where for finding in found] == [("ROUTE-4/test",), ("ROUTE-5/test",), ("ROUTE-6/test",)]
    assert found[0].sentence == "ROUTE-4/test is never answered with no, and so never names Mid-Market Territory."


def test_a_fact_that_no_question_reads_is_found() -> None:
    routes = tuple(route for route in ROUTES if route.when.rule != "ROUTE-2")

    found = lint(with_routes(PUBLISHED, routes), fy23)
    unused = {finding.where for finding in found if finding.code is LintCode.UNUSED_FACT}
    assert unused == {("key_account",), ("current_team",), ("handed_over",)}


@pytest.mark.law
def test_a_rule_that_goes_leaves_accounts_uncovered() -> None:
    uncovered = [
        finding.sentence for finding in lint(with_routes(PUBLISHED, ROUTES[:-1])) if finding.code is LintCode.UNCOVERED
    ]

    assert uncovered == [
        (
            "No rule covers accounts where segment MM, crm_created_on 2022-02-25 or later or not in the CRM, "
            "customer false or not known, motion existing."
        )
    ]


@pytest.mark.law
def test_a_parameter_that_changes_nothing_is_noted() -> None:
    def deaf(_: object) -> Policy:
        return fy23()

    idle = [finding.where[0] for finding in lint(PUBLISHED, deaf) if finding.code is LintCode.IDLE_PARAMETER]

    assert idle == list(FY23_PARAMETERS.as_dict())


@pytest.mark.law
def test_a_threshold_is_noted_with_the_steps_that_share_its_number_alone() -> None:
    policy = revised(guideline_users_above=150)
    where = [finding.where for finding in lint(policy) if finding.code is LintCode.STRICTNESS]

    assert where[1] == (
        *("ROUTE-3/test", "ROUTE-5/test", "MOVE-1/test", "MOVE-3/when"),
        *("MOVE-1/stands", "MOVE-3/stands", "HAND-1/test"),
    )
