"""``chalkline lab backtest`` says what cannot be meant, before it asks the database anything."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service import cli_wiring
from service.entrypoints.cli.app import create_cli
from tests.api import serving


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
        (["--set", "first_order_min_employees=600", "--movers", "out.parquet"], "neither a .csv nor an .ndjson file"),
        (["--set", "first_order_min_employees=600", "--movers", "nowhere/out.csv"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_meant_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setenv("CHALKLINE_DATABASE_URL", f"sqlite:///{tmp_path}/chalkline.db")
    refused = CliRunner().invoke(create_cli(cli_wiring.context), ["lab", "backtest", *words])

    assert refused.exit_code == 2
    assert said in " ".join(refused.output.replace("│", " ").split())


def test_all_that_would_move_are_written_into_a_file_beside_the_counts(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(database_url) as api:
        for number in range(7):
            api.classify(id=f"acc-{number}", name="Sample", df=550, max_family_employees=550)
        api.classify(id="stays", df=640, max_family_employees=640)
    monkeypatch.setenv("CHALKLINE_DATABASE_URL", database_url)
    words = ["lab", "backtest", "--set", "first_order_min_employees=600", "--movers"]

    told = [
        CliRunner().invoke(create_cli(cli_wiring.context), [*words, f"{tmp_path}/movers{kind}"])
        for kind in (".csv", ".ndjson")
    ]

    assert [each.exit_code for each in told] == [0, 0], told[0].output
    assert "8 decisions examined: 7 with another team" in " ".join(told[0].output.split())
    lines = [json.loads(line) for line in (tmp_path / "movers.ndjson").read_text().splitlines()]
    with (tmp_path / "movers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(each["account_id"] for each in lines) == [f"acc-{number}" for number in range(7)]
    assert [(each["account_id"], each["decision_id"]) for each in rows] == [
        (each["account_id"], each["decision_id"]) for each in lines
    ]
