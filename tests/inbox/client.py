"""A CRM that sends to a running service, and looks at what became of it."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.api import Api, Decision
from tests.inbox.messages import Event, Fields, as_json, hubspot_headers, message, notification, signed_headers

OUTBOUND = "/v1/webhooks/salesforce/outbound-messages"
CHANGES = "/v1/webhooks/salesforce/change-events"
EVENTS = "/v1/webhooks/events"
HUBSPOT = "/v1/webhooks/hubspot"
TEXT_XML = {"Content-Type": "text/xml; charset=UTF-8"}


@dataclass(frozen=True)
class Crm:
    """Sends with the key of its service's tests, and what is signed with the secrets that are set up there."""

    api: Api

    def outbound(self, *notifications: str) -> None:
        """Send a message, and see it acknowledged."""
        hold_acknowledged(self.api.http.post(OUTBOUND, content=message(*notifications), headers=TEXT_XML))

    def account(self, record: str, fields: Fields | None, number: int | str) -> Event:
        """Send a message of one account, and give the event that came of it."""
        self.outbound(notification(record, fields, number=number))
        return self.newest(record)

    def changes(self, *told: Event) -> list[Event]:
        """Send change events, and give what became of each."""
        return _events(self.api.http.post(CHANGES, json=told))

    def plain(self, told: Event, message_id: str) -> Event:
        """Send a signed event, and give what became of it."""
        body = as_json(told)
        headers = signed_headers(body, self.api.clock(), message_id)
        (event,) = _events(self.api.http.post(EVENTS, content=body, headers=headers))
        return event

    def hubspot(self, *told: Event) -> list[Event]:
        """Send events as HubSpot does, and give what became of each."""
        body = as_json(told)
        return _events(self.api.http.post(HUBSPOT, content=body, headers=hubspot_headers(body, self.api.clock())))

    def events(self, **wanted: str | int) -> list[Event]:
        """The events that the service lists."""
        found: list[Event] = self.api.get("/v1/events", **wanted)["items"]
        return found

    def newest(self, record: str) -> Event:
        """The newest event about a record."""
        return self.events(record_id=record, limit=1)[0]

    def standing(self, account: str) -> Decision:
        """The decision that an account stands on."""
        decision: Decision = self.api.get(f"/v1/accounts/{account}")["decision"]
        return decision

    def facts(self, account: str) -> dict[str, Any]:
        """The facts that an account's decision rests on, of the account itself."""
        known: dict[str, Any] = self.standing(account)["facts"]["account"]
        return known

    def history(self, account: str) -> list[Decision]:
        """Every decision on an account, newest first."""
        found: list[Decision] = self.api.get("/v1/decisions", account_id=account)["items"]
        return found

    def state(self, account: str) -> Any:  # noqa: ANN401 - an object or null
        """What is said of the account's record itself."""
        return self.api.get(f"/v1/accounts/{account}")["crm"]


def hold_acknowledged(answer: httpx.Response) -> None:
    """Fail unless a message is acknowledged in the one way that Salesforce takes."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8"), answer.text
    assert "<Ack>true</Ack>" in answer.text


def _events(answer: httpx.Response) -> list[Event]:
    assert answer.status_code == 200, answer.text
    told: list[Event] = answer.json()["events"]
    return told
