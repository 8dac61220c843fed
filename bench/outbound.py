"""Outbound Messages of 100 notifications each, durable, against batches of 100 items of the same facts.

``python -m bench.outbound --database both --seconds 6 --rounds 5 --connections 8``. Each database has one server, and
both endpoints are loaded in turn, round by round, so that a busy machine slows each alike: the ratios count, not the
figures. Every answer must be a 200, and in the end every notification must have been applied and led to a decision.
``cpu ms`` is the processor time of the server process for an account; PostgreSQL's own processes are not in it.
"""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.machine import cores, describe, median
from bench.messages import ACCOUNTS, BATCH, OUTBOUND
from bench.servers import Server, cpu_seconds, load, server
from service.store.engine import connect_engine
from tests.databases import SqliteDatabases, postgres_databases

_REQUESTS_A_ROUND = 1_000_000
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_WANTED = 0.5


@dataclass(slots=True)
class Variant:
    """An endpoint of a server, and what was measured of it."""

    name: str
    server: Server
    path: str
    reports: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """The processor time for an account, in milliseconds; the median of the rounds."""
        return median(1000 * report["cpu"] / ACCOUNTS / sum(report["statuses"].values()) for report in self.reports)

    @property
    def rates(self) -> list[float]:
        """The accounts a second, round by round."""
        return [ACCOUNTS * report["statuses"].get("200", 0) / report["seconds"] for report in self.reports]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=6, help="how long a round of one endpoint takes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--pin", action="store_true", help="servers on the first core, the load on the last")
    asked = parser.parse_args()

    print(describe())
    pinned = ", pinned" if asked.pin else ""
    print(f"{asked.rounds} rounds of {asked.seconds:g} s, {asked.connections} connections{pinned}; medians\n")
    print(f"{'':36}{'accounts/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'not 200':>9}")
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        with ExitStack() as stack:
            _measure(stack, kind, asked)


def _measure(stack: ExitStack, kind: str, asked: argparse.Namespace) -> None:
    server_core, load_core = (0, cores() - 1) if asked.pin else (None, None)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
    databases = stack.enter_context(postgres_databases()) if kind == "postgresql" else SqliteDatabases(folder)
    url = stack.enter_context(databases.fresh())
    running = stack.enter_context(server(url, module="service", core=server_core))
    variants = [
        Variant(f"outbound messages, {_NAMES[kind]}", running, OUTBOUND),
        Variant(f"batches, {_NAMES[kind]}", running, BATCH),
    ]
    acknowledged = 0
    for turn in range(asked.rounds + 1):
        warming = turn == 0
        for place in range(len(variants)):
            variant = variants[(place + turn) % len(variants)]
            before = cpu_seconds(running.process.pid)
            report = load(
                running.port,
                variant.path,
                seconds=1.5 if warming else asked.seconds,
                connections=asked.connections,
                # No account is sent twice, by neither of the two.
                first=(2 * turn + variants.index(variant)) * _REQUESTS_A_ROUND,
                core=load_core,
            )
            report["cpu"] = cpu_seconds(running.process.pid) - before
            if variant.path == OUTBOUND:
                acknowledged += ACCOUNTS * report["statuses"].get("200", 0)
            if not warming:
                variant.reports.append(report)
    _print_figures(variants)
    _hold_recorded(url, acknowledged)


def _print_figures(variants: list[Variant]) -> None:
    for variant in variants:
        p50, p99 = (median(report[name] for report in variant.reports) for name in ("p50_ms", "p99_ms"))
        others = sum(
            count for report in variant.reports for status, count in report["statuses"].items() if status != "200"
        )
        print(f"{variant.name:36}{median(variant.rates):11.0f}{p50:9.1f}{p99:9.1f}{variant.cpu:9.3f}{others:9}")
    outbound, batches = variants
    ratios = [ours / theirs for ours, theirs in zip(outbound.rates, batches.rates, strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"ratio of accounts/s, median of the rounds' ratios {median(ratios):6.2f}  ({spread})  >= {_WANTED:.2f}")
    print(f"ratio of processor time for an account {batches.cpu / outbound.cpu:17.2f}")


def _hold_recorded(url: str, acknowledged: int) -> None:
    """See that what was acknowledged was recorded, applied and decided."""
    engine = connect_engine(url)
    query = "SELECT count(*) FROM events e JOIN decisions d ON d.id = e.decision_id WHERE e.status = 'applied'"
    with engine.connect() as connection:
        decided = connection.scalar(text(query)) or 0
    engine.dispose()
    if decided < acknowledged:
        raise SystemExit(f"{acknowledged:,} notifications were acknowledged, and {decided:,} decided")
    print(f"{acknowledged:,} notifications acknowledged, {decided:,} decided\n", flush=True)


if __name__ == "__main__":
    main()
