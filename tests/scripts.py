"""Scripts of pages, run by bash as they stand: each ``chalkline`` in them is forked as ``tests.commands`` has it."""

import json
import multiprocessing
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.commands import FORKED, run_here

_ANOTHER = multiprocessing.get_context("fork")
_ASKED = 1 << 16
_ASK = """
import json, os, socket, sys
_, address, *words = sys.argv
with socket.socket(socket.AF_UNIX) as to:
    to.connect(address)
    socket.send_fds(to, [b"."], [0, 1, 2])
    to.sendall(json.dumps([words, dict(os.environ), os.getcwd()]).encode())
    to.shutdown(socket.SHUT_WR)
    sys.exit(int(to.recv(16)))
"""
"""What stands in a script for ``chalkline``: it has a command run with its own streams, and ends as that does."""


def run_script(
    script: str, folder: Path, environment: Mapping[str, str], *, options: str = "set -eo pipefail"
) -> subprocess.CompletedProcess[str]:
    """Run commands of a page in a folder. ``environment`` is added to this one's."""
    with _commands() as chalkline:
        here = {"python": shlex.quote(sys.executable), "chalkline": chalkline}
        script = re.sub(r"\.venv/bin/(python|chalkline)\b", lambda found: here[found[1]], script)
        return subprocess.run(
            ["bash", "-c", f"{options}\n{script}"],
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def _commands() -> Iterator[str]:
    """The words that run ``chalkline``."""
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as listening:
        ask, address = Path(place) / "ask.py", f"{place}/asked"
        ask.write_text(_ASK)
        listening.bind(address)
        listening.listen()
        forking = FORKED.Process(target=_fork_for_each, args=(listening,))
        forking.start()
        try:
            yield shlex.join([sys.executable, "-IS", str(ask), address])
        finally:
            forking.terminate()
            forking.join()


def _fork_for_each(listening: socket.socket) -> None:
    while True:
        asked, _ = listening.accept()
        with asked:
            _ANOTHER.Process(target=_run_for, args=(asked,)).start()


def _run_for(asked: socket.socket) -> None:
    _, streams, _, _ = socket.recv_fds(asked, 1, 3)
    words, environment, folder = json.loads(b"".join(iter(lambda: asked.recv(_ASKED), b"")))
    command = _ANOTHER.Process(target=run_here, args=(words, environment, folder, streams))
    command.start()
    for stream in streams:
        os.close(stream)
    command.join()
    asked.sendall(str(command.exitcode).encode())
