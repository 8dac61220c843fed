"""Every engine answers each node of an expression, and hangs on the same facts, as its closure does."""

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from service.bulk.engines.open import Engine, TableByTable
from service.bulk.expressions import answer, unsettled
from service.domain.clauses import Expression, Flag
from service.domain.evaluation import compile_answer, compile_expression, unsettled_facts
from tests.domain.generated import any_expression, any_values

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table"),  # Ibis 12 asks DuckDB 2 by its older names
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark's gateway leaves its sockets to the end
]


f, g = Flag("f"), Flag("g")
FLAGS = list(product((True, False, None), repeat=2))
NODES: dict[str, Expression] = {
    "known": f.is_known,
    "holds": f.holds,
    "not": ~f.holds,
    "and": f.holds & g.holds,
    "or": f.holds | g.holds,
    "not and": ~(f.holds & ~g.holds),
    "and known": f.is_known & (f.holds | g.holds),
}
SCHEMA = pa.schema(
    [
        *[(name, pa.bool_()) for name in "fg"],
        *[(name, pa.int64()) for name in "mn"],
        *[(name, pa.string()) for name in "st"],
    ]
)


Ask = Callable[[list[Expression], list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def answers(engine: Engine) -> Ask:
    """What an engine's own backend answers to expressions over a table."""
    backend = _backend(engine)
    spark = backend.name == "pyspark"
    names = iter(range(1_000))

    def ask(expressions: list[Expression], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        table = pa.Table.from_pylist(
            [row | {"row": place} for place, row in enumerate(rows)], SCHEMA.append(pa.field("row", pa.int64()))
        )
        held = _held(backend, table, f"questions_{next(names)}")
        columns = {f"a{place}": answer(expression, held) for place, expression in enumerate(expressions)}
        for place, expression in enumerate(expressions):
            hangs: dict[str, ibis.Value] = {}
            for fact, where in unsettled(expression, held):
                hangs[fact] = hangs[fact] | where if fact in hangs else where
            columns |= {f"u{place} {fact}": where for fact, where in hangs.items()}
        asked = held.select("row", **columns)
        told = backend._session.sql(backend.compile(asked)).toArrow() if spark else backend.to_pyarrow(asked)  # noqa: SLF001 - as above
        found: list[dict[str, Any]] = told.sort_by("row").to_pylist()
        return found

    return ask


def _backend(engine: Engine) -> ibis.BaseBackend:
    return engine.backend if isinstance(engine, TableByTable) else ibis.duckdb.connect()


def _held(backend: ibis.BaseBackend, table: pa.Table, name: str) -> ibis.Table:
    if backend.name != "pyspark":
        return backend.create_table(name, table)
    backend._session.createDataFrame(table).createOrReplaceTempView(name)  # noqa: SLF001 - as above
    return backend.table(name)


def test_every_node_has_kleenes_truth_table(answers: Ask) -> None:
    rows = [{"f": left, "g": right} for left, right in FLAGS]
    found = answers(list(NODES.values()), rows)
    for row, said in zip(rows, found, strict=True):
        for place, (name, expression) in enumerate(NODES.items()):
            assert said[f"a{place}"] is compile_answer(expression)(row), (name, row)


def test_any_expression_is_answered_as_its_closure_answers_it_and_hangs_on_the_same_facts(answers: Ask) -> None:
    random = Random(324)
    expressions = [any_expression(random) for _ in range(60)]
    rows = [any_values(random) for _ in range(150)]
    found = answers(expressions, rows)
    for row, said in zip(rows, found, strict=True):
        for place, expression in enumerate(expressions):
            trail = compile_expression(expression)(row)
            assert said[f"a{place}"] is trail[-1]
            hangs = {name.partition(" ")[2] for name, where in said.items() if name.startswith(f"u{place} ") and where}
            assert hangs == set(unsettled_facts(expression, trail))
