"""A hundred accounts a request, each one of its own: as an Outbound Message, and as a batch of the same facts."""

from collections.abc import Iterator
from typing import Any

import orjson

from bench.payloads import ACCOUNT_DIGITS, classification

OUTBOUND = "/v1/webhooks/salesforce/outbound-messages"
BATCH = "/v1/classifications/batch"
ACCOUNTS = 100
_MARK = "~" * ACCOUNT_DIGITS
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    "Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
)
_MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>00D000000000001EAA</OrganizationId>
   <ActionId>04k000000000001AAA</ActionId>
   <SessionId xsi:nil="true"/>
   <EnterpriseUrl>https://example.my.salesforce.com/services/Soap/c/53.0</EnterpriseUrl>
   <PartnerUrl>https://example.my.salesforce.com/services/Soap/u/53.0</PartnerUrl>
{notifications}
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>
"""


class Hundreds:
    """Requests as bytes, made beforehand but for the accounts' numbers."""

    def __init__(self, path: str, key: str) -> None:
        accounts = [_known(place) for place in range(ACCOUNTS)]
        outbound = path == OUTBOUND
        body = _message(accounts) if outbound else orjson.dumps({"items": accounts}).decode()
        kind = "text/xml; charset=utf-8" if outbound else "application/json"
        head = _HEAD.format(path=path, key=key, kind=kind, length=len(body.encode()))
        self._parts = [part.encode() for part in (head + body).split(_MARK)]
        self._times = (len(self._parts) - 1) // ACCOUNTS

    def of(self, number: int) -> bytes:
        """The request of a number."""
        first = number * ACCOUNTS
        names = (b"%012d" % (first + place // self._times) for place in range(ACCOUNTS * self._times))
        return self._parts[0] + b"".join(name + part for name, part in zip(names, self._parts[1:], strict=True))


def _known(place: int) -> dict[str, Any]:
    """The facts that a notification states, as a request to classify."""
    body = classification(place % 24)
    account = {name: value for name, value in body["account"].items() if value is not None and name != "size_cleanup"}
    counts = [
        {"source": count["source"], "employees": count["employees"]}
        for count in body["employee_counts"]
        if count["source"] in {"zoominfo", "linkedin"}
    ]
    return {
        "account": account | {"id": _MARK},
        "employee_counts": counts,
        "motion": body["motion"],
        "effective_on": body["effective_on"],
    }


def _message(accounts: list[dict[str, Any]]) -> str:
    return _MESSAGE.format(notifications="\n".join(map(_notification, accounts)))


def _notification(known: dict[str, Any]) -> str:
    fields = "\n".join(f"     <sf:{name}>{value}</sf:{name}>" for name, value in _fields(known))
    return f"""   <Notification>
    <Id>04l{_MARK}</Id>
    <sObject xsi:type="sf:Account" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
{fields}
    </sObject>
   </Notification>"""


def _fields(known: dict[str, Any]) -> Iterator[tuple[str, str]]:
    account, counts = known["account"], {count["source"]: count["employees"] for count in known["employee_counts"]}
    yield "Id", account["id"]
    yield "Name", account["name"]
    yield "Account_Demographics_Region__c", account["region"]
    yield "Account_Demographics_Sales_Segment__c", "Mid-Market"
    yield "Account_Demographic_Max_Family_Employees__c", str(account["max_family_employees"])
    yield "LAM_Dev_Count__c", f"{account['lam_dev_count']}.0"
    yield "Decision_Maker_Count_LinkedIn__c", str(account["linkedin_engineering_it"])
    yield "First_Order_Available__c", str(account["first_order_available"]).lower()
    yield "Type", "Prospect"
    yield "ZI_Employees__c", str(counts["zoominfo"])
    yield "LinkedIn_Employees__c", str(counts["linkedin"])
    yield "Lead_Motion__c", known["motion"]
    yield "CreatedDate", f"{account['crm_created_on']}T08:00:00.000Z"
    yield "LastActivityDate", account["last_activity_on"]
    yield "SystemModstamp", "2022-03-15T09:30:00.000Z"
