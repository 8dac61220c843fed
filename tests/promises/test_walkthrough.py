"""The walkthrough of docs/how is run as it stands, line by line, against a service of its own."""

import json
import re
from pathlib import Path

import pytest

from tests.scripts import run_script
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "how" / "first-order.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_the_walkthrough_ends_where_it_says(tmp_path: Path) -> None:
    database = tmp_path / "walkthrough.db"
    with serving(database, {}) as url:
        script = "\n".join(BLOCKS).replace("http://127.0.0.1:8000", url).replace("chalk_...", BOOTSTRAP_KEY)
        script = script.replace("curl -sS", r"curl -sS --fail-with-body -w '\n'")
        ran = run_script(script, REPOSITORY, {"CHALKLINE_DATABASE_URL": f"sqlite:///{database}"})
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]

    classified, discovered = answers[:2]
    assert (classified["team"], classified["rule"], classified["status"]) == ("MMKAFO", "ROUTE-4", "final")
    held_back = discovered["summary"].partition(": ")[2]
    assert " ".join(held_back.split()) in " ".join(PAGE.split())
    standing, history, billing = answers[-3:]
    assert standing["team"] == "MMKAN"
    events = [entry["event"] for entry in history["items"]]
    assert events == ["handed_over", "won", "discovered", "classified"]
    assert [event in PAGE for event in events] == [True] * 4
    assert (billing["status"], billing["in_time"]) == ("completed", True)
    assert [step["kind"] for step in billing["steps"]] == ["ticked"] * 12 + ["billing_reassigned"]
