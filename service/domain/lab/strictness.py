"""Thresholds of one meaning and one number that differ in strictness: what is exactly there falls on both sides."""

from dataclasses import dataclass

from service.domain.clauses import Bound, Compare, leaves_of
from service.domain.policy import Policy
from service.domain.vocabulary import (
    discovered_employees,
    employees,
    lam_dev_count,
    leading_employees,
    linkedin_engineering_it,
    linkedin_verifying_employees,
    max_family_employees,
    potential_users,
    total_users,
)
from service.domain.wording import listing, text_of

_MEANINGS = {
    **dict.fromkeys(
        (
            leading_employees.name,
            linkedin_verifying_employees.name,
            max_family_employees.name,
            discovered_employees.name,
            employees.name,
        ),
        "employees",
    ),
    **dict.fromkeys(
        (lam_dev_count.name, linkedin_engineering_it.name, potential_users.name, total_users.name), "users"
    ),
}
"""Facts that count the same thing in different places; any other fact means itself."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number at which clauses of one meaning part in different ways, with the steps that they stand in."""

    meaning: str
    bound: Bound
    steps: tuple[str, ...]
    sentence: str


def strictness_of(policy: Policy) -> tuple[Threshold, ...]:
    """Every threshold that is strict in one clause and not in another, in the order of the policy."""
    clauses: dict[tuple[str, Bound], list[tuple[str, Compare]]] = {}
    for step in policy.steps.values():
        for leaf in leaves_of(step.expression):
            if isinstance(leaf, Compare):
                meaning = _MEANINGS.get(leaf.fact, leaf.fact)
                clauses.setdefault((meaning, leaf.bound), []).append((step.key, leaf))
    return tuple(
        _threshold(meaning, bound, found)
        for (meaning, bound), found in clauses.items()
        if len({leaf.starts_at for _, leaf in found}) > 1
    )


def _threshold(meaning: str, bound: Bound, found: list[tuple[str, Compare]]) -> Threshold:
    above = [(key, leaf) for key, leaf in found if leaf.starts_at == bound]
    below = [(key, leaf) for key, leaf in found if leaf.starts_at != bound]
    sentence = f"{bound} {meaning} count with those above in {_said(above)}, and with those below in {_said(below)}."
    return Threshold(meaning, bound, tuple(dict.fromkeys(key for key, _ in found)), sentence)


def _said(clauses: list[tuple[str, Compare]]) -> str:
    return listing([f"{key} ({text_of(leaf)})" for key, leaf in clauses])
