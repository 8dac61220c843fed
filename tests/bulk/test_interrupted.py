"""Commands that are interrupted, or whose reader goes away, end without a traceback, and say what is to be said."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import ON
from tests.bulk.exports import as_csv, requests
from tests.bulk.test_recording_killed import counted, first_counted
from tests.commands import Command, run_command
from tests.servers import REPOSITORY

ACCOUNTS = REPOSITORY / "examples" / "accounts.csv"


def test_a_recording_that_is_interrupted_says_how_much_is_on_record_and_goes_on_when_run_again(
    database_url: str, tmp_path: Path
) -> None:
    file, told = tmp_path / "accounts.csv", tmp_path / "told"
    file.write_text(as_csv(requests(5_000, seed=42)))
    words = ("bulk", "classify", file, "--out", tmp_path / "out.parquet", "--on", ON, "--record", "--json")
    environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url}
    running = Command(*words, environment=environment, stderr=told)
    first_counted(database_url, running)
    running.send_signal(signal.SIGINT)
    code = running.wait(60)
    recorded = counted(database_url)[0]
    left = sorted(path.name for path in tmp_path.iterdir())
    again = json.loads(run_command(*words, environment=environment).stdout)

    assert code == 130
    said = f"Broken off: {recorded:,} decisions of this run are on record. Running it again"
    assert told.read_text().startswith(said)
    assert "Traceback" not in told.read_text()
    assert left == ["accounts.csv", "told"]
    assert again["on_record_already"] == recorded
    assert again["recorded"] == again["decided"] - recorded > 0


INTERRUPTING = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
sys.argv = ["chalkline", *{words!r}]
from service.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module", ["service.entrypoints.cli.app", "service.cli_wiring", "service.entrypoints.cli.bulk", "pyarrow"]
)
def test_a_command_that_is_interrupted_while_it_starts_ends_without_a_word(tmp_path: Path, module: str) -> None:
    words = ["bulk", "classify", str(ACCOUNTS), "--out", str(tmp_path / "out.csv")]
    code = INTERRUPTING.format(module=module, words=words)
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")
    assert list(tmp_path.iterdir()) == []


READ_BY_NOBODY = [("bulk", "check", ACCOUNTS), ("classify", ACCOUNTS, "--json"), ("openapi",), ("--help",)]


@pytest.mark.parametrize("words", READ_BY_NOBODY)
def test_a_command_whose_reader_has_gone_ends_as_if_by_sigpipe(words: tuple[object, ...]) -> None:
    command, pipe = [sys.executable, "-m", "service", *map(str, words)], subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


FULL = Path("/dev/full")
NO_ROOM = "chalkline: the output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("words", [*READ_BY_NOBODY, ("classify", ACCOUNTS)])
def test_a_command_whose_output_has_no_room_says_so_in_a_sentence(words: tuple[object, ...]) -> None:
    command, pipe = [sys.executable, "-m", "service", *map(str, words)], subprocess.PIPE
    with FULL.open("wb") as full:
        ran = subprocess.run(command, stdout=full, stderr=pipe, cwd=REPOSITORY, check=False)
    assert (ran.returncode, ran.stderr.decode()) == (2, NO_ROOM)


@pytest.mark.parametrize("words", [*READ_BY_NOBODY, ("classify", ACCOUNTS)])
def test_so_does_one_whose_output_is_not_buffered(words: tuple[object, ...], tmp_path: Path) -> None:
    environment, told = os.environ | {"PYTHONUNBUFFERED": "1"}, tmp_path / "told"
    command = Command(*words, environment=environment, stdout=FULL, stderr=told)
    assert (command.wait(60), told.read_text()) == (2, NO_ROOM)


def test_a_document_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ran = run_command("openapi", "--out", tmp_path / "nowhere" / "openapi.yaml")

    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.decode() == f"{tmp_path}/nowhere/openapi.yaml: No such file or directory.\n"
