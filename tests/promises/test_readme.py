import re
import subprocess
from pathlib import Path

import pytest

from tests.scripts import run_script
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

pytestmark = pytest.mark.slow

README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
CURLS = [block for block in BLOCKS if "curl" in block]
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith(".venv/bin/chalkline")]


def test_every_request_of_the_readme_is_answered_as_it_says(tmp_path: Path) -> None:
    assert len(CURLS) == 2
    with serving(tmp_path / "readme.db", {}) as url:
        for block in CURLS:
            script = block.replace("http://127.0.0.1:8000", url).replace("chalk_...", BOOTSTRAP_KEY)
            script = f"set -e\nexport KEY={BOOTSTRAP_KEY}\n{script}".replace("curl -sS", "curl -sS --fail-with-body")
            ran = subprocess.run(["bash", "-c", script], cwd=REPOSITORY, capture_output=True, check=False)
            assert ran.returncode == 0, ran.stdout.decode() + ran.stderr.decode()
            assert b"sample-account-1" in ran.stdout


def _run(command: str, folder: Path) -> str:
    if not (folder / "examples").exists():
        (folder / "examples").symlink_to(REPOSITORY / "examples")
    ran = run_script(command, folder, {"COLUMNS": "80"})
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    assert _run(command, tmp_path)


def test_an_export_is_decided_and_explained_in_three_commands_as_the_readme_shows(tmp_path: Path) -> None:
    lead, _, _ = README.partition("## Start it")
    commands = [line for line in lead.splitlines() if line.startswith(".venv/bin/chalkline")]
    printed = "".join(_run(command, tmp_path) for command in commands)
    shown = [line[4:] for line in lead.splitlines() if line.startswith("    ") and line.strip() != "..."]

    assert len(commands) == 3
    assert len(shown) > 10
    assert [line for line in shown if line not in printed.splitlines()] == []


def test_make_knows_every_target_of_the_readme() -> None:
    targets = {line.split()[1] for block in BLOCKS for line in block.splitlines() if line.startswith("make ")}
    assert targets == {"run", "examples", "fast", "test"}
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=REPOSITORY, check=True, capture_output=True)
