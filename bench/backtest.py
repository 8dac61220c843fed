"""A draft against the recorded history: ``python -m bench.backtest``.

Fills a database with a million decisions on many different facts, a part of them discoveries and standing moves, and
tries a threshold change on the history and on the standings.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from bench.filling import DECISIONS_AN_ACCOUNT, UNTIL, YEAR, Filled, Template, account_of, template_of, write
from service.domain.facts import Facts
from service.domain.identifiers import uuid7
from service.domain.occasions import Before, Discovery, Move
from service.domain.record import Kind
from service.domain.terms import Segment, Team
from service.entrypoints.common.requests import ClassificationRequest

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
        return template_of(replace(facts, occasion=found), Kind.DISCOVERY)
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


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]))
