"""Counts that are known as a range, such as 201-500: read, compared, decided on and told."""

import json
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from service.domain.clauses import Compare, Expression, IsIn, Operator, leaves_of
from service.domain.decide import decide
from service.domain.decision import Decision, DoubleCheck, Status
from service.domain.evaluation import Values, compile_answer, compile_expression
from service.domain.fy23 import fy23
from service.domain.moves import before
from service.domain.nearness import hindrances, margin_words, margins, said
from service.domain.parts import Step
from service.domain.ranges import Range, count_between, count_from
from service.domain.report import report
from service.domain.reviews import chatter_text
from service.domain.sentences import summary
from service.domain.terms import Segment, Team
from service.store.rows.decisions import facts_of, facts_to_text
from tests.builders import ON, parsed, request, stated

OPERATORS = get_args(Operator)
STEPS = tuple(fy23().steps.values())


def decided(**facts: Any) -> Decision:  # noqa: ANN401 - as above
    return decide(stated(**facts), fy23(), ON)


@pytest.mark.parametrize(
    ("written", "read", "said_again"),
    [
        ("201-500", Range(201, 500), "201-500"),
        (" 201 \u2013 500 ", Range(201, 500), "201-500"),
        ("1,001\u20145,000", Range(1001, 5000), "1001-5000"),
        ("1 001-5 000", Range(1001, 5000), "1001-5000"),
        ("10,001+", Range(10_001, None), "10001+"),
        ("0-50", Range(1, 50), "1-50"),
        ("0+", Range(1, None), "1+"),
        ("0-1", 1, "1"),
        ("640-640", 640, "640"),
        ("0-0", 0, "0"),
    ],
)
def test_a_range_is_read_however_it_is_written_and_has_one_form(
    written: str, read: int | Range, said_again: str
) -> None:
    assert count_from(written) == read
    assert str(read) == said_again


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("500-201", "The lower end of a range comes first"),
        ("-500", "A range begins with its lower end"),
        ("+", "A range begins with its lower end"),
        ("1-100000001", "The ends of a range are 100,000,000 at most"),
        ("100000001+", "The ends of a range are 100,000,000 at most"),
        ("5--10", "A range is written 201-500, or 10001+"),
        ("many", "A range is written 201-500, or 10001+"),
        ("640", "A range is written 201-500, or 10001+"),
        ("1,00-2,00", "A range is written 201-500, or 10001+"),
    ],
)
def test_what_is_no_range_is_refused_in_a_sentence(written: str, says: str) -> None:
    with pytest.raises(PydanticCustomError, match=says):
        count_from(written)


@pytest.mark.parametrize(("lower", "upper"), [(-1, 5), (-5, -1), (None, 5), (None, None), (5, 1), (1, 100_000_001)])
def test_ends_that_make_no_range_are_refused(lower: int | None, upper: int | None) -> None:
    with pytest.raises(PydanticCustomError):
        count_between(lower, upper)


@pytest.mark.parametrize("upper", [*range(1, 7), None])
def test_a_comparison_says_of_a_range_what_each_of_its_numbers_says_and_else_that_it_is_unknown(
    upper: int | None,
) -> None:
    for lower, operator, bound in product(range(1, (upper or 5) + 1), OPERATORS, range(8)):
        known = count_between(lower, upper)
        ask = compile_answer(Compare("n", operator, bound))
        answers = {ask({"n": number}) for number in range(lower, (upper or 20) + 1)}

        assert ask({"n": known}) is (answers.pop() if len(answers) == 1 else None), (known, operator, bound)


def test_a_step_of_the_policy_says_of_ranges_what_each_of_their_numbers_says_or_nothing() -> None:
    random, settled, open_still = Random(20), 0, 0
    for step in STEPS:
        ask = compile_expression(step.expression)
        for _ in range(60):
            values = _values(step, random)
            outcomes = ask(values)
            for numbers in _numbers(values, step.expression):
                each = ask(numbers)
                assert all(outcome in {None, one} for outcome, one in zip(outcomes, each, strict=True)), (step, values)
            settled += outcomes[-1] is not None
            open_still += outcomes[-1] is None
    assert min(settled, open_still) > 100


def _values(step: Step, random: Random) -> dict[str, Any]:
    """Values for the facts of a step, its counts ranges or numbers, near the bounds that they are compared with."""
    values: dict[str, Any] = {}
    for leaf in leaves_of(step.expression):
        if isinstance(leaf, Compare) and isinstance(leaf.bound, int):
            ends = sorted(max(1, leaf.bound + random.randint(-300, 300) // random.choice((1, 50))) for _ in range(2))
            values.setdefault(leaf.fact, random.choice((count_between(*ends), Range(ends[0], None), ends[0], None)))
        elif isinstance(leaf, Compare):
            values.setdefault(leaf.fact, random.choice((leaf.bound, None)))
        elif isinstance(leaf, IsIn):
            values.setdefault(leaf.fact, random.choice((*leaf.choices, "another", None)))
    for leaf in leaves_of(step.expression):
        values.setdefault(leaf.fact, random.choice((True, False, None)))
    return values


def _numbers(values: Values, expression: Expression) -> Iterator[dict[str, Any]]:
    """The values with numbers in place of ranges: every end, and what lies beside every bound."""
    bounds = {leaf.bound for leaf in leaves_of(expression) if isinstance(leaf, Compare)}
    near = {bound + step for bound in bounds if isinstance(bound, int) for step in (-1, 0, 1)}
    choices = {fact: _within(known, near) for fact, known in values.items() if isinstance(known, Range)}
    for numbers in product(*choices.values()):
        yield {**values, **dict(zip(choices, numbers, strict=True))}


def _within(known: Range, near: set[int]) -> list[int]:
    upper = known.lower + 10_000 if known.upper is None else known.upper
    return sorted({known.lower, upper, *(number for number in near if known.lower <= number <= upper)})


def test_a_final_decision_on_ranges_within_a_band_is_that_on_each_of_their_numbers() -> None:
    random, finals = Random(7), 0
    ends = (120, 480, 499, 500, 501, 640, 1990)
    for _ in range(400):
        chosen = {name: _either(random, ends) for name in ("df", "max_family_employees")}
        chosen |= {name: _either(random, (1, 99, 100, 101)) for name in ("lam_dev_count", "linkedin_engineering_it")}
        flags = {name: random.choice((True, False, None)) for name in ("first_order_available", "key_account")}
        beside = {"created": random.choice(("2021-06-01", "2022-03-01", None)), "region": random.choice(("EMEA", None))}
        motion = random.choice(("existing", "inbound_mql", "outbound"))
        decision = decided(**chosen, **flags, **beside, motion=motion)
        if decision.status is not Status.FINAL:
            continue
        finals += 1
        for numbers in _numbers(chosen | {"bound": None}, Compare("bound", ">=", 500)):
            number_of = {name: number for name, number in numbers.items() if name != "bound"}
            each = decided(**number_of, **flags, **beside, motion=motion)
            assert (each.team, each.segment, each.status) == (decision.team, decision.segment, Status.FINAL), chosen
    assert finals > 50


def _either(random: Random, ends: tuple[int, ...]) -> str | int | None:
    lower, upper = sorted(random.sample(ends, 2))
    return random.choice((f"{lower}-{upper}", f"{lower}-{upper}", lower, None))


def test_a_range_within_one_band_leads_as_a_number_does() -> None:
    decision = decided(df="501-1,000", max_family_employees=640)

    assert (decision.segment, decision.team, decision.status) == (Segment.MM, Team.MMKAFO, Status.FINAL)
    assert (decision.basis, decision.leading_employees, decision.leading_range) == ("datafox", None, Range(501, 1000))
    assert before(decision).led == Range(501, 1000)


def test_a_number_leads_as_before_and_there_is_no_leading_range() -> None:
    decision = decided(df=640)

    assert (decision.leading_employees, decision.leading_range, before(decision).led) == (640, None, 640)


def test_the_walk_goes_on_after_a_range_across_the_edge_of_a_band_and_says_so() -> None:
    decision = decided(df="51-200", zi=150, max_family_employees=640)

    assert (decision.basis, decision.leading_employees, decision.needs_review) == ("zoominfo", 150, False)
    assert decision.trail[0][0] == "SEG-2/datafox"
    assert decision.trail[0][1][-1] is None
    assert "sources_disagree" not in decision.advice
    assert "Datafox (51 to 200) lies across the edge of a band." in report(decision, fy23())


@pytest.mark.parametrize(("zi", "told"), [(200, False), (201, True), ("150-300", False), ("201-500", True), (12, True)])
def test_a_leading_number_outside_a_range_before_it_disagrees_with_it(zi: object, told: bool) -> None:  # noqa: FBT001 - expected
    decision = decided(df="51-200", zi=zi)

    assert decision.basis == "zoominfo"
    assert ("sources_disagree" in decision.advice) is told


def test_a_range_that_was_set_aside_disagrees_by_its_band_alone() -> None:
    decision = decided(df="51-200", zi=300, wrong={"df": "Counts one office"})

    assert (decision.basis, decision.needs_review, "sources_disagree" in decision.advice) == ("zoominfo", True, False)
    assert "Datafox: 51 to 200 employees, wholly wrong: Counts one office" in chatter_text(decision, "None.")


@pytest.mark.parametrize(
    ("li", "check"),
    [("11-50", "verified"), ("51-100", "unverified"), ("51-200", "unverified"), ("101-200", "conflict")],
)
def test_a_range_that_reaches_mid_market_does_not_verify_smb(li: str, check: str) -> None:
    assert decided(df=12, li=li).double_check is DoubleCheck(check)


@pytest.mark.parametrize(
    ("counts", "marked", "segment"),
    [
        ({"df": "51-200"}, "SMB", "SMB"),
        ({"df": "51-200"}, "MM", "MM"),
        ({"df": "51-200"}, "LARGE", None),
        ({"df": "1001-5000"}, "LARGE", "LARGE"),
        ({"df": "1001-5000"}, "SMB", None),
        ({"df": "51-200", "li": "1001+"}, "MM", "MM"),
        ({"df": "51-200", "li": "1001+"}, "SMB", None),
        ({"df": "51-200", "li": "51-5000"}, "SMB", "SMB"),
        ({"df": "51-200"}, None, None),
        ({"df": "51-200", "third": [150]}, "MM", None),
        ({"df": "51-200", "zi": 3, "wrong": {"zi": "One office"}}, "MM", None),
    ],
)
def test_where_only_ranges_across_an_edge_are_known_the_mark_that_each_touches_stands_provisionally(
    counts: dict[str, Any], marked: str | None, segment: str | None
) -> None:
    decision = decided(crm_segment=marked, max_family_employees=640, **counts)

    assert decision.segment == segment
    assert decision.missing_facts == ("employee_counts",)
    assert decision.status == ("pending_review" if segment is None else "provisional")
    assert decision.basis == (None if segment is None else "crm")


def test_a_mark_without_any_count_stands_as_firmly_as_before() -> None:
    decision = decided(crm_segment="MM", max_family_employees=640)

    assert (decision.basis, decision.status) == ("crm", Status.FINAL)


def test_an_open_comparison_is_told_with_its_range() -> None:
    decision = decided(df=640, max_family_employees="201-500", lam_dev_count="51+", region="EMEA")

    told = report(decision, fy23())
    assert "201 to 500: at least 500 is unknown; it could change the team" in told
    assert "51 or more: at least 100 is unknown; it could change the team" in told
    assert decision.missing_facts == ("max_family_employees", "lam_dev_count")
    assert "max_family_employees (201 to 500) and lam_dev_count (51 or more) are not known" in summary(decision, fy23())


def test_a_range_has_its_margin_where_it_is_settled_and_is_told_where_it_is_not() -> None:
    words = [margin_words(each) for each in margins(decided(df=640, max_family_employees="201-500"), fy23())]
    assert "ROUTE-3/test: max_family_employees >= 500 is open: it is 201 to 500" in words

    words = [margin_words(each) for each in margins(decided(df=640, max_family_employees="501-700"), fy23())]
    assert "ROUTE-3/test: max_family_employees >= 500 holds by 1 (it is 501 to 700)" in words

    fewer = Compare("n", "<", 500)
    found = hindrances(fewer, compile_expression(fewer)({"n": Range(520, None)}), {"n": Range(520, None)})
    assert [said(each) for each in found] == ["n < 500 (520 or more is 21 too many)"]


def test_facts_with_ranges_are_kept_as_text_and_read_again() -> None:
    facts = stated(df="201-500", zi="10001+", third=["51-200"], max_family_employees="1-50", lam_dev_count="5-6")
    text = facts_to_text(facts)

    assert facts_of(text) == facts
    assert [count["employees"] for count in json.loads(text)["employee_counts"]] == ["201-500", "10001+", "51-200"]
    assert json.loads(text)["account"]["max_family_employees"] == "1-50"


@pytest.mark.parametrize("fact", ["max_family_employees", "lam_dev_count", "linkedin_engineering_it", "df"])
def test_a_request_states_a_range_wherever_it_may_state_a_count(fact: str) -> None:
    assert parsed(request(**{fact: "201 \u2013 500"})).facts() == stated(**{fact: "201-500"})  # type: ignore[arg-type]  # any fact
    for wrong in ("500-201", "\u20135", "1-100000001"):
        with pytest.raises(ValidationError, match="range"):
            parsed(request(**{fact: wrong}))  # type: ignore[arg-type]  # the refusal is what is tested
    assert parsed(request(**{fact: "-0"})).facts() == parsed(request(**{fact: 0})).facts()  # type: ignore[arg-type]  # any fact
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        parsed(request(**{fact: "-5"}))  # type: ignore[arg-type]  # the refusal is what is tested
    with pytest.raises(ValidationError, match="valid integer"):
        parsed(request(**{fact: "about 640"}))  # type: ignore[arg-type]  # as above
