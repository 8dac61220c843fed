"""What a subscriber wants: which decisions, by their kind, team and account."""

import pytest

from service.domain.decision import Kind
from service.domain.subscriptions import Interest, Target
from service.domain.terms import Team

SALESFORCE_ID = "0018a00001XyZaBAAV"
MMKAN_MOVES = Interest(kinds=(Kind.DISCOVERY, Kind.CHANGEOVER), teams=(Team.MMKAN,))
CRM = Interest(target=Target.SALESFORCE)


def test_a_decision_that_leaves_all_unchanged_is_for_those_alone_who_name_its_kind() -> None:
    for kinds, wanted in ((), False), ((Kind.CLASSIFICATION,), False), ((Kind.APPLICATION,), True):
        interest = Interest(kinds=kinds)
        assert interest.takes(Kind.APPLICATION, Team.SMB, "acc-1", stands=True, unchanged=True) is wanted
        assert interest.takes(Kind.APPLICATION, Team.SMB, "acc-1", stands=True) is (kinds == () or wanted)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("team", [*Team, None])
def test_who_chooses_nothing_gets_everything(kind: Kind, team: Team | None) -> None:
    assert Interest().takes(kind, team, "acc-1", stands=False)


@pytest.mark.parametrize(
    ("interest", "kind", "team", "account", "wanted"),
    [
        (MMKAN_MOVES, Kind.DISCOVERY, Team.MMKAN, "acc-1", True),
        (MMKAN_MOVES, Kind.CLASSIFICATION, Team.MMKAN, "acc-1", False),
        (MMKAN_MOVES, Kind.DISCOVERY, Team.SMB, "acc-1", False),
        (MMKAN_MOVES, Kind.DISCOVERY, None, "acc-1", False),
        (CRM, Kind.CLASSIFICATION, Team.SMB, SALESFORCE_ID, True),
        (CRM, Kind.CLASSIFICATION, Team.SMB, SALESFORCE_ID[:15], True),
        (CRM, Kind.CLASSIFICATION, Team.SMB, "acc-1", False),
        (CRM, Kind.CLASSIFICATION, None, SALESFORCE_ID, False),
    ],
)
def test_who_chooses_gets_what_matches_every_choice(
    interest: Interest, kind: Kind, team: Team | None, account: str, *, wanted: bool
) -> None:
    assert interest.takes(kind, team, account, stands=True) is wanted


@pytest.mark.parametrize(
    ("interest", "kind", "before", "team", "leaves"),
    [
        (MMKAN_MOVES, Kind.DISCOVERY, Team.MMKAN, Team.SMB, True),
        (MMKAN_MOVES, Kind.DISCOVERY, Team.MMKAN, None, True),
        (MMKAN_MOVES, Kind.DISCOVERY, Team.MMKAN, Team.MMKAN, False),
        (MMKAN_MOVES, Kind.DISCOVERY, None, Team.SMB, False),
        (MMKAN_MOVES, Kind.CLASSIFICATION, Team.MMKAN, Team.SMB, False),
        (Interest(), Kind.DISCOVERY, Team.MMKAN, Team.SMB, False),
        (Interest(target=Target.SALESFORCE, teams=(Team.MMKAN,)), Kind.WON, Team.MMKAN, Team.SMB, True),
    ],
)
def test_an_account_leaves_whoever_chose_its_team_and_the_kind_of_decision(
    interest: Interest, kind: Kind, before: Team | None, team: Team | None, *, leaves: bool
) -> None:
    assert interest.loses(kind, before, team, stands=True) is leaves
    assert not interest.loses(kind, before, team, stands=False)


def test_no_owner_is_written_back_for_history() -> None:
    assert not CRM.takes(Kind.CLASSIFICATION, Team.SMB, SALESFORCE_ID, stands=False)
