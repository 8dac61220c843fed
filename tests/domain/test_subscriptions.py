"""What a subscriber wants: which decisions, by their kind, team and account."""

import pytest

from service.domain.decision import Kind
from service.domain.subscriptions import Interest, Target
from service.domain.terms import Team

SALESFORCE_ID = "0018a00001XyZaBAAV"
MMKAN_MOVES = Interest(kinds=(Kind.DISCOVERY, Kind.CHANGEOVER), teams=(Team.MMKAN,))
CRM = Interest(target=Target.SALESFORCE)


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


def test_no_owner_is_written_back_for_history() -> None:
    assert not CRM.takes(Kind.CLASSIFICATION, Team.SMB, SALESFORCE_ID, stands=False)
