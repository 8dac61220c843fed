import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from service import wiring
from service.crm.columns import understand_header
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.facts_patch import facts_patch
from service.crm.mapping import read_mapping
from service.crm.record_mapping import UnusableMappingError
from service.crm.rows import UncheckedRow, read_row
from service.settings import Settings
from tests.crm.mapped import USUAL, USUAL_TEXT
from tests.servers import REPOSITORY

SALESFORCE = {
    "Id": "salesforce_id",
    "Name": "name",
    "Account_Demographics_Region__c": "region",
    "Account_Demographics_Geo__c": "region",
    "Account_Demographics_Sales_Segment__c": "crm_segment",
    "Account_Demographic_Max_Family_Employees__c": "max_family_employees",
    "LAM_Dev_Count__c": "lam_dev_count",
    "First_Order_Available__c": "first_order_available",
    "Type": "customer_type",
    "Key_Account__c": "key_account",
    "Account_Owner_Team__c": "current_team",
    "DataFox_Employees__c": "datafox_employees",
    "ZI_Employees__c": "zoominfo_employees",
    "LinkedIn_Employees__c": "linkedin_employees",
    "Decision_Maker_Count_LinkedIn__c": "linkedin_engineering_it",
    "Lead_Motion__c": "motion",
    "CreatedDate": "crm_created_on",
    "LastActivityDate": "last_activity_on",
    "OwnerId": "owner_id",
}


LABELS = {
    "Account ID": "salesforce_id",
    "Account Name": "name",
    "Account Demographics: Region": "region",
    "Account Demographics: Geo": "region",
    "Account Demographics: Sales Segment": "crm_segment",
    "Sales Segment": "crm_segment",
    "Account Demographic: Max Family Employees": "max_family_employees",
    "Account Owner Team": "current_team",
    "ZI Employees": "zoominfo_employees",
    "Decision Maker Count LinkedIn": "linkedin_engineering_it",
    "Lead Motion": "motion",
    "Created Date": "crm_created_on",
    "Last Activity": "last_activity_on",
    "Account Owner ID": "owner_id",
    "Owner ID": "owner_id",
}
"""What reports of Salesforce have in place of fields."""


def test_tables_and_events_are_mapped_alike() -> None:
    assert {field: fact.name for field, fact in USUAL.account.columns.items()} == SALESFORCE | LABELS
    assert {field: fact.name for field, fact in USUAL.account.facts.items()} == {
        field: fact for field, fact in SALESFORCE.items() if field != "Account_Demographics_Geo__c"
    }
    assert USUAL.account.not_used == {
        "Account_Demographics_Area__c",
        "Account_Demographics_Territory__c",
        "Website",
        "Account Owner",
        "SystemModstamp",
        "LastModifiedDate",
        "Last Modified Date",
        "note",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (field, spelling)
        for field, fact in USUAL.account.facts.items()
        for value in sorted((*USUAL.account.values.get(fact.name, ()), *USUAL.account.not_ours.get(fact.name, ())))
        for spelling in (value, value.upper())
    ],
)
def test_every_value_that_the_mapping_names_says_the_same_in_a_table_as_in_an_event(field: str, value: str) -> None:
    patch = facts_patch({field: value}, USUAL.account)
    columns = understand_header(["Id", field], USUAL.account)
    row = read_row(columns, 2, ["001SAMPLE000001", value])
    assert isinstance(row, UncheckedRow)
    stated = known_values(row)
    assert stated == {name: known for name, known in patch.stated.items() if known is not None}
    assert [(each.field, each.value) for each in row.remarks] == [(each.field, each.value) for each in patch.remarks]


def known_values(row: UncheckedRow) -> dict[str, object]:
    account = {name: value for name, value in row.request["account"].items() if name != "id"}
    return account | {name: value for name, value in row.request.items() if name != "account"}


def test_companies_state_all_that_accounts_do_but_their_id() -> None:
    assert {fact.place for fact in USUAL.company.facts.values()} == {
        fact.place for fact in USUAL.account.facts.values()
    } - {FACTS_BY_NAME["id"].place}


def test_whatever_the_service_reads_of_its_own_is_installed_with_it() -> None:
    data = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    installed = {
        path
        for package, patterns in data.items()
        for pattern in patterns
        for path in (REPOSITORY / package.replace(".", "/")).glob(pattern)
    }
    files = {path for path in (REPOSITORY / "service").rglob("*") if path.is_file() and "__pycache__" not in path.parts}

    assert installed == {path for path in files if path.suffix != ".py"}


def test_another_field_for_a_fact_is_another_line() -> None:
    changed = read_mapping(USUAL_TEXT.replace('name = ["Name"', 'name = ["Account_Name__c"'))
    assert changed.account.facts["Account_Name__c"] == FACTS_BY_NAME["name"]
    assert "Name" not in changed.account.facts


@pytest.mark.parametrize(
    ("text", "instead", "says"),
    [
        ("[hubspot.company]", "[hubspot.company", "The mapping is not TOML: "),
        ("[salesforce.account]", "[salesforce.acount]", "salesforce.account is missing from the mapping"),
        ("[hubspot.company]", "[pipedrive]\n[hubspot.company]", "pipedrive is not part of a mapping"),
        ("changed_at =", "changedat = []\nchanged_at =", "salesforce.changedat is not part of a mapping"),
        ('name = ["Name", "Account Name"]', "name = 7", "salesforce.account.name is not as it should be"),
        (
            'name = ["Name", "Account Name"]',
            'nane = "Name"',
            'salesforce.account names "nane", which is no fact that it can state',
        ),
        (
            'name = ["Name", "Account Name"]',
            'effective_on = "Name"',
            'salesforce.account names "effective_on", which is no fact that it can state',
        ),
        ('name = ["Name", "Account Name"]', "name = []", "salesforce.account.name names no field"),
        ('name = ["Name", "Account Name"]', 'name = ""', "salesforce.account.name.0 is not as it should be"),
        (
            'name = ["Name", "Account Name"]',
            'name = "Type"',
            'salesforce.account has the field "Type" more than once; keep one',
        ),
        ('name = ["Name"', 'customer = ["Name"', "salesforce.account states account.customer twice; keep one"),
        ('stage = "StageName"', 'stage = "Amount"', 'salesforce.opportunity has the field "Amount" more than once'),
        (
            '"Inbound MQL" = "inbound_mql"',
            '"Inbound MQL" = 7',
            "salesforce.values.motion.Inbound MQL is not as it should be",
        ),
        ('closed_won = ["Closed Won"]', "closed_won = []", "salesforce.opportunity.closed_won is not as it should be"),
        ('AMER = "NORAM"', 'AMER = "NORAM"\namer = "EMEA"', '"amer" of region stands twice, but for its case'),
        ('stage = "StageName"', "", "salesforce.opportunity.stage is missing from the mapping"),
        ('AMER = "NORAM"', 'AMER = " "', '"AMER" of region is mapped to " ", which says nothing for it'),
        (
            '"Inbound MQL" = "inbound_mql"',
            '"Inbound MQL" = "mql"',
            '"Inbound MQL" of motion is mapped to "mql", which says nothing for it',
        ),
        (
            '"Mid-Market" = "MM"',
            'Public = "PubSec"',
            '"Public" of crm_segment is mapped to "PubSec", which says nothing for it',
        ),
        (
            "[salesforce.values.motion]",
            "[salesforce.values.movement]",
            'Values of "movement" are mapped, which is no fact that salesforce.account states',
        ),
        (
            "outbound_message_carries = []",
            'outbound_message_carries = ["Typo"]',
            'salesforce.outbound_message_carries names "Typo", which states nothing of an account',
        ),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(text: str, instead: str, says: str) -> None:
    assert text in USUAL_TEXT
    with pytest.raises(UnusableMappingError) as error:
        read_mapping(USUAL_TEXT.replace(text, instead, 1))
    assert says in str(error.value)


def test_a_mapping_needs_hubspot_only_where_its_events_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(USUAL_TEXT[: USUAL_TEXT.index("# Of HubSpot's companies")])

    read = wiring.mapping(Settings(field_mapping=file))
    assert (read.account.facts, dict(read.company.facts)) == (USUAL.account.facts, {})
    with pytest.raises(UnusableMappingError, match=r"hubspot\.company is missing from the mapping"):
        wiring.mapping(Settings(field_mapping=file, hubspot_client_secrets=(SecretStr("a-client-secret"),)))
