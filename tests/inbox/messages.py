"""What CRMs send, as they send it, for tests to vary."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

Fields: TypeAlias = Mapping[str, str | None]
Event: TypeAlias = dict[str, Any]
ORGANIZATION = "00D8a000000AbCdEAK"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
CLIENT_SECRET = "yyyyyyyy-yyyy"  # noqa: S105 - a key of tests is no secret
PUBLIC_URL = "https://chalkline.example"
KEY_ACCOUNT: Fields = {
    "Account_Demographics_Region__c": "EMEA",
    "Account_Demographic_Max_Family_Employees__c": "640",
    "First_Order_Available__c": "true",
    "Type": "Prospect",
    "ZI_Employees__c": "640",
    "CreatedDate": "2021-06-01T08:00:00.000Z",
    "SystemModstamp": "2022-03-01T08:00:00.000Z",
}
"""A Mid-Market prospect, which the Key Accounts First Order team owns."""
WON: Fields = {
    "AccountId": "acc-1",
    "StageName": "Closed Won",
    "CloseDate": "2022-03-14",
    "Amount": "12000.0",
    "ARR_Net__c": "12000.0",
    "Order_Type_Test__c": "1. New - First Order",
    "OwnerId": "005-first-order-ae",
    "SystemModstamp": "2022-03-14T17:00:00.000Z",
}
"""A First Order of ``acc-1`` that is closed won."""


def notification(
    record: str | None, fields: Fields | None = None, *, number: int | str = 1, kind: str = "Account"
) -> str:
    """A notification of a record; without fields, of a deleted one. Its id is made of its number."""
    told = {"Id": record, **(fields or {})}
    elements = "".join(
        f'<sf:{name} xsi:nil="true"/>' if value is None else f"<sf:{name}>{escape(value)}</sf:{name}>"
        for name, value in told.items()
        if name != "Id" or value is not None
    )
    return (
        f"<Notification><Id>04l{number}</Id>"
        f'<sObject xsi:type="sf:{kind}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{elements}</sObject>'
        "</Notification>"
    )


def message(*notifications: str, organization: str = ORGANIZATION) -> bytes:
    """An Outbound Message."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
 <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
  <OrganizationId>{organization}</OrganizationId><ActionId>04k8a000000AbCdEAK</ActionId><SessionId xsi:nil="true"/>
  {"".join(notifications)}
 </notifications></soapenv:Body></soapenv:Envelope>""".encode()


def change(
    *records: str, at: int, kind: str = "UPDATE", entity: str = "Account", sequence: int = 1, **fields: object
) -> Event:
    """A change event, at so many milliseconds, with the fields that it tells of. No two may share their ``at``."""
    header = {
        "entityName": entity,
        "recordIds": list(records),
        "changeType": kind,
        "changedFields": list(fields),
        "commitTimestamp": at,
        "commitNumber": at,
        "sequenceNumber": sequence,
        "transactionKey": f"transaction-{at}",
    }
    return {"ChangeEventHeader": header} | fields


def plain_event(record: str, at: str = "2022-03-01T08:00:00Z", kind: str = "account.updated", **facts: object) -> Event:
    """An event with the names of facts."""
    return {"type": kind, "timestamp": at, "data": {"id": record} | facts}


PLAIN_ACCOUNT: Event = {
    "region": "EMEA",
    "max_family_employees": 640,
    "first_order_available": True,
    "customer": False,
    "zoominfo_employees": 640,
    "crm_created_on": "2021-06-01",
}
"""The facts of ``KEY_ACCOUNT`` under their own names."""


def signed_headers(body: bytes, at: datetime, message_id: str = "msg_1", secret: str = SECRET) -> dict[str, str]:
    """The headers of a message that Standard Webhooks signs."""
    stamp, key = str(int(at.timestamp())), base64.b64decode(secret.removeprefix("whsec_"))
    return {
        "Content-Type": "application/json",
        "Authorization": "",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_hmac(key, f'{message_id}.{stamp}.'.encode() + body)}",
    }


def company_event(company: int, number: int, at: int, name: str | None = None, value: str | None = None) -> Event:
    """An event of HubSpot's about a company: a change of a property, or without one, its creation."""
    kind = "company.creation" if name is None else "company.propertyChange"
    told: Event = {"eventId": number, "portalId": 62515, "occurredAt": at, "subscriptionType": kind}
    told |= {"objectId": company, "attemptNumber": 0}
    return told if name is None else told | {"propertyName": name, "propertyValue": value}


def hubspot_headers(
    body: bytes, at: datetime, uri: str = f"{PUBLIC_URL}/v1/webhooks/hubspot", secret: str = CLIENT_SECRET
) -> dict[str, str]:
    """The headers of a request that HubSpot signs."""
    stamp = str(int(at.timestamp()) * 1000 + at.microsecond // 1000)
    return {
        "Content-Type": "application/json",
        "Authorization": "",
        "X-HubSpot-Signature-v3": _hmac(secret.encode(), f"POST{uri}".encode() + body + stamp.encode()),
        "X-HubSpot-Request-Timestamp": stamp,
    }


def _hmac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def as_json(told: object) -> bytes:
    return json.dumps(told).encode()


def milliseconds(at: datetime, **later: float) -> int:
    """An instant, or one so much later, as change events and HubSpot write it."""
    return round((at + timedelta(**later)).timestamp() * 1000)
