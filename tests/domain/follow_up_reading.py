"""Moves and handoffs read once more, naively, from their text: no policy, no clauses, no code of the decision core.

As in ``reading``, unknown facts are read by trying every value that could matter.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

Facts = dict[str, Any]
"""The facts that a rule reads, by the name under which a caller states them; None is unknown."""

QUARTERS = {5: (2, 4, 30), 8: (5, 7, 31), 11: (8, 10, 31), 2: (11, 1, 31)}
"""For the month of a changeover: first month, last month and last day of the quarter that ended."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules say of a trigger. ``mattering`` are the unknown facts that could change the team."""

    team: str | None
    rule: str
    mattering: frozenset[str] = frozenset()


def read_discovery(owner: str | None, facts: Facts, routed_by: int | None, *, worked_on: bool) -> Verdict:
    """MOVE-1, MOVE-2 and MOVE-5. ``routed_by`` are the employees that routing went by."""
    if owner != "MM_TERRITORY" and facts["employees"] is None:
        facts = facts | {"employees": routed_by}
    completions = {"employees": (1, 500, 501), "potential_users": (0, 100), "first_order_available": (True, False)}
    rule = "MOVE-2" if owner == "MM_TERRITORY" else "MOVE-1"
    verdict = _read(owner, rule, facts, completions, lambda known: _discovered(owner, known))
    if worked_on and verdict.team != owner:
        return Verdict(team=verdict.team, rule="MOVE-5")
    return verdict


def _discovered(owner: str | None, facts: Facts) -> str | None:
    if owner == "MMKAFO" and facts["employees"] < 500 and facts["potential_users"] < 100:
        return "MM_TERRITORY"
    if owner == "MM_TERRITORY" and facts["first_order_available"] and facts["employees"] > 500:
        return "MMKAFO"
    return owner


def read_standing(rests_on: str, employees: int | None, users: int | None, facts: Facts) -> set[bool]:
    """Whether what a move rests on holds: each answer that some values of the unknown facts give."""
    completions: Facts = {
        "first_order_available": (True, False),
        "customer": (True, False),
        "crm_created_on": ("2022-02-24", "2022-02-25"),
        "max_family_employees": (499, 500),
        "employee_counts": (499, 500),
        "lam_dev_count": (100, 101),
    }
    choices = [values if facts[name] is None else (facts[name],) for name, values in completions.items()]
    tried = (dict(zip(completions, values, strict=True)) for values in product(*choices))
    return {
        _stands(rests_on, employees, users, known)
        for known in tried
        if not (known["customer"] and known["first_order_available"])
    }


def _stands(rests_on: str, employees: int | None, users: int | None, facts: Facts) -> bool:
    available, led = bool(facts["first_order_available"]), facts["employee_counts"]
    if rests_on == "MOVE-1":
        in_the_crm = facts["crm_created_on"] <= "2022-02-24"  # "not there yet" comes behind every day
        routed_by = facts["max_family_employees"] if in_the_crm else led
        return (routed_by if employees is None else employees) < 500 and (users is None or users < 100)
    if rests_on == "MOVE-2":
        return available and employees is not None and employees > 500
    few = (led if employees is None else employees) < 500
    return available and few and bool((facts["lam_dev_count"] if users is None else users) > 100)


def read_changeover(owner: str | None, facts: Facts, on: date) -> Verdict:
    """MOVE-3. An activity after the quarter says nothing of the quarter, so it is as good as unknown."""
    first_month, last_month, last_day = QUARTERS[on.month]
    first = date(on.year if first_month < on.month else on.year - 1, first_month, 1)
    last = date(on.year, last_month, last_day)
    active = facts["last_activity_on"]
    completions = {
        "employees": (1, 500),
        "potential_users": (100, 101),
        "first_order_available": (True, False),
        "last_activity_on": (date(1999, 1, 1), first, last),
        "crm_created_on": (date(2022, 2, 24), date(2022, 2, 25)),
    }
    read = facts | {"last_activity_on": None if active is not None and active > last else active}

    def changed_over(known: Facts) -> str | None:
        large = known["potential_users"] >= 101 and known["employees"] <= 499
        idle = known["last_activity_on"] not in {first, last} and not first < known["last_activity_on"] < last
        new = known["crm_created_on"] >= date(2022, 2, 25)
        moves = owner == "MM_TERRITORY" and new and large and known["first_order_available"] and idle
        return "MMKAFO" if moves else owner

    return _read(owner, "MOVE-3", read, completions, changed_over)


def _read(
    owner: str | None,
    rule: str,
    facts: Facts,
    completions: dict[str, tuple[Any, ...]],
    decide: Callable[[Facts], str | None],
) -> Verdict:
    """What every completion of the facts says; where they do not agree, the owner keeps the account."""
    teams = {tuple(known.values()): decide(known) for known in _completed(facts, completions)}
    surely = set(teams.values())
    mattering = {name for place, (name, value) in enumerate(facts.items()) if value is None and _matters(place, teams)}
    return Verdict(team=surely.pop() if len(surely) == 1 else owner, rule=rule, mattering=frozenset(mattering))


def _completed(facts: Facts, completions: dict[str, tuple[Any, ...]]) -> Iterator[Facts]:
    choices = [completions[name] if value is None else (value,) for name, value in facts.items()]
    for values in product(*choices):
        yield dict(zip(facts, values, strict=True))


def _matters(place: int, teams: dict[tuple[Any, ...], str | None]) -> bool:
    others: dict[tuple[Any, ...], set[str | None]] = {}
    for values, team in teams.items():
        others.setdefault(values[:place] + values[place + 1 :], set()).add(team)
    return any(len(possible) > 1 for possible in others.values())


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What the rules say of a won First Order. ``receiver`` is None while that is escalated."""

    receiver: str | None
    by_email: bool
    late: bool
    ask_for_tam: bool | None


def read_handover(won: Facts) -> Handed:
    """HAND-1 to HAND-3, and of HAND-5 whether a TAM is asked for."""
    users, potential, net_arr = won["total_users"], won["immediate_potential"], won["net_arr"]
    if won["answer"] is not None:
        receiver = won["answer"]
    elif won["in_question"] or users is None:
        receiver = None
    else:
        receiver = "MMKAN" if users >= 100 else "MM_TERRITORY"
    together = None if potential is None else won["initial_amount"] + potential
    return Handed(
        receiver=receiver,
        by_email=together is not None and together <= Decimal("19999.99"),
        late=won["as_of"].toordinal() >= won["closed_on"].toordinal() + 8,
        ask_for_tam=None if net_arr is None else net_arr <= Decimal("49999.99"),
    )
