"""Time the start of the command line and of the service: ``python -m bench.start``.

Processor time: of ``chalkline --help`` from beginning to end, of ``chalkline serve``, over a SQLite file that is there,
until it is ready. The bytecode of all that is loaded is written beforehand, as by an installation. An empty process and
one that loads the libraries of the service, and nothing of ours, take turns with them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.machine import describe, median
from bench.servers import cpu_seconds, server
from tests.databases import SqliteDatabases

_LIBRARIES = "fastapi, sqlmodel, uvicorn, uvloop, httptools, asyncpg, httpcore, prometheus_client, orjson"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds: int = parser.parse_args().rounds
    print(describe())
    with tempfile.TemporaryDirectory() as folder, SqliteDatabases(Path(folder)).fresh() as url:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
        starts: dict[str, Callable[[], float]] = {
            "an empty process": lambda: _until_the_end("-c", ""),
            "chalkline --help": lambda: _until_the_end("-m", "service", "--help"),
            "the libraries alone": lambda: _until_the_end("-c", f"import os, {_LIBRARIES}; os._exit(0)"),
            "chalkline serve": lambda: _until_ready(url),
        }
        for start in starts.values():
            start()  # which writes the bytecode
        taken = [{name: start() for name, start in starts.items()} for _ in range(rounds)]
    print(f"\n{rounds} rounds, seconds of processor time: median (lowest)")
    for name in starts:
        seconds = [each[name] for each in taken]
        print(f"{name:22}{median(seconds):6.2f} ({min(seconds):.2f})")


def _until_the_end(*words: str) -> float:
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def _until_ready(database_url: str) -> float:
    with server(database_url, module="service") as started:
        return cpu_seconds(started.process.pid)


if __name__ == "__main__":
    main()
