"""Recorded decisions by the block: taken again as a table, and grouped by what came of it.

What a table of facts does not hold, standing moves and triggers, is left to be taken again one by one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_
from threading import Lock
from typing import NamedTuple, TypeAlias
from uuid import UUID

import duckdb
import ibis
import ibis.expr.types as ir
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from service.bulk.columns import MISSING, OUTCOME, RULE, SAID, STATUS, TEAM, columns_of
from service.bulk.decisions import decisions
from service.bulk.engines.open import keep_stages_apart
from service.bulk.expressions import AnswerColumn, letter
from service.bulk.facts import ACCOUNT_ID, FACTS, LEFT_OUT, ROW, facts_query
from service.bulk.program import asked
from service.domain.account_ids import full_id
from service.domain.decision import Status
from service.domain.lab.backtest import SAMPLES, Again, Mover, Obstacle, Sample, Transition
from service.domain.lab.verdicts import Verdict
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.vocabulary import segment

VERDICT = (segment.name, TEAM, STATUS, RULE)
OBSTACLE, WANTED, FLIPS, ALTERS = "obstacle", "wanted", "flips", "alters"
"""What comes of a row, as ``Again`` has it; and whether it is anything but that it stays as it is."""


def recorded_as(name: str) -> str:
    """The column of what was recorded."""
    return f"recorded {name}"


def before(name: str) -> str:
    """The column of what the recorded revision says."""
    return f"before {name}"


DECISION_ID, POLICY_ID, POLICY_VERSION, PROGRAM, EFFECTIVE_ON, STORED_FACTS = (
    *("decision_id", "policy_id", "policy_version", "program", "effective_on", "facts"),
)
HISTORY = pa.schema(
    [
        (DECISION_ID, pa.string()),
        (ACCOUNT_ID, pa.string()),
        (POLICY_ID, pa.string()),
        (POLICY_VERSION, pa.int64()),
        (PROGRAM, pa.string()),
        (EFFECTIVE_ON, pa.date32()),
        *((recorded_as(name), SAID.field(name).type) for name in OUTCOME),
        (STORED_FACTS, pa.string()),
    ]
)
"""Recorded decisions: identifiers as text, the outcome in the order of ``Decision.outcome``, the facts as JSON."""
_TYPES = {pa.bool_(): "boolean", pa.int64(): "int64", pa.string(): "string", pa.date32(): "date"}
_ALONE = "alone"
_CSV_BLOCK = 4 << 20
_QUERIES_KEPT = 32
_MOVERS = 1_000


ReadBy: TypeAlias = Callable[[str, int, str | None], Policy | None]
"""A revision of a policy, as the program of a digest reads it; None where either is not known."""


class Alike(NamedTuple):
    """Decisions that came to the same, and the first of them, unless they stay as they are."""

    again: Again
    decisions: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Moving:
    """Decisions that move alike: rows of ``HISTORY``."""

    change: Transition
    flips: str
    rows: pa.Table

    def movers(self) -> Iterator[Mover]:
        """Each of them, as it is reached."""
        for batch in self.rows.select([DECISION_ID, ACCOUNT_ID, STORED_FACTS]).to_batches(_MOVERS):
            for decision_id, account_id, facts in zip(*(column.to_pylist() for column in batch), strict=True):
                sample = Sample(UUID(decision_id), full_id(account_id))
                yield Mover(sample, orjson.loads(facts)["account"].get("name"), self.change, self.flips)


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
    """Takes recorded decisions again, each under its own revision, as its own program reads it, and under a draft."""

    def __init__(self, draft: Policy, read_by: ReadBy, *, movers: bool = False) -> None:
        self._draft = draft
        self._read_by = read_by
        self._movers = movers
        self._making = Lock()
        self._engine = duckdb.connect(":memory:")
        self._engine.execute("SET enable_progress_bar = false")
        keep_stages_apart()

    def take_again(self, block: pa.Table) -> list[Alike | Moving | Alone]:
        """What comes of a block of ``HISTORY``; where ``movers`` are asked for, also each that moves.

        Several threads may ask at once.
        """
        found: list[Alike | Moving | Alone] = []
        for revision, rows in _by_revision(block):
            query = self._query(*revision)
            if query is None:
                found.append(Alike(Again(Obstacle.UNKNOWN_REVISION), len(rows), _first(rows)))
            else:
                found += self._grouped(query, rows)
        return found

    def _query(self, *revision: *tuple[str, int, str | None]) -> str | None:
        with self._making:
            policy = self._read_by(*revision)
            return None if policy is None else _query(policy, self._draft, movers=self._movers)

    def _grouped(self, query: str, rows: pa.Table) -> Iterator[Alike | Moving | Alone]:
        with closing(self._engine.cursor()) as connection:
            connection.register("block", rows.append_column(ROW, pa.array(range(len(rows)), pa.int64())))
            came_out = connection.sql(query).fetchall()
        for obstacle, *verdicts, wanted, flips, number, samples, places in came_out:
            if obstacle == _ALONE:
                yield Alone(rows.take(places))
            elif obstacle is not None:
                yield Alike(Again(Obstacle(obstacle)), number, _samples(samples))
            else:
                change = Transition(_verdict(*verdicts[: len(VERDICT)]), _verdict(*verdicts[len(VERDICT) :]))
                yield Alike(Again(None, change, wanted, flips), number, _samples(samples))
                if places and change.moves:
                    yield Moving(change, flips, rows.take(places))

    def close(self) -> None:
        """Let go of what the engine holds."""
        self._engine.close()


def _by_revision(block: pa.Table) -> Iterator[tuple[tuple[str, int, str | None], pa.Table]]:
    """The rows of each revision, as each program reads it."""
    revisions = block.group_by([POLICY_ID, POLICY_VERSION, PROGRAM]).aggregate([]).to_pylist()
    for each in revisions:
        same = reduce(pc.and_, (_equal(block[name], value) for name, value in each.items()))
        yield tuple(each.values()), block if len(revisions) == 1 else block.filter(same)


def _equal(column: pa.ChunkedArray, value: str | int | None) -> pa.ChunkedArray:
    return pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, value), False)  # noqa: FBT003 - Arrow's signature


def _first(rows: pa.Table) -> tuple[Sample, ...]:
    first = rows.select([DECISION_ID, ACCOUNT_ID]).sort_by(DECISION_ID)[:SAMPLES]
    return _samples([" ".join(each.values()) for each in first.to_pylist()])


def _samples(texts: list[str] | None) -> tuple[Sample, ...]:
    parts = (text.split(" ", 1) for text in texts or ())
    return tuple(Sample(UUID(decision_id), full_id(account_id)) for decision_id, account_id in parts)


def _verdict(size: str | None, team: str | None, status: str, rule: str) -> Verdict:
    return Verdict(None if size is None else Segment(size), None if team is None else Team(team), Status(status), rule)


@lru_cache(_QUERIES_KEPT)
def _query(policy: Policy, draft: Policy, *, movers: bool) -> str:
    """What takes the rows of ``block`` again: a row for each of the ways in which they come out.

    Its columns are those that ``_grouped`` reads: the obstacle, the two verdicts, what is wanted, the flips, how many
    decisions, the first of them, and the places of those that are to be taken alone, and with
    ``movers`` of those that move.
    """
    recorded = (DECISION_ID, *map(recorded_as, OUTCOME))
    columns = {column.name: _TYPES[column.type] for column in (*FACTS, *(HISTORY.field(name) for name in recorded))}
    facts = ibis.table(columns | dict.fromkeys(LEFT_OUT, "boolean"), name="facts")
    verdicts = ", ".join(
        f'CASE WHEN {OBSTACLE} IS NULL THEN "{name}" END' for name in (*map(before, VERDICT), *VERDICT)
    )
    moves = f' OR {OBSTACLE} IS NULL AND "{before(TEAM)}" IS DISTINCT FROM "{TEAM}"' if movers else ""
    return f"""
        WITH facts AS ({facts_query("block", tuple(f'"{name}"' for name in recorded))}),
             replayed AS ({ibis.to_sql(replayed(facts, policy, draft), "duckdb", pretty=False)}),
             told AS (
                SELECT * REPLACE (CASE WHEN {" OR ".join(LEFT_OUT)} THEN '{_ALONE}' ELSE {OBSTACLE} END AS {OBSTACLE})
                FROM replayed)
        SELECT {OBSTACLE}, {verdicts}, {WANTED}, {FLIPS}, count(*),
               min({DECISION_ID} || ' ' || {ACCOUNT_ID}, {SAMPLES}) FILTER (WHERE {ALTERS}),
               list({ROW}) FILTER (WHERE {OBSTACLE} = '{_ALONE}'{moves})
        FROM told GROUP BY ALL
    """  # noqa: S608 - our own names


def replayed(facts: ir.Table, policy: Policy, draft: Policy) -> ir.Table:
    """Everything that comes of the rows of a table of facts, beside what was recorded of each.

    The columns of the revision that they were recorded under, and then those of the draft, are put beside one another
    over the same facts, so that each row is read once. What it says of a row with what is ``LEFT_OUT`` means nothing.
    """
    asked_then, asked_now = _clauses(policy), _clauses(draft)
    keys = [asked(step.key) for step in policy.program.classifying]
    then = decisions(facts, policy, [*_beside(facts), *keys], trail=True)
    then = then.rename({before(name): name for name in (*SAID.names[1:], *asked_then, *keys)})
    now = decisions(then, draft, [*_beside(then), *(asked(step.key) for step in draft.program.classifying)], trail=True)
    both = [
        (name, now[before(asked(asked_then[name]))] & now[asked(key)], now[before(name)], now[name])
        for name, key in asked_now.items()
        if name in asked_then
    ]
    return _with_what_came_of_it(now, _flipped(both))


def _beside(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name != ACCOUNT_ID]


def _clauses(policy: Policy) -> dict[str, str]:
    """The clauses of classification by the names of their columns, each with the key of the step that it is part of."""
    return {name: step.key for step in policy.program.classifying for name, _ in columns_of(step)}


def _flipped(both: Iterable[tuple[str, AnswerColumn, AnswerColumn, AnswerColumn]]) -> ir.StringValue:
    """The flips of a row, as ``flips_of`` tells them: each clause that both ask, with the two answers."""
    pieces = [
        ibis.ifelse(where & ~then.identical_to(now), ibis.literal(f" {name}:") + letter(then) + letter(now), "")
        for name, where, then, now in both
    ]
    return ibis.literal("").concat(*pieces)


def _alike(now: ir.Table, names: Sequence[str], other: Callable[[str], str]) -> AnswerColumn:
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
            ALTERS: ~(replayed & _alike(judged, VERDICT, str)),
        }
    )
