"""Decided accounts at random, and the values that a person would try for each of their facts."""

from collections.abc import Iterator
from datetime import date

from service.domain.decision import Decision
from service.domain.lab.cells import Value
from service.domain.lab.verdicts import decided
from service.domain.policy import Policy
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
