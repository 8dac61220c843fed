"""``chalkline lab backtest`` says what cannot be meant, before it asks the database anything."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service import cli_wiring
from service.entrypoints.cli.app import create_cli


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "first_order_min_employees=600", "--since", "2022-01-01"], "give --history too"),
        (["--set", "first_order_min_employees=600", "--until", "2022-01-01"], "give --history too"),
        (["--set", "first_order_min=600"], "first_order_min"),
        (["--set", "first_order_min_employees"], "is not PARAMETER=VALUE"),
        (["--set", "first_order_min_employees=many"], "first_order_min_employees"),
        (["--set", "first_order_min_employees=600", "--history", "--until", "tomorrow"], "--until"),
        ([], "Give either --set"),
    ],
)
def test_what_cannot_be_meant_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setenv("CHALKLINE_DATABASE_URL", f"sqlite:///{tmp_path}/chalkline.db")
    refused = CliRunner().invoke(create_cli(cli_wiring.context), ["lab", "backtest", *words])

    assert refused.exit_code == 2
    assert said in " ".join(refused.output.replace("│", " ").split())
