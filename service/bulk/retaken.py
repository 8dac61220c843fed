"""Recorded decisions on accounts, taken again as a table: ``service.domain.lab.backtest.take_again`` for many at once.

The columns of the revision that they were recorded under, and then those of the draft, are put beside one another over
the same table of facts, so that each row is read once.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from service.bulk.columns import LEADING_SOURCE, MISSING, RULE, STATUS, TEAM
from service.bulk.decisions import decisions
from service.bulk.expressions import Answer
from service.bulk.facts import ACCOUNT_ID
from service.bulk.flips import asked_where, flipped
from service.domain.decision import Status
from service.domain.lab.backtest import Obstacle
from service.domain.policy import Policy
from service.domain.vocabulary import leading_employees, segment

OUTCOME = (STATUS, segment.name, TEAM, RULE, LEADING_SOURCE, leading_employees.name, MISSING)
"""The parts of ``Decision.outcome``, in its order."""
VERDICT = (segment.name, TEAM, STATUS, RULE)
OBSTACLE, WANTED, FLIPS, TELLS = "obstacle", "wanted", "flips", "tells"
"""What comes of a row, as ``Again`` has it; and whether it is anything but that it stays as it is."""


def recorded_as(name: str) -> str:
    """The column of what was recorded."""
    return f"recorded {name}"


def before(name: str) -> str:
    """The column of what the recorded revision says."""
    return f"before {name}"


def _asked(name: str) -> str:
    return f"asked before: {name}"


def retaken(facts: ir.Table, policy: Policy, draft: Policy) -> ir.Table:
    """Everything that comes of the rows of a table of facts, beside what was recorded of each.

    What it says of a row with a move or an occasion means nothing.
    """
    then = decisions(facts, policy, _beside(facts))
    asked_then = asked_where(then, policy)
    then = then.mutate(**{_asked(name): where for name, where in asked_then.items()})
    then = then.rename({before(name): name for name in (*OUTCOME, *asked_then)})
    now = decisions(then, draft, _beside(then))
    return _with_what_came_of_it(now, _flips(now, draft, set(asked_then)))


def _beside(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name != ACCOUNT_ID]


def _flips(now: ir.Table, draft: Policy, asked_then: set[str]) -> ir.StringValue:
    return flipped(
        (name, now[_asked(name)] & where, now[before(name)], now[name])
        for name, where in asked_where(now, draft).items()
        if name in asked_then
    )


def _alike(now: ir.Table, names: Sequence[str], other: Callable[[str], str]) -> Answer:
    """Where the recorded revision says the same as the columns that ``other`` calls these names; never unknown."""
    return reduce(and_, (now[before(name)].identical_to(now[other(name)]) for name in names))


def _with_what_came_of_it(now: ir.Table, flips: ir.StringValue) -> ir.Table:
    obstacle = ibis.cases(
        (~_alike(now, OUTCOME, recorded_as), Obstacle.NOT_REPEATED.value),
        (now[TEAM].isnull() & (now[STATUS] != Status.PENDING_REVIEW.value), Obstacle.NOT_COVERED.value),
    )
    judged = now.mutate(**{OBSTACLE: obstacle})
    replayed = judged[OBSTACLE].isnull()
    moves = replayed & ~_alike(judged, (TEAM,), str)
    wants = (judged[STATUS] == Status.PROVISIONAL.value) & (judged[before(STATUS)] != Status.PROVISIONAL.value)
    return judged.mutate(
        **{
            WANTED: ibis.ifelse(replayed & wants, judged[MISSING], ""),
            FLIPS: ibis.ifelse(moves, flips, ""),
            TELLS: ~(replayed & _alike(judged, VERDICT, str)),
        }
    )
