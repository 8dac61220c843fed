"""The ledger behind a bulk recording: ``python -m bench.caught_up --database both``.

A command records an export of 1 million accounts, with a worker beside it that seals. The ledger is to
have caught up within 60 seconds of the end of the recording.
"""

import argparse
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import text

from bench.apply import MAKER, timed
from bench.audit import fresh_url
from bench.ledger import wait_for, worker
from bench.machine import describe
from service.store.engine import connect_engine
from service.store.ledger.queue import unsealed_rows

_WANTED = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    asked = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(prefix="chalkline-bench-") as name:
        file = Path(name) / "accounts.csv"
        with file.open("wb") as out:
            subprocess.run([sys.executable, MAKER, str(asked.accounts)], stdout=out, check=True)  # noqa: S603 - ours
        for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
            with ExitStack() as stack:
                _measure(kind, fresh_url(stack, kind), file)


def _measure(kind: str, url: str, file: Path) -> None:
    engine = connect_engine(url)
    with worker(url):
        out = str(file.with_suffix(".parquet"))
        took, _ = timed(url, "bulk", "classify", str(file), "--out", out, "--on", "2022-03-15", "--record")
        left = unsealed_rows(engine).count
        print(f"{kind}: recorded in {took:.1f} s with a worker beside, {left:,} unsealed at the end", flush=True)
        print(f"{kind}: caught up {wait_for(engine):.1f} s after it, wanted within {_WANTED} s", flush=True)
    with engine.connect() as connection:
        entries = connection.scalar(text("SELECT count(*) FROM ledger_entries"))
        accounts = connection.scalar(text("SELECT count(*) FROM accounts"))
    engine.dispose()
    print(f"{kind}: {entries:,} entries of {accounts:,} accounts", flush=True)


if __name__ == "__main__":
    main()
