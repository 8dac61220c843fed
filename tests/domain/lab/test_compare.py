from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.domain.calendar import Weekday
from service.domain.duties.fy23_duties import FY23_DUTIES, fy23_duties
from service.domain.errors import DomainError
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.lab.compare import Comparison, compare, is_reassigned
from service.domain.lab.compare_words import comparison_words, witness_words
from service.domain.lab.verdicts import Verdict, decided, verdict_of
from service.domain.parts import Fork, Route
from service.domain.policy import Policy
from service.domain.terms import Team
from tests.builders import ON, posted
from tests.domain.generated import UNDER_MUTATION, requests
from tests.domain.lab.places import differs_at
from tests.programs import with_routes, with_sources

PUBLISHED = fy23()
SOME = 100 if UNDER_MUTATION else 3_000
CHANGES: list[dict[str, Any]] = [
    {"mid_market_min_employees": 101, "large_min_employees": 2001},
    {"first_order_min_employees": 501},
    {"first_order_min_users": 101},
    {"first_order_regions": ("NORAM", "EMEA", "APAC")},
    {"in_crm_by": date(2022, 2, 25)},
    {"mid_market_min_employees": 99, "first_order_regions": ("NORAM",), "in_crm_by": date(2022, 2, 23)},
]

if UNDER_MUTATION:
    CHANGES = CHANGES[:2]


def revised(**parameters: Any) -> Policy:  # noqa: ANN401 - whatever a parameter is
    return fy23(replace(FY23_PARAMETERS, **parameters), version=2)


def without_the_last_route(policy: Policy) -> Policy:
    return with_routes(policy, policy.program.routes.routes[:-1])


@pytest.fixture(scope="module")
def sampled() -> list[tuple[Facts, Verdict]]:
    """Accounts at random with what the published policy says of them."""
    bodies = requests(SOME, seed=61)
    found = [posted(body, segment) for body, segment in bodies]
    return [(facts, verdict_of(decided(facts, PUBLISHED, ON))) for facts in found]


@pytest.fixture(scope="module", params=CHANGES, ids=", ".join)
def revision(request: pytest.FixtureRequest) -> tuple[Policy, Comparison]:
    """A revision with other parameters, compared with what is published."""
    after = revised(**request.param)
    return after, compare(PUBLISHED, after, ON)


def test_a_policy_does_not_differ_from_itself() -> None:
    comparison = compare(PUBLISHED, fy23(), ON)

    assert (comparison.regions, comparison.reassigned, comparison.questions, comparison.parameters) == ((), (), (), {})
    assert comparison_words(comparison) == ["The policies decide alike."]


@pytest.mark.law
def test_a_witness_is_decided_differently_and_lies_in_its_region(revision: tuple[Policy, Comparison]) -> None:
    after, comparison = revision

    assert comparison.regions
    for region in (*comparison.regions, *comparison.reassigned):
        assert region.differences
        for each in region.differences:
            assert verdict_of(decided(each.witness, PUBLISHED, ON)) == each.before
            assert verdict_of(decided(each.witness, after, ON)) == each.after
            assert each.before != each.after
            assert differs_at(comparison, each.witness, PUBLISHED)
    for region in comparison.reassigned:
        assert any(is_reassigned(each.before, each.after) for each in region.differences)


@pytest.mark.law
def test_accounts_differ_within_the_regions_and_nowhere_else(
    revision: tuple[Policy, Comparison], sampled: list[tuple[Facts, Verdict]]
) -> None:
    after, comparison = revision
    differing = 0
    for facts, before in sampled:
        now = verdict_of(decided(facts, after, ON))
        assert (before != now) == differs_at(comparison, facts, PUBLISHED), facts
        differing += before != now
    assert differing > 0


def test_a_route_that_goes_leaves_its_accounts_without_a_rule() -> None:
    shorter = without_the_last_route(PUBLISHED)
    comparison = compare(PUBLISHED, shorter, ON)

    assert comparison_words(comparison)[0].startswith(
        "Decided otherwise where segment MM, crm_created_on 2022-02-25 or later or not in the CRM, customer "
        "false or not known, motion existing: "
    )
    assert {each.after.status for region in comparison.regions for each in region.differences} == {None}


@pytest.mark.law
def test_another_team_at_the_end_of_a_fork_is_a_difference_too() -> None:
    *others, last = PUBLISHED.program.routes.routes
    assert isinstance(last.to, Fork)
    other = with_routes(PUBLISHED, (*others, Route(last.when, replace(last.to, if_true=Team.MMKAN))))
    comparison = compare(PUBLISHED, other, ON)

    assert comparison_words(comparison) == [
        (
            "Decided otherwise where segment MM, leading_employees 500 or more, crm_created_on 2022-02-25 or later "
            "or not in the CRM, customer false or not known, motion existing: "
            "Key Accounts First Order becomes Key Accounts Named"
        ),
        (
            "  for instance: datafox_employees 500, region NORAM, "
            "first_order_available true, customer false, key_account true, current_team MMKAFO, "
            "max_family_employees 1, lam_dev_count 0, linkedin_engineering_it 0, motion existing"
        ),
    ]


def test_policies_that_walk_the_sources_differently_are_not_compared() -> None:
    other = with_sources(PUBLISHED, PUBLISHED.program.sources.cases[::-1])

    with pytest.raises(ValueError, match="walk the sources differently") as caught:
        compare(PUBLISHED, other, ON)
    assert not isinstance(caught.value, DomainError)


@pytest.mark.law
def test_the_later_bands_of_the_company_reassign_100_and_2000_employees_alone() -> None:
    comparison = compare(PUBLISHED, revised(mid_market_min_employees=101, large_min_employees=2001), ON)
    (region,) = comparison.regions

    assert comparison.reassigned == comparison.regions
    assert comparison_words(comparison) == [
        "mid_market_min_employees: 100 becomes 101",
        "large_min_employees: 2,000 becomes 2,001",
        (
            "Decided otherwise where a source leads, leading_employees 100 or 2,000: "
            "Mid-Market Territory becomes SMB; Key Accounts First Order becomes SMB; "
            "outside Commercial (Large) becomes Key Accounts First Order; "
            "outside Commercial (Large) becomes Mid-Market Territory; Key Accounts Named becomes SMB; "
            "outside Commercial (Large) becomes Key Accounts Named"
        ),
        f"  for instance: {witness_words(region.differences[0].witness)}",
        "SEG-7/linkedin answers otherwise where linkedin_verifying_employees 100: no becomes yes",
    ]
    assert witness_words(region.differences[0].witness).startswith("datafox_employees 100, region NORAM, ")


def test_a_parameter_of_advice_alone_differs_in_its_question_only() -> None:
    comparison = compare(PUBLISHED, revised(guideline_users_above=150, november_cleanup_from=date(2019, 12, 1)), ON)

    assert comparison.regions == ()
    assert comparison_words(comparison) == [
        "guideline_users_above: 100 becomes 150",
        "november_cleanup_from: 2019-11-01 becomes 2019-12-01",
        (
            "ROUTE-7/guideline answers otherwise where leading_employees 500 to 1,999, "
            "linkedin_engineering_it 101 to 150: yes becomes no"
        ),
    ]


def test_a_choice_that_is_another_one_is_told_by_what_becomes_of_each() -> None:
    after = fy23_duties(replace(FY23_DUTIES, update_weekday=Weekday.FRI, update_hour=9))

    assert comparison_words(compare(fy23_duties(), after, ON)) == [
        "update_weekday: wed becomes fri",
        "update_hour: 17 becomes 9",
        (
            "CAL-3/update asks otherwise. Before: The forecast is updated on Wednesdays, by 17:00. "
            "After: The forecast is updated on Fridays, by 09:00"
        ),
        "CAL-3/update answers otherwise where weekday wed: yes becomes no; or where weekday fri: no becomes yes",
    ]


@pytest.mark.law
def test_a_witness_of_a_question_answers_it_differently() -> None:
    after = revised(first_order_min_employees=600, handoff_min_users=50)
    for question in compare(PUBLISHED, after, ON).questions:
        for region in question.regions:
            answers = [policy.steps[question.step].ask(region.witness, []) for policy in (PUBLISHED, after)]
            assert answers == [region.before, region.after]
            assert region.before is not region.after


@pytest.mark.law
def test_few_lines_are_told_unless_every_one_is_asked_for() -> None:
    comparison = compare(PUBLISHED, revised(first_order_min_employees=600), ON)
    short, long = comparison_words(comparison), comparison_words(comparison, every=True)

    assert [line for line in short if line.startswith("Another team or segment where segment MM")]
    assert "Elsewhere team and segment stay as they are; the rule that names them, or the status, may differ." in short
    assert len(short) < len(long)
