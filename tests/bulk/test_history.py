"""Recorded decisions taken again as a table come out as one by one."""

from contextlib import closing
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.bulk.facts import ACCOUNT_ID, FACTS, facts_query
from service.bulk.history import DECISION_ID, History, recorded_as
from service.domain.fy23 import fy23
from service.domain.policy import Policy
from service.store.rows.decisions import facts_to_text
from tests.builders import stated
from tests.bulk.exports import facts_table
from tests.bulk.histories import any_facts, any_parameters, by_table, one_by_one, recorded, row

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table")


def published(policy_id: str, version: int, _program: str | None) -> Policy | None:
    return fy23() if (policy_id, version) == ("fy23", 1) else None


def test_facts_as_they_are_stored_are_the_facts_that_clauses_read() -> None:
    random = Random(7)
    facts = [any_facts(random, number) for number in range(4_000)]
    stored = pa.table(
        {
            "row": range(len(facts)),
            "account_id": [each.account.id for each in facts],
            "facts": list(map(facts_to_text, facts)),
        }
    )
    with duckdb.connect() as connection:
        connection.register("stored", stored)
        read = connection.sql(facts_query("stored", ())).to_arrow_table().sort_by("row")

    expected = facts_table(facts)
    for name in FACTS.names:
        assert read[name].to_pylist() == expected[name].to_pylist(), name
    assert read["move"].to_pylist() == [each.move is not None for each in facts]
    assert read["occasion"].to_pylist() == [each.trigger is not None for each in facts]


@settings(max_examples=4)
@given(seed=st.integers(0, 10**6))
def test_any_draft_makes_of_a_table_what_it_makes_of_each_decision(seed: int) -> None:
    random = Random(seed)
    then, draft = fy23(any_parameters(random)), fy23(any_parameters(random), version=2)
    facts = [any_facts(random, number) for number in range(500)]
    # Some were recorded under other rules than their revision has by now, and some under one that is not known.
    decisions = [*recorded(facts[:400], then), *recorded(facts[400:450], draft), *recorded(facts[450:], then)]
    known = [(number, each, None if number % 20 == 0 else then) for number, each in enumerate(decisions)]
    rows = [row(number, each, ("old" if policy is None else "fy23", 1)) for number, each, policy in known]

    with closing(History(draft, lambda policy_id, *_: then if policy_id == "fy23" else None)) as history:
        counting, left = by_table(rows, history)

    alone = set(left[DECISION_ID].to_pylist())
    taken = [each for each, line in zip(known, rows, strict=True) if line[DECISION_ID] not in alone]
    assert counting.result() == one_by_one(taken, draft)
    assert counting.examined + len(alone) == len(decisions)
    for number, each, policy in known:
        lies_beside = each.facts.move is not None or each.facts.trigger is not None
        assert (rows[number][DECISION_ID] in alone) == (policy is not None and lies_beside)


def test_a_draft_of_the_same_parameters_changes_nothing() -> None:
    random = Random(3)
    decisions = recorded((any_facts(random, number) for number in range(1_000)), fy23())
    rows = [row(number, each, ("fy23", 1)) for number, each in enumerate(decisions)]

    with closing(History(fy23(version=2), published)) as history:
        counting, left = by_table(rows, history)

    found = counting.result()
    assert (found.changes, found.flips, found.wanted, found.obstacles) == ({}, {}, {}, {})
    assert found.stays == found.examined == len(rows) - left.num_rows


def test_a_decision_that_rested_on_something_else_is_not_replayed() -> None:
    random = Random(4)
    decisions = recorded((any_facts(random, number) for number in range(50)), fy23())
    rows = [row(number, each, ("fy23", 1)) for number, each in enumerate(decisions)]
    for line in rows:
        line[recorded_as("leading_employees")] = 77

    with closing(History(fy23(version=2), published)) as history:
        counting, left = by_table(rows, history)

    assert counting.result().not_replayed == counting.examined == len(rows) - left.num_rows


def test_decisions_on_ranges_are_left_to_be_taken_again_one_by_one_and_stay() -> None:
    counts: tuple[dict[str, Any], ...] = (
        {"df": "501-1000"},
        {"lam_dev_count": "51-200"},
        {"df": 640},
        {"zi": "51-200"},
    )
    facts = [stated(id=f"acc-{number}", max_family_employees=640, **each) for number, each in enumerate(counts)]
    decisions = recorded(facts, fy23())
    rows = [row(number, each, ("fy23", 1)) for number, each in enumerate(decisions)]

    with closing(History(fy23(version=2), published)) as history:
        counting, left = by_table(rows, history)

    assert left[ACCOUNT_ID].to_pylist() == ["acc-0", "acc-1", "acc-3"]
    assert counting.examined == 1
    alone = one_by_one([(number, decisions[number], fy23()) for number in (0, 1, 3)], fy23(version=2))
    assert (alone.stays, alone.obstacles) == (3, {})
