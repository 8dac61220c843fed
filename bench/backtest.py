"""A draft against the record: ``python -m bench.backtest``.

Fills a database with a million decisions on 50,000 different facts, 6 in 100 on accounts with a standing move and 2 in
100 of discoveries, and runs ``chalkline lab backtest`` on the standings and on the history: a process of its own, whose
start counts, with its largest resident memory. The peer decides some of them one by one in this process, and is told
for all.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from bench.filling import DECISIONS_AN_ACCOUNT, UNTIL, YEAR, Filled, Template, account_of, template_of, write
from bench.machine import describe
from service.domain.decision import Kind
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.identifiers import uuid7
from service.domain.lab.backtest import Counting, Recorded, Sample, take_again
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.triggers import Before, Discovery, Move
from service.entrypoints.common.requests import ClassificationRequest
from service.store.decisions import chunks_of_decisions
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from tests.databases import SqliteDatabases, postgres_databases
from tests.servers import REPOSITORY

CHANGE = "first_order_min_employees=600"
_SOME = 10_000
_DIFFERENT = 50_000
_MOVED, _DISCOVERED = 0.06, 0.02


def fill(url: str, rows: int) -> None:
    """Record so many decisions."""
    chance = random.Random(rows)
    templates = [_template(chance) for _ in range(min(rows, _DIFFERENT))]
    filled = Filled()
    write(url, _rows(rows, templates, chance, filled), filled)


def _rows(rows: int, templates: list[Template], chance: random.Random, filled: Filled) -> Iterator[list[Any]]:
    accounts = max(1, rows // DECISIONS_AN_ACCOUNT)
    for number in range(rows):
        at = UNTIL - YEAR + YEAR * number / rows
        account = account_of(chance.randrange(accounts))
        stated = {"actor": "crm-production", "source": "api"}
        yield filled.row(chance.choice(templates), account, uuid7(at, chance.getrandbits(62)), at, **stated)


def _template(chance: random.Random) -> Template:
    facts = _facts(chance)
    drawn = chance.random()
    if drawn < _MOVED:
        there, here = chance.choice(((Team.MMKAFO, Team.MM_TERRITORY), (Team.MM_TERRITORY, Team.MMKAFO)))
        move = Move(rule="MOVE-1", moved_from=there, moved_to=here, moved_on=date(2022, 3, 1))
        return template_of(replace(facts, move=move))
    if drawn < _MOVED + _DISCOVERED:
        stood = Before(team=chance.choice((Team.MMKAFO, Team.MM_TERRITORY)), segment=Segment.MM)
        found = Discovery(
            before=stood, discovered_by="An AE", employees=chance.randrange(300, 900), discovered_on=date(2022, 3, 10)
        )
        return template_of(replace(facts, trigger=found), Kind.DISCOVERY)
    return template_of(facts)


def _facts(chance: random.Random) -> Facts:
    employees, customer = round(chance.lognormvariate(5.8, 1.3)) + 1, chance.random() < 0.18

    def perhaps(value: Any, missing: float) -> Any:  # noqa: ANN401 - whatever the fact is
        return None if chance.random() < missing else value

    def number(missing: float) -> Any:  # noqa: ANN401 - as above
        return perhaps(max(1, round(employees * chance.lognormvariate(0, 0.2))), missing)

    counts: list[dict[str, Any]] = []
    for source, missing in (("datafox", 0.25), ("zoominfo", 0.12), ("linkedin", 0.05)):
        if (seen := number(missing)) is not None:
            counts.append({"source": source, "employees": seen, "observed_on": "2022-02-01"})
            if chance.random() < 0.06:
                counts[-1] |= {"wholly_wrong": True, "gap": "Counts the Berlin office only"}
    if chance.random() < 0.05:
        counts.append({"source": "third_party", "name": "Companies House filing", "employees": employees})
    body = {
        "account": {
            "id": "0" * 12,
            "name": f"Account {chance.randrange(10**6)} Ltd",
            "region": perhaps(chance.choice(("NORAM", "EMEA", "APAC", "LATAM")), 0.1),
            "crm_segment": perhaps(chance.choice(("SMB", "MM", "LARGE")), 0.2),
            "crm_created_on": f"20{chance.randrange(18, 23)}-0{chance.randrange(1, 4)}-{chance.randrange(10, 29)}",
            "customer": customer,
            "first_order_available": perhaps(not customer, 0.1),
            "key_account": perhaps(chance.random() < 0.3, 0.4),
            "current_team": perhaps(chance.choice(("MMKAN", "MM_TERRITORY", "MMKAFO")), 0.5),
            "max_family_employees": number(0.1),
            "lam_dev_count": perhaps(chance.randrange(1, 300), 0.2),
            "linkedin_engineering_it": perhaps(chance.randrange(1, 300), 0.2),
            "last_activity_on": "2022-03-01",
        },
        "employee_counts": counts,
        "motion": chance.choice(("existing", "existing", "inbound_mql", "outbound")),
    }
    return ClassificationRequest.model_validate(body, strict=False).facts()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(describe(), f"duckdb {duckdb.__version__}", sep="\n")
    print(f"{'':12}{'':12}{'decisions':>12}{'moved':>10}{'seconds, each round':>32}{'MiB':>8}")
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        with ExitStack() as stack:
            if kind == "sqlite":
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
                url = stack.enter_context(SqliteDatabases(folder).fresh())
            else:
                url = stack.enter_context(stack.enter_context(postgres_databases()).fresh())
            fill(url, asked.rows)
            for words in ((), ("--history",)):
                _measure(kind, url, words, asked.rounds)
            print(f"{kind:12}one by one, told for all: {_one_by_one(url, asked.rows):.0f} seconds", flush=True)


def _measure(kind: str, url: str, words: tuple[str, ...], rounds: int) -> None:
    took, peak, told = [], 0.0, {"examined": 0, "moved": 0}
    for _ in range(rounds):
        began = time.perf_counter()
        told, memory = _command(url, words)
        took.append(time.perf_counter() - began)
        peak = max(peak, memory)
    rounded = " ".join(f"{seconds:.1f}" for seconds in took)
    name = "history" if words else "standings"
    print(f"{kind:12}{name:12}{told['examined']:12,}{told['moved']:10,}{rounded:>32}{peak:8.0f}", flush=True)


def _command(url: str, words: tuple[str, ...]) -> tuple[dict[str, Any], float]:
    """What the command says, and its largest resident memory in MiB."""
    command = [sys.executable, "-m", "service", "lab", "backtest", "--set", CHANGE, "--json", *words]
    with tempfile.TemporaryFile() as out:
        started = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=REPOSITORY, env=os.environ | {"CHALKLINE_DATABASE_URL": url}, stdout=out
        )
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told: dict[str, Any] = json.loads(out.read())
    return told, used.ru_maxrss / 1024


def _one_by_one(url: str, rows: int) -> float:
    """Seconds for all of them, by those for some."""
    engine, draft = connect_engine(url), fy23(replace(FY23_PARAMETERS, first_order_min_employees=600), version=2)
    counting, some = Counting(), min(rows, _SOME)
    began = time.perf_counter()
    for chunk in islice(chunks_of_decisions(engine, DecisionFilter()), some // 1000):
        for each in chunk:
            policy = each.decision.policy
            taken = Recorded(each.decision.effective_on, each.decision.outcome, each.decision.facts)
            counting.add(
                take_again(taken, policy if isinstance(policy, Policy) else None, draft),
                1,
                (Sample(each.id, each.account_id),),
            )
    took = time.perf_counter() - began
    engine.dispose()
    return took * rows / counting.examined


if __name__ == "__main__":
    main()
