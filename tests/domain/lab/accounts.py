"""Decided accounts at random, and the values that a person would try for each of their facts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random

from service.domain.cells import Value
from service.domain.decision import Decision
from service.domain.lab.verdicts import decided
from service.domain.policy import Policy
from service.domain.ranges import Range
from tests.builders import ON, posted
from tests.domain.generated import requests

TRIED: dict[str, tuple[Value, ...]] = {
    "datafox_employees": (1, 99, 100, 499, 500, 1999, 2000),
    "zoominfo_employees": (1, 99, 100, 499, 500, 1999, 2000),
    "linkedin_employees": (1, 99, 100, 499, 500, 1999, 2000),
    "third_party_employees": (99, 499, 500, 2000),
    "vp_segment": ("SMB", "MM", "LARGE"),
    "crm_segment": ("SMB", "MM", "LARGE"),
    "region": ("NORAM", "EMEA", "LATAM", "APAC", "DACH"),
    "first_order_available": (True, False),
    "customer": (True, False),
    "key_account": (True, False),
    "current_team": ("SMB", "MM_TERRITORY", "MMKAFO", "MMKAN", "OUTSIDE_COMMERCIAL"),
    "max_family_employees": (1, 499, 500, 5000),
    "lam_dev_count": (0, 99, 100, 900),
    "linkedin_engineering_it": (0, 99, 100, 900),
    "datafox_wholly_wrong": (True, False),
    "zoominfo_wholly_wrong": (True, False),
    "linkedin_wholly_wrong": (True, False),
    "crm_created_on": (None, date(2019, 1, 1), date(2022, 2, 24), date(2022, 2, 25), date(2022, 3, 14)),
    "motion": ("existing", "inbound_mql", "outbound"),
}


def decided_accounts(number: int, policy: Policy, *, seed: int) -> Iterator[Decision]:
    """The decisions on a number of requests, those that no rule covers left out."""
    for body, vp_segment in requests(number, seed=seed):
        facts = posted(body, vp_segment)
        decision = decided(facts, policy, ON)
        if decision is not None:
            yield decision


RANGES = (Range(51, 200), Range(201, 499), Range(101, 700), Range(501, 1000), Range(1001, 5000), Range(1, None))
_COUNTS = ("max_family_employees", "lam_dev_count", "linkedin_engineering_it")


def on_ranges(number: int, policy: Policy, *, seed: int) -> Iterator[Decision]:
    """The same, of accounts of which some counts are known as ranges alone."""
    random = Random(seed)
    for decision in decided_accounts(number, policy, seed=seed):
        facts = decision.facts
        account = {name: _perhaps_a_range(getattr(facts.account, name), random) for name in _COUNTS}
        counts = tuple(
            each.model_copy(update={"employees": _perhaps_a_range(each.employees, random)})
            for each in facts.employee_counts
        )
        stated = replace(facts, account=facts.account.model_copy(update=account), employee_counts=counts)
        outcome = decided(stated, policy, ON)
        if outcome is not None:
            yield outcome


def _perhaps_a_range(known: int | Range | None, random: Random) -> int | Range | None:
    return random.choice((known, random.choice(RANGES))) if known else known
