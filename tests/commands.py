"""The command line as processes of their own, each forked from one that has loaded the program and done nothing else.

So a command has its own memory, can be killed, and starts in a few milliseconds. What a start loads, and what the
interpreter is told before it starts, is tested with ``python -m service`` itself.
"""

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.__main__ import main

_REPOSITORY = Path(__file__).parents[1]
NOWHERE = Path(os.devnull)
_LONGEST = 120
_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.everything"])


class Command:
    """``chalkline`` with some words, under way. What it prints goes to the files ``stdout`` and ``stderr``."""

    def __init__(
        self,
        *words: object,
        environment: Mapping[str, str],
        folder: Path = _REPOSITORY,
        stdin: Path = NOWHERE,
        stdout: Path = NOWHERE,
        stderr: Path = NOWHERE,
    ) -> None:
        streams = (stdin, stdout, stderr)
        self._process = FORKED.Process(
            target=run_here, args=(list(map(str, words)), dict(environment), folder, streams)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def poll(self) -> int | None:
        """The exit code, or None while it runs; below 0 where a signal ended it."""
        return self._process.exitcode

    def kill(self) -> int:
        """End it with SIGKILL: without a word."""
        self._process.kill()
        return self.wait(10)

    def stop(self, seconds: float) -> int:
        """Tell it to stop, and wait for its end; gives its exit code."""
        self._process.terminate()
        return self.wait(seconds)

    def wait(self, seconds: float) -> int:
        """Wait for its end; gives its exit code."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, f"It runs on after {seconds} s"
        return code


def run_command(
    *words: object, environment: Mapping[str, str] = os.environ, folder: Path = _REPOSITORY, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run ``chalkline`` with some words to its end."""
    with tempfile.TemporaryDirectory() as place:
        given, printed, complained = (Path(place) / name for name in ("stdin", "stdout", "stderr"))
        given.write_bytes(stdin)
        command = Command(
            *words, environment=environment, folder=folder, stdin=given, stdout=printed, stderr=complained
        )
        try:
            code = command.wait(_LONGEST)
        finally:
            command.kill()
        return subprocess.CompletedProcess(list(map(str, words)), code, printed.read_bytes(), complained.read_bytes())


def run_for_text(
    *words: object, environment: Mapping[str, str] = os.environ, folder: Path = _REPOSITORY
) -> subprocess.CompletedProcess[str]:
    """Run ``chalkline`` with some words to its end; what it prints is UTF-8."""
    ran = run_command(*words, environment=environment, folder=folder)
    return subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def run_here(words: list[str], environment: dict[str, str], folder: Path, streams: Sequence[Path | int]) -> None:
    """Be ``chalkline`` with some words. ``streams`` are the three standard ones: files, or descriptors open here."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for number, file in enumerate(streams):
        opened = file if isinstance(file, int) else os.open(file, _WRITTEN if number else os.O_RDONLY, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    on_error = {"stdin": "surrogateescape", "stdout": "surrogateescape", "stderr": "backslashreplace"}
    if "PYTHONIOENCODING" in environment:
        on_error["stdout"] = "strict"
    for number, (name, errors) in enumerate(on_error.items()):
        unbuffered = bool(number and environment.get("PYTHONUNBUFFERED"))
        binary = open(number, "wb" if number else "rb", 0 if unbuffered else -1, closefd=False)  # noqa: SIM115 - to the end
        by_line = name == "stderr"
        stream = io.TextIOWrapper(binary, encoding, errors, line_buffering=by_line, write_through=unbuffered)
        setattr(sys, name, stream)
    sys.argv = ["chalkline", *words]
    main()
