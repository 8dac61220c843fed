"""Durable, explained classifications over HTTP, against the same endpoint that stores nothing, and a naive one.

``python -m bench.http --database both --seconds 8 --rounds 5 --connections 64``. Every variant is a server process of
its own; all are measured in turn, round by round, so that a busy machine slows each alike: the ratios count, not the
figures. Every answer must be a 201; others are counted and shown. ``cpu ms`` is the processor time of the server
process for an answer, which a busy machine disturbs least; that of PostgreSQL's own processes is not in it.
"""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from bench.machine import cores, describe, median
from bench.servers import Server, cpu_seconds, load, server
from bench.variants import ONE_SESSION, RAW, STORELESS
from tests.databases import SqliteDatabases, postgres_databases

_ACCOUNTS_A_ROUND = 10_000_000
_OURS = "/v1/classifications"
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_WANTED = {"sqlite": 0.70, "postgresql": 0.80}
_WANTED_PROCESSOR_TIME = 0.8
_WANTED_SPREAD = 1.5


@dataclass(slots=True)
class Variant:
    """An endpoint of a server, and what was measured of it."""

    name: str
    server: Server
    path: str
    reports: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """The 201 answers a second, round by round."""
        return [report["statuses"].get("201", 0) / report["seconds"] for report in self.reports]

    @property
    def processor_times(self) -> list[float]:
        """The milliseconds of processor time of the server for an answer, round by round."""
        return [1000 * report["cpu"] / sum(report["statuses"].values()) for report in self.reports]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=8, help="how long a round of one variant takes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--no-sessions", action="store_true", help="leave out the endpoints with a session a request")
    parser.add_argument(
        "--no-worker", action="store_true", help="leave what a worker does, such as sealing, to another"
    )
    parser.add_argument("--pin", action="store_true", help="servers on the first core, the load on the last")
    asked = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    server_core, load_core = (0, cores() - 1) if asked.pin else (None, None)

    print(describe())
    with ExitStack() as stack:
        settings = {"CHALKLINE_WORKER": "false"} if asked.no_worker else {}
        variants = _variants(stack, kinds, server_core, settings, sessions=not asked.no_sessions)
        for turn in range(asked.rounds + 1):
            warming = turn == 0
            for place in range(len(variants)):
                variant = variants[(place + turn) % len(variants)]
                before = cpu_seconds(variant.server.process.pid)
                report = load(
                    variant.server.port,
                    variant.path,
                    seconds=1.5 if warming else asked.seconds,
                    connections=asked.connections,
                    first=turn * _ACCOUNTS_A_ROUND,
                    core=load_core,
                )
                report["cpu"] = cpu_seconds(variant.server.process.pid) - before
                if not warming:
                    variant.reports.append(report)
    pinned = ", pinned" if asked.pin else ""
    print(f"{asked.rounds} rounds of {asked.seconds:g} s, {asked.connections} connections{pinned}; medians\n")
    _print_figures(variants)
    _print_ratios({variant.name: variant for variant in variants}, kinds)


def _variants(
    stack: ExitStack, kinds: list[str], core: int | None, settings: dict[str, str], *, sessions: bool
) -> list[Variant]:
    """Start everything. What stores nothing has a database too, for the API keys alone."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
    sqlite = SqliteDatabases(folder)
    postgres = stack.enter_context(postgres_databases()) if "postgresql" in kinds else None

    def started(kind: str, module: str) -> Server:
        databases = postgres if kind == "postgresql" and postgres is not None else sqlite
        url = stack.enter_context(databases.fresh())
        return stack.enter_context(server(url, module=module, core=core, settings=settings))

    variants = [
        Variant("storeless, idiomatic", started("sqlite", "bench.variants"), STORELESS),
        Variant("storeless, raw", started("sqlite", "bench.variants"), RAW),
    ]
    for kind in kinds:
        variants.append(Variant(f"durable, {_NAMES[kind]}", started(kind, "service"), _OURS))
        if sessions:
            variants.append(Variant(f"one session, {_NAMES[kind]}", started(kind, "bench.variants"), ONE_SESSION))
    if postgres is not None:
        _print_durability(postgres.server_url)
    return variants


def _print_durability(url: URL) -> None:
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("server_version", "fsync", "synchronous_commit")
        }
    print("PostgreSQL: " + ", ".join(f"{name} {row[0] if row else '?'}" for name, row in shown.items()))


def _print_figures(variants: list[Variant]) -> None:
    print(f"{'':32}{'answers/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'not 201':>9}")
    for variant in variants:
        p50, p99 = (median(report[name] for report in variant.reports) for name in ("p50_ms", "p99_ms"))
        others = sum(
            count for report in variant.reports for status, count in report["statuses"].items() if status != "201"
        )
        print(
            f"{variant.name:32}{median(variant.rates):10.0f}{p50:9.1f}{p99:9.1f}{median(variant.processor_times):9.2f}{others:9}"
        )


def _print_ratios(variants: dict[str, Variant], kinds: list[str]) -> None:
    storeless, raw = variants["storeless, idiomatic"], variants["storeless, raw"]
    print("\nratio of answers/s, median of the rounds' ratios")
    for kind in kinds:
        durable = variants[f"durable, {_NAMES[kind]}"]
        for peer, wanted in ((storeless, f">= {_WANTED[kind]:.2f}"), (raw, "")):
            _print_ratio(durable, peer, durable.rates, peer.rates, wanted)
        naive = variants.get(f"one session, {_NAMES[kind]}")
        if naive is not None:
            _print_ratio(durable, naive, durable.rates, naive.rates, ">= 5")
    print("\nratio of processor time for an answer, median of the rounds' ratios")
    for kind in kinds:
        durable = variants[f"durable, {_NAMES[kind]}"]
        wanted = f"<= {_WANTED_PROCESSOR_TIME:.2f}"
        _print_ratio(durable, storeless, durable.processor_times, storeless.processor_times, wanted)
    print("\np99 against p50, median of the rounds' ratios")
    for kind in kinds:
        durable = variants[f"durable, {_NAMES[kind]}"]
        p99, p50 = ([report[name] for report in durable.reports] for name in ("p99_ms", "p50_ms"))
        _print_ratio(durable, None, p99, p50, f"<= {_WANTED_SPREAD:.2f}")


def _print_ratio(ours: Variant, peer: Variant | None, of_ours: list[float], of_peer: list[float], wanted: str) -> None:
    ratios = [one / other for one, other in zip(of_ours, of_peer, strict=True)]
    named = ours.name if peer is None else f"{ours.name} / {peer.name}"
    print(f"{named:56}{median(ratios):6.2f}  ({min(ratios):.2f} to {max(ratios):.2f})  {wanted}")


if __name__ == "__main__":
    main()
