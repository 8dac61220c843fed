"""A quarter changeover over many accounts: ``python -m bench.changeover --database both``.

Fills a database with 20 thousand and another with 200 thousand accounts that the changeover of 1 May 2022 all moves,
has ``chalkline changeover`` move them, and prints accounts per second and the command's largest resident memory, which
is to stay flat. Then kills the command (SIGKILL) half-way through as many accounts, runs it again, and compares.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.filling import UNTIL, YEAR, Filled, account_of, template, write
from bench.machine import describe
from bench.payloads import classification
from service.domain.identifiers import uuid7
from service.store.engine import connect_engine
from tests.databases import SqliteDatabases, postgres_databases
from tests.durability.changeovers import ON, EndState, end_state, moved_so_far
from tests.servers import REPOSITORY

_PAUSE = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=200_000)
    asked = parser.parse_args()
    print(describe())
    print(f"{'':12}{'accounts':>12}{'moved':>12}{'s':>9}{'accounts/s':>12}{'peak, MiB':>11}")
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        _undisturbed(kind, asked.small)
        whole = _undisturbed(kind, asked.large)
        _killed(kind, asked.large, whole)


def _undisturbed(kind: str, accounts: int) -> EndState:
    with ExitStack() as stack:
        url = _filled(stack, kind, accounts)
        began = time.perf_counter()
        peak = _run(url)
        took = time.perf_counter() - began
        found = end_state(url)
        print(
            f"{kind:12}{accounts:12,}{found.moved:12,}{took:9.1f}{accounts / took:12,.0f}{peak:11.0f}",
            flush=True,
        )
        return found


def _killed(kind: str, accounts: int, whole: EndState) -> None:
    with ExitStack() as stack:
        url = _filled(stack, kind, accounts)
        engine = connect_engine(url)
        stack.callback(engine.dispose)
        running = _started(url)
        while running.poll() is None and moved_so_far(engine) < accounts / 2:
            time.sleep(_PAUSE)
        running.kill()
        running.communicate()
        moved = moved_so_far(engine)
        began = time.perf_counter()
        _run(url)
        took = time.perf_counter() - began
        found = end_state(url)
        same = "the same" if found == whole else "NOT the same"
        print(
            f"{kind:12}killed (exit {running.returncode}) with {moved:,} of {accounts:,} moved, and run again: "
            f"{accounts - moved:,} more in {took:.1f} s;\n"
            f"{'':12}{found.moved:,} accounts moved once, {found.moved_again:,} more often, {found.broken:,} broken "
            f"histories; end state {same} as undisturbed",
            flush=True,
        )


def _filled(stack: ExitStack, kind: str, accounts: int) -> str:
    if kind == "sqlite":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
        url = stack.enter_context(SqliteDatabases(folder).fresh())
    else:
        url = stack.enter_context(stack.enter_context(postgres_databases()).fresh())
    filled = Filled()
    write(url, _rows(accounts, filled), filled)
    return url


def _rows(accounts: int, filled: Filled) -> Iterator[list[Any]]:
    """Accounts in no order of time: a CRM's identifiers rise with none either."""
    chance = random.Random(accounts)
    numbers = list(range(accounts))
    chance.shuffle(numbers)
    body = classification(4)
    body["account"] |= {
        "crm_created_on": "2022-03-01",
        "first_order_available": True,
        "lam_dev_count": 150,
        "last_activity_on": "2022-01-10",
    }
    idle = template(body)
    for place, number in enumerate(numbers):
        at = UNTIL - YEAR + timedelta(seconds=place)
        yield filled.row(idle, account_of(number), uuid7(at, chance.getrandbits(62)), at, actor="crm", source="api")


def _started(url: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "service", "changeover", "--on", ON.isoformat()]
    return subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=REPOSITORY,
        env=os.environ | {"CHALKLINE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _run(url: str) -> float:
    """Carry the changeover out; gives the largest resident memory in MiB."""
    running = _started(url)
    peak = 0.0
    while running.poll() is None:
        peak = max(peak, _peak(running))
        time.sleep(_PAUSE)
    running.communicate()
    if running.returncode:
        raise SystemExit(f"The command ended with {running.returncode}")
    return peak


def _peak(running: subprocess.Popen[bytes]) -> float:
    """The largest resident memory so far: of the command alone, where getrusage counts what it was forked from too."""
    status = Path(f"/proc/{running.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024 if "VmHWM:" in status else 0.0


if __name__ == "__main__":
    main()
