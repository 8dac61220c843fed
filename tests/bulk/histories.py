"""Recorded decisions at random, with moves and triggers among them, and what comes of them one by one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from random import Random
from uuid import UUID

import pyarrow as pa

from service.bulk.columns import OUTCOME
from service.bulk.facts import ACCOUNT_ID
from service.bulk.history import (
    DECISION_ID,
    EFFECTIVE_ON,
    HISTORY,
    POLICY_ID,
    POLICY_VERSION,
    PROGRAM,
    STORED_FACTS,
    Alike,
    Alone,
    History,
    recorded_as,
)
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS
from service.domain.identifiers import uuid7
from service.domain.lab.backtest import Backtest, Counting, Recorded, Sample, take_again
from service.domain.lab.verdicts import decided
from service.domain.parameters import Parameters
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.triggers import Before, Changeover, Discovery, Move
from service.store.rows.decisions import facts_to_text
from tests.builders import ON, posted
from tests.domain.generated import EMPLOYEES, REGIONS, USERS, any_request
from tests.store.jobs import AT

TEAMS = (Team.MMKAFO, Team.MM_TERRITORY)


def any_facts(random: Random, number: int) -> Facts:
    """Facts of an account of a number; a fifth of them with a standing move, a fifth with a trigger."""
    body, vp = any_request(random)
    body["account"]["id"] = f"acc-{number}"
    facts = posted(body, vp)
    before = Before(team=random.choice((*TEAMS, None)), segment=Segment.MM, leading_employees=random.choice(EMPLOYEES))
    match random.randrange(10):
        case 0 | 1:
            there, here = random.sample(TEAMS, 2)
            return replace(facts, move=Move(rule="MOVE-1", moved_from=there, moved_to=here, moved_on=ON))
        case 2:
            size, users = random.choice((*EMPLOYEES[1:], None)), random.choice((*USERS, None))
            found = Discovery(
                before=before, discovered_by="An AE", employees=size, potential_users=users, discovered_on=ON
            )
            return replace(facts, trigger=found)
        case 3:
            return replace(facts, trigger=Changeover(before=before, on=date(2022, 5, 1)))
    return facts


def any_parameters(random: Random) -> Parameters:
    """Parameters at random, near those that are published."""
    bands = sorted(random.sample((99, 100, 101, 120, 1999, 2000, 2001), 2))
    return replace(
        FY23_PARAMETERS,
        mid_market_min_employees=bands[0],
        large_min_employees=bands[1],
        first_order_min_employees=random.choice((120, 499, 500, 501, 600)),
        first_order_min_users=random.choice((99, 100, 101, 900)),
        first_order_regions=tuple(random.sample(REGIONS, random.randint(1, 4))),
        guideline_max_employees=random.choice((500, 1999)),
        in_crm_by=date(2022, 2, random.randint(22, 27)),
    )


def recorded(facts: Iterable[Facts], policy: Policy, on: date = ON) -> list[Recorded]:
    """The decisions on facts as the record has them, without those that no rule covers."""
    decisions = ((each, decided(each, policy, on)) for each in facts)
    return [Recorded(on, decision.outcome, each) for each, decision in decisions if decision is not None]


def row(number: int, of: Recorded, policy: tuple[str, int]) -> dict[str, object]:
    """A decision as a row of ``HISTORY``."""
    *outcome, missing = of.outcome
    assert isinstance(missing, tuple)
    return {
        DECISION_ID: str(sample(number, of).decision_id),
        ACCOUNT_ID: of.facts.account.id,
        POLICY_ID: policy[0],
        POLICY_VERSION: policy[1],
        PROGRAM: None,
        EFFECTIVE_ON: of.effective_on,
        **{recorded_as(name): value for name, value in zip(OUTCOME, (*outcome, ";".join(missing)), strict=True)},
        STORED_FACTS: facts_to_text(of.facts),
    }


def sample(number: int, of: Recorded) -> Sample:
    return Sample(UUID(int=uuid7(AT, 0).int + number), of.facts.account.id)


def by_table(rows: list[dict[str, object]], history: History) -> tuple[Counting, pa.Table]:
    """What a table counts of rows, and the rows that it leaves."""
    counting, left = Counting(), [HISTORY.empty_table()]
    for found in history.take_again(pa.Table.from_pylist(rows, HISTORY)):
        if isinstance(found, Alone):
            left.append(found.rows)
        elif isinstance(found, Alike):
            counting.add(*found)
    return counting, pa.concat_tables(left)


def one_by_one(decisions: Iterable[tuple[int, Recorded, Policy | None]], draft: Policy) -> Backtest:
    """What is counted of decisions that are taken again each by itself."""
    counting = Counting()
    for number, each, policy in decisions:
        counting.add(take_again(each, policy, draft), 1, (sample(number, each),))
    return counting.result()
