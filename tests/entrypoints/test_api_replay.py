"""A decision taken again from its recorded facts says what was recorded, unless somebody tampered with the record."""

import pytest
from sqlalchemy import text

from tests.api import Api, Decision
from tests.entrypoints.follow_ups import discover

NO_COUNTS = '{"account":{"id":"tampered","crm_created_on":"2021-06-01"},"employee_counts":[],"motion":"existing"}'


def test_every_decision_taken_again_agrees(api: Api, recorded: list[Decision]) -> None:
    for decision in recorded:
        replay = api.get(f"/v1/decisions/{decision['id']}/replay")
        assert replay["agrees"] is True
        assert replay["recorded"] == decision
        for again in (replay["under_recorded_policy"], replay["under_policy_in_force"]):
            assert (again["agrees"], again["problem"], again["team"]) == (True, None, decision["team"])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("team", "MM_TERRITORY"),
        ("rule", "ROUTE-6"),
        ("missing_facts", "region"),
        (
            "facts",
            '{"account":{"id":"tampered","crm_created_on":"2021-06-01"},"employee_counts":[],"motion":"existing"}',
        ),
        ("leading_employees", 9),
        ("trail", "SEG-2/datafox:TTTTF"),
    ],
)
def test_a_decision_that_was_tampered_with_does_not_agree(api: Api, column: str, value: str | int) -> None:
    honest = api.classify(id="tampered", df=640, max_family_employees=640)
    forged = _forged(api, honest["id"], column, value)

    replay = api.get(f"/v1/decisions/{forged}/replay")

    assert replay["agrees"] is False
    assert replay["under_recorded_policy"]["agrees"] is False
    assert replay["recorded"]["id"] == forged


def test_another_name_of_a_missing_fact_is_no_other_decision_to_the_policy_in_force(api: Api) -> None:
    api.classify(id="renamed", df=640, lam_dev_count=100)
    honest = discover(api, "renamed", potential_users=99)
    assert honest["missing_facts"] == ["discovered_employees"]
    recorded_before = _forged(api, honest["id"], "missing_facts", "employees")

    replay = api.get(f"/v1/decisions/{recorded_before}/replay")

    assert replay["recorded"]["missing_facts"] == ["employees"]
    # Its own program is to say it word for word.
    assert replay["under_recorded_policy"]["agrees"] is False
    assert replay["under_policy_in_force"]["agrees"] is True


def _forged(api: Api, decision_id: str, column: str, value: str | int) -> str:
    """A row put beside an honest one, as only who holds the database can."""
    forged = f"{decision_id[:-12]}{abs(hash(column)) % 10**12:012d}"
    as_stored = str if api.database.engine.dialect.name == "postgresql" else (lambda key: key.replace("-", ""))
    with api.database.engine.begin() as connection:
        row = dict(
            connection.execute(
                text("SELECT * FROM decisions WHERE id = :id"), {"id": as_stored(decision_id)}
            ).mappings().one()
        )  # fmt: skip
        row |= {"id": as_stored(forged), column: value}
        names = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO decisions ({names}) VALUES ({places})"), row)  # noqa: S608 - our own names
    return forged
