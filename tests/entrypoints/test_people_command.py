"""``chalkline people import``: all of a file, or nothing of it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.store.engine import connect_engine
from service.store.people import PeopleFilter, page_of_people
from tests.commands import run_for_text

HEADER = "id,name,email,role,team,regions,manager_id,crm_user_id,active_from,active_until\n"
PEOPLE = HEADER + (
    "seller,Sample Seller,seller@example.com,ae,MMKAFO,EMEA; NORAM,asm,005000000000001,2025-02-01,2026-02-01\n"
    "seller,Sample Seller,,asm,MMKAFO,,director,,2026-02-01,\n"
    "\n"
    "asm,Sample Manager,,asm,,,,,2025-02-01,\n"
)


class People:
    """``chalkline people import`` of files into a database of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.file = folder / "people.csv"

    def run(self, text: str | bytes, *words: str) -> subprocess.CompletedProcess[str]:
        self.file.write_bytes(text.encode() if isinstance(text, str) else text)
        environment = {**os.environ, "CHALKLINE_DATABASE_URL": self.url}
        return run_for_text("people", "import", str(self.file), *words, environment=environment)

    def told(self, text: str | bytes) -> dict[str, Any]:
        ran = self.run(text, "--json")
        assert ran.returncode == 0, ran.stderr
        told: dict[str, Any] = json.loads(ran.stdout)
        return told

    def listed(self) -> list[tuple[str, str, str]]:
        engine = connect_engine(self.url)
        found = page_of_people(engine, PeopleFilter(), limit=100)
        engine.dispose()
        return [(each.person_id, str(each.period.active_from), each.recorded_by) for each in found]


@pytest.fixture
def people(database_url: str, tmp_path: Path) -> People:
    return People(database_url, tmp_path)


def test_a_file_is_recorded_once_however_often_it_is_read(people: People) -> None:
    ran = people.run(PEOPLE, "--by", "Sample Administrator")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (
        "People: 2. Periods: 3 added, 0 changed, 0 as before.\nManagers that nobody is yet: director.\n"
    )
    rows = people.listed()
    assert rows == [
        ("asm", "2025-02-01", "Sample Administrator"),
        ("seller", "2025-02-01", "Sample Administrator"),
        ("seller", "2026-02-01", "Sample Administrator"),
    ]
    told = people.told(PEOPLE.replace("Sample Manager", "Sample Leader"))
    assert told == {"people": 2, "added": 0, "changed": 1, "unchanged": 2, "unknown_managers": ["director"]}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_file_of_a_spreadsheet_is_read_too(people: People, delimiter: str) -> None:
    text = "id,name,role,active_from\nseller,Sample Seller,ae,2025-02-01\n".replace(",", delimiter)

    assert people.told(text.replace("\n", "\r\n").encode("utf-8-sig"))["added"] == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("new,Sample New,,seller,,,,,2025-02-01,\n", "line 6: role:"),
        ("new,,,ae,,,,,2025-02-01,\n", "line 6: name: is missing"),
        ("a b,Sample New,,ae,,,,,2025-02-01,\n", "line 6: id:"),
        (",Sample New,,ae,,,,,2025-02-01,\n", "line 6: id:"),
        ("new,Sample New,,ae,,,,,01.02.2025,\n", "line 6: active_from: A day is written YYYY-MM-DD"),
        ("new,Sample New\n", "line 6: it has more or fewer cells than the header"),
        ("new,Sample New,,ae,,,,,2025-02-01,,\n", "line 6: it has more or fewer cells than the header"),
        ("asm,Sample Again,,ae,,,,,2025-02-01,\n", "line 6: line 5 is about asm from 2025-02-01 too"),
        ("asm,Sample Again,,ae,,,,,2026-02-01,\n", "line 6: active_from:"),
        ("new,Sample New,,ae,,,,005000000000001AAA,2026-01-31,\n", "line 6: crm_user_id:"),
        ("director,Sample Director,,vp,,,seller,,2025-02-01,\n", "line 6: manager_id:"),
    ],
)
def test_a_line_at_fault_is_named_and_nothing_is_recorded(people: People, more: str, said: str) -> None:
    ran = people.run(PEOPLE + more)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "Nothing was recorded." in ran.stderr
    assert said in " ".join(ran.stderr.split())
    assert people.listed() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "are missing"),
        (b"id,name,role\n", "The columns active_from are missing"),
        (b"id,name,role,active_from,phone\n", "There is no column"),
        (b"id,name,role,active_from,name\n", "twice"),
        (HEADER.encode() + b"\xff\n", "UTF-8"),
        (HEADER.encode() + b'"a\n', "cannot be read as CSV"),
    ],
)
def test_a_file_that_is_no_list_of_people_is_told_in_a_sentence(people: People, text: bytes, said: str) -> None:
    ran = people.run(text)

    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)
    assert said in " ".join(ran.stderr.split())
