"""The page about the mapping is run as it stands; it needs no service."""

import re
from pathlib import Path

import pytest

from service.usecases.check_payload import Use
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "mapping.md").read_text()


def test_every_command_of_the_page_says_what_is_below_it(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```\n\n((?:    [^\n]*\n)+)", PAGE, re.DOTALL)
    assert len(blocks) == PAGE.count("```sh")
    for commands, shown in blocks:
        ran = run_script(commands.replace("data/", f"{tmp_path}/"), REPOSITORY, {}, options="set -eu")
        assert ran.returncode == 0, ran.stderr
        place = 0
        for piece in (piece.strip() for line in shown.splitlines() for piece in line.split(" ... ")):
            place = ran.stdout.find(piece, place)
            assert place >= 0, f"{piece} is not, or not there, in\n{ran.stdout}"
            place += len(piece)


@pytest.mark.parametrize("use", Use)
def test_the_page_says_what_a_field_can_come_to(use: Use) -> None:
    assert f"| `{use}` |" in PAGE


def test_the_page_begins_with_the_check_and_its_links_lead_somewhere() -> None:
    assert "chalkline events check" in PAGE.split("```sh")[1]
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (REPOSITORY / "docs" / "how" / link).is_file()
