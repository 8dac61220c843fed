"""The requests of docs/how/calendar.md are sent as they stand, and its commands are run."""

import json
import re
from pathlib import Path

import vobject

from service.domain.close_date import CloseDateConvention
from service.domain.forecast_calendar import MOST_DAYS, EntryCode
from service.domain.keys import Scope
from tests.api import serving
from tests.commands import run_for_text
from tests.databases import SqliteDatabases
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "calendar.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_each_request_of_the_page_is_answered(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api:
        key = api.key("team-calendar", Scope.CALENDAR)["Authorization"].removeprefix("Bearer ")
        environment = {"API": api.url, "KEY": key, "CALENDAR_KEY": key}
        told = [run_script(block, tmp_path, environment) for block in BLOCKS]

    assert [each.returncode for each in told] == [0] * 3, [each.stderr for each in told]
    listed, feed, close_date = (each.stdout for each in told)
    assert [each["on"][-2:] for each in json.loads(listed)["items"]] == ["13", "25", "26", "27", "30", "31"]
    assert len(vobject.readOne(feed).vevent_list) > 200
    found = json.loads(close_date)
    assert (found["close_date"], found["convention"], found["stands"]) == ("2022-05-01", "following_month", True)


def test_what_the_page_lists_is_what_there_is() -> None:
    named = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))

    assert named == {*EntryCode, *CloseDateConvention}
    assert f"{MOST_DAYS:,} days" in PAGE
    for command in ("calendar", "calendar close-date"):
        assert f"`chalkline {command}`" in PAGE
        assert run_for_text(*command.split(), "--help").returncode == 0
