"""Time one full decision with its trail against two rule engines: ``python -m bench.core``.

- zen-engine answers the whole decision with its trace, from one decision table and the leading count ready-made.
- rule-engine answers the bare condition of ROUTE-3, ``[1 and 2 and (3 or 4)]``: no segment, no other rule, no trace.

Both answer on complete facts only (on an unknown one rule-engine raises or says no, and zen-engine passes to the next
row of its table), so every fact is given.
All take turns in short rounds, so that a busy machine is busy for each; a figure, and a ratio, is the median of the
rounds.
"""

import json
import platform
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from statistics import median
from timeit import Timer
from typing import Any

import rule_engine
import zen

from service.domain.decide import decide
from service.domain.decision import Decision
from service.domain.facts import Account, EmployeeCount, Facts
from service.domain.fy23 import fy23
from service.domain.terms import Source

ROUNDS, TIMES = 201, 30
ON = date(2022, 3, 15)
ACCOUNTS = [
    # region, First Order Available, the family's employees, potential users, the team
    ("NORAM", True, 640, 80, "MMKAFO"),
    ("EMEA", True, 499, 100, "MMKAFO"),
    ("EMEA", True, 499, 99, "MM_TERRITORY"),
    ("NORAM", False, 640, 80, "MM_TERRITORY"),
    ("APAC", True, 640, 80, "MM_TERRITORY"),
]
CONDITION = (
    # Twice as fast for it as ``region in [...]``.
    'segment == "MM" and (region == "NORAM" or region == "EMEA") and first_order_available '
    "and (max_family_employees >= 500 or lam_dev_count >= 100)"
)
IN_THE_CRM, NEW = {"created": "d($) <= d('2022-02-24')"}, {"created": "d($) > d('2022-02-24')"}
FIRST_ORDER = {"region": '"NORAM", "EMEA"', "first_order_available": "true"}
TABLE: list[tuple[dict[str, str], str]] = [
    ({"employees": "< 100"}, "SMB"),
    ({"employees": ">= 2000"}, "OUTSIDE_COMMERCIAL"),
    ({"customer": "true", "key_account": "true"}, "MMKAN"),
    ({"customer": "true"}, "MM_TERRITORY"),
    (IN_THE_CRM | FIRST_ORDER | {"max_family_employees": ">= 500"}, "MMKAFO"),
    (IN_THE_CRM | FIRST_ORDER | {"lam_dev_count": ">= 100"}, "MMKAFO"),
    (IN_THE_CRM, "MM_TERRITORY"),
    (NEW | {"employees": ">= 500"}, "MMKAFO"),
    (NEW | {"motion": '"outbound"', "engineers": ">= 100"}, "MMKAFO"),
    ({}, "MM_TERRITORY"),
]
COLUMNS = sorted({column for conditions, _ in TABLE for column in conditions})


def main() -> None:
    peers = {"chalkline": _chalkline(), "zen-engine with trace": _zen(), "rule-engine, bare ROUTE-3": _rule_engine()}
    taken: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(ROUNDS):
        for name, answer in peers.items():
            taken[name].append(Timer(answer).timeit(TIMES) / TIMES / len(ACCOUNTS) * 1e6)

    print(f"{platform.python_implementation()} {platform.python_version()} on {platform.machine()}, ", end="")
    print(", ".join(f"{package} {version(package)}" for package in ("chalkline", "zen-engine", "rule-engine")))
    print(f"Median of {ROUNDS} rounds, {TIMES * len(ACCOUNTS)} accounts each; peers answer on complete facts only.")
    for name, times in taken.items():
        ratio = median(theirs / ours for theirs, ours in zip(times, taken["chalkline"], strict=True))
        print(f"{name:28} {median(times):8.1f} us {ratio:7.2f} x chalkline  (best round {min(times):.1f} us)")


def _chalkline() -> Callable[[], object]:
    policy = fy23()
    accounts = [
        Facts(
            account=Account(
                id="acc-1",
                region=region,
                crm_created_on=date(2021, 6, 1),
                customer=False,
                first_order_available=available,
                key_account=False,
                max_family_employees=employees,
                lam_dev_count=users,
                linkedin_engineering_it=120,
            ),
            employee_counts=(EmployeeCount(source=Source.DATAFOX, employees=640),),
        )
        for region, available, employees, users, _ in ACCOUNTS
    ]

    def answer() -> list[Decision]:
        return [decide(facts, policy, ON) for facts in accounts]

    _check([decision.team for decision in answer()])
    return answer


def _zen() -> Callable[[], object]:
    decision = zen.ZenEngine().create_decision(json.dumps(_graph()))
    contexts = [
        {
            "employees": 640,
            "customer": False,
            "key_account": False,
            "created": "2021-06-01",
            "motion": "existing",
            "region": region,
            "first_order_available": available,
            "max_family_employees": employees,
            "lam_dev_count": users,
            "engineers": 120,
        }
        for region, available, employees, users, _ in ACCOUNTS
    ]

    def answer() -> list[Any]:
        return [decision.evaluate(context, {"trace": True}) for context in contexts]

    _check([answered["result"]["team"] for answered in answer()])
    return answer


def _graph() -> dict[str, Any]:
    rules = [
        {"_id": str(number), "team": json.dumps(team)} | {column: conditions.get(column, "") for column in COLUMNS}
        for number, (conditions, team) in enumerate(TABLE)
    ]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": column, "name": column, "field": column} for column in COLUMNS],
        "outputs": [{"id": "team", "name": "team", "field": "team"}],
        "rules": rules,
    }
    return {
        "nodes": [
            {"id": "in", "name": "request", "type": "inputNode"},
            {"id": "table", "name": "team", "type": "decisionTableNode", "content": table},
            {"id": "out", "name": "response", "type": "outputNode"},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }


def _rule_engine() -> Callable[[], object]:
    rule = rule_engine.Rule(CONDITION)
    contexts = [
        {
            "segment": "MM",
            "region": region,
            "first_order_available": available,
            "max_family_employees": employees,
            "lam_dev_count": users,
        }
        for region, available, employees, users, _ in ACCOUNTS
    ]

    def answer() -> list[bool]:
        return [rule.matches(context) for context in contexts]

    _check(["MMKAFO" if matched else "MM_TERRITORY" for matched in answer()])
    return answer


def _check(teams: Sequence[str | None]) -> None:
    """Nobody is timed who answers otherwise."""
    expected = [team for *_, team in ACCOUNTS]
    if list(teams) != expected:
        raise SystemExit(f"{list(teams)} is not {expected}")


if __name__ == "__main__":
    main()
