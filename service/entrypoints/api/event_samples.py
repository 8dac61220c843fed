"""Samples of what CRMs send, and of what becomes of it, for the published document."""

from datetime import UTC, datetime
from uuid import UUID

from service.entrypoints.api.openapi.document import sample
from service.entrypoints.views.events import event_body
from service.store.inbox import EventStatus, RecordedEvent

_AT = datetime(2022, 3, 15, 9, 30, tzinfo=UTC)
SAMPLE_OUTBOUND = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>00D000000000001EAA</OrganizationId>
   <ActionId>04k000000000001AAA</ActionId>
   <SessionId xsi:nil="true"/>
   <Notification>
    <Id>04l000000000001AAA</Id>
    <sObject xsi:type="sf:Account" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>sample-sf-1</sf:Id>
     <sf:Name>Sample Manufacturing GmbH</sf:Name>
     <sf:Account_Demographics_Region__c>EMEA</sf:Account_Demographics_Region__c>
     <sf:Account_Demographic_Max_Family_Employees__c>640</sf:Account_Demographic_Max_Family_Employees__c>
     <sf:First_Order_Available__c>true</sf:First_Order_Available__c>
     <sf:Type>Prospect</sf:Type>
     <sf:ZI_Employees__c>640</sf:ZI_Employees__c>
     <sf:CreatedDate>2021-06-01T08:00:00.000Z</sf:CreatedDate>
     <sf:SystemModstamp>2022-03-15T09:30:00.000Z</sf:SystemModstamp>
    </sObject>
   </Notification>
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>
"""
SAMPLE_CHANGE_EVENT = {
    "ChangeEventHeader": {
        "entityName": "Account",
        "recordIds": ["sample-sf-1"],
        "changeType": "UPDATE",
        "changedFields": ["LAM_Dev_Count__c"],
        "commitTimestamp": 1647336600500,
        "commitNumber": 10585193272713,
        "sequenceNumber": 1,
        "transactionKey": "0002343d-9d90-e395-ed20-cf416ba652ad",
    },
    "LAM_Dev_Count__c": 120,
}
SAMPLE_HUBSPOT = [
    {
        "eventId": 100,
        "subscriptionId": 1,
        "portalId": 62515,
        "appId": 1,
        "occurredAt": 1647336600500,
        "subscriptionType": "company.propertyChange",
        "attemptNumber": 0,
        "objectId": 123,
        "propertyName": "lam_dev_count",
        "propertyValue": "120",
        "changeSource": "CRM",
    }
]
SAMPLE_PLAIN_EVENT = {
    "type": "account.updated",
    "timestamp": "2022-03-15T09:30:00Z",
    "data": {
        "id": "sample-1",
        "region": "EMEA",
        "crm_created_on": "2021-06-01",
        "customer": False,
        "first_order_available": True,
        "max_family_employees": 640,
        "zoominfo_employees": 640,
    },
}
SAMPLE_EVENT = sample(
    event_body(
        RecordedEvent(
            id=UUID("0198c0de-0000-7000-a000-000000000007"),
            key="salesforce-outbound:04l000000000001AAA:sample-sf-1",
            payload_id=UUID("0198c0de-0000-7000-a000-000000000008"),
            source="salesforce-outbound",
            record=("account", "sample-sf-1"),
            status=EventStatus.APPLIED,
            problem=(),
            remarks=(),
            decision_id=UUID("0198c0de-0000-7000-a000-000000000001"),
            handoff_id=None,
            actor="sample-salesforce",
            request_id="0198c0de00007000a000000000000000",
            received_at=_AT,
            settled_at=_AT,
        )
    )
)
