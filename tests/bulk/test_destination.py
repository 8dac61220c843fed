"""Where the files of a run go: nothing that is there is lost, and nothing half is left there."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bulk.test_command import EXAMPLES, bulk, bulk_process
from tests.commands import Command

ACCOUNTS = (EXAMPLES / "accounts.csv").read_bytes()


def _same(folder: Path) -> tuple[Path, Path]:
    return folder / "accounts.csv", folder / "accounts.csv"


def _by_another_path(folder: Path) -> tuple[Path, Path]:
    return folder / "accounts.csv", folder / "." / ".." / folder.name / "accounts.csv"


def _hard_link(folder: Path) -> tuple[Path, Path]:
    os.link(folder / "accounts.csv", folder / "out.csv")
    return folder / "accounts.csv", folder / "out.csv"


def _symbolic_link(folder: Path) -> tuple[Path, Path]:
    (folder / "out.csv").symlink_to(folder / "accounts.csv")
    return folder / "accounts.csv", folder / "out.csv"


def _read_through_a_link(folder: Path) -> tuple[Path, Path]:
    (folder / "in.csv").symlink_to(folder / "accounts.csv")
    return folder / "in.csv", folder / "accounts.csv"


def _its_rejected_rows(folder: Path) -> tuple[Path, Path]:
    (folder / "accounts.csv").rename(folder / "out.csv.rejected.csv")
    return folder / "out.csv.rejected.csv", folder / "out.csv"


def _its_legend(folder: Path) -> tuple[Path, Path]:
    (folder / "accounts.csv").rename(folder / "out.csv.legend.csv")
    return folder / "out.csv.legend.csv", folder / "out.csv"


@pytest.mark.parametrize(
    "placed",
    [_same, _by_another_path, _hard_link, _symbolic_link, _read_through_a_link, _its_rejected_rows, _its_legend],
)
def test_an_output_that_is_the_input_is_refused_and_the_input_stays(
    tmp_path: Path, placed: Callable[[Path], tuple[Path, Path]]
) -> None:
    (tmp_path / "accounts.csv").write_bytes(ACCOUNTS)
    file, out = placed(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = bulk(file, "--out", out)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "is the input itself" in " ".join(ran.stderr.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert file.read_bytes() == ACCOUNTS


def test_an_output_that_standard_input_is_read_from_is_refused(tmp_path: Path) -> None:
    file, told = tmp_path / "accounts.csv", tmp_path / "told"
    file.write_bytes(ACCOUNTS)
    ran = Command("bulk", "classify", "-", "--out", file, environment=os.environ, stdin=file, stderr=told)

    assert ran.wait(60) == 2
    assert "is the input itself" in " ".join(told.read_text().split())
    assert file.read_bytes() == ACCOUNTS


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("nowhere/out.parquet", "there is no folder"),
        ("file.txt/out.parquet", "there is no folder"),
        ("folder.csv", "there is a folder of that name"),
        ("taken.csv", "there is a folder of that name"),
        ("device.csv", "there is no ordinary file of that name"),
        (f"{'x' * 250}.csv", "File name too long"),
        (f"{'x' * 240}.csv", "File name too long"),  # of the rejected rows
        ("/proc/out.csv", "cannot be made"),
        ("out.xls", "neither a .parquet, a .csv nor an .xlsx file"),
        ("out", "neither a .parquet, a .csv nor an .xlsx file"),
    ],
)
def test_an_output_that_cannot_be_made_is_refused_before_anything_is_read(tmp_path: Path, out: str, says: str) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "taken.csv.rejected.csv").mkdir()
    (tmp_path / "device.csv").symlink_to(os.devnull)
    before = sorted(path.name for path in tmp_path.iterdir())
    # There is no such input either, and nobody gets to know.
    ran = bulk("nowhere.csv", "--out", tmp_path / out)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert says in " ".join(ran.stderr.split())
    assert "nowhere.csv" not in ran.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_run_that_fails_leaves_what_was_there_before(tmp_path: Path) -> None:
    files = {
        "out.csv": "what was decided before\n",
        "out.csv.rejected.csv": "and rejected\n",
        "out.csv.legend.csv": "l\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    ran = bulk_process("-", "--out", tmp_path / "out.csv", stdin=b"name\nno id\n")

    assert ran.returncode == 2
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def test_what_a_link_leads_to_is_left_when_an_output_takes_the_links_place(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("kept\n")
    (tmp_path / "out.csv").symlink_to(tmp_path / "kept.csv")
    ran = bulk(EXAMPLES / "accounts.csv", "--out", tmp_path / "out.csv")

    assert ran.exit_code == 0
    assert (tmp_path / "kept.csv").read_text() == "kept\n"
    assert not (tmp_path / "out.csv").is_symlink()


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    header, *rows = ACCOUNTS.splitlines(keepends=True)
    file, folder = tmp_path / "accounts.csv", tmp_path / "out"
    file.write_bytes(header + b"".join(rows) * 400)
    folder.mkdir()
    running = Command("bulk", "classify", file, "--out", folder / "out.csv", environment=os.environ)
    while not (begun := list(folder.iterdir())):
        assert running.poll() is None
    running.send_signal(signal.SIGINT)

    assert running.wait(60) == 130
    assert [path.name.startswith(".chalkline-") for path in begun] == [True]
    assert list(folder.iterdir()) == []
