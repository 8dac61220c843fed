"""The columns of a table of decisions, and what classifying an account asks, by the names of its columns."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from service.bulk.facts import ACCOUNT_ID, ROW
from service.domain.clauses import Expression
from service.domain.parts import Step
from service.domain.policy import Policy
from service.domain.vocabulary import current_team, leading_employees, region, rule, segment, status, team
from service.domain.wording import clauses_of

STATUS, TEAM, RULE, MISSING = status.name, team.name, rule.name, "missing_facts"
LEADING_SOURCE, LEADING_RANGE = "leading_source", "leading_range"
SEPARATOR = ";"
"""What stands between missing facts."""
SAID = pa.schema(
    [
        (ACCOUNT_ID, pa.string()),
        (STATUS, pa.string()),
        (segment.name, pa.string()),
        (TEAM, pa.string()),
        (RULE, pa.string()),
        (LEADING_SOURCE, pa.string()),
        (leading_employees.name, pa.int64()),
        (LEADING_RANGE, pa.string()),
        (MISSING, pa.string()),
    ]
)
"""What was decided of an account."""
OUTCOME = tuple(name for name in SAID.names[1:] if name != LEADING_RANGE)
"""The parts of ``Decision.outcome``, in its order."""
BESIDE = (region.name, current_team.name, ROW)
"""Columns that go along with decisions, to be counted and told apart by."""
NAME, MOVES = "name", "moves"
_TAKEN = frozenset((*SAID.names, NAME, current_team.name, MOVES))


def decision_columns(policy: Policy) -> pa.Schema:
    """The columns of a table of decisions. Clauses are named ``RULE/part``, the numbered ones ``RULE/number``."""
    return pa.schema([*SAID, *(pa.field(name, pa.bool_()) for name, _ in asked_of(policy))])


def written_columns(policy: Policy, kept: Iterable[pa.Field] = ()) -> pa.Schema:
    """The columns of a file of decisions: what was decided, beside what the table says; what is kept of it; clauses."""
    more = {
        ACCOUNT_ID: [pa.field(NAME, pa.string()), pa.field(current_team.name, pa.string())],
        TEAM: [pa.field(MOVES, pa.bool_())],
    }
    said = [field for each in SAID for field in (each, *more.get(each.name, ()))]
    return pa.schema([*said, *kept, *list(decision_columns(policy))[len(SAID) :]])


def kept_column(name: str, kind: pa.DataType | None = None) -> pa.Field:
    """The column of a file of decisions that has one of the table along; named otherwise where it would stand twice."""
    return pa.field(f"input_{name}" if name.casefold() in _TAKEN else name, kind or pa.string())


def asked_of(policy: Policy) -> Iterator[tuple[str, Expression]]:
    """What classifying an account asks: each step and each of its numbered clauses, by the name of its column."""
    for step in policy.program.classifying:
        yield from columns_of(step)


def columns_of(step: Step) -> Iterator[tuple[str, Expression]]:
    """A step and each of its numbered clauses, by the name of its column."""
    yield step.key, step.expression
    for clause in clauses_of(step.expression):
        yield f"{step.rule}/{clause.label}", clause.expression
