"""Writes back to Salesforce accounts which team owns them and why, through Salesforce's REST API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from pydantic import TypeAdapter

from service.delivery.outcomes import EXCERPT_CHARACTERS, Declined, Failed, Failure, NotSent, Outcome, Sent
from service.delivery.salesforce_session import DATA, SalesforceSession
from service.delivery.sender import Sender
from service.domain.terms import Team

FIELD_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
"""What the name of a field looks like."""
AT_ONCE: Final = 200
"""Records that one request may hold."""

_REASON_CHARACTERS = 255
"""The length of the field that takes the reason: a longer one is cut, because Salesforce would refuse the whole."""
GONE = "ENTITY_IS_DELETED"
"""What Salesforce says of a record that it has deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A Salesforce organization, the credentials of its connected app, and the fields of an account that are written.

    ``team_values`` are its own names for teams, those that are not named going out as they are; ``tells_team``: events
    tell the field of the team as the one that owns the account.

    Raises:
        ValueError: a field's name is none.
    """

    instance_url: str
    client_id: str
    client_secret: str = field(repr=False)
    team_field: str = "Account_Owner_Team__c"
    reason_field: str = "Chalkline_Reason__c"
    team_values: Mapping[Team, str] = field(default_factory=dict)
    tells_team: bool = True

    def __post_init__(self) -> None:
        if not all(re.fullmatch(FIELD_NAME, name) for name in (self.team_field, self.reason_field)):
            raise ValueError("The name of a Salesforce field is made of letters, digits and underscores")

    def values(self, team: Team, reason: str) -> dict[str, str]:
        """What is written into an account, by the names of its fields."""
        return {
            self.team_field: self.team_values.get(team, team.value),
            self.reason_field: reason[:_REASON_CHARACTERS],
        }


class SalesforceAccounts:
    """The accounts of an organization. ``session`` is for whoever else sends there."""

    def __init__(self, sender: Sender, organization: Organization) -> None:
        self.organization = organization
        self.session = SalesforceSession(
            sender, organization.instance_url, organization.client_id, organization.client_secret
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()

    async def write(self, accounts: Mapping[str, Mapping[str, str]]) -> dict[str, Outcome]:
        """Write values into fields of at most ``AT_ONCE`` accounts; what came of each.

        Each is written or refused by itself. Where there was no answer, no success, or no token to be had, that is what
        came of each.
        """
        records = [{"attributes": {"type": "Account"}, "id": name, **values} for name, values in accounts.items()]
        body = orjson.dumps({"allOrNone": False, "records": records})
        outcome = await self.session.send("PATCH", f"{DATA}/composite/sobjects", body)
        if isinstance(outcome, Failed) or not outcome.accepted:
            return dict.fromkeys(accounts, outcome)
        try:
            saved = _SAVED.validate_json(outcome.body)
            return dict(zip(accounts, (_outcome(each, outcome.status) for each in saved), strict=True))
        except ValueError:
            broken = Failed(fault=Failure.PROTOCOL, reason="Salesforce's answer does not say what came of each account")
            return dict.fromkeys(accounts, broken)


@dataclass(frozen=True, slots=True)
class _Error:
    statusCode: str  # noqa: N815 - Salesforce's own name
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Saved:
    success: bool
    errors: list[_Error] = field(default_factory=list)


_SAVED: Final = TypeAdapter(list[_Saved])


def _outcome(saved: _Saved, status: int) -> Outcome:
    if saved.success:
        return Sent(status=status, retry_after=None, body=b"")
    said = "; ".join(f"{error.statusCode}: {error.message}" for error in saved.errors)[:EXCERPT_CHARACTERS]
    if any(error.statusCode == GONE for error in saved.errors):
        return NotSent(reason=f"Salesforce has deleted the account ({said})")
    return Declined(status=status, reason=said)
