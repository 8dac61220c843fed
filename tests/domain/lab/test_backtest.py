"""One recorded decision taken again under a draft, and the laws of the count."""

from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.lab.backtest import SAMPLES, Again, Counting, Obstacle, Recorded, Sample, Transition, take_again
from service.domain.lab.verdicts import Verdict
from service.domain.policy import Policy
from service.domain.terms import Team
from tests.builders import ON, decided, facts
from tests.bulk.histories import any_facts, any_parameters, recorded
from tests.programs import demanding_a_day

THEN = fy23()
DRAFT = fy23(replace(FY23_PARAMETERS, first_order_min_employees=600), version=2)


def again(draft: Policy = DRAFT, **stated: Any) -> Again:  # noqa: ANN401 - what ``facts`` takes
    decision = decided(**stated)
    return take_again(Recorded(ON, decision.outcome, decision.facts), THEN, draft)


def test_a_higher_threshold_takes_an_account_from_first_order_by_the_clause_that_flips() -> None:
    came = again(df=640, max_family_employees=550, lam_dev_count=9)

    assert came.change is not None
    assert (came.change.before.team, came.change.after.team) == (Team.MMKAFO, Team.MM_TERRITORY)
    assert came.flips == "ROUTE-3/3:TF ROUTE-3/test:TF"
    assert came.wanted == ""


def test_what_is_not_known_makes_a_move_provisional() -> None:
    came = again(df=640, max_family_employees=550)

    assert (came.flips, came.wanted) == ("ROUTE-3/3:TF ROUTE-3/test:TU", "lam_dev_count")


def test_a_clause_that_only_one_of_them_asks_is_no_flip() -> None:
    draft = fy23(replace(FY23_PARAMETERS, mid_market_min_employees=700), version=2)

    assert again(draft, df=640, max_family_employees=550).flips == "SEG-1/smb:FT ROUTE-1/smb:FT"


def test_the_first_obstacle_is_the_one_that_is_told() -> None:
    decision = decided(df=99, created=None)
    kept = Recorded(ON, decision.outcome, facts(df=99, created=None))
    draft = demanding_a_day(fy23(replace(FY23_PARAMETERS, mid_market_min_employees=99), version=2))

    assert take_again(kept, None, draft) == Again(Obstacle.UNKNOWN_REVISION)
    assert take_again(kept._replace(outcome=()), THEN, draft) == Again(Obstacle.NOT_REPEATED)
    assert take_again(kept, draft, THEN) == Again(Obstacle.NOT_REPEATED)
    assert take_again(kept, THEN, draft) == Again(Obstacle.NOT_COVERED)


@pytest.mark.law
@given(seed=st.integers(0, 10**6))
def test_whatever_moves_has_flipped_a_clause_and_the_numbers_add_up(seed: int) -> None:
    random = Random(seed)
    then, draft = fy23(any_parameters(random)), fy23(any_parameters(random), version=2)
    counting, moving = Counting(), 0
    for each in recorded((any_facts(random, number) for number in range(40)), then):
        came = take_again(each, then, draft)
        assert bool(came.flips) == (came.change is not None and came.change.moves)
        moving += bool(came.flips)
        counting.add(came, 1, ())
        same = take_again(each, then, then)
        assert same.change is not None
        assert (same.change.before, same.wanted, same.flips) == (same.change.after, "", "")

    found = counting.result()
    assert found.moved == moving
    assert found.examined == found.moved + found.otherwise_changed + found.stays + found.not_replayed
    assert sum(some.decisions for some in found.changes.values()) == found.moved + found.otherwise_changed
    assert all(number <= found.moved for answers in found.flips.values() for number in answers.values())
    assert all(number <= found.provisional for number in found.wanted.values())


@pytest.mark.parametrize("seed", range(3))
def test_the_count_is_the_same_in_any_order_and_names_the_first(seed: int) -> None:
    before, after = (Verdict(None, team, None, None) for team in (Team.MMKAFO, Team.SMB))
    came = Again(None, Transition(before, after), "region;motion", "ROUTE-3/test:TF")
    found = [(came, 1, (Sample(UUID(int=number), f"acc-{number}"),)) for number in range(20)]
    Random(seed).shuffle(found)
    counting = Counting()
    for each in found:
        counting.add(*each)

    (some,) = counting.result().movements.values()
    assert (some.decisions, [sample.decision_id.int for sample in some.samples]) == (20, list(range(SAMPLES)))
    assert counting.result().wanted == {"motion": 20, "region": 20}
