"""The application of a revision: ``python -m bench.apply --database both``.

Records an export of 200 thousand accounts, publishes a revision that moves some of them, and applies it, each by its
command, a process of its own whose start counts. The application is to take at most twice as long as the recording.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from bench.machine import describe
from service.store.engine import connect_engine
from tests.databases import SqliteDatabases, postgres_databases
from tests.servers import REPOSITORY
from tests.store.publishing import draft, publish

_DECIDED = (0, 1)
"""The exit codes of a recording: with 1 some rows were rejected."""
MAKER = REPOSITORY / "examples" / "make_export.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--accounts", type=int, default=200_000)
    asked = parser.parse_args()
    print(describe())
    print(f"{'':12}{'accounts':>12}{'recorded, s':>14}{'decided':>12}{'moved':>10}{'applied, s':>14}{'ratio':>8}")
    with tempfile.TemporaryDirectory(prefix="chalkline-bench-") as name:
        folder = Path(name)
        file = folder / "accounts.csv"
        with file.open("wb") as out:
            subprocess.run([sys.executable, MAKER, str(asked.accounts)], stdout=out, check=True)  # noqa: S603 - ours
        for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
            _measure(kind, file, asked.accounts)


def _measure(kind: str, file: Path, accounts: int) -> None:
    with _fresh(kind, file.parent) as url:
        out = str(file.with_suffix(".parquet"))
        recording, _ = timed(url, "bulk", "classify", str(file), "--out", out, "--on", "2022-03-15", "--record")
        engine = connect_engine(url)
        publish(engine, draft(engine, first_order_min_employees="600").draft.id)
        engine.dispose()
        applying, said = timed(url, "policies", "apply", "--json")
    done = orjson.loads(said)
    print(
        f"{kind:12}{accounts:12,}{recording:14.1f}{done['decided']:12,}{done['moved']:10,}{applying:14.1f}"
        f"{applying / recording:8.2f}",
        flush=True,
    )


@contextmanager
def _fresh(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        with SqliteDatabases(folder).fresh() as url:
            yield url
    else:
        with postgres_databases() as server, server.fresh() as url:
            yield url


def timed(url: str, *arguments: str) -> tuple[float, bytes]:
    """Seconds that a command takes on a database, and what it says."""
    began = time.perf_counter()
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "service", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"CHALKLINE_DATABASE_URL": url},
        capture_output=True,
        check=False,
    )
    if ran.returncode not in _DECIDED:
        raise SystemExit(ran.stderr.decode())
    return time.perf_counter() - began, ran.stdout


if __name__ == "__main__":
    main()
