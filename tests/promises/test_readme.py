import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

pytestmark = pytest.mark.slow

BLOCKS = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
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


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    words = command.replace(".venv/bin/chalkline", f"{sys.executable} -m service").split()
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stdout


def test_make_knows_every_target_of_the_readme() -> None:
    targets = {line.split()[1] for block in BLOCKS for line in block.splitlines() if line.startswith("make ")}
    assert targets == {"run", "examples", "fast", "test"}
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=REPOSITORY, check=True, capture_output=True)
