"""Recorded decisions by the block: taken again as a table, and grouped by what came of it.

What a table of facts does not hold, standing moves and occasions, is left to be taken again one by one.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from service.bulk.columns import MISSING
from service.bulk.engines.open import keep_stages_apart
from service.bulk.facts import ACCOUNT_ID, FACTS, ROW
from service.bulk.retaken import FLIPS, OBSTACLE, OUTCOME, TELLS, VERDICT, WANTED, before, recorded_as, retaken
from service.bulk.stored_facts import MOVE, OCCASION, facts_query
from service.domain.decision import Status
from service.domain.lab.backtest import Again, Change, Obstacle, Sample
from service.domain.lab.backtest_counts import SAMPLES
from service.domain.lab.verdicts import Verdict
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.vocabulary import leading_employees

DECISION_ID, POLICY_ID, POLICY_VERSION, EFFECTIVE_ON, STORED_FACTS = (
    *("decision_id", "policy_id", "policy_version", "effective_on", "facts"),
)
HISTORY = pa.schema(
    [
        (DECISION_ID, pa.string()),
        (ACCOUNT_ID, pa.string()),
        (POLICY_ID, pa.string()),
        (POLICY_VERSION, pa.int64()),
        (EFFECTIVE_ON, pa.date32()),
        *((recorded_as(name), pa.int64() if name == leading_employees.name else pa.string()) for name in OUTCOME),
        (STORED_FACTS, pa.string()),
    ]
)
"""Recorded decisions: identifiers as text, the outcome in the order of ``Decision.outcome``, the facts as JSON."""
_TYPES = {pa.bool_(): "boolean", pa.int64(): "int64", pa.string(): "string", pa.date32(): "date"}
_ALONE = "alone"
_CSV_BLOCK = 4 << 20


class Group(NamedTuple):
    """Decisions that came to the same, and the first of them, unless they stay as they are."""

    again: Again
    decisions: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """Decisions that are to be taken again one by one: rows of ``HISTORY``."""

    rows: pa.Table


def history_of(lines: bytes, separator: str) -> pa.Table:
    """The block that lines of text hold, the columns of ``HISTORY`` parted by a character; an empty one is NULL."""
    block = pyarrow.csv.read_csv(
        pa.BufferReader(lines),
        read_options=pyarrow.csv.ReadOptions(column_names=HISTORY.names, block_size=_CSV_BLOCK),
        parse_options=pyarrow.csv.ParseOptions(delimiter=separator, quote_char=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=HISTORY, null_values=[""], strings_can_be_null=True, check_utf8=False
        ),
    )
    missing = HISTORY.get_field_index(recorded_as(MISSING))
    return block.set_column(missing, HISTORY.field(missing), pc.fill_null(block.column(missing), ""))


class History:
    """Takes recorded decisions again. ``published`` gives a revision of a policy, None where it is not known."""

    def __init__(self, draft: Policy, published: Callable[[str, int], Policy | None]) -> None:
        self._draft = draft
        self._published = published
        self._queries: dict[tuple[str, int], str | None] = {}
        self._making = Lock()
        self._engine = duckdb.connect(":memory:")
        keep_stages_apart()

    def take_again(self, block: pa.Table) -> list[Group | Alone]:
        """What comes of a block of ``HISTORY``. Several threads may ask at once."""
        found: list[Group | Alone] = []
        for revision, rows in _by_revision(block):
            query = self._query(*revision)
            if query is None:
                found.append(Group(Again(Obstacle.UNKNOWN_REVISION), len(rows), _first(rows)))
            else:
                found += self._grouped(query, rows)
        return found

    def _query(self, policy_id: str, version: int) -> str | None:
        with self._making:
            if (policy_id, version) not in self._queries:
                policy = self._published(policy_id, version)
                self._queries[policy_id, version] = None if policy is None else _query(policy, self._draft)
            return self._queries[policy_id, version]

    def _grouped(self, query: str, rows: pa.Table) -> Iterator[Group | Alone]:
        with closing(self._engine.cursor()) as connection:
            connection.register("block", rows.append_column(ROW, pa.array(range(len(rows)), pa.int64())))
            came_out = connection.sql(query).fetchall()
        for obstacle, *verdicts, wanted, flips, decisions, samples, places in came_out:
            if obstacle == _ALONE:
                yield Alone(rows.take(places))
            elif obstacle is not None:
                yield Group(Again(Obstacle(obstacle)), decisions, _samples(samples))
            else:
                change = Change(_verdict(*verdicts[: len(VERDICT)]), _verdict(*verdicts[len(VERDICT) :]))
                yield Group(Again(None, change, wanted, flips), decisions, _samples(samples))

    def close(self) -> None:
        """Let go of what the engine holds."""
        self._engine.close()


def _by_revision(block: pa.Table) -> Iterator[tuple[tuple[str, int], pa.Table]]:
    revisions = block.group_by([POLICY_ID, POLICY_VERSION]).aggregate([]).to_pylist()
    for each in revisions:
        same = reduce(pc.and_, (pc.equal(block[name], value) for name, value in each.items()))
        yield (each[POLICY_ID], each[POLICY_VERSION]), block if len(revisions) == 1 else block.filter(same)


def _first(rows: pa.Table) -> tuple[Sample, ...]:
    first = rows.select([DECISION_ID, ACCOUNT_ID]).sort_by(DECISION_ID)[:SAMPLES]
    return _samples([" ".join(each.values()) for each in first.to_pylist()])


def _samples(texts: list[str] | None) -> tuple[Sample, ...]:
    parts = (text.split(" ", 1) for text in texts or ())
    return tuple(Sample(UUID(decision_id), account_id) for decision_id, account_id in parts)


def _verdict(size: str | None, team: str | None, status: str, rule: str) -> Verdict:
    return Verdict(None if size is None else Segment(size), None if team is None else Team(team), Status(status), rule)


def _query(policy: Policy, draft: Policy) -> str:
    """What takes the rows of ``block`` again: a row for each of the ways in which they come out.

    Its columns are those that ``_grouped`` reads: the obstacle, the two verdicts, what is wanted, the flips, how many
    decisions, the first of them, and the places of those that are to be taken alone.
    """
    recorded = (DECISION_ID, *map(recorded_as, OUTCOME))
    columns = {column.name: _TYPES[column.type] for column in (*FACTS, *(HISTORY.field(name) for name in recorded))}
    facts = ibis.table(columns | dict.fromkeys((MOVE, OCCASION), "boolean"), name="facts")
    verdicts = ", ".join(
        f'CASE WHEN {OBSTACLE} IS NULL THEN "{name}" END' for name in (*map(before, VERDICT), *VERDICT)
    )
    return f"""
        WITH facts AS ({facts_query("block", tuple(f'"{name}"' for name in recorded))}),
             retaken AS ({ibis.to_sql(retaken(facts, policy, draft), "duckdb")}),
             told AS (
                SELECT * REPLACE (CASE WHEN {MOVE} OR {OCCASION} THEN '{_ALONE}' ELSE {OBSTACLE} END AS {OBSTACLE})
                FROM retaken)
        SELECT {OBSTACLE}, {verdicts}, {WANTED}, {FLIPS}, count(*),
               min({DECISION_ID} || ' ' || {ACCOUNT_ID}, {SAMPLES}) FILTER (WHERE {TELLS}),
               list({ROW}) FILTER (WHERE {OBSTACLE} = '{_ALONE}')
        FROM told GROUP BY ALL
    """  # noqa: S608 - our own names
