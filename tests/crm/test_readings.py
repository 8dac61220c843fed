from datetime import date

import pytest

from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.readings import BadValueError, NotOurs
from service.domain.terms import Motion, Segment, Team


def read(fact: str, text: str) -> object:
    return FACTS_BY_NAME[fact].read(text)


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("datafox_employees", "640", 640),
        ("datafox_employees", "0", 0),
        ("datafox_employees", "0640", 640),
        ("crm_created_on", "2021-06-01", date(2021, 6, 1)),
        ("crm_created_on", "2021-06-01T08:30:00.000+0000", date(2021, 6, 1)),
        ("crm_created_on", "2021-06-01T23:30:00-05:00", date(2021, 6, 2)),
        ("crm_created_on", "2021-06-01 08:30", date(2021, 6, 1)),
        ("last_activity_on", "2021-06-01T00:00:00Z", date(2021, 6, 1)),
        ("customer", "TRUE", True),
        ("customer", "no", False),
        ("key_account", "1", True),
        ("first_order_available", "false", False),
        ("region", "AMER", "NORAM"),
        ("region", "emea", "EMEA"),
        ("region", "Benelux", "Benelux"),
        ("crm_segment", "SMB", Segment.SMB),
        ("crm_segment", "Mid-Market", Segment.MM),
        ("crm_segment", "MM", Segment.MM),
        ("crm_segment", "large", Segment.LARGE),
        ("current_team", "MMKAN", Team.MMKAN),
        ("current_team", "Key Accounts First Order", Team.MMKAFO),
        ("customer_type", "Customer", True),
        ("customer_type", "Customer - Direct", True),
        ("customer_type", "prospect", False),
        ("motion", "Inbound_MQL", Motion.INBOUND_MQL),
        ("salesforce_id", "0018a00001XyZaB", "0018a00001XyZaBAAV"),
        ("salesforce_id", "0018a00001XyZaBAAV", "0018a00001XyZaBAAV"),
        ("salesforce_id", "sample-1", "sample-1"),
    ],
)
def test_a_cell_is_read_as_its_fact(fact: str, text: str, value: object) -> None:
    assert read(fact, text) == value


@pytest.mark.parametrize(
    ("fact", "text", "says"),
    [
        ("datafox_employees", "1,200", '"1,200" is not a whole number; write digits only, for example 1200'),
        ("datafox_employees", "12.5", '"12.5" is not a whole number; write digits only, for example 1200'),
        ("datafox_employees", "1 200", '"1 200" is not a whole number; write digits only, for example 1200'),
        ("datafox_employees", "٦٤٠", '"٦٤٠" is not a whole number; write digits only, for example 1200'),
        ("datafox_employees", "-5", '"-5" is negative; a count is 0 (no data) or more'),
        ("datafox_employees", "100000001", '"100000001" is more than any employer has (100,000,000)'),
        ("crm_created_on", "01.06.2021", '"01.06.2021" is not a day; write it as 2022-03-15'),
        ("crm_created_on", "20210601", '"20210601" is not a day; write it as 2022-03-15'),
        ("crm_created_on", "2021-02-30", '"2021-02-30" is not a day of the calendar'),
        ("crm_created_on", "0001-01-01T00:00+01:00", '"0001-01-01T00:00+01:00" is not a day of the calendar'),
        ("customer", "perhaps", '"perhaps" is neither true nor false'),
        ("motion", "walk-in", '"walk-in" is not existing, inbound_mql or outbound'),
        (
            "salesforce_id",
            "0018a00001xyzabAAV",
            '"0018a00001xyzabAAV" is not an id: its last three characters should be AAA',
        ),
    ],
)
def test_a_bad_value_says_what_would_be_a_good_one(fact: str, text: str, says: str) -> None:
    with pytest.raises(BadValueError) as error:
        read(fact, text)
    assert str(error.value) == says


@pytest.mark.parametrize("text", ["9" * 5000, "x" * 5000])
def test_a_very_long_value_is_cut_in_its_message(text: str) -> None:
    with pytest.raises(BadValueError) as error:
        read("datafox_employees", text)
    assert len(str(error.value)) < 150


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("crm_segment", "PubSec"),
        ("crm_segment", "JiHu"),
        ("crm_segment", "Unknown"),
        ("current_team", "Enterprise West"),
        ("customer_type", "Former Customer"),
        ("customer_type", "Prospective"),
        ("customer_type", "Partner"),
    ],
)
def test_a_value_that_the_rules_do_not_know_is_not_guessed(fact: str, text: str) -> None:
    assert isinstance(read(fact, text), NotOurs)
