import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.facts_patch import Patch, facts_patch
from service.crm.mapping import read_mapping
from service.domain.rows import Remark
from tests.crm.mapped import USUAL, USUAL_TEXT


def stated(**fields: object) -> dict[str, object]:
    patch = facts_patch(fields, USUAL.account)
    assert (patch.faults, patch.remarks, patch.unused) == ((), (), ())
    return dict(patch.stated)


@pytest.mark.parametrize(
    ("field", "value", "fact", "known"),
    [
        ("Name", " Müller ", "name", "Müller"),
        ("Account_Demographics_Region__c", "Amer", "region", "NORAM"),
        ("Account_Demographics_Sales_Segment__c", "Mid-Market", "crm_segment", "MM"),
        ("Type", "Customer - Direct", "customer", True),
        ("Type", "Prospect", "customer", False),
        ("Key_Account__c", "true", "key_account", True),
        ("Key_Account__c", False, "key_account", False),
        ("Account_Owner_Team__c", "Key Accounts Named", "current_team", "MMKAN"),
        ("Lead_Motion__c", "Inbound MQL", "motion", "inbound_mql"),
        ("LAM_Dev_Count__c", "100", "lam_dev_count", 100),
        ("LAM_Dev_Count__c", "0100", "lam_dev_count", 100),
        ("LAM_Dev_Count__c", "100.0", "lam_dev_count", 100),
        ("LAM_Dev_Count__c", "1.0E7", "lam_dev_count", 10_000_000),
        ("LAM_Dev_Count__c", 100, "lam_dev_count", 100),
        ("LAM_Dev_Count__c", 100.0, "lam_dev_count", 100),
        ("LAM_Dev_Count__c", 0.0, "lam_dev_count", 0),
        ("CreatedDate", "2021-06-01T08:30:00.000Z", "crm_created_on", "2021-06-01"),
        ("CreatedDate", 1_622_536_200_000, "crm_created_on", "2021-06-01"),
        ("CreatedDate", 1_622_536_200, "crm_created_on", "2021-06-01"),
        ("CreatedDate", "915148800", "crm_created_on", "1999-01-01"),
        ("LastActivityDate", "1622536200000", "last_activity_on", "2021-06-01"),
        ("ZI_Employees__c", "1200", "zoominfo_employees", 1200),
    ],
)
def test_a_field_is_read_as_its_fact_in_whatever_form_it_comes(
    field: str, value: object, fact: str, known: object
) -> None:
    read = stated(**{field: value})
    assert read == {fact: known}
    assert type(read[fact]) is type(known)


def test_a_region_that_the_rules_do_not_know_stands_as_it_is_and_is_remarked_on() -> None:
    patch = facts_patch({"Account_Demographics_Region__c": "Benelux"}, USUAL.account)

    assert patch.stated == {"region": "Benelux"}
    (remark,) = patch.remarks
    assert (remark.field, remark.value) == ("Account_Demographics_Region__c", "Benelux")
    assert remark.reason == "is none of NORAM, EMEA, LATAM, APAC, and counts as outside them all"


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_field_states_that_its_fact_is_unknown(empty: object) -> None:
    assert stated(Type=empty) == {"customer": None}


def test_an_absent_field_states_nothing_unless_the_event_would_have_carried_it() -> None:
    assert stated() == {}
    patch = facts_patch({"Type": "Customer"}, USUAL.account, carried=["Type", "Name"])
    assert patch.stated == {"customer": True, "name": None}


def test_the_id_is_no_fact_and_a_field_that_states_nothing_is_named() -> None:
    patch = facts_patch({"Id": "0018a00001XyZaBAAV", "Website": "https://x.example"}, USUAL.account)
    assert patch == Patch(stated={}, unused=("Website",))


def test_a_second_field_of_a_fact_does_not_override_the_first() -> None:
    patch = facts_patch({"Account_Demographics_Geo__c": "EMEA"}, USUAL.account)
    assert patch == Patch(stated={}, unused=("Account_Demographics_Geo__c",))


@pytest.mark.parametrize(
    ("field", "value", "fact", "reason"),
    [
        (
            "Account_Demographics_Sales_Segment__c",
            "JIHU",
            "crm_segment",
            "is mapped as not ours, so crm_segment is taken as unknown",
        ),
        (
            "Account_Demographics_Sales_Segment__c",
            "Giant",
            "crm_segment",
            "is not SMB, Mid-Market or Large, so the segment is taken as unknown",
        ),
        ("Type", "Former Customer", "customer", "is mapped as not ours, so customer is taken as unknown"),
        (
            "Account_Owner_Team__c",
            "US East\x00",
            "current_team",
            "is not SMB, MM_TERRITORY, MMKAFO, MMKAN or OUTSIDE_COMMERCIAL, so the team is taken as unknown",
        ),
    ],
)
def test_a_value_that_the_rules_do_not_know_is_unknown_and_reported(
    field: str, value: str, fact: str, reason: str
) -> None:
    patch = facts_patch({field: value}, USUAL.account)
    shown = value.replace("\x00", "\\x00")
    assert patch == Patch(stated={fact: None}, remarks=(Remark(field=field, value=shown, reason=reason),))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("LAM_Dev_Count__c", "1,200", '"1,200" is not a whole number'),
        ("LAM_Dev_Count__c", 12.5, '"12.5" is not a whole number'),
        ("LAM_Dev_Count__c", -5.0, '"-5" is negative'),
        ("LAM_Dev_Count__c", "1E999999", '"1E999999" is not a whole number'),
        ("LAM_Dev_Count__c", 1e20, "is more than any employer has"),
        ("LAM_Dev_Count__c", True, '"true" is not a whole number'),
        ("LAM_Dev_Count__c", "51 to 200", '"51 to 200" is not a whole number'),
        ("LAM_Dev_Count__c", "N/A", '"N/A" is not a whole number'),
        ("CreatedDate", "20210601", '"20210601" is not a day'),
        ("CreatedDate", 999_999_999_999_999, '"999999999999999" is not a day'),
        ("Key_Account__c", "perhaps", '"perhaps" is neither true nor false'),
        ("Lead_Motion__c", "walk-in", '"walk-in" is not existing, inbound_mql or outbound'),
        ("Name", "a\nb", '"a\\nb" is not of the form that its fact has'),
        ("Name", "x" * 256, "is refused: String should have at most 255 characters"),
        ("Name", {"first": "A"}, "holds several values where one is expected"),
        ("Name", ["A"], "holds several values where one is expected"),
    ],
)
def test_a_value_that_cannot_be_read_makes_its_fact_unknown_with_a_remark(field: str, value: object, says: str) -> None:
    patch = facts_patch({field: value, "ZI_Employees__c": 5}, USUAL.account)
    name = USUAL.account.facts[field].name
    assert (patch.stated, patch.faults) == ({name: None, "zoominfo_employees": 5}, ())
    (remark,) = patch.remarks
    assert (remark.field, remark.value) == (field, "")
    assert says in remark.reason
    assert remark.reason.endswith("is taken as unknown")


WIDER = read_mapping(
    USUAL_TEXT.replace(
        "[salesforce.account]",
        """[salesforce.account]
size_cleanup_nov_2019 = "Cleanup__c"
datafox_gap = "Gap__c"
datafox_url = "Url__c"
third_party_name = "Third_Party__c"
""",
    )
).account


def test_every_fact_of_an_account_can_be_mapped() -> None:
    fields = {
        "Cleanup__c": "large",
        "Gap__c": "Counts\nthe parent",
        "Url__c": "https://x.example",
        "Third_Party__c": "D&B",
    }
    assert facts_patch(fields, WIDER) == Patch(
        stated={
            "size_cleanup_nov_2019": "LARGE",
            "datafox_gap": "Counts\nthe parent",
            "datafox_url": "https://x.example",
            "third_party_name": "D&B",
        }
    )


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("Url__c", "ftp://x.example", '"ftp://x.example" is not of the form that its fact has'),
        ("Third_Party__c", "The customer", "Never ask the customer or prospect"),
        ("Gap__c", "x" * 1001, "is refused: String should have at most 1000 characters"),
        ("Url__c", "https://".ljust(1001, "x"), "is refused: String should have at most 1000 characters"),
    ],
)
def test_what_no_request_would_be_taken_with_is_unknown(field: str, value: str, says: str) -> None:
    patch = facts_patch({field: value}, WIDER)
    (remark,) = patch.remarks
    assert says in remark.reason
    assert set(patch.stated.values()) == {None}


def test_what_is_shown_of_a_payload_is_cut_and_printable() -> None:
    patch = facts_patch({"Type": "é" * 5000, "\x1b" + "x" * 5000: 1}, USUAL.account)
    assert (len(patch.remarks[0].value), len(patch.unused[0])) == (200, 203)
    assert patch.unused[0].startswith("\\x1bx")


def test_a_lifecycle_stage_of_hubspot_says_whether_a_company_is_a_customer() -> None:
    stages = ["lead", "customer", "other", "churned"]
    patches = [facts_patch({"lifecyclestage": stage}, USUAL.company) for stage in stages]
    assert [patch.stated["customer"] for patch in patches] == [False, True, None, None]
    assert [len(patch.remarks) for patch in patches] == [0, 0, 1, 1]


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none(), max_size=1)


@given(st.dictionaries(st.sampled_from(list(USUAL.account.facts)), VALUES))
def test_whatever_fields_hold_states_something_of_their_facts(fields: dict[str, object]) -> None:
    patch = facts_patch(fields, USUAL.account)
    assert len(patch.stated) == len(fields.keys() - {"Id"})
    assert patch.faults == ()
    assert all(remark.reason.isprintable() for remark in patch.remarks)
