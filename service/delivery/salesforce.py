"""Writes back to a Salesforce account which team owns it and why, through Salesforce's REST API."""

import asyncio
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

import orjson

from service.delivery.outcomes import Failed, Failure, SendResult, Sent
from service.delivery.sender import Sender

FIELD_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
"""What the name of a field looks like."""

_VERSION = "v59.0"
_REASON_CHARACTERS = 255
"""The length of the field that takes the reason: a longer one is cut, because Salesforce would refuse the whole."""
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_TOKEN = re.compile(r"[!-~]+")
_WORTH_WAITING_FOR = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A Salesforce organization, the credentials of its connected app, and the fields of an account that are written.

    Raises:
        ValueError: a field's name is none.
    """

    instance_url: str
    client_id: str
    client_secret: str = field(repr=False)
    team_field: str = "Account_Owner_Team__c"
    reason_field: str = "Chalkline_Reason__c"

    def __post_init__(self) -> None:
        if not all(re.fullmatch(FIELD_NAME, name) for name in (self.team_field, self.reason_field)):
            raise ValueError("The name of a Salesforce field is made of letters, digits and underscores")


class SalesforceAccounts:
    """The accounts of an organization. Keeps the token that it got in memory, until Salesforce refuses it."""

    def __init__(self, sender: Sender, organization: Organization) -> None:
        self._sender = sender
        self._organization = organization
        self._base = organization.instance_url.rstrip("/")
        self._token: str | None = None
        self._asking = asyncio.Lock()

    async def write_owner(self, account_id: str, team: str, reason: str) -> SendResult:
        """Write the owning team and the reason into an account; 204 is the answer to a success.

        Where no token is to be had, the outcome says so: Salesforce's own answer if it may pass by waiting.
        """
        if not _ACCOUNT_ID.fullmatch(account_id):
            return Failed(fault=Failure.REFUSED, reason="The account's id is not one of Salesforce")
        token = await self._current_token(refused=None)
        if not isinstance(token, str):
            return token
        outcome = await self._patch(account_id, team, reason, token)
        if not isinstance(outcome, Sent) or outcome.status != HTTPStatus.UNAUTHORIZED:
            return outcome

        token = await self._current_token(refused=token)
        return await self._patch(account_id, team, reason, token) if isinstance(token, str) else token

    async def _patch(self, account_id: str, team: str, reason: str, token: str) -> SendResult:
        organization = self._organization
        fields = {organization.team_field: team, organization.reason_field: reason[:_REASON_CHARACTERS]}
        return await self._sender.send(
            f"{self._base}/services/data/{_VERSION}/sobjects/Account/{account_id}",
            orjson.dumps(fields),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"},
            method="PATCH",
        )

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
            "client_id": self._organization.client_id,
            "client_secret": self._organization.client_secret,
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


def _token_in(body: bytes) -> str | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None
