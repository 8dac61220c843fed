import pytest

from service.domain.handoff.checklist import Side
from service.domain.terms import Team
from service.usecases.handoffs import Acting
from tests.domain.handoffs import BOTH, after, answer, at_start, escalate


@pytest.mark.parametrize(
    ("team", "sides"),
    [(Team.MMKAFO, {Side.FIRST_ORDER}), (Team.MMKAN, {Side.RECEIVING}), (Team.SMB, set()), (None, set())],
)
def test_a_caller_acts_for_the_side_of_its_team(team: Team | None, sides: set[Side]) -> None:
    assert Acting(team, for_both=False).sides(at_start(receiver=Team.MMKAN)) == sides


def test_nobody_acts_for_a_receiver_who_is_not_known() -> None:
    unknown = at_start(receiver=None)

    assert Acting(None, for_both=False).sides(unknown) == set()
    assert Acting(Team.MMKAN, for_both=False).sides(unknown) == set()


def test_first_order_that_keeps_an_account_acts_for_both_sides() -> None:
    kept = after(at_start(), escalate(), answer(Team.MMKAFO))

    assert Acting(Team.MMKAFO, for_both=False).sides(kept) == BOTH
