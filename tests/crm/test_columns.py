import pytest

from service.crm.columns import UnusableTableError, understand_header
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.mapping import read_mapping
from service.crm.record_mapping import RecordMapping, Section, UnusableMappingError, build_mapping
from tests.crm.mapped import USUAL, USUAL_TEXT

SALESFORCE = USUAL.account


def facts_of(header: list[str], mapping: RecordMapping = SALESFORCE) -> dict[str, str]:
    return {column.name: column.fact.name for column in understand_header(header, mapping).used}


def test_every_salesforce_field_states_its_fact() -> None:
    header = list(SALESFORCE.facts)
    assert facts_of(header) == {name: fact.name for name, fact in SALESFORCE.facts.items()}


def test_labels_of_reports_state_what_their_fields_do() -> None:
    labels = ["Account ID", "Account Name", "Max Family Employees", "LAM Dev Count", "Created Date", "Sales Segment"]
    facts = ["salesforce_id", "name", "max_family_employees", "lam_dev_count", "crm_created_on", "crm_segment"]
    assert facts_of(labels) == dict(zip(labels, facts, strict=True))


def test_every_plain_name_states_its_own_fact() -> None:
    header = [name for name in FACTS_BY_NAME if name not in {"salesforce_id", "customer_type"}]
    assert facts_of(header) == {name: name for name in header}


def test_names_match_in_whatever_case_and_with_blanks_around() -> None:
    assert facts_of([" ID ", "createddate", "ZI_EMPLOYEES__C"]) == {
        "ID": "id",
        "createddate": "crm_created_on",
        "ZI_EMPLOYEES__C": "zoominfo_employees",
    }


def test_the_salesforce_id_is_read_as_one_and_a_plain_id_as_it_stands() -> None:
    assert facts_of(["Id"]) == {"Id": "salesforce_id"}
    assert facts_of(["id"]) == {"id": "id"}


def test_a_field_named_first_in_the_mapping_goes_before_another_for_the_same_fact() -> None:
    columns = understand_header(["Account_Demographics_Geo__c", "Id", "Account_Demographics_Region__c"], SALESFORCE)
    assert columns.name_at(("account", "region")) == "Account_Demographics_Region__c"
    assert columns.not_used == ("Account_Demographics_Geo__c",)


def test_the_geo_states_the_region_where_no_other_column_does() -> None:
    assert facts_of(["Id", "Account_Demographics_Geo__c"])["Account_Demographics_Geo__c"] == "region"


def test_columns_not_known_are_reported_once_and_by_name() -> None:
    columns = understand_header(["id", "custommer", "", "Website", "note", ""], SALESFORCE)
    assert columns.unknown == ("custommer", "column 3, which has no name")
    assert columns.not_used == ("Website", "note")


def test_a_header_that_names_a_column_twice_is_refused() -> None:
    with pytest.raises(UnusableTableError, match='"Name" stands more than once'):
        understand_header(["id", "Name", "name"], SALESFORCE)


def test_a_header_without_an_id_is_refused_with_the_columns_that_it_has() -> None:
    with pytest.raises(UnusableTableError, match=r'No column states the account\'s id.*"number", "name"'):
        understand_header(["number", "name"], SALESFORCE)


def test_another_mapping_replaces_the_salesforce_names() -> None:
    mapping = build_mapping(Section(name="kunden", fields={"name": ("Kunde",)}), FACTS_BY_NAME)
    assert facts_of(["id", "Kunde"], mapping) == {"id": "id", "Kunde": "name"}
    assert understand_header(["id", "LAM_Dev_Count__c"], mapping).used[0].fact.name == "id"


def test_a_mapping_to_a_fact_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnusableMappingError, match="regio"):
        read_mapping(USUAL_TEXT.replace('name = ["Name"', 'regio = ["Name"'))
