"""What the console costs the API while nobody looks at it: ``python -m bench.beside``.

Records classifications at the service, and at one that has no console at all, each a process of its own over SQLite,
in turn, round by round, so that a busy machine slows both alike. ``cpu ms`` is the processor time of the server for an
answer, which a busy machine disturbs least; ``start s`` is the time to the first answer that it is ready, and ``MB``
what it holds in memory then.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.http import Variant
from bench.machine import describe, median
from bench.servers import cpu_seconds, load, server
from tests.databases import SqliteDatabases

_PATH = "/v1/classifications"
_ACCOUNTS_A_ROUND = 10_000_000
_ALONE = "without the console"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    print(describe())
    with ExitStack() as stack:
        databases = SqliteDatabases(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-"))))
        variants = [
            _started(stack, databases, name, module)
            for name, module in (("with the console", "service"), (_ALONE, "bench.without_console"))
        ]
        for turn in range(asked.rounds + 1):
            for variant in variants if turn % 2 else reversed(variants):
                process = variant.server.process.pid
                before, first = cpu_seconds(process), turn * _ACCOUNTS_A_ROUND
                seconds, connections = asked.seconds if turn else 1.5, asked.connections
                report = load(
                    variant.server.port, _PATH, seconds=seconds, connections=connections, first=first, core=None
                )
                if turn:
                    variant.reports.append(report | {"cpu": cpu_seconds(process) - before})
        print(f"\n{'':24}{'answers/s':>10}{'cpu ms':>9}")
        for variant in variants:
            print(f"{variant.name:24}{median(variant.rates):10.0f}{median(variant.processor_times):9.3f}")
        ours, alone = variants
        ratios = [one / other for one, other in zip(ours.processor_times, alone.processor_times, strict=True)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"processor time with / without, median of the rounds: {median(ratios):.3f} ({spread})")


def _started(stack: ExitStack, databases: SqliteDatabases, name: str, module: str) -> Variant:
    url = stack.enter_context(databases.fresh())
    began = time.perf_counter()
    started = stack.enter_context(server(url, module=module))
    taken = time.perf_counter() - began
    status = Path(f"/proc/{started.process.pid}/status").read_text()
    (resident,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    print(f"{name:24}{taken:8.1f} start s{int(resident) / 1024:8.0f} MB")
    return Variant(name, started, _PATH)


if __name__ == "__main__":
    main()
