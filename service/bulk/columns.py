"""The columns of a table of decisions, and what classifying an account asks, by the names of its columns."""

from collections.abc import Iterable, Iterator, Sequence

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
_OF_THE_TABLE = "input_"


def decision_columns(policy: Policy) -> pa.Schema:
    """The columns of a table of decisions. Clauses are named ``RULE/part``, the numbered ones ``RULE/number``."""
    return pa.schema([*SAID, *(pa.field(name, pa.bool_()) for name, _ in asked_of(policy))])


def written_columns(policy: Policy, kept: Iterable[pa.Field] = ()) -> pa.Schema:
    """The columns of a file of decisions: what was decided, beside what the table says; what is kept of it; clauses.

    What is kept has the names of the table's columns, or others where these would stand twice (``kept_columns``).
    """
    more = {
        ACCOUNT_ID: [pa.field(NAME, pa.string()), pa.field(current_team.name, pa.string())],
        TEAM: [pa.field(MOVES, pa.bool_())],
    }
    said = [field for each in SAID for field in (each, *more.get(each.name, ()))]
    clauses = list(decision_columns(policy))[len(SAID) :]
    ours = [field.name for field in (*said, *clauses)]
    return pa.schema([*said, *kept_columns(list(kept), ours), *clauses])


def kept_columns(kept: Sequence[pa.Field], ours: Iterable[str]) -> list[pa.Field]:
    """The columns of a table as a file has them along that has columns of its own: no two have one name, in any case.

    One that has the name of another gets ``input_`` before it, as often as it takes. The others keep theirs, in
    whatever order they stand.
    """
    taken = {_folded(name) for name in ours}
    names: dict[int, str] = {}
    for place, field in enumerate(kept):
        if _folded(field.name) not in taken:
            names[place] = field.name
            taken.add(_folded(field.name))
    for place, field in enumerate(kept):
        if place in names:
            continue
        name = field.name
        while _folded(name) in taken:
            name = f"{_OF_THE_TABLE}{name}"
        names[place] = name
        taken.add(_folded(name))
    return [field.with_name(names[place]) for place, field in enumerate(kept)]


def _folded(name: str) -> str:
    """A name as readers of tables tell it from others."""
    return name.strip().casefold()


def asked_of(policy: Policy) -> Iterator[tuple[str, Expression]]:
    """What classifying an account asks: each step and each of its numbered clauses, by the name of its column."""
    for step in policy.program.classifying:
        yield from columns_of(step)


def columns_of(step: Step) -> Iterator[tuple[str, Expression]]:
    """A step and each of its numbered clauses, by the name of its column."""
    yield step.key, step.expression
    for clause in clauses_of(step.expression):
        yield f"{step.rule}/{clause.label}", clause.expression
