"""Every rule of the handbook is built: it has a place that decides it, and a test that holds it."""

import ast
import re
from pathlib import Path

import pytest

from tests.promises.rule_places import PLACES
from tests.shared import SHARED

RULES = SHARED / "spec" / "rules.md"
FAMILIES = {"SEG": 9, "ROUTE": 7, "MOVE": 5, "HAND": 7, "LEAD": 3, "RANK": 5, "OPP": 8, "CAL": 4}
"""How many rules each family has."""


def named_in(path: str) -> set[str]:
    """The functions and classes of a file."""
    tree = ast.parse(Path(path).read_text())
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.shared
def test_no_rule_is_left_out() -> None:
    assert set(PLACES) == {f"{name}-{number}" for name, most in FAMILIES.items() for number in range(1, most + 1)}
    if RULES.is_file():
        named = re.findall(r"\b(?:SEG|ROUTE|MOVE|HAND|LEAD|RANK|OPP|CAL)-\d+\b", RULES.read_text())
        assert set(PLACES) == set(named)


@pytest.mark.parametrize("rule", PLACES)
def test_a_rule_is_decided_and_held_where_the_reference_says(rule: str) -> None:
    place, test = PLACES[rule]
    (decided_in, name), (held_in, held) = place.split("::"), test.split("::")
    family = rule.partition("-")[0]

    assert name in named_in(decided_in)
    assert held in named_in(held_in)
    assert re.search(rf"\b{family}-\d", Path(decided_in).read_text()), f"{decided_in} names no rule of {family}"
