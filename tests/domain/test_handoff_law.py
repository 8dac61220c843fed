"""What holds of every handoff, whatever is tried on it in whatever order."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.errors import DomainError
from service.domain.handoff.checklist import ITEMS_BY_NAME, Side
from service.domain.handoff.checks import take
from service.domain.handoff.state import Handoff, HandoffStatus, fold, started
from service.domain.handoff.steps import Step, step_from_json, step_to_json
from service.domain.terms import Team
from tests.domain.handoffs import (
    AT,
    BOTH,
    EVIDENCE,
    NAMES,
    TODAY,
    abandon,
    after,
    answer,
    at_start,
    escalate,
    reassign_billing,
    reopen,
    reopen_handoff,
    terms,
    tick,
)

MANY = 400
randoms = st.randoms(use_true_random=False)
pytestmark = pytest.mark.law


@given(st.permutations(NAMES))
def test_a_handoff_completes_exactly_at_its_last_required_item_in_whatever_order(names: list[str]) -> None:
    handoff = at_start()
    for name in names:
        assert (handoff.status, handoff.completed_at) == (HandoffStatus.OPEN, None)
        handoff = after(handoff, tick(name))

    assert (handoff.status, handoff.completed_at) == (HandoffStatus.COMPLETED, AT)


@settings(max_examples=60)
@given(randoms)
def test_no_sequence_of_steps_leads_to_a_state_that_the_rules_do_not_know(random: Random) -> None:
    for handoff, history in walk(random):
        _stands_to_reason(handoff)
        assert fold(handoff.terms, history) == handoff


def test_the_steps_that_are_tried_reach_every_state_and_every_refusal() -> None:
    reached: Counter[str] = Counter()
    for seed in range(MANY):
        for handoff, _ in walk(Random(seed), reached):
            _stands_to_reason(handoff)
            reached[handoff.status] += 1

    assert set(reached) == set(HandoffStatus) | {
        "wrong_side",
        "handoff_closed",
        "not_escalated",
        "already_ticked",
        "not_ticked",
        "awaits_answer",
        "not_completed",
        "invalid_answer",
        "invalid_evidence",
        "unknown_item",
    }


@settings(max_examples=30)
@given(randoms)
def test_a_recorded_history_reads_back_as_it_was_written(random: Random) -> None:
    *_, (handoff, history) = walk(random)

    assert fold(handoff.terms, [step_from_json(step_to_json(step)) for step in history]) == handoff


def walk(random: Random, refused: Counter[str] | None = None) -> Iterator[tuple[Handoff, list[Step]]]:
    """A handoff after each of some steps at random, legal or not, with the history of those that were allowed."""
    handoff = started(terms(receiver=random.choice((None, Team.MMKAN, Team.MM_TERRITORY))))
    history: list[Step] = []
    for _ in range(60):
        step = _any_step(random)
        sides = BOTH if random.random() < 0.8 else frozenset(side for side in Side if random.random() < 0.5)
        try:
            handoff = take(handoff, step, sides, TODAY)
            history.append(step)
        except DomainError as error:
            if refused is not None:
                refused[error.code] += 1
        yield handoff, history


def _any_step(random: Random) -> Step:
    # Mostly ticks, or no handoff would ever complete.
    match random.randrange(30):
        case 0:
            return reopen(random.choice((*NAMES, "no-item")))
        case 1:
            return escalate()
        case 2 | 3:
            return answer(random.choice((*Team, Team.MMKAN, Team.MMKAN)))
        case 4:
            return random.choice((reassign_billing(), abandon()))
        case 29:
            return reopen_handoff(random.choice((*NAMES, "no-item")))
        case 5:
            return tick(random.choice(NAMES), EVIDENCE[random.choice(NAMES)])
        case _:
            return tick(random.choice(NAMES))


def _stands_to_reason(handoff: Handoff) -> None:
    status = handoff.status
    assert handoff.is_all_ticked is (status is HandoffStatus.COMPLETED)
    assert (handoff.completed_at is not None) is (status is HandoffStatus.COMPLETED)
    assert (handoff.receiver is Team.MMKAFO) is (status is HandoffStatus.KEPT)
    assert handoff.receiver in {None, Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO}
    assert handoff.receiver is not None or status in {HandoffStatus.ESCALATED, HandoffStatus.ABANDONED}
    if handoff.receiver in {None, Team.MMKAFO}:
        assert not any(ITEMS_BY_NAME[name].needs_receiver for name in handoff.ticks)
    assert not handoff.billing or handoff.handed_over_to is not None
    assert (status is HandoffStatus.COMPLETED) <= (handoff.handed_over_to is handoff.receiver)
    assert all(tick.item == name for name, tick in handoff.ticks.items())
