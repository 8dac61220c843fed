from datetime import timedelta

from service.domain.clauses import Compare, leaves_of
from service.domain.evaluation import annotated, compile_answer
from service.domain.fy23 import fy23
from service.domain.nearness import margin_words, margins, margins_of
from service.domain.wording import text_of
from tests.builders import decided
from tests.domain.generated import UNDER_MUTATION
from tests.domain.lab.accounts import decided_accounts

POLICY = fy23()
SOME = 20 if UNDER_MUTATION else 200


def test_every_comparison_says_by_how_much_it_holds_or_fails() -> None:
    told = [margin_words(each) for each in margins(decided(df=640, max_family_employees=499), POLICY)]

    assert told == [
        "SEG-1/smb: leading_employees < 100 fails by 541 (it is 640)",
        "SEG-1/mid_market: leading_employees < 2000 holds by 1,359 (it is 640)",
        "ROUTE-3/when: crm_created_on <= 2022-02-24 holds by 268 days (it is 2021-06-01)",
        "ROUTE-3/test: max_family_employees >= 500 fails by 1 (it is 499)",
        "ROUTE-3/test: lam_dev_count >= 100 is open: lam_dev_count is not known",
    ]


def test_a_value_may_change_by_the_margin_and_no_more() -> None:
    tried = 0
    for decision in decided_accounts(SOME, POLICY, seed=51):
        for margin in margins(decision, POLICY):
            if margin.outcome is None or not isinstance(margin.by, int):
                continue
            leaf = next(
                leaf
                for leaf in leaves_of(POLICY.steps[margin.step].expression)
                if isinstance(leaf, Compare) and text_of(leaf) == margin.text
            )
            towards = 1 if (leaf.operator in {"<", "<="}) is margin.outcome else -1
            changed = margin.by + 1 if margin.outcome else margin.by
            assert _holds(leaf, margin.value, towards * (changed - 1)) is margin.outcome
            assert _holds(leaf, margin.value, towards * changed) is not margin.outcome
            tried += 1
    assert tried > SOME


def test_a_comparison_that_is_turned_around_keeps_its_own_margin() -> None:
    leaf = Compare("n", "<", 10)
    (margin,) = margins_of("a step", annotated(~leaf, [True, False]), {"n": 9})

    assert (margin.outcome, margin.by) == (True, 0)


def _holds(leaf: Compare, value: object, change: int) -> bool | None:
    moved = value + change if isinstance(value, int) else value + timedelta(days=change)  # type: ignore[operator]  # a day
    return compile_answer(leaf)({leaf.fact: moved})
