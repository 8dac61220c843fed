"""Requests and expressions at random, the boundaries and the unknown among them more often than chance would."""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or
from service.domain.fy23_citations import GUIDELINE
from tests.builders import Request

UNDER_MUTATION = "MUTANT_UNDER_TEST" in os.environ
"""Mutation testing runs the properties some hundred times, on fewer requests."""
MANY = 1_500 if UNDER_MUTATION else 20_000
FEW = 150 if UNDER_MUTATION else 1_500

EMPLOYEES = (0, 1, 50, 99, 100, 120, 499, 500, 501, 1999, 2000, 5000)
USERS = (0, 99, 100, 101, 900)
DAYS = ("2019-01-01", "2022-02-23", "2022-02-24", "2022-02-25", "2022-03-14")
REGIONS = ("NORAM", "EMEA", "LATAM", "APAC", "DACH")
SEGMENTS = ("SMB", "MM", "LARGE")
TEAMS = ("SMB", "MM_TERRITORY", "MMKAFO", "MMKAN", "OUTSIDE_COMMERCIAL")


def requests(number: int, *, seed: int) -> Iterator[tuple[Request, str | None]]:
    """A number of requests, each with the VP's segment where a decision of theirs stands; the same for a seed."""
    random = Random(seed)
    for _ in range(number):
        yield any_request(random)


def any_request(random: Random) -> tuple[Request, str | None]:
    """One request, and the VP's segment where a decision of theirs stands."""
    account: dict[str, Any] = {
        "region": _perhaps(random, REGIONS),
        "crm_segment": _perhaps(random, SEGMENTS),
        "crm_created_on": _perhaps(random, DAYS),
        "customer": _perhaps(random, (True, False)),
        "key_account": _perhaps(random, (True, False)),
        "current_team": _perhaps(random, TEAMS),
        "max_family_employees": _perhaps(random, EMPLOYEES),
        "lam_dev_count": _perhaps(random, USERS),
        "linkedin_engineering_it": _perhaps(random, USERS),
    }
    account["first_order_available"] = _perhaps(random, (False,) if account["customer"] else (True, True, False))
    body: Request = {
        "account": {"id": "acc-1"} | account,
        "employee_counts": _counts(random),
        "motion": random.choice(("existing", "inbound_mql", "outbound")),
        "effective_on": "2022-03-15",
    }
    return body, random.choice(("MM", "MM", *SEGMENTS)) if random.random() < 0.1 else None


def _counts(random: Random) -> list[dict[str, Any]]:
    counts = [_count(random, {"source": source}) for source in ("datafox", "zoominfo", "linkedin") if _odds(random, 55)]
    third = [_count(random, {"source": "third_party", "name": f"Filing {n}"}) for n in range(2) if _odds(random, 15)]
    random.shuffle(counts)
    return counts + third


def _count(random: Random, count: dict[str, Any]) -> dict[str, Any]:
    # Mid-Market numbers come twice as often, for that is where routing has something to decide.
    count["employees"] = _perhaps(random, EMPLOYEES + EMPLOYEES[4:10])
    return count | ({"wholly_wrong": True, "gap": "Counts one office"} if _odds(random, 25) else {})


def _odds(random: Random, percent: int) -> bool:
    return random.randrange(100) < percent


def _perhaps(random: Random, choices: tuple[Any, ...]) -> Any:  # noqa: ANN401 - whatever the choices are
    return None if _odds(random, 25) else random.choice(choices)


FLAGS, NUMBERS, TEXTS = ("f", "g"), ("m", "n"), ("s", "t")
WORDS = ("a", "b", "c")


def any_expression(random: Random, *, depth: int = 3, known: bool = True) -> Expression:
    """An expression over a few facts, with or without the question whether a fact is known."""
    kind = random.randrange(8 if depth else 4)
    if kind < 4:
        return _any_leaf(random, kind if known or kind else 1)
    if kind == 4:
        return Not(any_expression(random, depth=depth - 1, known=known))
    if kind == 5:
        return Clause("1", "Title", any_expression(random, depth=depth - 1, known=known), GUIDELINE)
    parts = tuple(any_expression(random, depth=depth - 1, known=known) for _ in range(random.randint(1, 3)))
    return And(parts) if kind == 6 else Or(parts)


def _any_leaf(random: Random, kind: int) -> Expression:
    match kind:
        case 0:
            return Known(random.choice(FLAGS + NUMBERS + TEXTS))
        case 1:
            return Holds(random.choice(FLAGS))
        case 2:
            return Compare(random.choice(NUMBERS), random.choice(("<", "<=", ">", ">=")), random.randint(1, 3))
        case _:
            return IsIn(random.choice(TEXTS), tuple(random.sample(WORDS, random.randint(0, 2))))


def any_values(random: Random, *, unknown: bool = True) -> dict[str, Any]:
    """Values for the facts of ``any_expression``, unknown ones among them."""
    choices: dict[str, tuple[Any, ...]] = (
        dict.fromkeys(FLAGS, (True, False)) | dict.fromkeys(NUMBERS, (0, 1, 2, 3, 4)) | dict.fromkeys(TEXTS, WORDS)
    )
    return {
        name: random.choice(values) if not unknown or _odds(random, 60) else None for name, values in choices.items()
    }
