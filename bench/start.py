"""Time the start of the command line and of the service: ``python -m bench.start``.

Processor time of the whole process, and its largest resident memory: of ``chalkline --help`` from beginning to end, of
``chalkline serve`` over a SQLite file that is there until it answers. The bytecode of all that is loaded is written
beforehand, as by an installation; an empty process, and one that loads but the libraries of the service, beside them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.machine import describe, median
from bench.servers import cpu_seconds, server
from tests.databases import SqliteDatabases

_LIBRARIES = "import fastapi, sqlmodel, alembic.command, psycopg, asyncpg, uvicorn, structlog, httpcore"
_ENDING = {
    "chalkline --help": ["-m", "service", "--help"],
    "an empty process": ["-c", ""],
    "the libraries alone": ["-c", _LIBRARIES],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds: int = parser.parse_args().rounds
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
        found: dict[str, list[tuple[float, float]]] = {}
        with SqliteDatabases(Path(folder)).fresh() as url:
            for turn in range(-1, rounds):  # the first only writes the bytecode
                for name, words in _ENDING.items():
                    figures = _of_ending(words)
                    found.setdefault(name, []).extend([figures] if turn >= 0 else [])
                figures = _of_serving(url)
                found.setdefault("chalkline serve", []).extend([figures] if turn >= 0 else [])
    print(f"\n{rounds} rounds: median (lowest)")
    for name, figures_of in found.items():
        seconds, memory = zip(*figures_of, strict=True)
        print(f"{name:22}{median(seconds):6.2f} s ({min(seconds):.2f} s){median(memory):8.0f} MiB")


def _of_ending(words: list[str]) -> tuple[float, float]:
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _of_serving(database_url: str) -> tuple[float, float]:
    with server(database_url, module="service") as started:
        status = Path(f"/proc/{started.process.pid}/status").read_text()
        return cpu_seconds(started.process.pid), int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
