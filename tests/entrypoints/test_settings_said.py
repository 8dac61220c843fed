"""A setting that cannot be meant ends a command with a sentence, and not with a trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import REPOSITORY


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("FIELD_MAPPING", "/nowhere/mapping.toml", "CHALKLINE_FIELD_MAPPING names a file that cannot be read"),
        ("FIELD_MAPPING", str(REPOSITORY / "Makefile"), "The mapping is not TOML"),
        ("WEBHOOK_SECRETS", '["$$$"]', "The webhook secret is not base64."),
        ("WEBHOOK_SECRETS", "no list", "webhook_secrets"),
        ("PORT", "many", "CHALKLINE_PORT"),
    ],
)
def test_a_bad_setting_is_said_in_a_sentence(tmp_path: Path, setting: str, value: str, said: str) -> None:
    environment = os.environ | {f"CHALKLINE_{setting}": value}

    ran = subprocess.run(
        [sys.executable, "-m", "service", "openapi", "--out", str(tmp_path / "openapi.yaml")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "$$$" not in ran.stderr
