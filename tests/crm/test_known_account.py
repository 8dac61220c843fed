"""What events tell of an account, up to the request to classify it."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import orjson
import pytest

from service.crm.hubspot.events import changes_of_hubspot, read_hubspot_events
from service.crm.known_record import KnownRecord, RecordChange, RecordKind, merge, to_request
from service.crm.mapping import FieldMapping, read_mapping
from service.crm.salesforce.change_events import read_change_events
from service.crm.salesforce.changes import changes_of_events, changes_of_message
from service.crm.salesforce.outbound_messages import Notification, OutboundMessage
from service.domain.facts import EmployeeCount
from service.domain.rows import Fault
from service.domain.terms import Motion, Segment, Source
from service.entrypoints.common.requests import ClassificationRequest
from tests.crm.mapped import USUAL, USUAL_TEXT

ACCOUNT = "0018a00001XyZaBAAV"
NOW = datetime(2022, 3, 15, 8, 30, tzinfo=UTC)
NOW_MS = 1_647_333_000_000


def known(*changes: RecordChange) -> KnownRecord:
    return reduce(merge, changes, KnownRecord(record_id=changes[0].record_id or ""))


def message(
    fields: dict[str, str | None], *, mapping: FieldMapping = USUAL, deleted: bool = False, kind: str = "Account"
) -> tuple[RecordChange, ...]:
    notification = Notification(id="04l1", object_type=kind, record_id=fields.get("Id"), fields=fields, deleted=deleted)
    sent = OutboundMessage(organization_id="00D1", notifications=(notification,))
    return changes_of_message(sent, mapping, NOW)


def events(change_type: str, at: int = NOW_MS, entity: str = "Account", **fields: object) -> tuple[RecordChange, ...]:
    header = {
        "entityName": entity,
        "recordIds": [ACCOUNT],
        "changeType": change_type,
        "commitTimestamp": at,
        "sequenceNumber": 1,
        "transactionKey": f"t{at}",
    }
    return changes_of_events(read_change_events(json.dumps({"ChangeEventHeader": header, **fields}).encode()), USUAL)


def hubspot(what: str, **changed: object) -> tuple[RecordChange, ...]:
    event = {"eventId": 1, "portalId": 2, "occurredAt": NOW_MS, "subscriptionType": f"company.{what}", "objectId": 123}
    return changes_of_hubspot(read_hubspot_events(json.dumps([{**event, **changed}]).encode()), USUAL)


def classified(record: KnownRecord) -> ClassificationRequest:
    return ClassificationRequest.model_validate_json(orjson.dumps(to_request(record)))


def test_what_is_known_makes_a_request_to_classify() -> None:
    request = classified(
        known(
            *events(
                "CREATE", Name="Acme", CreatedDate="2021-06-01T08:30:00.000Z", Type="Prospect", LAM_Dev_Count__c=9.0
            ),
            *events("UPDATE", NOW_MS + 1, Type="Customer", ZI_Employees__c=1200, Lead_Motion__c="outbound"),
            *events("UPDATE", NOW_MS + 2, Account_Demographics_Sales_Segment__c="Mid-Market", LAM_Dev_Count__c=None),
        )
    )
    account = request.account
    assert (account.id, account.name, account.crm_created_on) == (ACCOUNT, "Acme", date(2021, 6, 1))
    assert (account.customer, account.crm_segment, account.lam_dev_count) == (True, Segment.MM, None)
    assert request.employee_counts == (EmployeeCount(source=Source.ZOOMINFO, employees=1200),)
    assert request.motion is Motion.OUTBOUND


def test_a_record_of_which_nothing_is_known_makes_a_request_all_the_same() -> None:
    assert to_request(KnownRecord(record_id="1")) == {"account": {"id": "1"}}


def test_a_creation_tells_all_and_an_update_only_what_changed() -> None:
    (created,) = events("CREATE", Name="Acme")
    assert created.tells_all
    assert created.is_there
    assert created.patch.stated["customer"] is None
    (updated,) = events("UPDATE", Name="Acme")
    assert not updated.tells_all
    assert updated.patch.stated == {"name": "Acme"}


@pytest.mark.parametrize(
    ("change_type", "deleted", "stale"),
    [
        ("DELETE", True, False),
        ("UNDELETE", False, False),
        ("GAP_CREATE", False, True),
        ("GAP_UPDATE", False, True),
        ("GAP_DELETE", True, True),
        ("GAP_UNDELETE", False, True),
    ],
)
def test_deletions_and_gaps_are_known(change_type: str, deleted: bool, stale: bool) -> None:  # noqa: FBT001 - a table's columns
    record = known(*events("CREATE", Name="Acme"), *events(change_type, NOW_MS + 1))
    assert (record.deleted is not None, record.stale_since is not None) == (deleted, stale)


def test_an_overflow_is_of_every_record() -> None:
    assert [change.record_id for change in events("GAP_OVERFLOW")] == [None]


def test_a_message_is_ordered_by_what_its_record_says_of_its_last_change() -> None:
    changed_at = {"SystemModstamp": "2022-03-15T08:30:00.250Z", "LastModifiedDate": "2022-03-15T08:00:00.000+0000"}
    (change,) = message({"Id": ACCOUNT, "Type": "Customer", **changed_at})
    assert (change.order.instant_ms, change.order.key) == (NOW_MS + 250, f"04l1/{NOW_MS + 250}")
    (change,) = message({"Id": ACCOUNT, "LastModifiedDate": changed_at["LastModifiedDate"]})
    assert change.order.instant_ms == NOW_MS - 30 * 60 * 1000


@pytest.mark.parametrize("moment", [None, "", "yesterday", "2022-02-30T08:00:00Z", "2022-03-15T08:00:00"])
def test_a_message_that_does_not_say_when_is_of_the_moment_it_was_received_at(moment: str | None) -> None:
    (change,) = message({"Id": ACCOUNT, "SystemModstamp": moment})
    assert change.order.instant_ms == (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def test_a_late_older_message_never_overrides_a_newer_event() -> None:
    older = message({"Id": ACCOUNT[:15], "Type": "Prospect", "SystemModstamp": "2022-03-15T08:29:59.000Z"})
    record = known(*events("UPDATE", Type="Customer"), *older)
    assert record.fields["customer"].value is True


def test_an_absent_field_of_a_message_is_empty_only_where_the_message_is_known_to_carry_it() -> None:
    (change,) = message({"Id": ACCOUNT, "Type": "Customer"})
    assert change.patch.stated == {"customer": True}
    assert not change.tells_all
    fields = str(list(USUAL.account.facts)).replace("'", '"')
    mapping = read_mapping(USUAL_TEXT.replace("carries = []", f"carries = {fields}"))
    (change,) = message({"Id": ACCOUNT, "Type": "Customer"}, mapping=mapping)
    assert change.patch.stated["name"] is None
    assert change.tells_all


def test_a_message_of_a_deleted_record_deletes_it() -> None:
    (change,) = message({"Id": ACCOUNT}, deleted=True)
    assert (change.deletes, change.is_there, change.patch.stated) == (True, False, {})
    assert message({}, deleted=True) == ()


def test_an_opportunity_is_read_by_its_own_fields_and_other_objects_are_passed_over() -> None:
    (change,) = events("UPDATE", entity="Opportunity", StageName="Closed Won", Name="Deal")
    assert (change.kind, change.patch.stated) == (RecordKind.OPPORTUNITY, {"stage": "Closed Won"})
    (change,) = message({"Id": "0061", "Amount": "5.0"}, kind="Opportunity")
    assert (change.kind, change.patch.stated) == (RecordKind.OPPORTUNITY, {"amount": "5"})
    assert events("UPDATE", entity="Contact") == message({"Id": "0031"}, kind="Contact") == ()


@pytest.mark.parametrize(
    ("record_id", "reason"),
    [
        ("0018a00001xyzabAAV", '"0018a00001xyzabAAV" is not an id: its last three characters should be AAA'),
        ("no id", '"no id" is not an id'),
    ],
)
def test_an_id_that_cannot_be_one_is_a_fault(record_id: str, reason: str) -> None:
    (change,) = message({"Id": record_id, "Type": "Customer"})
    assert change.patch.faults == (Fault(field="Id", reason=reason),)


def test_companies_of_hubspot_are_accounts() -> None:
    record = known(
        *hubspot("propertyChange", propertyName="zi_employees", propertyValue="640", occurredAt=NOW_MS + 5),
        *hubspot("creation"),
        *hubspot("propertyChange", propertyName="zi_employees", propertyValue="", occurredAt=NOW_MS + 4),
    )
    request = classified(record)
    assert (request.account.id, request.account.crm_created_on) == ("123", NOW.date())
    assert request.employee_counts == (EmployeeCount(source=Source.ZOOMINFO, employees=640),)


def test_a_company_of_hubspot_is_deleted_and_restored() -> None:
    gone = known(*hubspot("creation"), *hubspot("deletion", occurredAt=NOW_MS + 1))
    assert gone.deleted is not None
    (restored,) = hubspot("restore", occurredAt=NOW_MS + 2)
    assert merge(gone, restored).deleted is None


def test_what_is_no_company_or_states_nothing_is_passed_over() -> None:
    assert hubspot("merge") == hubspot("creation", subscriptionType="deal.creation") == ()
