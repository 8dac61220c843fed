import tomllib
from pathlib import Path

import pytest

from service.crm.event_mapping import read_mapping
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.mapping import SALESFORCE
from service.crm.record_mapping import UnusableMappingError
from tests.crm.mapped import USUAL, USUAL_TEXT
from tests.servers import REPOSITORY


def test_tables_and_events_are_mapped_alike() -> None:
    assert USUAL.columns == SALESFORCE
    assert list(USUAL.columns.facts) == list(SALESFORCE.facts)
    assert {field: fact.name for field, fact in USUAL.account.facts.items()} == {
        field: fact for field, fact in SALESFORCE.facts.items() if field != "Account_Demographics_Geo__c"
    }


def test_companies_state_all_that_accounts_do_but_their_id() -> None:
    assert {fact.place for fact in USUAL.company.facts.values()} == {
        fact.place for fact in USUAL.account.facts.values()
    } - {FACTS_BY_NAME["id"].place}


def test_the_mapping_is_installed_with_the_service() -> None:
    project = tomllib.loads(Path(REPOSITORY, "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["package-data"] == {"service.crm": ["field_mapping.toml"]}


def test_another_field_for_a_fact_is_another_line() -> None:
    changed = read_mapping(USUAL_TEXT.replace('name = "Name"', 'name = "Account_Name__c"'))
    assert changed.account.facts["Account_Name__c"] == FACTS_BY_NAME["name"]
    assert "Name" not in changed.account.facts


@pytest.mark.parametrize(
    ("text", "instead", "says"),
    [
        ("[hubspot.company]", "[hubspot.company", "The mapping is not TOML: "),
        ("[salesforce.account]", "[salesforce.acount]", "salesforce.account is missing from the mapping"),
        ("[hubspot.company]", "[pipedrive]\n[hubspot.company]", "pipedrive is not part of a mapping"),
        ("changed_at =", "changedat = []\nchanged_at =", "salesforce.changedat is not part of a mapping"),
        ('name = "Name"', "name = 7", "salesforce.account.name is not as it should be"),
        ('name = "Name"', 'nane = "Name"', 'salesforce.account names "nane", which is no fact that it can state'),
        (
            'name = "Name"',
            'effective_on = "Name"',
            'salesforce.account names "effective_on", which is no fact that it can state',
        ),
        ('name = "Name"', "name = []", "salesforce.account.name names no field"),
        ('name = "Name"', 'name = ""', "salesforce.account.name.0 is not as it should be"),
        ('name = "Name"', 'name = "Type"', 'salesforce.account has the field "Type" more than once; keep one'),
        ('name = "Name"', 'customer = "Name"', "salesforce.account states account.customer twice; keep one"),
        ('stage = "StageName"', 'stage = "Amount"', 'salesforce.opportunity has the field "Amount" more than once'),
        (
            '"Inbound MQL" = "inbound_mql"',
            '"Inbound MQL" = 7',
            "salesforce.values.motion.Inbound MQL is not as it should be",
        ),
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
