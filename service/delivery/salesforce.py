"""Writes back to Salesforce accounts which team owns them and why, through Salesforce's REST API."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import orjson
from pydantic import TypeAdapter

from service.delivery.outcomes import EXCERPT_CHARACTERS, Declined, Failed, Failure, NotSent, Outcome, SendResult, Sent
from service.delivery.sender import Bounds, Method, Sender
from service.domain.terms import Team

FIELD_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
"""What the name of a field looks like."""
AT_ONCE: Final = 200
"""Records that one request may hold."""
BOUNDS: Final = Bounds(read_seconds=60, total_seconds=60, body_bytes=1024 * 1024, connections=8)
"""Of a request: the automation of an organization may take long with so many records, and each has its own answer."""

_DATA = "/services/data/v59.0"
_REASON_CHARACTERS = 255
"""The length of the field that takes the reason: a longer one is cut, because Salesforce would refuse the whole."""
_TOKEN = re.compile(r"[!-~]+")
_WORTH_WAITING_FOR = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_GONE = "ENTITY_IS_DELETED"


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
    """The accounts of an organization. Keeps the token that it got in memory, until Salesforce refuses it."""

    def __init__(self, sender: Sender, organization: Organization) -> None:
        self.organization = organization
        self._sender = sender
        self._base = organization.instance_url.rstrip("/")
        self._token: str | None = None
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Close every connection."""
        await self._sender.close()

    async def write(self, accounts: Mapping[str, Mapping[str, str]]) -> dict[str, Outcome]:
        """Write values into fields of at most ``AT_ONCE`` accounts; what came of each.

        Each is written or refused by itself. Where there was no answer, no success, or no token to be had, that is what
        came of each.
        """
        records = [{"attributes": {"type": "Account"}, "id": name, **values} for name, values in accounts.items()]
        body = orjson.dumps({"allOrNone": False, "records": records})
        outcome = await self._send("PATCH", f"{_DATA}/composite/sobjects", body)
        if isinstance(outcome, Failed) or not outcome.accepted:
            return dict.fromkeys(accounts, outcome)
        try:
            saved = _SAVED.validate_json(outcome.body)
            return dict(zip(accounts, (_outcome(each, outcome.status) for each in saved), strict=True))
        except ValueError:
            broken = Failed(fault=Failure.PROTOCOL, reason="Salesforce's answer does not say what came of each account")
            return dict.fromkeys(accounts, broken)

    async def _send(self, method: Method, path: str, body: bytes) -> SendResult:
        """Send with a token, and once more with a new one where Salesforce refuses it."""
        token = await self._current_token(refused=None)
        if not isinstance(token, str):
            return token
        outcome = await self._sent(method, path, body, token)
        if isinstance(outcome, Failed) or outcome.status != HTTPStatus.UNAUTHORIZED:
            return outcome

        token = await self._current_token(refused=token)
        return await self._sent(method, path, body, token) if isinstance(token, str) else token

    async def _sent(self, method: Method, path: str, body: bytes, token: str) -> SendResult:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
        return await self._sender.send(f"{self._base}{path}", body, headers, method=method)

    async def _current_token(self, refused: str | None) -> str | SendResult:
        """A token other than the refused one: that which another got meanwhile, or else a new one."""
        async with self._asking:
            if self._token is None or self._token == refused:
                self._token = None
                answer = await self._ask_for_token()
                if not isinstance(answer, str):
                    return answer
                self._token = answer
            return self._token

    async def _ask_for_token(self) -> str | SendResult:
        credentials = {
            "grant_type": "client_credentials",
            "client_id": self.organization.client_id,
            "client_secret": self.organization.client_secret,
        }
        outcome = await self._sender.send(
            f"{self._base}/services/oauth2/token",
            urlencode(credentials).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )
        if (
            isinstance(outcome, Failed)
            or outcome.status in _WORTH_WAITING_FOR
            or outcome.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            return outcome
        token = _token_in(outcome.body) if outcome.status == HTTPStatus.OK else None
        if token is None:
            return Failed(fault=Failure.UNAUTHORIZED, reason=f"Salesforce gave no token: it answered {outcome.status}")
        return token


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
    if any(error.statusCode == _GONE for error in saved.errors):
        return NotSent(reason=f"Salesforce has deleted the account ({said})")
    return Declined(status=status, reason=said)


def _token_in(body: bytes) -> str | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None
