"""The program of duties: a bound of sales work is no part of it where it is the handbook's."""

from dataclasses import replace
from datetime import date

import orjson
import pytest

from service.domain.duties.fy23_duties import DUTIES, FY23_DUTIES, fy23_duties_program
from service.domain.duties.opportunity import OpportunityFacts
from service.domain.duties.program import DutyParameters
from service.domain.duties.program_json import duty_program_digest, duty_program_from_json, duty_program_json
from service.domain.found_duties import find_duties
from service.domain.sales_bounds import SalesBounds
from service.store.programs import load_parameters, parameters_json

BEFORE_SALES_BOUNDS = {
    "33d7c04984be17aaee0656bfa21f4c6ca4eb3e649602499710a929b01e6ef37a": FY23_DUTIES,
    "1b1f7f008491fd72ad255d1cbf1e358910a90b14249a88528f753b9aa5d18dd5": replace(FY23_DUTIES, smb_deck_above=6000),
}
"""Programs as they were named before there were other bounds than those of duties."""


@pytest.mark.parametrize("digest", BEFORE_SALES_BOUNDS)
def test_a_program_from_before_there_were_bounds_of_sales_work_keeps_its_name(digest: str) -> None:
    assert duty_program_digest(fy23_duties_program(BEFORE_SALES_BOUNDS[digest])) == digest


@pytest.mark.parametrize("name", SalesBounds.__dataclass_fields__)
def test_a_bound_that_is_not_the_handbooks_makes_another_program_that_is_read_back(name: str) -> None:
    value = "fri" if name == "update_weekday" else 11
    parameters = load_parameters(DUTIES, orjson.dumps({name: value}).decode())
    assert isinstance(parameters, DutyParameters)
    program = fy23_duties_program(parameters)
    written = duty_program_json(program)

    assert duty_program_digest(program) not in BEFORE_SALES_BOUNDS
    assert set(orjson.loads(written)["parameters"]) - set(FY23_DUTIES.as_stated()) == {name}
    assert duty_program_from_json(written).parameters == parameters
    assert load_parameters(DUTIES, parameters_json(parameters)) == parameters


def test_a_revision_that_states_none_has_the_handbooks() -> None:
    assert load_parameters(DUTIES, '{"smb_deck_above": 6000}') == replace(FY23_DUTIES, smb_deck_above=6000)


@pytest.mark.parametrize(
    ("on", "meeting_day", "last_work_days", "is_first"),
    [
        (date(2022, 5, 13), 15, 5, True),
        (date(2022, 5, 13), 13, 5, True),
        (date(2022, 5, 13), 12, 5, False),
        (date(2022, 5, 12), 12, 5, True),
        (date(2022, 5, 27), 28, 3, True),
        (date(2022, 5, 27), 28, 4, False),
        (date(2022, 5, 26), 28, 4, True),
    ],
)
def test_the_lookback_is_asked_for_at_the_first_meeting_wherever_the_bounds_put_it(
    on: date, meeting_day: int, last_work_days: int, *, is_first: bool
) -> None:
    program = fy23_duties_program(replace(FY23_DUTIES, meeting_day=meeting_day, last_work_days=last_work_days))
    opportunity = OpportunityFacts.model_validate_json(
        '{"segment": "SMB", "net_arr": "3000", "could_close": true, '
        '"evidence": {"red_green_review": {"lookback": false}}}'
    )

    (found,) = [each for each in find_duties(opportunity, program, on) if each.code == "red_green_review"]

    assert [item.met for item in found.items if item.code == "lookback"] == [not is_first]
