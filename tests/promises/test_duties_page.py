"""The requests of docs/how/duties.md are sent as they stand, and its command is run."""

import json
import re
from datetime import date
from pathlib import Path

from service.domain.duties.fy23_duties import FY23_DUTIES
from service.domain.duties.terms import DutyCode
from service.domain.keys import Scope
from service.domain.sales_bounds import SalesBounds
from tests.api import serving
from tests.commands import run_for_text
from tests.databases import SqliteDatabases
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "duties.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
ROW = re.compile(r"^\| `(\w+)` \((OPP-\d)\) \| (.*?) \|", re.MULTILINE)


def test_each_request_of_the_page_is_answered(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api:
        api.classify(id="sample-account", df=640, on=date(2022, 3, 1))
        key = api.key("sales", Scope.CLASSIFY, Scope.READ)["Authorization"].removeprefix("Bearer ")
        told = [run_script(block, tmp_path, {"API": api.url, "KEY": key}) for block in BLOCKS]

    assert [each.returncode for each in told] == [0, 0], [each.stderr for each in told]
    found = {duty["code"]: duty["applies"] for duty in json.loads(told[0].stdout)["duties"]}
    assert found == dict.fromkeys(DutyCode, True) | dict.fromkeys(
        ("full_command_plan", "opportunity_consult", "deal_review"), False
    )
    recorded, listed = (json.loads(each) for each in re.split(r"(?<=\})(?=\{)", told[1].stdout))
    assert listed["items"] == [recorded]


def test_the_bounds_that_the_page_tells_are_those_of_the_policy() -> None:
    rows = {code: bounds for code, _, bounds in ROW.findall(PAGE)}
    stated = {number for bounds in rows.values() for number in re.findall(r"\d+,\d{3}", bounds)}

    assert list(rows) == list(DutyCode)
    assert stated == {
        f"{value:,}" for value in FY23_DUTIES.as_dict().values() if isinstance(value, int) and value > 999
    }


def test_the_other_bounds_that_the_page_lists_are_those_of_the_handbook_and_all_of_them() -> None:
    listed = re.findall(r"^\| `(\w+)` \| `?(\w+)`? \|", PAGE, re.MULTILINE)

    assert listed == [(name, str(getattr(FY23_DUTIES, name))) for name in SalesBounds.__dataclass_fields__]


def test_the_command_tells_the_same_for_people_and_for_programs(tmp_path: Path) -> None:
    file = tmp_path / "opportunity.json"
    file.write_text('{"segment": "SMB", "amount": "6000", "channel_managed": true, "title": "Sample"}')

    said = run_for_text("duties", str(file), "--on", "2022-03-10").stdout
    told = json.loads(run_for_text("duties", str(file), "--on", "2022-03-10", "--json").stdout)

    assert "custom_deck (OPP-1): applies, met: unknown" in said
    assert "  to do: A channel partner manages it: put Channel-Managed" in said
    assert "full_command_plan (OPP-2): not known whether it applies, met: unknown" in said
    assert [duty["code"] for duty in told["duties"]] == list(DutyCode)


def test_the_command_takes_what_a_request_has(tmp_path: Path) -> None:
    file = tmp_path / "opportunity.json"
    file.write_text('{"segment": "SMB", "on": "2022-03-10"}')
    days = [
        json.loads(run_for_text("duties", str(file), *options, "--json").stdout)["on"]
        for options in ([], ["--on", "2022-03-11"])
    ]
    file.write_text('{"segment": "SMB", "segment": "MM"}')
    twice = run_for_text("duties", str(file))

    assert days == ["2022-03-10", "2022-03-11"]
    assert (twice.returncode, "/segment: This key stands more than once in its object." in twice.stderr) == (2, True)


def test_a_file_that_is_no_opportunity_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "opportunity.json"
    file.write_text('{"amount": "much"}')

    for ran in (run_for_text("duties", str(file)), run_for_text("duties", str(tmp_path / "nothing.json"))):
        assert ran.returncode == 2
        assert "Traceback" not in ran.stderr
    assert "/amount" in run_for_text("duties", str(file)).stderr
