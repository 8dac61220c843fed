"""The file of docs/how/people.md is read as it stands, by the command that stands below it."""

import os
import re
import shlex
from pathlib import Path

from tests.commands import run_for_text
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "people.md").read_text()


def test_the_file_of_the_page_is_recorded(database_url: str, tmp_path: Path) -> None:
    (file,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (command,) = re.findall(r"^    chalkline (.*)$", PAGE, re.MULTILINE)
    (tmp_path / "people.csv").write_text(file)

    environment = {**os.environ, "CHALKLINE_DATABASE_URL": database_url}
    ran = run_for_text(*shlex.split(command), environment=environment, folder=tmp_path)

    assert ran.stdout == "People: 2. Periods: 2 added, 0 changed, 0 as before.\n", ran.stderr
